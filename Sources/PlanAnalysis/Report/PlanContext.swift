/// What is known of a plan besides the plan itself. Every default is neutral: nothing is known.
public struct PlanContext: Sendable {
  /// auto_explain's `duration: … ms`: the executor's whole time, output and triggers too.
  public var durationMs: Double?
  /// The duration of the statement's own record (simple protocol).
  public var statementMs: Double?
  /// The durations of parse and bind records (extended protocol).
  public var planningMs: Double?
  /// Time of the statements that ran inside this one and have plans of their own, directly below
  /// it.
  public var nestedMs: Double?
  /// Waits for locks within the execution, from log_lock_waits.
  public var lockWaitMs: Double?
  /// Part of all database time that the query's executions take, 0…1.
  public var shareOfDatabaseTime = 0.0
  /// Executions with this plan that were looked at, this one among them.
  public var samples = 1
  /// In how many of them a rule fired, by the rule's id; those that are not here fired in this one.
  public var firings: [String: Int] = [:]
  /// Cost of an access to a block in shared buffers on this server, in ms.
  public var msPerHit = 0.005
  /// Cost of reading a block, in ms.
  public var msPerRead = 0.1
  /// The usual part of blocks that had to be read, for this plan, 0…1.
  public var usualReadShare: Double?
  /// The fewest blocks a row that was seen for an index, by its name.
  public var bestBlocksPerRow: [String: Double] = [:]
  /// Nested foreign-key checks that read the child table as a whole: constraint's relation to
  /// columns.
  public var scannedForeignKeys: [String: [String]] = [:]
  /// Rows are meant to be many, or fetched in part: an export, a cursor, COPY.
  public var isBulkRead = false
  /// Settings of the server or session that the plan does not name.
  public var settings: [String: String] = [:]

  /// Nothing is known.
  public init() {}

  /// Only the duration is known.
  public init(durationMs: Double) { self.durationMs = durationMs }
}
