internal import SQLText

/// Texts that differ from one in what must not matter.
enum Variation {
  /// Other constants of the same kind, white space between all tokens; comments are out. Positions
  /// in ORDER BY and the like are no constants.
  static func of(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    var lexer = SQLLexer(text)
    var positions = OutputPositions()
    while true {
      let token = lexer.next()
      let isPosition = positions.isPosition(token, of: text, before: lexer)
      if token.kind != .endOfText { out += Array(" \t".utf8) }
      switch token.kind {
      case .endOfText:
        // An open comment belongs to the shape.
        if lexer.endsInComment { out += Array(" /*".utf8) }
        return out
      case .string where !token.isUnterminated: out += Array("'it''s'".utf8)
      case .number where !isPosition: out += Array("1.7".utf8)
      case .parameter: out += Array("$12".utf8)
      default: out += text[token.start..<token.end]
      }
    }
  }

  /// Every constant that a comma or a bracket follows stands there twice.
  static func withLongerLists(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    var lexer = SQLLexer(text)
    var end = 0
    while true {
      let token = lexer.next()
      out += text[end..<token.start]
      end = token.end
      guard token.kind != .endOfText else { return out }
      out += text[token.start..<token.end]
      guard token.isValue, !token.isUnterminated else { continue }
      var ahead = lexer
      let next = ahead.next()
      guard next.kind == .punctuation, [0x29, 0x2C, 0x5D].contains(text[next.start]) else {
        continue
      }
      out += Array(", ".utf8) + text[token.start..<token.end]
    }
  }
}
