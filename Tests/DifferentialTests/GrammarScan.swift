import CPGQuery

/// The tokens of a text by PostgreSQL's own scanner.
struct GrammarScan {
  enum Kind: Equatable { case string, number, parameter, comment, word, other }

  struct Token {
    var kind: Kind
    var range: Range<Int>
  }

  let text: [UInt8]
  let tokens: [Token]

  /// Nil when the scanner refuses the text.
  init?(_ text: String) {
    guard !text.utf8.contains(0) else { return nil }
    self.text = Array(text.utf8)
    let result = pg_query_scan(text)
    defer { pg_query_free_scan_result(result) }
    guard result.error == nil, let data = result.pbuf.data else { return nil }
    var reader = ProtobufReader(
      bytes: UnsafeRawBufferPointer(start: data, count: result.pbuf.len))
    var tokens: [Token] = []
    while let field = reader.next() {
      // Field 2 of ScanResult is a token: start, end, what it is, and whether it is a keyword.
      guard field.number == 2, var inner = field.message else { continue }
      var values: [Int: Int] = [:]
      while let value = inner.next() { values[value.number] = value.value }
      let range = (values[1] ?? 0)..<(values[2] ?? 0)
      let kind = Self.kind(values[4] ?? 0, isKeyword: (values[5] ?? 0) > 0)
      // `U&''` comes without its extent: it is what stands before the next token.
      let end = tokens.last?.range.upperBound ?? 0
      let left = Self.trimmed(self.text, end..<max(end, range.lowerBound))
      if !left.isEmpty { tokens.append(Token(kind: .other, range: left)) }
      if !range.isEmpty { tokens.append(Token(kind: kind, range: range)) }
    }
    let end = tokens.last?.range.upperBound ?? 0
    let left = Self.trimmed(self.text, end..<self.text.count)
    if !left.isEmpty { tokens.append(Token(kind: .other, range: left)) }
    self.tokens = tokens
  }

  private static func trimmed(_ text: [UInt8], _ range: Range<Int>) -> Range<Int> {
    let inside = text[range]
    let start = inside.firstIndex { $0 > 32 } ?? range.upperBound
    let end = inside.lastIndex { $0 > 32 }.map { $0 + 1 } ?? start
    return start..<end
  }

  /// By libpg_query's numbers, which are PostgreSQL's own and stay as they are within a version.
  private static func kind(_ token: Int, isKeyword: Bool) -> Kind {
    switch token {
    case 261, 263, 264: .string  // SCONST, BCONST, XCONST; not USCONST, which may have a UESCAPE
    case 260, 266: .number  // FCONST, ICONST
    case 267: .parameter
    case 275, 276: .comment
    case 258: .word  // IDENT
    default: isKeyword ? .word : .other
    }
  }

  /// The text with what `replacement` gives for a token in its place, nil for the token as it is.
  func rewritten(
    gap: (ArraySlice<UInt8>) -> String? = { _ in nil }, _ replacement: (Token) -> String?
  ) -> String {
    var out: [UInt8] = []
    var end = 0
    for token in tokens {
      let between = text[end..<token.range.lowerBound]
      out += gap(between).map { Array($0.utf8) } ?? Array(between)
      out += replacement(token).map { Array($0.utf8) } ?? Array(text[token.range])
      end = token.range.upperBound
    }
    out += text[end...]
    return String(decoding: out, as: UTF8.self)
  }
}

/// As much of protobuf's wire format as a scan's result has.
private struct ProtobufReader {
  struct Field {
    var number: Int
    var value = 0
    var message: ProtobufReader?
  }

  let bytes: UnsafeRawBufferPointer
  var at = 0

  mutating func next() -> Field? {
    guard at < bytes.count else { return nil }
    let key = varint()
    var field = Field(number: key >> 3)
    if key & 7 == 0 {
      field.value = varint()
    } else {
      let count = varint()
      field.message = ProtobufReader(
        bytes: UnsafeRawBufferPointer(rebasing: bytes[at..<at + count]))
      at += count
    }
    return field
  }

  private mutating func varint() -> Int {
    var value = 0
    var shift = 0
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      value |= Int(byte & 0x7F) << shift
      if byte < 0x80 { break }
      shift += 7
    }
    return value
  }
}
