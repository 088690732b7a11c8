/// One token of an expression as EXPLAIN prints it.
struct ExpressionToken: Sendable {
  enum Kind: UInt8, Sendable {
    /// A name or a key word, not quoted.
    case word
    /// A name in quotes; `text` is without them.
    case quoted
    /// A string, bit string or number.
    case string, number
    /// `$1`
    case parameter
    case `operator`, open, close, openBracket, closeBracket, comma, cast, dot
  }

  var kind: Kind
  var text: ArraySlice<UInt8>

  var string: String { String(decoding: text, as: UTF8.self) }
  var isName: Bool { kind == .word || kind == .quoted }

  func isWord(_ word: StaticString) -> Bool {
    kind == .word && text.count == word.utf8CodeUnitCount
      && text.elementsEqual(
        UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  func isOperator(_ word: StaticString) -> Bool {
    kind == .operator
      && text.elementsEqual(
        UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  /// The value of a constant, without quotes.
  var constant: ArraySlice<UInt8> {
    guard kind == .string, text.count >= 2, let quote = text.firstIndex(of: 39) else { return text }
    return text[(quote + 1)..<max(quote + 1, text.endIndex - 1)]
  }
}

/// Cuts an expression into tokens. What ends too early ends there: nothing is an error.
enum ExpressionLexer {
  static func tokens(_ text: ArraySlice<UInt8>) -> [ExpressionToken] {
    var tokens: [ExpressionToken] = []
    tokens.reserveCapacity(text.count / 4)
    var at = text.startIndex
    let end = text.endIndex
    while at < end {
      let byte = text[at]
      if byte <= 32 {
        at += 1
        continue
      }
      let start = at
      let kind: ExpressionToken.Kind
      switch byte {
      case UInt8(ascii: "("): kind = .open
      case UInt8(ascii: ")"): kind = .close
      case UInt8(ascii: "["): kind = .openBracket
      case UInt8(ascii: "]"): kind = .closeBracket
      case UInt8(ascii: ","): kind = .comma
      case UInt8(ascii: "."): kind = .dot
      case UInt8(ascii: "'"):
        at = endOfQuote(text, at, 39)
        tokens.append(ExpressionToken(kind: .string, text: text[start..<at]))
        continue
      case UInt8(ascii: "\""):
        at = endOfQuote(text, at, 34)
        tokens.append(
          ExpressionToken(kind: .quoted, text: text[(start + 1)..<max(start + 1, at - 1)]))
        continue
      case UInt8(ascii: "$") where at + 1 < end && isDigit(text[at + 1]):
        at += 1
        while at < end, isDigit(text[at]) { at += 1 }
        tokens.append(ExpressionToken(kind: .parameter, text: text[start..<at]))
        continue
      case UInt8(ascii: ":") where at + 1 < end && text[at + 1] == byte:
        at += 1
        kind = .cast
      case 48...57:
        while at < end, isDigit(text[at]) || text[at] == 46 { at += 1 }
        if at + 1 < end, text[at] | 0x20 == 101, isDigit(text[at + 1]) || text[at + 1] < 48 {
          at += 2
          while at < end, isDigit(text[at]) { at += 1 }
        }
        tokens.append(ExpressionToken(kind: .number, text: text[start..<at]))
        continue
      case _ where isWordByte(byte):
        while at < end, isWordByte(text[at]) || isDigit(text[at]) { at += 1 }
        if at < end, text[at] == 39, at == start + 1 {
          at = endOfQuote(text, at, 39)  // E'…', B'…', X'…'
          tokens.append(ExpressionToken(kind: .string, text: text[start..<at]))
        } else {
          tokens.append(ExpressionToken(kind: .word, text: text[start..<at]))
        }
        continue
      default:
        while at < end, isOperatorByte(text[at]) { at += 1 }
        if at == start { at += 1 }
        tokens.append(ExpressionToken(kind: .operator, text: text[start..<at]))
        continue
      }
      at += 1
      tokens.append(ExpressionToken(kind: kind, text: text[start..<at]))
    }
    return tokens
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    byte >= 128 || byte == 95 || (byte | 0x20) &- 97 < 26 || byte == 36
  }

  private static func isOperatorByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"),
      UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "~"),
      UInt8(ascii: "!"), UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: "%"),
      UInt8(ascii: "^"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "`"),
      UInt8(ascii: "?"):
      true
    default: false
    }
  }

  /// Index after the closing quote; a doubled one is part of the text.
  private static func endOfQuote(_ text: ArraySlice<UInt8>, _ start: Int, _ quote: UInt8) -> Int {
    var at = start + 1
    while at < text.endIndex {
      if text[at] == quote {
        guard at + 1 < text.endIndex, text[at + 1] == quote else { return at + 1 }
        at += 1
      }
      at += 1
    }
    return text.endIndex
  }
}
