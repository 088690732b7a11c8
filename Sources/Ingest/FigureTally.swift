public import LogModel
internal import LogStore

/// The figures of a dry run: what a store would hold, counted instead of stored.
public struct FigureTally: Sendable {
  /// Query patterns held at most; executions of further ones are counted in the sums only.
  public static let patternsMax = 50_000

  /// One query pattern.
  public struct Pattern: Sendable {
    /// `queries.id`
    public var id: Int64
    /// Its canonical text; empty for "no text in the log".
    public var normalizedSQL: [UInt8]
    /// Top-level executions, with the failed ones.
    public var calls: Int64 = 0
    /// Of these the failed ones.
    public var failed: Int64 = 0
    /// Microseconds of those whose duration the log gives.
    public var totalMicros: Int64 = 0
    /// The longest, microseconds.
    public var maxMicros: Int64 = 0
    /// The executor runs it, so auto_explain can write its plan.
    var canHavePlan = false
  }

  /// Top-level executions that succeeded, by kind.
  public private(set) var succeeded: [ExecutionKind: Int64] = [:]
  /// Top-level executions that failed, by SQLSTATE.
  public private(set) var failed: [SQLState: Int64] = [:]
  /// Executions of nested statements.
  public private(set) var nested: Int64 = 0
  /// Plans.
  public private(set) var plans: Int64 = 0
  /// Events by class.
  public private(set) var events: [String: Int64] = [:]
  /// Patterns that were left out, see `patternsMax`.
  public private(set) var patternsLeftOut: Int64 = 0
  /// First and last log time.
  public private(set) var period: ClosedRange<LogTime>?
  /// What the log shows of the settings that it was written with.
  public private(set) var evidence = LogEvidence()

  private var patterns: [Int64: Pattern] = [:]

  /// Nothing counted.
  public init() {}

  /// The patterns, by total time, longest first.
  public var patternsByTotal: [Pattern] {
    patterns.values.sorted { ($0.totalMicros, $0.calls, $1.id) > ($1.totalMicros, $1.calls, $0.id) }
  }

  /// Number of patterns.
  public var patternCount: Int { patterns.count }

  mutating func add(_ batch: FactBatch) {
    for query in batch.queries where patterns[query.identity.id] == nil {
      guard patterns.count < Self.patternsMax else {
        patternsLeftOut += 1
        continue
      }
      patterns[query.identity.id] = Pattern(
        id: query.identity.id, normalizedSQL: query.identity.normalizedSQL,
        canHavePlan: Self.planned.contains(query.identity.statementKind))
    }
    evidence.add(batch)
    for row in batch.executions { count(row, by: 1) }
    for amendment in batch.amendments { amend(amendment) }
    retracted += batch.retractions.map(\.key)
    for key in retracted { provisional.removeValue(forKey: key).map { count($0, by: -1) } }
    retracted = []
    plans += Int64(batch.plans.count)
    for event in batch.events { events["\(event.eventClass)", default: 0] += 1 }
    if let first = batch.firstTime, let last = batch.lastTime {
      let from = min(first, period?.lowerBound ?? first)
      period = from...max(last, period?.upperBound ?? last)
    }
  }

  mutating func add(_ settings: [ServerSetting]) { evidence.add(settings) }

  /// Kinds of statements that the executor runs.
  private static let planned: Set<String> = ["select", "insert", "update", "delete", "merge"]

  /// Rows that are not settled: what they were counted with is taken back when they change.
  private var provisional: [FactKey: ExecutionRow] = [:]
  private var retracted: [FactKey] = []

  private mutating func amend(_ amendment: Amendment) {
    if let old = provisional.removeValue(forKey: amendment.stored.key) { count(old, by: -1) }
    count(amendment.row, by: 1)
  }

  private mutating func count(_ row: ExecutionRow, by sign: Int64) {
    if sign > 0, !row.isSettled { provisional[row.key] = row }
    guard row.nesting == 0 else {
      nested += sign
      return
    }
    if let state = row.sqlstate {
      failed[state, default: 0] += sign
    } else {
      succeeded[row.kind, default: 0] += sign
      let canHavePlan = patterns[row.queryID]?.canHavePlan ?? false
      evidence.count(row, by: sign, canHavePlan: canHavePlan)
    }
    guard var pattern = patterns[row.queryID] else { return }
    pattern.calls += sign
    if row.sqlstate != nil { pattern.failed += sign }
    pattern.totalMicros += sign * (row.durationMicros ?? 0)
    pattern.maxMicros = max(pattern.maxMicros, row.durationMicros ?? 0)
    patterns[row.queryID] = pattern
  }
}
