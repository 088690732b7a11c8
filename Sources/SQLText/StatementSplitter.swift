extension SQLText {
  /// The statements of a message, as ranges of `text` in order: empty ones are left out, each
  /// begins at its first token and ends before its semicolon, without white space at the end.
  public static func split(_ text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    split(text, into: &ranges)
    return ranges
  }

  /// As `split(_:)`, into an array whose storage is used again.
  ///
  /// Semicolons within quotes, comments, parentheses and the body of `BEGIN ATOMIC … END` do not
  /// separate statements.
  public static func split(_ text: UnsafeBufferPointer<UInt8>, into ranges: inout [Range<Int>]) {
    ranges.removeAll(keepingCapacity: true)
    guard let base = text.baseAddress, !text.isEmpty else { return }
    let end = trimmedEnd(base, from: 0, to: text.count)
    let semicolon = ByteScan.find(0x3B, in: base, from: 0, to: end)
    if semicolon >= end &- 1 {
      var lexer = SQLLexer(UnsafeBufferPointer(start: base, count: semicolon))
      let first = lexer.next()
      guard first.kind != .endOfText else { return }
      ranges.append(first.start..<trimmedEnd(base, from: first.start, to: semicolon))
      return
    }
    var splitter = StatementSplitter(text)
    while let range = splitter.next() { ranges.append(range) }
  }

  /// `to` without the white space before it.
  static func trimmedEnd(_ base: UnsafePointer<UInt8>, from: Int, to: Int) -> Int {
    var end = to
    while end > from {
      switch base[end &- 1] {
      case 0x20, 0x09...0x0D: end &-= 1
      default: return end
      }
    }
    return end
  }
}

/// Walks over the statements of a message that has semicolons.
struct StatementSplitter {
  private let base: UnsafePointer<UInt8>
  private var lexer: SQLLexer

  init(_ text: UnsafeBufferPointer<UInt8>) {
    lexer = SQLLexer(text)
    base = text.baseAddress ?? ByteClass.table
  }

  /// The next statement that is not empty.
  mutating func next() -> Range<Int>? {
    var start: Int?
    var parentheses = 0
    // Open BEGIN ATOMIC and the CASE within; both are closed by END.
    var blocks = 0
    var previousIsBegin = false
    while true {
      let token = lexer.scan()
      var isBegin = false
      switch token.kind {
      case .endOfText:
        guard let start else { return nil }
        return start..<SQLText.trimmedEnd(base, from: start, to: token.start)
      case .punctuation:
        switch base[token.start] {
        case 0x28: parentheses &+= 1
        case 0x29: parentheses = max(0, parentheses &- 1)
        case 0x3B where parentheses == 0 && blocks == 0:
          guard let first = start else { continue }
          return first..<SQLText.trimmedEnd(base, from: first, to: token.start)
        default: break
        }
      case .word:
        switch Words.pack(base, token) {
        case Words.pack("begin"): isBegin = true
        case Words.pack("atomic") where previousIsBegin: blocks &+= 1
        case Words.pack("case") where blocks > 0: blocks &+= 1
        case Words.pack("end") where blocks > 0: blocks &-= 1
        default: break
        }
      default: break
      }
      previousIsBegin = isBegin
      if start == nil { start = token.start }
    }
  }
}
