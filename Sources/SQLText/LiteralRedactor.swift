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
}
