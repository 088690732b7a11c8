internal import LogModel

/// What the plans of a log hold, found in the first ones and in every 64th after them.
public struct PlanEvidence: Sendable {
  /// How many plans are looked into before only every 64th is.
  static let thoroughMax: Int64 = 256
  /// How much of a plan is looked at.
  static let bytesMax = 65_536

  /// Plans.
  public private(set) var count: Int64 = 0
  /// Plans of nested statements.
  public private(set) var nested: Int64 = 0
  /// Plans that are not JSON.
  public private(set) var notJSON: Int64 = 0
  /// Plans that were looked into; the figures below are of these.
  public private(set) var examined: Int64 = 0
  /// With the rows that there really were (ANALYZE).
  public private(set) var analyzed: Int64 = 0
  /// With the time of each node.
  public private(set) var timed: Int64 = 0
  /// Whose format tells whether blocks were counted. Text leaves them out where all are 0.
  public private(set) var telling: Int64 = 0
  /// With blocks that were read and hit.
  public private(set) var buffered: Int64 = 0

  mutating func add(_ plan: PlanRow, _ bytes: UnsafeBufferPointer<UInt8>) {
    count += 1
    if plan.nesting > 0 { nested += 1 }
    if plan.facts.format != .json { notJSON += 1 }
    guard plan.ran, count <= Self.thoroughMax || count % 64 == 0 else { return }
    examined += 1
    let body = plan.facts.body
    let part = ByteRange(
      start: Int(body.start), end: min(Int(body.end), Int(body.start) + Self.bytesMax))
    func has(_ words: StaticString...) -> Bool {
      words.contains { ByteWords.contains($0, in: bytes, part) }
    }
    let hasBuffers = has("Shared Hit Blocks", "Shared-Hit-Blocks", "Buffers: ")
    if has("Actual Rows", "Actual-Rows", "(actual ", "actual time=") { analyzed += 1 }
    if has("Actual Total Time", "Actual-Total-Time", "actual time=") { timed += 1 }
    if plan.facts.format != .text || hasBuffers { telling += 1 }
    if hasBuffers { buffered += 1 }
  }
}

/// Looks for words in bytes.
enum ByteWords {
  /// Whether `word` stands in `range` of `bytes`.
  static func contains(
    _ word: StaticString, in bytes: UnsafeBufferPointer<UInt8>, _ range: ByteRange
  ) -> Bool {
    let count = word.utf8CodeUnitCount
    let part = range.indices.clamped(to: bytes.indices)
    guard count > 0, part.count >= count else { return false }
    let first = word.utf8Start[0]
    var at = part.lowerBound
    let last = part.upperBound - count
    next: while at <= last {
      defer { at += 1 }
      guard bytes[at] == first else { continue }
      for index in 1..<count where bytes[at + index] != word.utf8Start[index] { continue next }
      return true
    }
    return false
  }
}
