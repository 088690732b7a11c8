/// What the executions of one query of a source add up to in a window; only what clients sent, not what
/// ran inside other statements.
public struct WorkloadFigures: Sendable {
  /// `queries.id`
  public var query: Int64
  /// `queries.statement_kind`
  public var kind = ""
  /// The settings hide short statements, or are not known.
  public var isLowerBound = true
  /// Executions, failed ones included.
  public var calls: Int64 = 0
  /// Failed executions.
  public var errors: Int64 = 0
  /// Those that `statement_timeout` ended.
  public var timeouts: Int64 = 0
  /// Those that a user cancelled.
  public var cancels: Int64 = 0
  /// Executions by SQLSTATE, of those that failed.
  public var sqlstates: [(state: String, count: Int64)] = []
  /// Executions of which the log tells a duration.
  public var timed: Int64 = 0
  /// Sum of durations in ms.
  public var totalMs = 0.0
  /// Longest duration in ms.
  public var maxMs = 0.0
  /// Calls and time in ms, weighted by what sampling leaves out.
  public var callsEstimate = 0.0
  /// Time in ms, weighted likewise.
  public var totalEstimate = 0.0
  /// Logarithms of the durations.
  public var moments = LogMoments()
  /// The durations.
  public var sketch = DurationSketch()
  /// Time of parse, bind and execute in ms.
  public var parseMs = 0.0
  /// Time of bind in ms.
  public var bindMs = 0.0
  /// Time of execute in ms.
  public var executeMs = 0.0
  /// Waits for locks.
  public var lockWaits: Int64 = 0
  /// Time of these waits in ms.
  public var lockWaitMs = 0.0
  /// Executions that a deadlock ended.
  public var deadlocks: Int64 = 0
  /// Temporary files.
  public var tempFiles: Int64 = 0
  /// Their bytes.
  public var tempBytes: Int64 = 0
  /// Executions that wrote temporary files.
  public var tempRuns: Int64 = 0
  /// What the session ran in loops.
  public var bursts = BurstFigures()
  /// Transactions that it kept open.
  public var transactions = TransactionFigures()
  /// What was before the window.
  public var history = HistoryFigures()
  /// Who ran it, those that took most time first.
  public var applications: [ApplicationFigures] = []

  /// Nothing of a query.
  public init(query: Int64) { self.query = query }

  /// Mean duration in ms; nil without any.
  public var meanMs: Double? { timed > 0 ? totalMs / Double(timed) : nil }
}

/// Runs of a query behind each other in a session.
public struct BurstFigures: Sendable, Equatable {
  /// Runs.
  public var count: Int64 = 0
  /// Executions in them.
  public var calls: Int64 = 0
  /// Executions of the longest.
  public var longest: Int64 = 0
  /// Time of the executions in ms.
  public var totalMs = 0.0
  /// Time between them in ms.
  public var gapMs = 0.0
  /// Runs whose parameters are all the same.
  public var identical: Int64 = 0
  /// Runs before which a query had returned about as many rows.
  public var led: Int64 = 0
  /// The query that mostly ran before; 0 when there was none.
  public var before: Int64 = 0

  /// None.
  public init() {}
}

/// Transactions that a query kept open.
public struct TransactionFigures: Sendable, Equatable {
  /// Times of at least 30 s in which a session did nothing behind the query, within a transaction.
  public var idle: Int64 = 0
  /// Those that idle_in_transaction_session_timeout or transaction_timeout ended.
  public var timeouts: Int64 = 0
  /// The longest of them in ms.
  public var idleMaxMs = 0.0
  /// All of them in ms.
  public var idleTotalMs = 0.0
  /// The transaction had written, or locked, before one of them.
  public var hasIdleLocks = false
  /// Transactions of at least five minutes of which it was the longest statement.
  public var long: Int64 = 0
  /// The longest of them in ms.
  public var longMaxMs = 0.0
  /// One of them had written, or locked.
  public var hasLongLocks = false

  /// None.
  public init() {}
}

/// What the seven days before a window hold of a query.
public struct HistoryFigures: Sendable, Equatable {
  /// Days on which it ran.
  public var activeDays = 0
  /// Time in ms.
  public var totalMs = 0.0
  /// Executions.
  public var calls: Int64 = 0
  /// Bytes of temporary files, the median of the days on which it ran.
  public var tempBytesMedian = 0.0
  /// It ran at some time before the window.
  public var isKnown = false

  /// Nothing.
  public init() {}
}

/// What a source did in a window, and before.
public struct WorkloadWindow: Sendable {
  /// Time of all queries in ms, weighted by what sampling leaves out.
  public var totalEstimate = 0.0
  /// Executions of all queries, weighted likewise.
  public var callsEstimate = 0.0
  /// Time of all queries in the seven days before, in ms.
  public var historyMs = 0.0
  /// Days of these seven that have executions.
  public var historyDays = 0
  /// Hours of the window that have executions.
  public var hours = 0
  /// Queries that together have 80 % of the time, by their time: the place of each from 1.
  public var ranks: [Int64: Int] = [:]

  /// The window of these queries.
  public init(_ figures: [WorkloadFigures], historyMs: Double, historyDays: Int, hours: Int) {
    totalEstimate = figures.reduce(0) { $0 + $1.totalEstimate }
    callsEstimate = figures.reduce(0) { $0 + $1.callsEstimate }
    self.historyMs = historyMs
    self.historyDays = historyDays
    self.hours = hours
    var sum = 0.0
    let byTime = figures.filter { $0.totalEstimate > 0 }
      .sorted { ($1.totalEstimate, $0.query) < ($0.totalEstimate, $1.query) }
    for (place, one) in byTime.prefix(Self.ranksMax).enumerated() {
      guard sum < 0.8 * totalEstimate else { break }
      sum += one.totalEstimate
      ranks[one.query] = place + 1
    }
  }

  /// At most so many queries are ranked.
  public static let ranksMax = 25

  /// The part of the time of all queries, 0 … 1.
  public func share(_ ms: Double) -> Double { totalEstimate > 0 ? ms / totalEstimate : 0 }
}
