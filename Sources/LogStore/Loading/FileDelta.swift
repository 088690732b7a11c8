internal import LogModel
internal import Postgres

/// What a batch adds to the counters of one file.
struct FileDelta: Equatable {
  /// Number of rows and sum of their offsets.
  struct Rows: Equatable {
    var count: Int64 = 0
    var offsets: Int64 = 0

    mutating func add(_ offset: Int64) {
      count += 1
      offsets += offset
    }

    mutating func remove(_ offset: Int64) {
      count -= 1
      offsets -= offset
    }
  }

  var dispositions = Dispositions()
  var executions = Rows()
  var plans = Rows()
  var events = Rows()
  var rejects = Rows()
  /// Lines that the batch's sessions miss, besides those that were missing before.
  var missingLines: Int64 = 0

  /// The part of an UPDATE of log_files that adds `parameters`, which are $2 to $20.
  static let assignments = """
    records_execution = records_execution + $2, bytes_execution = bytes_execution + $3,
    records_plan = records_plan + $4, bytes_plan = bytes_plan + $5,
    records_event = records_event + $6, bytes_event = bytes_event + $7,
    records_open = records_open + $8, bytes_open = bytes_open + $9,
    records_rejected = records_rejected + $10, bytes_rejected = bytes_rejected + $11,
    execution_rows = execution_rows + $12, execution_offset_sum = execution_offset_sum + $13,
    plan_rows = plan_rows + $14, plan_offset_sum = plan_offset_sum + $15,
    event_rows = event_rows + $16, event_offset_sum = event_offset_sum + $17,
    reject_rows = reject_rows + $18, reject_offset_sum = reject_offset_sum + $19,
    missing_lines = missing_lines + $20
    """

  /// The figures in the order of `assignments`.
  var parameters: [PostgresParameter] {
    let d = dispositions
    return [
      d.executionRecords, d.executionBytes, d.planRecords, d.planBytes, d.eventRecords,
      d.eventBytes, d.openRecords, d.openBytes, d.rejectedRecords, d.rejectedBytes,
      executions.count, executions.offsets, plans.count, plans.offsets, events.count,
      events.offsets, rejects.count, rejects.offsets, missingLines,
    ].map { .int($0) }
  }
}

/// A row of `rejected_records` to be.
struct RejectRow {
  var file: Int64
  var offset: Int64
  var length: Int64
  var foldedRecords: Int32 = 0
  /// Kind of the row that the server refused; nil where the log itself could not be read.
  var refusedRow: String?
  var session: SessionID?
  var line: Int64?
  var sqlState: String?
  var reason: String
  var hash: [UInt8]
  var bytes: [UInt8]?
}
