/// Where a fact comes from; printed as `12-34567`, the public id of an execution, plan or event.
public struct FactKey: Sendable, Hashable {
  /// `log_files.id`
  public var file: Int64
  /// Offset of the fact's first record in the decompressed stream.
  public var offset: Int64

  /// The fact of `file` at `offset`.
  public init(file: Int64, offset: Int64) {
    self.file = file
    self.offset = offset
  }
}

/// `query_executions.kind`, see DESIGN section 3.
public enum ExecutionKind: UInt8, Sendable, CaseIterable {
  case statement, execute, prepare, fetch, fastpath, planOnly, said

  /// The word in the table.
  public var word: String {
    switch self {
    case .statement: "statement"
    case .execute: "execute"
    case .prepare: "prepare"
    case .fetch: "fetch"
    case .fastpath: "fastpath"
    case .planOnly: "plan_only"
    case .said: "said"
    }
  }
}

/// One row of `query_executions`.
///
/// A row is written once, or first provisional and then amended: only the columns that other
/// records can change are taken from an amendment (see `Amendment`).
public struct ExecutionRow: Sendable {
  /// Where its first own record stands; a plan_only row stands at its plan.
  public var key: FactKey
  /// The text that gives `query_id`; `.none` is query 0.
  public var text: TextKey
  /// `query_id`, filled in by the normalizer.
  public var queryID: Int64 = 0
  /// Log time of its last record.
  public var executedAt: LogTime
  /// What it is.
  public var kind: ExecutionKind
  /// Sent through the extended protocol.
  public var isExtended: Bool
  /// Nothing can follow that changes it.
  public var isSettled = true
  /// The lines before its session's first ones are not known yet: they may change it all the same.
  public var isTentative = false
  /// Some text of it was no UTF-8 in the log.
  public var isTranscoded = false
  /// 0 = sent by the client, 1 = nested.
  public var nesting: Int16 = 0
  /// Statements in the message.
  public var statements: Int32 = 1
  /// Log records folded into it; plans and errors are rows of their own and not counted here.
  public var records: Int32 = 0
  /// Microseconds; nil where the log gives none.
  public var durationMicros: Int64?
  /// Microseconds of its parse record.
  public var parseMicros: Int64?
  /// Microseconds of its bind record.
  public var bindMicros: Int64?
  /// Microseconds of its execute record with all fetches.
  public var executeMicros: Int64?
  /// Sum of its plans' times, microseconds.
  public var planMicros: Int64?
  /// Rows that went to the client, by the plan.
  public var rowsReturned: Int64?
  /// Rows that were changed, by the plan.
  public var rowsAffected: Int64?
  /// SQLSTATE of the error that ended it; nil = it succeeded.
  public var sqlstate: SQLState?
  /// The error's message; empty = none.
  public var error: ByteRange = .none
  /// The session.
  public var session: SessionID
  /// Line of its first own record within the session.
  public var line: Int64
  /// Process id.
  public var process: Int32
  /// PostgreSQL's own query id; 0 = none.
  public var nativeQueryID: Int64 = 0
  /// The DETAIL that gives the parameters, without `parameters: `; empty = none.
  public var parameters: ByteRange = .none
  /// A JSON object of the tags in a comment of its text, filled in behind the correlator; empty =
  /// none are known.
  public var tags: ByteRange = .none
  /// Hash of database, user, application and client, see `SessionContext`.
  public var context: Int64 = 0

  /// A row with what every row has.
  public init(
    key: FactKey, text: TextKey, executedAt: LogTime, kind: ExecutionKind, isExtended: Bool,
    session: SessionID, line: Int64, process: Int32
  ) {
    self.key = key
    self.text = text
    self.executedAt = executedAt
    self.kind = kind
    self.isExtended = isExtended
    self.session = session
    self.line = line
    self.process = process
  }
}

/// A row that is in the store already and is to be changed or taken back, as it has to be found
/// there.
public struct ProvisionalKey: Sendable, Hashable {
  /// The row's key.
  public var key: FactKey
  /// Its text; the normalizer finds the `query_id` that it was written with.
  public var text: TextKey
  /// `query_id` that it was written with, filled in by the normalizer.
  public var queryID: Int64 = 0
  /// `executed_at` that it was written with.
  public var executedAt: LogTime
  /// Whether it was written as settled: what a file tells of a session whose beginning was not read
  /// yet stands as it is until that is.
  public var isSettled: Bool

  /// The row at `key`.
  public init(key: FactKey, text: TextKey, executedAt: LogTime, isSettled: Bool = false) {
    self.key = key
    self.text = text
    self.executedAt = executedAt
    self.isSettled = isSettled
  }
}

/// A stored row's new state. Texts of `row` (error, parameters, tags) that are empty leave the
/// stored ones as they are; everything else replaces what is stored, the row's place included.
public struct Amendment: Sendable {
  /// The stored row.
  public var stored: ProvisionalKey
  /// What it becomes; settled or still provisional.
  public var row: ExecutionRow
  /// The stored event that holds the error's message, where `row.error` cannot: its record was read
  /// before that of the row.
  public var errorEvent: EventKey?

  /// `stored` becomes `row`.
  public init(stored: ProvisionalKey, row: ExecutionRow) {
    self.stored = stored
    self.row = row
  }
}

/// An event that is in the store already, as it has to be found there.
public struct EventKey: Sendable, Hashable {
  /// Where its record stands.
  public var key: FactKey
  /// Its log time.
  public var occurredAt: LogTime

  /// The event at `key`.
  public init(key: FactKey, occurredAt: LogTime) {
    self.key = key
    self.occurredAt = occurredAt
  }
}

/// One row of `query_plans`.
public struct PlanRow: Sendable {
  /// Where its record stands.
  public var key: FactKey
  /// The text that gives `query_id`: "Query Text", of a prepared statement its body.
  public var text: TextKey
  /// `query_id`, filled in by the normalizer.
  public var queryID: Int64 = 0
  /// Its own log time.
  public var executedAt: LogTime
  /// Executor's time in microseconds.
  public var planMicros: Int64
  /// 0 = of a statement that the client sent, 1 = of a nested one.
  public var nesting: Int16
  /// "Query Identifier" where the plan has one, else the record's; 0 = none.
  public var nativeQueryID: Int64
  /// False for a plan that was written but never run (EXPLAIN's own): it needs no execution.
  public var ran: Bool
  /// Some text of it was no UTF-8 in the log.
  public var isTranscoded: Bool
  /// The session.
  public var session: SessionID
  /// Line of its record.
  public var line: Int64
  /// What the scan found, and where the document stands in the batch's bytes.
  public var facts: PlanFacts

  /// A plan row.
  public init(
    key: FactKey, text: TextKey, executedAt: LogTime, planMicros: Int64, nesting: Int16,
    nativeQueryID: Int64, ran: Bool, isTranscoded: Bool, session: SessionID, line: Int64,
    facts: PlanFacts
  ) {
    self.key = key
    self.text = text
    self.executedAt = executedAt
    self.planMicros = planMicros
    self.nesting = nesting
    self.nativeQueryID = nativeQueryID
    self.ran = ran
    self.isTranscoded = isTranscoded
    self.session = session
    self.line = line
    self.facts = facts
  }
}

/// A plan whose statement became known later: the i-th of a message of several statements.
public struct PlanAmendment: Sendable {
  /// The plan, as it was written.
  public var stored: ProvisionalKey
  /// The text of its own statement.
  public var text: TextKey
  /// `query_id` of it, filled in by the normalizer.
  public var queryID: Int64 = 0

  /// The plan `stored` belongs to the statement `text`.
  public init(stored: ProvisionalKey, text: TextKey) {
    self.stored = stored
    self.text = text
  }
}

/// One row of `plan_links`: which execution a plan belongs to.
public struct LinkRow: Sendable {
  /// The plan's record; the link's key.
  public var plan: FactKey
  /// The execution, which may stand in another file.
  public var execution: FactKey
  /// The session.
  public var session: SessionID
  /// The plan's line.
  public var planLine: Int64
  /// The line of the execution's first own record.
  public var executionLine: Int64
  /// The store has a link of this plan already, written provisionally: this one replaces it.
  public var replacesStored: Bool

  /// `plan` belongs to `execution`.
  public init(
    plan: FactKey, execution: FactKey, session: SessionID, planLine: Int64, executionLine: Int64,
    replacesStored: Bool
  ) {
    self.plan = plan
    self.execution = execution
    self.session = session
    self.planLine = planLine
    self.executionLine = executionLine
    self.replacesStored = replacesStored
  }
}

/// One row of `log_events`.
public struct EventRow: Sendable {
  /// Where its record stands.
  public var key: FactKey
  /// `event_class`, a word of a fixed set.
  public var eventClass: StaticString
  /// Severity of the record.
  public var severity: Severity
  /// SQLSTATE of the record.
  public var sqlstate: SQLState
  /// Log time.
  public var occurredAt: LogTime
  /// The statement that the record names; `.none` = none.
  public var text: TextKey
  /// `query_id`, filled in by the normalizer; 0 = none.
  public var queryID: Int64 = 0
  /// The session.
  public var session: SessionID
  /// Line of its record.
  public var line: Int64
  /// Process id.
  public var process: Int32
  /// 1; several for a parse and a bind that no execute followed.
  public var records: Int32 = 1
  /// Some text of it was no UTF-8 in the log.
  public var isTranscoded = false
  /// Message, or empty.
  public var message: ByteRange = .none
  /// Detail, or empty.
  public var detail: ByteRange = .none
  /// Hint, or empty.
  public var hint: ByteRange = .none
  /// Context, or empty.
  public var contextText: ByteRange = .none
  /// Location, or empty.
  public var location: ByteRange = .none
  /// Cursor position, 0 = none.
  public var cursorPosition: Int32 = 0
  /// Typed figures by name, as `bytes` of a temporary file.
  public var fields: [(name: StaticString, value: Int64)] = []
  /// Hash of database, user, application and client.
  public var context: Int64 = 0

  /// An event with what every event has.
  public init(
    key: FactKey, eventClass: StaticString, severity: Severity, sqlstate: SQLState,
    occurredAt: LogTime, text: TextKey, session: SessionID, line: Int64, process: Int32
  ) {
    self.key = key
    self.eventClass = eventClass
    self.severity = severity
    self.sqlstate = sqlstate
    self.occurredAt = occurredAt
    self.text = text
    self.session = session
    self.line = line
    self.process = process
  }
}

/// Database, user, application, client and kind of process of a session: one row of `session_contexts`.
public struct SessionContext: Sendable {
  /// `StableHash` of the five names, each hashed with the hash before it as seed.
  public var id: Int64
  /// Database name; empty = none.
  public var database: ByteRange
  /// User name; empty = none.
  public var user: ByteRange
  /// Application name; empty = none.
  public var application: ByteRange
  /// Client address without port; empty = none.
  public var client: ByteRange
  /// Kind of process (`backend_type`, 13 and later); empty = not known.
  public var backendType: ByteRange

  /// A context.
  public init(
    id: Int64, database: ByteRange, user: ByteRange, application: ByteRange, client: ByteRange,
    backendType: ByteRange
  ) {
    self.id = id
    self.database = database
    self.user = user
    self.application = application
    self.client = client
    self.backendType = backendType
  }
}
