/// Records and bytes of one file by what became of them. Differences: a batch can take back what an
/// earlier one counted as open.
public struct Dispositions: Sendable, Equatable {
  /// Records that are an execution or folded into one.
  public var executionRecords: Int64 = 0
  /// Bytes of those.
  public var executionBytes: Int64 = 0
  /// Plan records.
  public var planRecords: Int64 = 0
  /// Bytes of those.
  public var planBytes: Int64 = 0
  /// Records that are events.
  public var eventRecords: Int64 = 0
  /// Bytes of those.
  public var eventBytes: Int64 = 0
  /// Records that wait for others (a parse or bind without its execute).
  public var openRecords: Int64 = 0
  /// Bytes of those.
  public var openBytes: Int64 = 0
  /// Rejected ranges.
  public var rejectedRecords: Int64 = 0
  /// Bytes of those.
  public var rejectedBytes: Int64 = 0

  /// Nothing counted.
  public init() {}
}

/// A text that occurred in the batch, once for each key.
public struct BatchText: Sendable {
  /// Its key.
  public var key: TextKey
  /// Its bytes.
  public var range: ByteRange
  /// Log time of the first record of the batch that has it.
  public var time: LogTime
  /// That record's `recordMark`: of records of one time the one with the smallest is the first.
  public var mark: Int64
  /// It can be an example of its query; a statement that was taken out of a message of several, for
  /// the sake of a plan that may come, is none.
  public var isExample: Bool

  /// A text.
  public init(
    key: TextKey, range: ByteRange, time: LogTime, mark: Int64, isExample: Bool = true
  ) {
    self.key = key
    self.range = range
    self.time = time
    self.mark = mark
    self.isExample = isExample
  }
}

/// How far PostgreSQL's grammar went with a text, `queries.parse_status`.
public enum ParseStatus: UInt8, Sendable {
  case parsed, lexed, truncated, oversize

  /// The word in the table.
  public var word: String {
    switch self {
    case .parsed: "parsed"
    case .lexed: "lexed"
    case .truncated: "truncated"
    case .oversize: "oversize"
    }
  }
}

/// What `queries` knows of a query besides figures.
public struct QueryIdentity: Sendable {
  /// `queries.id`
  public var id: Int64
  /// libpg_query's fingerprint; 0 where the grammar refused the text.
  public var family: Int64
  /// The canonical text.
  public var normalizedSQL: [UInt8]
  /// Kind of the statement, in lower case (`select`, `create table`, …).
  public var statementKind: String
  /// Relations that it names, `schema.name` or `name`, sorted, each once.
  public var relations: [String]
  /// How the text was read.
  public var parseStatus: ParseStatus

  /// An identity.
  public init(
    id: Int64, family: Int64, normalizedSQL: [UInt8], statementKind: String, relations: [String],
    parseStatus: ParseStatus
  ) {
    self.id = id
    self.family = family
    self.normalizedSQL = normalizedSQL
    self.statementKind = statementKind
    self.relations = relations
    self.parseStatus = parseStatus
  }
}

/// One upsert of `queries`.
public struct QueryUpsert: Sendable {
  /// What it is.
  public var identity: QueryIdentity
  /// An example as the log has it, with credentials scrubbed; nil when samples are off or the batch
  /// only names the query.
  public var example: [UInt8]?
  /// Log time of the example.
  public var exampleAt: LogTime
  /// `recordMark` of the record that it is from.
  public var exampleMark: Int64
  /// Earliest time of the rows of this batch (executions, plans, events).
  public var firstSeenAt: LogTime
  /// Latest time of them.
  public var lastSeenAt: LogTime
  /// Settled top-level executions to add.
  public var executions: Int64

  /// An upsert.
  public init(
    identity: QueryIdentity, example: [UInt8]?, exampleAt: LogTime, exampleMark: Int64,
    firstSeenAt: LogTime, lastSeenAt: LogTime, executions: Int64
  ) {
    self.identity = identity
    self.example = example
    self.exampleAt = exampleAt
    self.exampleMark = exampleMark
    self.firstSeenAt = firstSeenAt
    self.lastSeenAt = lastSeenAt
    self.executions = executions
  }
}

/// Everything that one batch of records became: the content of one transaction.
public struct FactBatch: Sendable {
  /// `log_files.id`
  public var file: Int64
  /// Offset that the batch starts from: the committed one must equal it.
  public var startOffset: Int64
  /// Offset after it.
  public var endOffset: Int64
  /// The bytes that all ranges point into.
  public var bytes: [UInt8]
  /// How many of them are the file's own.
  public var rawCount: Int
  /// When the latest server of those that the batch shows starting did so, in seconds since 1970; nil =
  /// it shows none.
  public var serverStart: Int64?
  /// New rows.
  public var executions: [ExecutionRow] = []
  /// Changes of provisional rows.
  public var amendments: [Amendment] = []
  /// Provisional rows that turned out not to be.
  public var retractions: [ProvisionalKey] = []
  /// Stored rows that were tentative and stay as they are.
  public var confirmations: [ProvisionalKey] = []
  /// New plans.
  public var plans: [PlanRow] = []
  /// Plans whose statement became known.
  public var planAmendments: [PlanAmendment] = []
  /// Links.
  public var links: [LinkRow] = []
  /// Plans whose provisional links turned out not to be.
  public var linkRetractions: [FactKey] = []
  /// New events.
  public var events: [EventRow] = []
  /// Stored events that turned out not to be.
  public var eventRetractions: [EventKey] = []
  /// Rejects.
  public var rejects: [Reject] = []
  /// Contexts that the rows refer to.
  public var contexts: [SessionContext] = []
  /// Texts that occurred.
  public var texts: [BatchText] = []
  /// The statements in `texts` may be stored: they are without credentials, and samples are not off.
  public var keepsStatements = false
  /// Upserts of `queries`, filled in by the normalizer, ordered by id.
  public var queries: [QueryUpsert] = []
  /// Sessions whose state changed.
  public var sessions: [SessionSnapshot] = []
  /// Lines that stood in rejected bytes, by the hour (microseconds) of the line that follows them.
  public var missingLines: [Int64: Int64] = [:]
  /// Lines that the file leaves out between two segments of a session: another file can have them.
  public var leftOutLines: Int64 = 0
  /// What became of the records, by file: this one's and those that open records came from.
  public var dispositions: [Int64: Dispositions] = [:]
  /// Log time of the first and the last record; nil for a batch without records.
  public var firstTime: LogTime?
  /// See `firstTime`.
  public var lastTime: LogTime?

  /// An empty batch of `file`.
  public init(file: Int64, startOffset: Int64, endOffset: Int64, bytes: [UInt8], rawCount: Int) {
    self.file = file
    self.startOffset = startOffset
    self.endOffset = endOffset
    self.bytes = bytes
    self.rawCount = rawCount
  }
}
