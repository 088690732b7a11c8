/// Finds the integers of ORDER BY, GROUP BY and DISTINCT ON that name a column of the output:
/// `ORDER BY 2` sorts by another column than `ORDER BY 1`, so it is another query.
///
/// Shape and canonical text are shown the same tokens and so keep the same numbers. The ORDER BY of
/// windows and aggregates counts as well: the number is a constant there, but who writes one means
/// a position, and telling them apart would need the grammar. A function of the tokens alone; what
/// is nested more than 63 brackets deep has no positions.
public struct OutputPositions: Sendable {
  /// More bytes are no position: a query has at most 1,664 columns.
  static let bytesMax = 6

  private enum Opening { case none, positions, grouping }

  /// Brackets that are open.
  private var depth: UInt64 = 0
  /// By depth, whether a comma there begins an element that may be a position.
  private var lists: UInt64 = 0
  /// Those of GROUP BY, where parentheses around elements hold elements again.
  private var groupings: UInt64 = 0
  /// Parentheses since an element began, -1 when something else stood there.
  private var run = -1
  /// What a parenthesis opens if it is the next token.
  private var opening = Opening.none
  /// The last token if it was a word without a qualifier, else nothing.
  private var word = SQLToken(.word, 0, 0)
  /// The last token shown to `isPosition(_:of:before:)` was a dot.
  private var isAfterDot = false

  /// At the beginning of a text.
  public init() {}

  @inline(__always)
  private var bit: UInt64 { depth < 64 ? 1 &<< depth : 0 }

  // MARK: - Tokens

  /// Shown every token of `text` in turn, with a lexer that stands behind it: whether it is a number
  /// that is a position.
  public mutating func isPosition(
    _ token: SQLToken, of text: UnsafeBufferPointer<UInt8>, before lexer: SQLLexer
  ) -> Bool {
    isPosition(token, text.baseAddress ?? ByteClass.table, before: lexer)
  }

  /// As `isPosition(_:of:before:)`.
  mutating func isPosition(
    _ token: SQLToken, _ base: UnsafePointer<UInt8>, before lexer: SQLLexer
  ) -> Bool {
    let isQualified = isAfterDot
    isAfterDot = false
    switch token.kind {
    case .word: note(word: token, isQualified: isQualified, base)
    case .number: return note(number: token, base, before: lexer)
    case .punctuation:
      isAfterDot = base[token.start] == 0x2E
      note(punctuation: base[token.start])
    default: noteOther()
    }
    return false
  }

  /// A word; `isQualified` when a dot stands before it.
  @inline(__always)
  mutating func note(word token: SQLToken, isQualified: Bool, _ base: UnsafePointer<UInt8>) {
    let before = word
    opening = .none
    if isQualified {
      noteOther()
      return
    }
    word = token
    if token.end &- token.start == 2 {
      run = -1
      follow(token, after: before, base)
    } else if lists != 0 {
      continueList(token, after: before, base)
    } else {
      run = -1
    }
  }

  @inline(__always)
  mutating func note(punctuation byte: UInt8) {
    switch byte {
    case 0x28: open()
    case 0x5B:
      depth &+= 1
      lists &= ~bit
      groupings &= ~bit
      run = -1
    case 0x29, 0x5D:
      lists &= ~bit
      groupings &= ~bit
      if depth > 0 { depth &-= 1 }
      run = -1
    case 0x2C: run = lists & bit == 0 ? -1 : 0
    case 0x3B:
      lists &= ~bit
      groupings &= ~bit
      run = -1
    default: run = -1
    }
    opening = .none
    word.end = word.start
  }

  /// Any other token.
  @inline(__always)
  mutating func noteOther() {
    run = -1
    opening = .none
    word.end = word.start
  }

  /// A number, behind which `lexer` stands: whether it is a position.
  @inline(__always)
  mutating func note(
    number token: SQLToken, _ base: UnsafePointer<UInt8>, before lexer: SQLLexer
  ) -> Bool {
    let parentheses = run
    noteOther()
    guard parentheses >= 0 else { return false }
    return Self.isInteger(token, base) && isWhole(parentheses, base, lexer)
  }

  // MARK: - Lists

  /// `by` or `on`, perhaps behind the word that makes a list of what follows.
  private mutating func follow(
    _ token: SQLToken, after before: SQLToken, _ base: UnsafePointer<UInt8>
  ) {
    if Words.matches(base, token, "by") {
      let isGroup = Words.matches(base, before, "group")
      guard isGroup || Words.matches(base, before, "order") else { return }
      lists |= bit
      groupings = isGroup ? groupings | bit : groupings & ~bit
      run = 0
    } else if Words.matches(base, token, "on") {
      if Words.matches(base, before, "distinct") {
        opening = .positions
      } else {
        lists &= ~bit
      }
    }
  }

  /// A word while a list is open, perhaps at another depth.
  private mutating func continueList(
    _ token: SQLToken, after before: SQLToken, _ base: UnsafePointer<UInt8>
  ) {
    let isFirst = run == 0
    run = -1
    guard lists & bit != 0 else { return }
    let packed = Words.pack(base, token)
    if Self.endsList(packed) || Words.matches(base, token, "intersect")
      || Words.matches(base, token, "returning")
    {
      lists &= ~bit
      return
    }
    guard groupings & bit != 0 else { return }
    switch packed {
    case Words.pack("rollup"), Words.pack("cube"), Words.pack("sets"): opening = .grouping
    case Words.pack("distinct"), Words.pack("all"):
      if isFirst, Words.matches(base, before, "by") { run = 0 }
    default: break
    }
  }

  /// Reserved words that stand behind such a list, so that commas separate something else.
  private static func endsList(_ word: UInt64) -> Bool {
    switch word {
    case Words.pack("limit"), Words.pack("offset"), Words.pack("fetch"), Words.pack("for"),
      Words.pack("having"), Words.pack("window"), Words.pack("union"), Words.pack("except"),
      Words.pack("with"), Words.pack("select"), Words.pack("values"):
      true
    default: false
    }
  }

  private mutating func open() {
    let isInGrouping = groupings & bit != 0
    depth &+= 1
    lists &= ~bit
    groupings &= ~bit
    if opening != .none {
      lists |= bit
      if opening == .grouping { groupings |= bit }
      run = 0
    } else if run >= 0 {
      run &+= 1
      if isInGrouping {
        lists |= bit
        groupings |= bit
      }
    }
  }

  // MARK: - Numbers

  private static func isInteger(_ token: SQLToken, _ base: UnsafePointer<UInt8>) -> Bool {
    let count = token.end &- token.start
    guard count <= bytesMax else { return false }
    let isHexadecimal = count > 1 && base[token.start &+ 1] | 0x20 == 0x78
    for index in token.start..<token.end {
      let byte = base[index]
      if byte == 0x2E || byte | 0x20 == 0x65 && !isHexadecimal { return false }
    }
    return true
  }

  /// Whether a number in `parentheses` is all of its element: `(1)` is a position, `(1) + 2` none.
  private func isWhole(
    _ parentheses: Int, _ base: UnsafePointer<UInt8>, _ lexer: SQLLexer
  ) -> Bool {
    var ahead = lexer
    var token = ahead.next()
    var closed = 0
    while closed < parentheses, SQLText.isPunctuation(base, token, 0x29) {
      closed &+= 1
      token = ahead.next()
    }
    guard closed == parentheses else {
      return groupings & bit != 0 && SQLText.isPunctuation(base, token, 0x2C)
    }
    switch token.kind {
    case .endOfText: return true
    case .punctuation:
      let byte = base[token.start]
      return byte == 0x2C || byte == 0x29 || byte == 0x5D || byte == 0x3B
    case .word: return !Self.continuesOperand(Words.pack(base, token))
    default: return false
    }
  }

  /// Words that make an expression of the number before them.
  private static func continuesOperand(_ word: UInt64) -> Bool {
    switch word {
    case Words.pack("collate"), Words.pack("is"), Words.pack("isnull"), Words.pack("notnull"),
      Words.pack("in"), Words.pack("between"), Words.pack("like"), Words.pack("ilike"),
      Words.pack("similar"), Words.pack("and"), Words.pack("or"), Words.pack("not"),
      Words.pack("at"), Words.pack("operator"), Words.pack("overlaps"):
      true
    default: false
    }
  }
}
