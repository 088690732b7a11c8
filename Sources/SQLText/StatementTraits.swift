/// What the first words of one statement tell about it.
public struct StatementTraits: Sendable, Equatable {
  /// What it begins with.
  public var leading: LeadingWord
  /// It runs the query of a prepared statement: `EXECUTE x`, `EXPLAIN … EXECUTE x`,
  /// `CREATE TABLE … AS EXECUTE x`.
  public var viaExecute = false

  /// Traits of a statement that begins with `leading`.
  public init(leading: LeadingWord, viaExecute: Bool = false) {
    self.leading = leading
    self.viaExecute = viaExecute
  }

  /// SELECT, WITH, VALUES, TABLE: a portal of it may run in pieces, and ends late.
  public var isSelectish: Bool {
    switch leading {
    case .select, .with, .values, .table: true
    default: false
    }
  }
  /// A query: as `isSelectish`, and INSERT, UPDATE, DELETE, MERGE.
  public var isPlannable: Bool {
    switch leading {
    case .select, .with, .values, .table, .insert, .update, .delete, .merge: true
    default: false
    }
  }
  /// DECLARE
  public var isDeclare: Bool { leading == .declare }
  /// EXECUTE itself.
  public var isExecute: Bool { leading == .execute }
  /// PREPARE of a query, not PREPARE TRANSACTION.
  public var isPrepare: Bool { leading == .prepare }
  /// DEALLOCATE
  public var isDeallocate: Bool { leading == .deallocate }
  /// EXPLAIN, with and without ANALYZE.
  public var isExplain: Bool { leading == .explain }
  /// BEGIN or START TRANSACTION.
  public var isBegin: Bool { leading == .begin }
  /// COMMIT or END of the session's transaction.
  public var isCommit: Bool { leading == .commit }
  /// ROLLBACK or ABORT of the whole transaction.
  public var isRollback: Bool { leading == .rollback }
}

extension SQLText {
  /// The traits of one statement (of a message: of its first). Reads a few tokens, more only of
  /// EXPLAIN and CREATE TABLE.
  public static func traits(_ statement: UnsafeBufferPointer<UInt8>) -> StatementTraits {
    guard let base = statement.baseAddress else { return StatementTraits(leading: .empty) }
    var lexer = SQLLexer(statement)
    var token = lexer.next()
    guard token.kind != .endOfText else { return StatementTraits(leading: .empty) }
    while isPunctuation(base, token, 0x28) { token = lexer.next() }
    guard token.kind == .word else { return StatementTraits(leading: .other) }
    let leading = leadingWord(base, token, &lexer)
    switch leading {
    case .execute: return StatementTraits(leading: leading, viaExecute: true)
    case .explain:
      return StatementTraits(leading: leading, viaExecute: explainsExecute(base, &lexer))
    case .create:
      return StatementTraits(leading: leading, viaExecute: createsFromExecute(base, &lexer))
    default: return StatementTraits(leading: leading)
    }
  }

  static func isPunctuation(
    _ base: UnsafePointer<UInt8>, _ token: SQLToken, _ byte: UInt8
  ) -> Bool {
    token.kind == .punctuation && base[token.start] == byte
  }

  private static func leadingWord(
    _ base: UnsafePointer<UInt8>, _ token: SQLToken, _ lexer: inout SQLLexer
  ) -> LeadingWord {
    switch Words.pack(base, token) {
    case Words.pack("select"): return .select
    case Words.pack("with"): return .with
    case Words.pack("values"): return .values
    case Words.pack("table"): return .table
    case Words.pack("insert"): return .insert
    case Words.pack("update"): return .update
    case Words.pack("delete"): return .delete
    case Words.pack("merge"): return .merge
    case Words.pack("begin"): return .begin
    case Words.pack("start"): return .begin
    case Words.pack("commit"), Words.pack("end"):
      return word(base, lexer, skippingNoise: true) == Words.pack("prepared")
        ? .finishPrepared : .commit
    case Words.pack("rollback"), Words.pack("abort"):
      switch word(base, lexer, skippingNoise: true) {
      case Words.pack("prepared"): return .finishPrepared
      case Words.pack("to"): return .rollbackTo
      default: return .rollback
      }
    case Words.pack("prepare"):
      var ahead = lexer
      return Words.matches(base, ahead.next(), "transaction") ? .prepareTransaction : .prepare
    case Words.pack("execute"): return .execute
    case Words.pack("explain"): return .explain
    case Words.pack("declare"): return .declare
    case Words.pack("fetch"): return .fetch
    case Words.pack("move"): return .move
    case Words.pack("close"): return .close
    case Words.pack("set"): return .set
    case Words.pack("show"): return .show
    default: return rareWord(base, token)
    }
  }

  private static func rareWord(_ base: UnsafePointer<UInt8>, _ token: SQLToken) -> LeadingWord {
    switch Words.pack(base, token) {
    case Words.pack("copy"): .copy
    case Words.pack("call"): .call
    case Words.pack("do"): .do
    case Words.pack("reset"): .reset
    case Words.pack("lock"): .lock
    case Words.pack("create"): .create
    case Words.pack("alter"): .alter
    case Words.pack("drop"): .drop
    case Words.pack("refresh"): .refresh
    case Words.pack("truncate"): .truncate
    case Words.pack("discard"): .discard
    case Words.pack("analyze"), Words.pack("analyse"): .analyze
    case Words.pack("vacuum"): .vacuum
    case Words.pack("listen"): .listen
    case Words.pack("notify"): .notify
    case Words.pack("release"): .release
    default:
      if Words.matches(base, token, "deallocate") {
        .deallocate
      } else if Words.matches(base, token, "savepoint") {
        .savepoint
      } else {
        .other
      }
    }
  }

  /// The next word, without WORK and TRANSACTION; 0 when none follows.
  private static func word(
    _ base: UnsafePointer<UInt8>, _ lexer: SQLLexer, skippingNoise: Bool
  ) -> UInt64 {
    var ahead = lexer
    var token = ahead.next()
    if token.kind == .word,
      Words.pack(base, token) == Words.pack("work") || Words.matches(base, token, "transaction")
    {
      token = ahead.next()
    }
    return token.kind == .word ? Words.pack(base, token) : 0
  }

  /// After EXPLAIN: options, in parentheses or as words, then EXECUTE or CREATE TABLE AS EXECUTE.
  private static func explainsExecute(
    _ base: UnsafePointer<UInt8>, _ lexer: inout SQLLexer
  ) -> Bool {
    var token = lexer.next()
    if isPunctuation(base, token, 0x28) {
      var depth = 1
      while depth > 0 {
        token = lexer.next()
        if token.kind == .endOfText { return false }
        if isPunctuation(base, token, 0x28) { depth += 1 }
        if isPunctuation(base, token, 0x29) { depth -= 1 }
      }
      token = lexer.next()
    }
    while token.kind == .word {
      switch Words.pack(base, token) {
      case Words.pack("analyze"), Words.pack("analyse"), Words.pack("verbose"):
        token = lexer.next()
      case Words.pack("execute"): return true
      case Words.pack("create"): return createsFromExecute(base, &lexer)
      default: return false
      }
    }
    return false
  }

  /// After CREATE: `[TEMP …] TABLE … AS EXECUTE`.
  private static func createsFromExecute(
    _ base: UnsafePointer<UInt8>, _ lexer: inout SQLLexer
  ) -> Bool {
    var token = lexer.next()
    var adjectives = 0
    while token.kind == .word, Words.pack(base, token) != Words.pack("table") {
      adjectives += 1
      if adjectives > 2 { return false }
      token = lexer.next()
    }
    guard token.kind == .word else { return false }
    var depth = 0
    while token.kind != .endOfText {
      token = lexer.next()
      if isPunctuation(base, token, 0x28) { depth += 1 }
      if isPunctuation(base, token, 0x29) { depth -= 1 }
      if isPunctuation(base, token, 0x3B), depth == 0 { return false }
      guard depth == 0, token.kind == .word, Words.pack(base, token) == Words.pack("as") else {
        continue
      }
      token = lexer.next()
      return token.kind == .word && Words.pack(base, token) == Words.pack("execute")
    }
    return false
  }
}
