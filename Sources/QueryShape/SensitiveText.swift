internal import SQLText

/// Texts whose identity is not told by their shape alone: they speak of passwords outside of
/// constants. If the grammar refuses such a text, what is masked in it depends on its white space.
enum SensitiveText {
  /// Whether a text of this canonical text may be one. False says that none is.
  static func mayBe(_ canonical: [UInt8]) -> Bool {
    if canonical.withUnsafeBufferPointer({ CredentialScrubber.isSuspect($0) }) { return true }
    // `scheme://user:…@host`, as canonical texts have it.
    let separator = Array(": //".utf8)
    return canonical.indices.contains { canonical[$0...].starts(with: separator) }
  }

  /// A canonical text without the passwords in its quoted names: `dblink("host=h password=x")`, by
  /// someone who took the wrong quotes.
  static func maskingNames(_ canonical: [UInt8]) -> [UInt8] {
    canonical.withUnsafeBufferPointer { text in
      var out: [UInt8] = []
      var lexer = SQLLexer(text)
      var end = 0
      while true {
        let token = lexer.next()
        if token.kind == .endOfText { return out + text[end...] }
        let quoted = text[token.start..<token.end]
        let name = UnsafeBufferPointer(rebasing: quoted.dropFirst().dropLast())
        guard token.kind == .quotedName, let masked = CredentialScrubber.scrub(name) else {
          continue
        }
        out += text[end...token.start] + masked + [0x22]
        end = token.end
      }
    }
  }

  /// The text without the values of its constants and the content of its comments: texts of which
  /// this is equal have one identity.
  ///
  /// A constant with a backslash stays as it is: for a server without standard_conforming_strings
  /// it may end elsewhere, and the password stand behind it.
  static func neutral(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    var lexer = SQLLexer(text)
    var positions = OutputPositions()
    var end = 0
    while true {
      let token = lexer.next()
      let isPosition = positions.isPosition(token, of: text, before: lexer)
      let gap = text[end..<token.start]
      if gap.contains(where: { $0 == 0x2D || $0 == 0x2F }) {
        out.append(0x20)
      } else {
        out.append(contentsOf: gap)
      }
      end = token.end
      let bytes = text[token.start..<token.end]
      switch token.kind {
      case .endOfText:
        if lexer.endsInComment { out.append(contentsOf: [0x2F, 0x2A]) }
        return out
      case .string where !bytes.contains(0x5C):
        out.append(contentsOf: token.isUnterminated ? [0x27] : [0x27, 0x27])
      case .number where !isPosition: out.append(0x31)
      default: out.append(contentsOf: bytes)
      }
    }
  }
}
