/// Takes the user's values out of texts that are kept with `--samples redacted`. In doubt more is
/// taken out than had to be.
public enum LiteralRedactor {
  /// A SQL text with `'?'` for every constant in quotes and `?` for every number; comments are out,
  /// parameters, names and white space stay. Passwords that stand outside of constants are masked.
  public static func redactSQL(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    appendRedactedSQL(text, to: &out)
    return out.withUnsafeBufferPointer { CredentialScrubber.scrub($0) } ?? out
  }

  private static func appendRedactedSQL(
    _ text: UnsafeBufferPointer<UInt8>, to out: inout [UInt8]
  ) {
    var lexer = SQLLexer(text)
    var end = 0
    while true {
      let token = lexer.next()
      appendGap(text[end..<token.start], to: &out)
      end = token.end
      switch token.kind {
      case .endOfText: return
      case .string: out.append(contentsOf: [0x27, 0x3F, 0x27])
      case .number: out.append(0x3F)
      default: out.append(contentsOf: text[token.start..<token.end])
      }
    }
  }

  /// White space as it is, a comment as one space.
  private static func appendGap(
    _ gap: Slice<UnsafeBufferPointer<UInt8>>, to out: inout [UInt8]
  ) {
    if gap.contains(where: { $0 == 0x2D || $0 == 0x2F }) {
      out.append(0x20)
    } else {
      out.append(contentsOf: gap)
    }
  }

  /// A message, detail, hint or context with `?` for what stands in quotes, for numbers, and for
  /// the values behind `)=(` and `contains (`; `$1` stays.
  ///
  /// Names stand in quotes as values do and go with them.
  public static func redactMessage(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    var at = 0
    while at < text.count {
      if let close = closingQuote(text, at) {
        out.append(contentsOf: text[at..<at + close.openCount])
        out.append(0x3F)
        out.append(contentsOf: text[close.at..<min(close.at + close.closeCount, text.count)])
        at = min(close.at + close.closeCount, text.count)
      } else if opensValues(text, at) {
        let end = lastParenthesis(text, at)
        out.append(contentsOf: [0x28, 0x3F])
        at = end
      } else if isDigit(text[at]), at == 0 || !isWordByte(text[at - 1]) && text[at - 1] != 0x24 {
        out.append(0x3F)
        while at < text.count, isWordByte(text[at]) || isDecimalPoint(text, at) { at += 1 }
      } else {
        out.append(text[at])
        at += 1
      }
    }
    return out
  }

  // MARK: - Parts of a message

  private struct Quote {
    var openCount: Int
    var closeCount: Int
    var at: Int
  }

  /// Where the quote that opens at `at` closes: at a closing one that no word follows, or nowhere.
  private static func closingQuote(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Quote? {
    switch text[at] {
    case 0x22: return quote(text, at, 1) { text[$0] == 0x22 ? 1 : 0 }
    case 0x27:
      // After a letter it is an apostrophe.
      if at > 0, isWordByte(text[at - 1]) { return nil }
      return quote(text, at, 1) { text[$0] == 0x27 ? 1 : 0 }
    case 0xC2 where at + 1 < text.count && (text[at + 1] == 0xAB || text[at + 1] == 0xBB):
      let close: UInt8 = text[at + 1] == 0xAB ? 0xBB : 0xAB
      return quote(text, at, 2) {
        text[$0] == 0xC2 && $0 + 1 < text.count && text[$0 + 1] == close ? 2 : 0
      }
    case 0xE2 where isLowQuote(text, at):
      return quote(text, at, 3) {
        text[$0] == 0xE2 && $0 + 2 < text.count && text[$0 + 1] == 0x80
          && (0x9A...0x9F).contains(text[$0 + 2]) ? 3 : 0
      }
    default: return nil
    }
  }

  private static func isLowQuote(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    at + 2 < text.count && text[at + 1] == 0x80 && (0x98...0x9F).contains(text[at + 2])
  }

  private static func quote(
    _ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ openCount: Int, closes: (Int) -> Int
  ) -> Quote {
    var index = at + openCount
    while index < text.count {
      let count = closes(index)
      let next = index + count
      if count > 0, next >= text.count || !isWordByte(text[next]) && text[next] != text[index] {
        return Quote(openCount: openCount, closeCount: count, at: index)
      }
      // A doubled quote belongs to the value.
      index += max(1, count > 0 && next < text.count && text[next] == text[index] ? 2 : 1)
    }
    return Quote(openCount: openCount, closeCount: 0, at: text.count)
  }

  private static func opensValues(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    guard text[at] == 0x28, at >= 2 else { return false }
    if text[at - 1] == 0x3D { return true }
    return at >= 9 && text[(at - 9)..<at].elementsEqual("contains ".utf8)
  }

  /// The last closing parenthesis of the line, or its end.
  private static func lastParenthesis(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
    var last: Int?
    var index = at
    while index < text.count {
      if text[index] == 0x29 { last = index }
      index += 1
    }
    return last ?? text.count
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  private static func isDecimalPoint(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    text[at] == 0x2E && at + 1 < text.count && isDigit(text[at + 1])
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    byte >= 0x80 || isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || byte == 0x5F
  }
}
