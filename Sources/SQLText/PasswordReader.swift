/// Reads what follows a word behind which a credential may stand.
struct PasswordReader {
  let base: UnsafePointer<UInt8>
  let count: Int
  var at: Int
  let word: CredentialWords.Found
  /// As many quotes stand before the word as open a literal: a hint, texts need not be SQL.
  let isInLiteral: Bool
  /// Numbers of the parameters that stand where values do.
  private(set) var parameters: [Int] = []

  init(
    base: UnsafePointer<UInt8>, count: Int, _ word: CredentialWords.Found, isInLiteral: Bool
  ) {
    self.base = base
    self.count = count
    self.word = word
    self.isInLiteral = isInLiteral
    at = word.end
  }

  func byte(_ index: Int) -> UInt8 { index < count ? base[index] : 0 }

  /// Appends the ranges of the values, if some follow.
  mutating func read(_ found: inout [Range<Int>]) {
    switch word.kind {
    case .secret: secret(&found)
    case .program: program(&found)
    case .setting: setting(&found)
    case .command: command(&found)
    case .token: token(&found)
    case .call: call(&found)
    case .unicodeName: unicodeName(&found)
    }
  }

  // MARK: - Kinds

  private mutating func secret(_ found: inout [Range<Int>]) {
    // `password_hash`, `radiussecrets`: the name may go on.
    while isWordByte(byte(at)) { at += 1 }
    let nameEnd = at
    if byte(at) == 0x3E, isElement { return element(&found) }
    // `set_password('…')`, `create_secret('…')`.
    if byte(at) == 0x28 { return call(&found) }
    let isQuotedKey = skipNameQuote()
    skipGap()
    if skipWord("not") { skipGap(limit: Self.reach) }
    if isList { return keyValues(&found) }
    comparedBefore(&found)
    // `lower(password) = …`, `(password)::text = …`.
    if byte(at) == 0x29 { skipClosing() }
    let hasOperator = skipOperator(isQuotedKey: isQuotedKey)
    // `parameter "app.password" changed to "…"`: nothing in it is escaped.
    if hasOperator == .change, byte(at) == 0x22 { return toLastQuote(&found) }
    value(&found, nameEnd, hasOperator: hasOperator != .none)
  }

  private mutating func value(_ found: inout [Range<Int>], _ nameEnd: Int, hasOperator: Bool) {
    if hasOperator || isComputed && takesWords {
      if callOfValue(&found) { return concatenated(&found) }
    }
    if hasOperator { skipCall() }
    skipPrefix()
    switch byte(at) {
    case 0x27:
      if !hasOperator || !isInLiteral || byte(at + 1) != 0x27, behindName(&found) { return }
      // The name is the end of a literal, which says nothing of what follows it.
      if isInLiteral, !hasOperator, at == nameEnd { return }
      quoted(0x27, &found)
      concatenated(&found)
    case 0x22:
      guard hasOperator || at > nameEnd else { return }
      quoted(0x22, &found)
    case 0x5C where byte(at + 1) == 0x27 || byte(at + 1) == 0x22:
      guard at > nameEnd else { return }
      escaped(&found)
    case 0x24 where isParameter(at): if hasOperator || takesWords { addParameter() }
    case 0x24 where dollarQuoted(&found): break
    case 0x25 where arguments(&found): break
    default:
      guard at > nameEnd, hasOperator || !isNull && takesWords else { return }
      unquoted(&found)
    }
  }

  private mutating func program(_ found: inout [Range<Int>]) {
    if isForeign { return foreignProgram(&found) }
    skipGap()
    skipPrefix()
    switch byte(at) {
    case 0x27:
      // `'program'` is a text of its own.
      if at == word.end, isInLiteral { return }
      if at > word.end, behindName(&found) { return }
      quoted(0x27, &found)
      // What the grammar refuses may have more of them.
      while aheadIsQuote {
        skipGap(limit: Self.reach)
        quoted(0x27, &found)
      }
    case 0x22 where at > word.end: toLastQuote(&found)
    case 0x5C where byte(at + 1) == 0x27 || byte(at + 1) == 0x22: escaped(&found)
    case 0x24: _ = dollarQuoted(&found)
    case 0x25: _ = arguments(&found)
    default: break
    }
  }

  /// `Foreign Program: …` of a plan, in whichever of its formats: the whole command.
  private mutating func foreignProgram(_ found: inout [Range<Int>]) {
    if byte(at) == 0x3E { return element(&found) }
    _ = skipNameQuote()
    guard byte(at) == 0x3A else { return }
    at += 1
    while byte(at) == 0x20 { at += 1 }
    switch byte(at) {
    case 0x22: quoted(0x22, &found)
    case 0x5C where byte(at + 1) == 0x22: escaped(&found)
    default: planLines(&found)
    }
  }

  private mutating func setting(_ found: inout [Range<Int>]) {
    let isQuotedKey = skipNameQuote()
    skipGap()
    let hasOperator = skipOperator(isQuotedKey: isQuotedKey)
    skipPrefix()
    switch byte(at) {
    case 0x22 where hasOperator != .none || !isQuotedKey && at > word.end: toLastQuote(&found)
    case 0x27:
      if hasOperator == .none, behindName(&found) { return }
      guard at > word.end else { return }
      quoted(0x27, &found)
    case 0x5C where at > word.end && (byte(at + 1) == 0x27 || byte(at + 1) == 0x22):
      escaped(&found)
    case 0x24 where hasOperator != .none: if !dollarQuoted(&found) { line(&found) }
    default: if hasOperator == .plain { line(&found) }
    }
  }

  private mutating func command(_ found: inout [Range<Int>]) {
    skipGap()
    if byte(at) == 0x22 { return toLastQuote(&found) }
    if byte(at) == 0x5C, byte(at + 1) == 0x22 { return escaped(&found) }
    guard skipWord("was"), byte(at) == 0x3A else { return }
    at += 1
    skipGap()
    append(at, count, &found)
    at = count
  }

  private mutating func unicodeName(_ found: inout [Range<Int>]) {
    at = ByteScan.find(0x22, in: base, from: at, to: count)
    guard at < count else { return }
    let nameEnd = at
    at += 1
    skipGap()
    if skipWord("uescape") {
      skipGap()
      guard byte(at) == 0x27, byte(at + 2) == 0x27 else { return }
      at += 3
      skipGap()
    }
    value(&found, nameEnd, hasOperator: skipOperator(isQuotedKey: false) != .none)
  }

  // MARK: - Between name and value

  enum Operator { case none, plain, change }

  /// The quote that closes the name, as a key of JSON or a name of SQL has it.
  mutating func skipNameQuote() -> Bool {
    if byte(at) == 0x5C, byte(at + 1) == 0x22 { at += 1 }
    guard byte(at) == 0x22 else { return false }
    // Doubled in a field of a csvlog.
    at += byte(at + 1) == 0x22 ? 2 : 1
    return true
  }

  /// `=`, `=>`, `:=`, `<>`, `~`, `:` and the words that stand for them, with the gap behind.
  mutating func skipOperator(isQuotedKey: Bool) -> Operator {
    let start = at
    if byte(at) == 0x3A, byte(at + 1) == 0x3A {
      // A cast, and what is compared with it.
      skipClosing()
    }
    switch (byte(at), byte(at + 1)) {
    case (0x3A, 0x3D), (0x3C, 0x3E): at += 2
    case (0x3D, _), (0x7E, _), (0x21, 0x3D), (0x21, 0x7E):
      // `=`, `=>`, `==`, `~`, `~~`, `!=`, `!~~`.
      repeat { at += 1 } while byte(at) == 0x3D || byte(at) == 0x3E || byte(at) == 0x7E
    case (0x3A, let next) where next != 0x3A: at += 1
    default:
      let kind = skipOperatorWords()
      if kind == .none { at = start } else { skipGap(limit: Self.reach) }
      return kind
    }
    // `~*`, but not the first star of a mask.
    if byte(at) == 0x2A, byte(at - 1) == 0x7E, byte(at + 1) != 0x2A { at += 1 }
    skipGap(limit: Self.reach)
    return .plain
  }

  private mutating func skipOperatorWords() -> Operator {
    if skipWord("changed") {
      skipGap(limit: Self.reach)
      return skipWord("to") ? .change : .none
    }
    if skipWord("to") || skipWord("like") || skipWord("ilike") { return .plain }
    if skipWord("similar") {
      skipGap(limit: Self.reach)
      return skipWord("to") ? .plain : .none
    }
    if skipWord("was") { return isInLiteral ? .plain : .none }
    guard skipWord("is") else { return .none }
    skipGap(limit: Self.reach)
    let isNot = skipWord("not")
    skipGap(limit: Self.reach)
    if skipWord("distinct") {
      skipGap(limit: Self.reach)
      return skipWord("from") ? .plain : .none
    }
    // Prose of a literal; `password IS NULL` is none.
    return isInLiteral && !isNot && !isNull ? .plain : .none
  }

  /// `'password', '…'`, `'password' = '…'`, `'… PASSWORD ' || quote_literal('…')`: at the quote that
  /// closes the literal with the name. False when something else follows.
  mutating func behindName(_ found: inout [Range<Int>]) -> Bool {
    let start = at
    while byte(at) == 0x27 { at += 1 }
    skipGap(limit: Self.reach)
    skipClosing()
    if byte(at) == 0x2C || byte(at) == 0x7C && byte(at + 1) == 0x7C {
      at += byte(at) == 0x2C ? 1 : 2
      skipGap(limit: Self.reach)
      skipArgumentName()
    } else if skipOperator(isQuotedKey: false) == .none {
      at = start
      return false
    }
    if callOfValue(&found) { return true }
    skipCall()
    skipPrefix()
    if isParameter(at) {
      addParameter()
      return true
    }
    if byte(at) == 0x24, dollarQuoted(&found) { return true }
    guard byte(at) == 0x27 else {
      at = start
      return false
    }
    quoted(0x27, &found)
    return true
  }

  /// `crypt('…'`: the constant in the call is the password.
  private mutating func skipCall() {
    var ahead = at
    while ahead < count, isWordByte(base[ahead]) || base[ahead] == 0x2E { ahead += 1 }
    guard byte(ahead) == 0x28 else { return }
    ahead += 1
    while byte(ahead) == 0x20 { ahead += 1 }
    let next = byte(ahead)
    let mask = CredentialScrubber.mask
    let isMasked = (0..<mask.utf8CodeUnitCount).allSatisfy {
      byte(ahead + $0) == mask.utf8Start[$0]
    }
    if next == 0x27 || next == 0x24 || byte(ahead + 1) == 0x27 || isMasked { at = ahead }
  }

  /// The letters before a quote: `E'…'`, `U&'…'`.
  mutating func skipPrefix() {
    let letter = byte(at) | 0x20
    if byte(at + 1) == 0x27, letter == 0x65 || letter == 0x6E || letter == 0x62 || letter == 0x78 {
      at += 1
    } else if letter == 0x75, byte(at + 1) == 0x26, byte(at + 2) == 0x27 {
      at += 2
    }
  }

  mutating func skipWord(_ word: StaticString) -> Bool {
    let end = at + word.utf8CodeUnitCount
    guard end <= count, !isWordByte(byte(end)),
      Words.matches(base, SQLToken(.word, at, end), word)
    else { return false }
    at = end
    return true
  }

  // MARK: - What the name says

  /// `<password>`, `<a:password>`.
  private var isElement: Bool {
    var start = word.start
    let limit = max(0, start - 64)
    while start > limit, isWordByte(base[start - 1]) || base[start - 1] == 0x3A { start -= 1 }
    return start > 0 && base[start - 1] == 0x3C
  }

  /// `password)=(…`, `(password, name) = (…`, `password in (…`: a list of values.
  private var isList: Bool {
    var ahead = self
    if ahead.skipWord("in") {
      ahead.skipGap(limit: 16)
      return ahead.byte(ahead.at) == 0x28
    }
    // The names that stand between.
    let limit = min(count, at + 128)
    while ahead.at < limit {
      let byte = base[ahead.at]
      guard isWordByte(byte) || byte == 0x2C || byte == 0x20 else { break }
      ahead.at += 1
    }
    guard ahead.byte(ahead.at) == 0x29 else { return false }
    ahead.at += 1
    ahead.skipGap(limit: 16)
    guard ahead.byte(ahead.at) == 0x3D else { return false }
    ahead.at += 1
    ahead.skipGap(limit: 16)
    return ahead.byte(ahead.at) == 0x28
  }

  /// `Foreign Program`, in XML with a hyphen.
  private var isForeign: Bool {
    let start = word.start - 8
    guard start >= 0, base[word.start - 1] == 0x20 || base[word.start - 1] == 0x2D else {
      return false
    }
    return Words.matches(base, SQLToken(.word, start, word.start - 1), "foreign")
  }

  private var isNull: Bool {
    byte(at) | 0x20 == 0x6E && byte(at + 1) | 0x20 == 0x75 && byte(at + 2) | 0x20 == 0x6C
      && byte(at + 3) | 0x20 == 0x6C && !isWordByte(byte(at + 4))
  }

  /// Whether `CREATE ROLE`, `ALTER USER` or the like stands before the word: the password may follow
  /// without quotes then, and be refused.
  private var takesWords: Bool {
    let start = max(0, word.end - 256)
    var lexer = SQLLexer(UnsafeBufferPointer(start: base + start, count: word.end - start))
    var before = lexer.next()
    while before.kind != .endOfText {
      let token = lexer.next()
      let from = base + start
      if before.kind == .word, token.kind == .word,
        Words.matches(from, before, "create") || Words.matches(from, before, "alter"),
        Words.matches(from, token, "role") || Words.matches(from, token, "user")
          || Words.matches(from, token, "group")
      {
        return true
      }
      before = token
    }
    return false
  }

  mutating func addParameter() {
    var value = 0
    at += 1
    while isDigit(byte(at)) {
      if value < 100_000 { value = value * 10 + Int(byte(at) - 0x30) }
      at += 1
    }
    parameters.append(value)
  }

  mutating func note(_ parameter: Int) { parameters.append(parameter) }

  /// As `addParameter`, of every one in `[from, to)`.
  mutating func addParameters(_ from: Int, _ to: Int) {
    at = from
    while at < to {
      if isParameter(at) { addParameter() } else { at += 1 }
    }
    at = to
  }
}
