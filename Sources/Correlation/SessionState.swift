import LogModel

/// What the correlator holds of one session between two records: keys, hashes and figures, no text.
struct SessionState: Sendable {
  /// Executions that a further record may still change, oldest first.
  static let openMax = 64
  /// Plans that no execution has claimed yet.
  static let waitingMax = 64
  /// Parse and bind records whose execute has not come.
  static let pendingMax = 4

  var firstLine: Int64
  /// The file that the first line was read from.
  var firstFile: Int64
  var lastLine: Int64
  var lastTime: LogTime
  var missingLines: Int64 = 0
  /// `lastLine` of the row in the store; nil when it has none.
  var storedLastLine: Int64?

  var open: [OpenExecution] = []
  var waiting: [WaitingPlan] = []
  var said: OpenExecution?
  var pending: [PendingStep] = []
  /// Line of the last duration or log_statement record.
  var lastStatementLine: Int64 = 0
  /// A bind record came, and no execute since.
  var isBound = false
  /// An event says already that its log times are out of bounds.
  var reportedOutlier = false
  /// Number of rows that the session has had; tells whether an open execution is its last row.
  var rowCount: UInt64 = 0
  /// Rows in the store that were written before they were settled.
  var provisional: [StoredRow] = []
  /// Links in the store that were written before they were settled.
  var provisionalLinks: [StoredLink] = []

  init(firstLine: Int64, firstFile: Int64, time: LogTime) {
    self.firstLine = firstLine
    self.firstFile = firstFile
    lastLine = firstLine - 1
    lastTime = time
  }

  /// Whether nothing of the session can still change.
  var isEmpty: Bool {
    open.isEmpty && waiting.isEmpty && said == nil && pending.isEmpty && provisional.isEmpty
      && provisionalLinks.isEmpty
  }
}

/// A row that is not settled, with what is needed to find its further records.
struct OpenExecution: Sendable {
  var row: ExecutionRow
  var plans: [PlanReference] = []
  /// Key of the message's whole text; differs from `row.text` for EXECUTE.
  var message: TextKey
  /// Hash of the statement and portal name; 0 = none.
  var name: UInt64 = 0
  /// The portal is the unnamed one, which the next bind replaces.
  var isUnnamedPortal = false
  /// Local transaction id of its record; 0 = outside a transaction.
  var transaction: UInt32 = 0
  /// A plan may follow it: a SELECT of the extended protocol, or a cursor's DECLARE.
  var takesPlan = false
  var isDeclare = false
  /// Its text is not in the log.
  var isUnknown = false
  /// Command tag of its record is SELECT, or begins with DECLARE; for texts that are unknown.
  var tag = CommandTag.other
  /// Which row of the session it is, see `SessionState.rowCount`.
  var ordinal: UInt64 = 0
  /// For a record of log_statement: what it was.
  var saidKind = MessageKind.other
  /// The prepared statement's text that DETAIL names; `.none` = no such DETAIL.
  var prepared = TextKey.none
  /// The text is an EXECUTE, or an EXPLAIN or CREATE TABLE AS of one.
  var runsPrepared = false
  var isPrepare = false
  /// Keys of the statements that can have a plan, for a message of several statements.
  var parts: [TextKey] = []
}

/// The first word of a command tag, by its hash.
struct CommandTag: Sendable, Equatable {
  var hash: UInt64
  static let other = CommandTag(hash: 0)

  init(hash: UInt64) { self.hash = hash }

  init(_ word: StaticString) {
    hash = StableHash.hash(
      UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  /// The first word of `command_tag`, as `SELECT` of `SELECT waiting`.
  init(firstWordOf tag: UnsafeBufferPointer<UInt8>) {
    let word = tag.prefix { $0 != 32 }
    hash = word.isEmpty ? 0 : StableHash.hash(UnsafeBufferPointer(rebasing: word))
  }

  static let select = CommandTag("SELECT")
  static let parse = CommandTag("PARSE")
  static let bind = CommandTag("BIND")
  static let declare = CommandTag("DECLARE")
  static let prepare = CommandTag("PREPARE")
  static let execute = CommandTag("EXECUTE")
  static let fastpath = CommandTag("<FASTPATH>")
  static let idle = CommandTag("idle")
}

/// A plan as its execution refers to it.
struct PlanReference: Sendable {
  var key: FactKey
  var line: Int64
  var text: TextKey
  var executedAt: LogTime
}

/// A top-level plan that came before the record of its execution.
struct WaitingPlan: Sendable {
  var plan: PlanReference
  /// Key of "Query Text" whole; `plan.text` is the prepared statement's body where it is one.
  var message: TextKey
  var micros: Int64
  var nativeQueryID: Int64
  var transaction: UInt32
  var process: Int32
  var context: Int64
  var ran: Bool
  var isTranscoded: Bool
  var isPrepare: Bool
  /// Statements in its text.
  var statements: Int32
  /// The command tag that its text's first word leads to; `.other` = none in particular.
  var tag: CommandTag
  var rowsReturned: Int64?
  var rowsAffected: Int64?
}

/// A parse or bind record that waits for its execute.
struct PendingStep: Sendable {
  var isBind: Bool
  var key: FactKey
  var line: Int64
  var length: Int64
  var time: LogTime
  var micros: Int64
  var text: TextKey
  var name: UInt64
  var nativeQueryID: Int64
  var process: Int32
  var context: Int64
}

/// A row in the store that is to be amended or taken back.
struct StoredRow: Sendable {
  var key: ProvisionalKey
  /// Hash of the row's figures: an amendment that changes nothing is not made.
  var digest: UInt64
}

/// A link in the store that is to be replaced or taken back.
struct StoredLink: Sendable, Equatable {
  var plan: FactKey
  var execution: FactKey
}

extension TextKey {
  /// The key of a message without a statement.
  static let empty = TextKey(UnsafeBufferPointer(start: nil, count: 0))
}
