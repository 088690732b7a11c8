/// Why a plan can't be analyzed.
public struct PlanAnalysisError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  public enum Code: Sendable, Equatable {
    /// The bytes are no JSON document.
    case invalidJSON
    /// Objects and arrays are nested deeper than `PlanTree.depthMax`.
    case tooDeep
    /// More than `PlanTree.bytesMax` bytes, `valuesMax` values or `nodesMax` nodes.
    case tooLarge
    /// The document holds no "Plan".
    case noPlan
    /// The array of an EXPLAIN holds more than one plan: each is analyzed by itself.
    case severalPlans
    /// A plan node has no "Node Type".
    case noNodeType
  }

  /// What went wrong.
  public var code: Code
  /// Byte of the document where it was noticed.
  public var offset: Int

  /// An error by its parts.
  public init(code: Code, offset: Int) {
    self.code = code
    self.offset = offset
  }

  /// The same bytes fail again.
  public var isRetriable: Bool { false }

  /// The cause and what to do.
  public var description: String {
    switch code {
    case .invalidJSON:
      "the plan is not valid JSON at byte \(offset); look at it as it was logged"
    case .tooDeep:
      "the plan is nested deeper than \(PlanTree.depthMax) levels at byte \(offset); "
        + "look at it as it was logged"
    case .tooLarge:
      "the plan is larger than can be analyzed at byte \(offset); look at it as it was logged"
    case .noPlan:
      "the document holds no \"Plan\"; look at it as it was logged"
    case .severalPlans:
      "the document holds a second plan at byte \(offset); analyze each plan by itself"
    case .noNodeType:
      "a plan node that ends at byte \(offset) has no \"Node Type\"; look at it as it was logged"
    }
  }
}
