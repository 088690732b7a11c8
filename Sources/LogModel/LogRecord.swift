/// One log record, decoded: figures, and ranges of the batch's bytes for everything that is text.
///
/// Every text range holds valid UTF-8 without NUL: what was not is transcoded (`isTranscoded`),
/// what could not be read is a `Reject`. Doubled quotes are undone.
public struct LogRecord: Sendable {
  /// Byte offset of the record's first byte in the decompressed stream of its file.
  public var offset: Int64
  /// Length in bytes, with the newline that ends it.
  public var length: Int
  /// `log_time`
  public var time: LogTime
  /// `session_id`
  public var session: SessionID
  /// `session_line_num`, 1 for the first record of a session.
  public var line: Int64
  /// `process_id`
  public var process: Int32
  /// `error_severity`
  public var severity: Severity
  /// `sql_state_code`
  public var sqlstate: SQLState
  /// What `message` is.
  public var kind: MessageKind
  /// The duration that `message` starts with, in microseconds; 0 where `kind` has none.
  public var durationMicros: Int64 = 0
  /// Some bytes of it were no UTF-8 and were read in the source's encoding.
  public var isTranscoded = false
  /// Written by a process that no client talks to: parallel worker, autovacuum, checkpointer …
  public var isWorker = false
  /// Column `query` (STATEMENT) is there: a real duration, plan or statement record never has it.
  public var hasStatement = false
  /// Second part of `virtual_transaction_id` (local transaction id); 0 outside a transaction.
  public var localTransaction: UInt32 = 0
  /// `query_id`; 0 for none.
  public var nativeQueryID: Int64 = 0
  /// `query_pos` where the record has `query`, else `internal_query_pos`; 0 for none.
  public var cursorPosition: Int32 = 0

  /// `user_name`
  public var user = ByteRange.none
  /// `database_name`
  public var database = ByteRange.none
  /// `connection_from` without the port: host or `[local]`.
  public var client = ByteRange.none
  /// `application_name`
  public var application = ByteRange.none
  /// `backend_type` (13 and later)
  public var backendType = ByteRange.none
  /// `command_tag`
  public var commandTag = ByteRange.none
  /// `message`
  public var message = ByteRange.none
  /// `detail`
  public var detail = ByteRange.none
  /// `hint`
  public var hint = ByteRange.none
  /// `context`
  public var context = ByteRange.none
  /// `query`
  public var statement = ByteRange.none
  /// `internal_query`
  public var internalQuery = ByteRange.none
  /// `location`
  public var location = ByteRange.none
  /// Statement and portal name of parse, bind, execute (`S_1/C_3`, `<unnamed>`).
  public var name = ByteRange.none
  /// The SQL text in `message`; the plan's "Query Text" stands in `RecordBatch.plans`.
  public var text = ByteRange.none
  /// Key of `text`; for records with `statement`, of that.
  public var textKey = TextKey.none
  /// Index into `RecordBatch.plans`, -1 when the record is no plan.
  public var plan: Int32 = -1

  /// A record at a position; everything else is filled in by the decoder.
  public init(
    offset: Int64, length: Int, time: LogTime, session: SessionID, line: Int64, process: Int32,
    severity: Severity, sqlstate: SQLState, kind: MessageKind
  ) {
    self.offset = offset
    self.length = length
    self.time = time
    self.session = session
    self.line = line
    self.process = process
    self.severity = severity
    self.sqlstate = sqlstate
    self.kind = kind
  }
}
