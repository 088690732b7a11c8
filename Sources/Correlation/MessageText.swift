import LogModel
import SQLText

/// What the correlator has to know of a message's text.
struct MessageText {
  var statements: Int32 = 1
  /// The statements that can have a plan, for a message of several.
  var parts: [ByteRange] = []
  /// What the text is; only traits of texts.
  var traits: Observation.Traits = []
  /// EXECUTE, or EXPLAIN or CREATE TABLE AS of one.
  var runsPrepared: Bool { traits.contains(.runsPrepared) }
  /// First word of the command tag that the text leads to; `.other` where it cannot be told.
  var tag = CommandTag.other
  /// `body` of `PREPARE name AS body`.
  var preparedBody: ByteRange?

  init(_ range: ByteRange, _ builder: BatchBuilder, splits: Bool) {
    let bytes = builder.bytes(range)
    guard !bytes.isEmpty else {
      statements = 0
      return
    }
    let traits = SQLText.traits(bytes)
    if traits.isSelectish { self.traits.insert(.selectish) }
    if traits.isDeclare { self.traits.insert(.declare) }
    if traits.isExplain { self.traits.insert(.explain) }
    if traits.viaExecute { self.traits.insert(.runsPrepared) }
    if traits.isPrepare { self.traits.insert(.prepare) }
    tag = Self.tags[Int(traits.leading.rawValue)]
    if traits.isPrepare, let body = SQLText.preparedBody(bytes) {
      preparedBody = Self.range(body, in: range)
    }
    guard splits else { return }
    let ranges = SQLText.split(bytes)
    statements = Int32(ranges.count)
    guard ranges.count > 1 else { return }
    for part in ranges {
      let partBytes = UnsafeBufferPointer(rebasing: bytes[part])
      let partTraits = SQLText.traits(partBytes)
      if partTraits.isPlannable || partTraits.isExecute {
        parts.append(Self.range(part, in: range))
      }
    }
  }

  static func range(_ part: Range<Int>, in range: ByteRange) -> ByteRange {
    ByteRange(start: Int(range.start) + part.lowerBound, end: Int(range.start) + part.upperBound)
  }

  /// By `LeadingWord.rawValue`: the first word of the command tag, where the word tells it.
  private static let tags: [CommandTag] = LeadingWord.allCases.map { word in
    switch word {
    case .empty, .other, .with: return .other
    case .values, .table: return .select
    case .prepare: return CommandTag("EXECUTE")
    default:
      let name = Array(String(describing: word).uppercased().utf8)
      return name.withUnsafeBufferPointer { CommandTag(firstWordOf: $0) }
    }
  }
}
