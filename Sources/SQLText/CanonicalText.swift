/// The text of a query without what differs between its executions; its hash is the query's id.
///
/// Words and unquoted names are in lower case, comments are out, white space is one space or none,
/// constants and parameters are `$1`, `$2` … in the order in which they appear, lists of constants
/// in `IN (…)` and `ARRAY[…]` are `$1 /*, ... */` whatever their length, and so are the rows of
/// VALUES when they are alike. Positions in ORDER BY, GROUP BY and DISTINCT ON stay (see
/// `OutputPositions`). It is a function of the tokens alone, NULL, TRUE and FALSE included: the same
/// in every process and with every version of the grammar.
public struct CanonicalText: Sendable, Equatable {
  /// The canonical text; without NUL bytes.
  public var bytes: [UInt8]
  /// The text ended within a token or comment; the canonical text ends in `/* truncated */`.
  public var isTruncated: Bool
}

extension SQLText {
  /// The canonical text of `text`, one statement or several.
  public static func canonical(_ text: UnsafeBufferPointer<UInt8>) -> CanonicalText {
    var writer = CanonicalWriter(text)
    return writer.finish()
  }
}

/// Writes the canonical text token by token. Until the end a constant is the byte 0 in `out`: its
/// number is known only when all lists are closed.
struct CanonicalWriter {
  private let base: UnsafePointer<UInt8>
  private var lexer: SQLLexer
  private var out: [UInt8] = []
  private var lists = ListStack()
  private var spacing = Spacing()
  private var positions = OutputPositions()
  private var isTruncated = false
  private var hasPendingSemicolon = false
  /// The last two tokens, as far as they are words.
  private var word: UInt64 = 0
  private var wordBefore: UInt64 = 0
  private var setting = Setting.unknown

  /// Where a statement is as a `SET name = value, …`, whose values may be words.
  private enum Setting { case unknown, name, values, no }

  init(_ text: UnsafeBufferPointer<UInt8>) {
    base = text.baseAddress ?? ByteClass.table
    lexer = SQLLexer(text)
    out.reserveCapacity(text.count + text.count / 8 + 16)
  }

  mutating func finish() -> CanonicalText {
    while true {
      let token = lexer.scan()
      if token.kind == .endOfText { break }
      isTruncated = isTruncated || token.isUnterminated
      write(token)
    }
    if lists.isAfterRow { lists.endRows(&out) }
    isTruncated = isTruncated || lexer.endsInComment
    return CanonicalText(bytes: numbered(), isTruncated: isTruncated)
  }

  private mutating func write(_ token: SQLToken) {
    let isPosition = positions.isPosition(token, base, before: lexer)
    let isComma = token.kind == .punctuation && base[token.start] == 0x2C
    if lists.isAfterRow, !(isComma && nextOpens()) { lists.endRows(&out) }
    if token.kind == .punctuation, base[token.start] == 0x3B, lists.isEmpty {
      hasPendingSemicolon = !out.isEmpty
      setting = .unknown
      note(0)
      return
    }
    if hasPendingSemicolon {
      out.append(0x3B)
      spacing.wrote(.semicolon)
      hasPendingSemicolon = false
    }
    if isSettingValue(token) {
      writeValue()
      return
    }
    switch token.kind {
    // The words of a setting's value become constants, and what they made a position with them.
    case .number where isPosition && setting != .values: writePosition(token)
    case .word: writeWord(token)
    case .string, .number, .parameter: writeValue()
    case .symbol: writeSymbol(token)
    case .punctuation: writePunctuation(token)
    default:
      lists.note(token.kind == .cast ? .cast : token.kind == .quotedName ? .name : .code)
      emit(token, Spacing.piece(token.kind))
      note(0)
    }
  }

  /// Whether `token` is a value in `SET name = value, …` or `SET name TO value, …`.
  private mutating func isSettingValue(_ token: SQLToken) -> Bool {
    switch setting {
    case .no: return false
    case .unknown: setting = SQLText.isWord(base, token, "set") ? .name : .no
    case .name:
      let isEquals =
        token.kind == .symbol && token.end - token.start == 1 && base[token.start] == 0x3D
      if isEquals || SQLText.isWord(base, token, "to") { setting = .values }
    case .values:
      return token.kind == .quotedName
        || token.kind == .word && !SQLText.isWord(base, token, "default") && !opensList(token)
    }
    return false
  }

  /// Whether a list follows IN, ARRAY or VALUES, as shapes have it: no setting has one as its value.
  private func opensList(_ token: SQLToken) -> Bool {
    let packed = Words.pack(base, token)
    let isArray = packed == Words.pack("array")
    guard isArray || packed == Words.pack("in") || packed == Words.pack("values") else {
      return false
    }
    var ahead = lexer
    return SQLText.isPunctuation(base, ahead.next(), isArray ? 0x5B : 0x28)
  }

  private mutating func note(_ newWord: UInt64) {
    wordBefore = word
    word = newWord
  }

  private mutating func writeWord(_ token: SQLToken) {
    guard spacing.last != .dot else {
      lists.note(.name)
      emit(token, .name)
      note(0)
      return
    }
    let packed = Words.pack(base, token)
    let before = Grammar.Before(
      operandMayBegin: spacing.operandMayBegin, word: word, wordBefore: wordBefore)
    if Grammar.isConstant(packed, after: before), !isOption(packed) {
      writeValue()
      return
    }
    if packed == Words.pack("array") {
      lists.note(.array)
    } else {
      lists.note(Grammar.namesType(base, token) ? .typeName : .name)
    }
    if Grammar.introducesOperand(base, token, packed), !isColumn(packed) {
      emit(token, .opener)
    } else {
      emit(token, Grammar.standsApart(packed) ? .keyword : .name)
    }
    note(packed)
  }

  /// BY and RETURN are not reserved: `select by - 1` subtracts, and `select by 'x'` is a constant of
  /// the type `by`.
  private func isColumn(_ packed: UInt64) -> Bool {
    switch packed {
    case Words.pack("by"):
      // PARTITION and INCREMENT are longer than what a packed word holds.
      let isLong = word == 0 && (spacing.last == .name || spacing.last == .keyword)
      return !(word == Words.pack("group") || word == Words.pack("order") || isLong)
    case Words.pack("return"): return spacing.operandMayBegin
    default: return false
    }
  }

  /// `NULL 'x'` is an option of COPY: no constant stands before another.
  private func isOption(_ packed: UInt64) -> Bool {
    guard packed == Words.pack("null") else { return false }
    var ahead = lexer
    return ahead.next().isValue
  }

  private mutating func writeValue() {
    lists.note(.value)
    if spacing.needsSpace(before: .value) { out.append(0x20) }
    out.append(0)
    spacing.wrote(.value)
    note(0)
  }

  private mutating func writePosition(_ token: SQLToken) {
    lists.note(.code)
    if spacing.needsSpace(before: .value) { out.append(0x20) }
    for index in token.start..<token.end { out.append(Words.lower(base[index])) }
    spacing.wrote(.value)
    note(0)
  }

  private mutating func writeSymbol(_ token: SQLToken) {
    let count = token.end - token.start
    let isSign = spacing.operandMayBegin && !(count == 1 && base[token.start] == 0x2A)
    if isSign, count == 1, base[token.start] == 0x2D {
      var ahead = lexer
      if ahead.next().kind == .number {
        lexer = ahead
        writeValue()
        return
      }
    }
    lists.note(.code)
    let piece: Spacing.Piece = isSign ? .sign : .symbol
    if count == 2, base[token.start] == 0x21, base[token.start + 1] == 0x3D {
      if spacing.needsSpace(before: piece) { out.append(0x20) }
      out.append(0x3C)
      out.append(0x3E)
      spacing.wrote(piece)
    } else {
      emit(token, piece)
    }
    note(0)
  }

  private mutating func writePunctuation(_ token: SQLToken) {
    let byte = base[token.start]
    switch byte {
    case 0x28, 0x5B:
      let kind = lists.kind(of: byte, after: word)
      if spacing.needsSpace(before: byte == 0x28 ? .open : .subscript) { out.append(0x20) }
      lists.opened(kind, at: out.count)
      out.append(byte)
      spacing.wrote(.open)
    case 0x29, 0x5D:
      lists.closing(byte, &out)
      out.append(byte)
      lists.closed(&out)
      spacing.wrote(.close)
    case 0x2C:
      lists.separating(&out)
      out.append(byte)
      spacing.wrote(.comma)
    default:
      lists.note(byte == 0x2E ? .dot : .code)
      emit(token, byte == 0x2E ? .dot : byte == 0x3A ? .colon : .semicolon)
    }
    note(0)
  }

  private func nextOpens() -> Bool {
    var ahead = lexer
    let token = ahead.next()
    return token.kind == .punctuation && base[token.start] == 0x28
  }

  /// Words in lower case, everything else as it stands; NUL is a place holder here and becomes SUB.
  private mutating func emit(_ token: SQLToken, _ piece: Spacing.Piece) {
    if spacing.needsSpace(before: piece) { out.append(0x20) }
    let isWord = token.kind == .word
    for index in token.start..<token.end {
      let byte = base[index]
      out.append(isWord ? Words.lower(byte) : byte == 0 ? 0x1A : byte)
    }
    spacing.wrote(piece)
  }

  private func numbered() -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(out.count + out.count / 4 + 32)
    var number = 0
    for byte in out {
      guard byte == 0 else {
        text.append(byte)
        continue
      }
      number += 1
      text.append(0x24)
      var divisor = 1
      while number / divisor >= 10 { divisor *= 10 }
      while divisor > 0 {
        text.append(UInt8(truncatingIfNeeded: 0x30 + number / divisor % 10))
        divisor /= 10
      }
    }
    if isTruncated { text.append(contentsOf: " /* truncated */".utf8) }
    return text
  }
}
