import LogModel

/// One record as the state machine of its session sees it: kinds, keys, hashes and figures, no text.
///
/// Everything here is the record's own, whatever came before it: so the first records of a file can
/// be kept and taken again when the lines before them turn up.
struct Observation: Sendable {
  /// What the record is to the state machine.
  enum Role: UInt8, Sendable {
    /// A record of log_statement.
    case said
    /// A parse or bind.
    case step
    /// A duration with the statement's text.
    case duration
    /// `duration: N ms` alone.
    case bareDuration
    /// A plan of a statement that the client sent.
    case plan
    /// An error of a client's session.
    case failure
  }

  /// What is true of the record.
  struct Traits: OptionSet, Sendable {
    var rawValue: UInt16
    /// Parse or bind: it is a bind.
    static let bind = Traits(rawValue: 1)
    /// Parse or bind: its record has neither text nor name.
    static let bare = Traits(rawValue: 1 << 1)
    /// Its statement or portal has a name with a slash: the portal is a named one.
    static let namedPortal = Traits(rawValue: 1 << 2)
    static let selectish = Traits(rawValue: 1 << 3)
    static let declare = Traits(rawValue: 1 << 4)
    static let explain = Traits(rawValue: 1 << 5)
    /// The text is an EXECUTE, or an EXPLAIN or CREATE TABLE AS of one.
    static let runsPrepared = Traits(rawValue: 1 << 6)
    /// The text is a PREPARE.
    static let prepare = Traits(rawValue: 1 << 7)
    /// `command_tag` is PREPARE.
    static let prepareTag = Traits(rawValue: 1 << 8)
    /// Plan: the statement ran.
    static let ran = Traits(rawValue: 1 << 9)
    /// Plan: it changes rows.
    static let modifies = Traits(rawValue: 1 << 10)
    /// Failure: the record has the statement.
    static let ownStatement = Traits(rawValue: 1 << 11)
    static let transcoded = Traits(rawValue: 1 << 12)
    /// In a head: its file was entered with it, although the one before may be of the same file; lines
    /// of another one, of which nothing is to be seen, stood in between.
    static let entersFile = Traits(rawValue: 1 << 13)
  }

  var role: Role
  var traits: Traits
  /// What its message is; `.other` for failures.
  var kind: MessageKind
  var key: FactKey
  /// Bytes of the record.
  var length: Int64
  var line: Int64
  var time: LogTime
  var process: Int32
  /// See `SessionContext`.
  var context: Int64
  /// Local transaction id; 0 outside a transaction.
  var transaction: UInt32
  var nativeQueryID: Int64
  /// First word of `command_tag`.
  var tag = CommandTag.other
  /// First word of the command tag that a plan's text leads to.
  var textTag = CommandTag.other
  /// Plan: "Query Identifier" where it has one, else the record's.
  var planQueryID: Int64 = 0
  /// Duration, microseconds.
  var micros: Int64 = 0
  /// Key of the message's whole text.
  var message = TextKey.none
  /// Key of the text that gives the row's identity: of a prepared statement its own.
  var identity = TextKey.none
  /// The prepared statement's text that DETAIL names.
  var prepared = TextKey.none
  /// Hash of the statement and portal name; 0 = none.
  var name: UInt64 = 0
  /// Statements in the text.
  var statements: Int32 = 1
  /// Keys of the statements that can have a plan, for a message of several.
  var parts: [TextKey] = []
  /// Plan: rows that went to the client.
  var rowsReturned: Int64?
  /// Plan: rows that were changed.
  var rowsAffected: Int64?
  /// Failure: its SQLSTATE.
  var sqlstate: SQLState?
  /// Ranges of the batch: empty when the record is taken again.
  var parameters = ByteRange.none
  /// See `parameters`.
  var error = ByteRange.none

  var isExtended: Bool {
    switch kind {
    case .saidExecute, .saidFetch, .durationExecute, .durationFetch: true
    default: false
    }
  }

  /// Ends a message outside a transaction: no portal is left, and nothing waits.
  var endsTransaction: Bool {
    transaction == 0 && (role == .duration || role == .bareDuration)
  }
}

extension Observation {
  init(_ role: Role, _ record: LogRecord, key: FactKey, context: Int64) {
    self.init(
      role: role, traits: record.isTranscoded ? .transcoded : [],
      kind: role == .failure ? .other : record.kind, key: key, length: Int64(record.length),
      line: record.line, time: record.time, process: record.process, context: context,
      transaction: record.localTransaction, nativeQueryID: record.nativeQueryID)
    micros = record.durationMicros
  }
}
