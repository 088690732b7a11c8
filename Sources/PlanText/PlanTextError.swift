/// Why a plan can't be written as text.
public struct PlanTextError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  public enum Code: Sendable, Equatable {
    /// The bytes are no JSON document.
    case invalidJSON
    /// Objects and arrays are nested deeper than `JSONDocument.depthMax`.
    case tooDeep
    /// The document holds no "Plan".
    case noPlan
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
      "the plan is nested deeper than \(JSONDocument.depthMax) levels at byte \(offset); "
        + "look at it as it was logged"
    case .noPlan:
      "the document holds no \"Plan\"; look at it as it was logged"
    }
  }
}
