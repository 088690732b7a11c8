import LogModel

/// What the correlator holds of one session between two records: keys, hashes and figures, no text.
struct SessionState: Sendable {
  /// Executions that a further record may still change, oldest first.
  static let openMax = 64
  /// Plans that no execution has claimed yet.
  static let waitingMax = 64
  /// Parse and bind records whose execute has not come.
  static let pendingMax = 4

  let session: SessionID
  var firstLine: Int64
  /// The file that the first line was read from.
  var firstFile: Int64
  /// Log time of the first line; of a segment from the store, no earlier than that.
  let firstTime: LogTime
  var lastLine: Int64
  var lastTime: LogTime
  var missingLines: Int64 = 0
  /// `lastLine` of the row in the store; nil when it has none.
  var storedLastLine: Int64?
  /// Nothing can follow.
  var isClosed = false
  /// What has shown that the segment is over.
  var ends: SegmentEnds = []
  /// `ends` of the row in the store.
  var storedEnds: SegmentEnds = []

  var open: [OpenExecution] = []
  var waiting: [WaitingPlan] = []
  var said: OpenExecution?
  var pending: [PendingStep] = []
  /// Line of the last duration or log_statement record.
  var lastStatementLine: Int64 = 0
  /// A bind record came, and no execute since.
  var isBound = false
  /// Rows in the store that a record may still change or take back.
  var provisional: [StoredRow] = []
  /// The links of such rows.
  var provisionalLinks: [StoredLink] = []
  /// Events in the store that what is read now may make superfluous.
  var storedEvents: [EventKey] = []
  /// Events in the store for what is pending in a session that is over for all that is known.
  var endedEvents: [EventKey] = []

  /// How far the file got whose records the session has now.
  var passage: FilePassage
  /// The lines before the first one are not known.
  var isLeftUnknown: Bool
  /// The records since the first one, as long as what came before them can matter.
  var head: SegmentRecording?
  /// Texts that the head refers to, also when it is in the store only.
  var headTexts: [TextKey] = []
  /// The head is not in the store as it is here.
  var isHeadNew: Bool

  init(session: SessionID, firstLine: Int64, firstFile: Int64, time: LogTime) {
    self.session = session
    self.firstLine = firstLine
    self.firstFile = firstFile
    firstTime = time
    lastLine = firstLine - 1
    lastTime = time
    isLeftUnknown = firstLine > 1
    head = isLeftUnknown ? SegmentRecording() : nil
    isHeadNew = isLeftUnknown
    passage = FilePassage(file: firstFile, isSettled: !isLeftUnknown)
  }
}

/// A row that is not settled, with what is needed to find its further records.
struct OpenExecution: Sendable {
  /// The record that it came from: its identity as long as its place can change.
  var anchor: FactKey
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
  /// For a record of log_statement: what it was.
  var saidKind = MessageKind.other
  /// The prepared statement's text that DETAIL names; `.none` = no such DETAIL.
  var prepared = TextKey.none
  /// The text is an EXECUTE, or an EXPLAIN or CREATE TABLE AS of one.
  var runsPrepared = false
  var isPrepare = false
  /// Keys of the statements that can have a plan, for a message of several statements.
  var parts: [TextKey] = []
  /// The record of the error that ended it.
  var failure: EventKey?
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

extension WaitingPlan {
  init(_ record: Observation) {
    self.init(
      plan: PlanReference(
        key: record.key, line: record.line, text: record.identity, executedAt: record.time),
      message: record.message, micros: record.micros, nativeQueryID: record.planQueryID,
      transaction: record.transaction, process: record.process, context: record.context,
      ran: record.traits.contains(.ran), isTranscoded: record.traits.contains(.transcoded),
      isPrepare: record.traits.contains(.prepare), statements: record.statements,
      tag: record.textTag, rowsReturned: record.rowsReturned, rowsAffected: record.rowsAffected)
  }
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
  /// See `OpenExecution`.
  var anchor: FactKey
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
