/// What the runs of one plan of a query did, hour by hour: means of a run.
public struct PlanTrend: Sendable, Equatable {
  /// An hour in which the plan ran.
  public struct Hour: Sendable, Equatable {
    /// Hours since 1970.
    public var hour: Int64
    /// Runs.
    public var runs: Int64
    /// The planner's cost of the whole plan.
    public var cost: Double?
    /// Rows of the root.
    public var rows: Double?
    /// Blocks found in shared buffers.
    public var hit: Double?
    /// Blocks read.
    public var read: Double?
    /// By which factor the scan that was misjudged most was, its geometric mean.
    public var misestimate: Double?

    /// An hour by its figures.
    public init(
      hour: Int64, runs: Int64, cost: Double? = nil, rows: Double? = nil, hit: Double? = nil,
      read: Double? = nil, misestimate: Double? = nil
    ) {
      self.hour = hour
      self.runs = runs
      self.cost = cost
      self.rows = rows
      self.hit = hit
      self.read = read
      self.misestimate = misestimate
    }

    /// Blocks hit and read.
    var blocks: Double? {
      guard let hit, let read else { return nil }
      return hit + read
    }
    /// The part of blocks that had to be read.
    var readShare: Double? {
      guard let read, let blocks, blocks > 0 else { return nil }
      return read / blocks
    }
  }

  /// `queries.id`
  public var query: Int64
  /// Equal for plans that do the same.
  public var plan: Int64
  /// Its hours, ascending.
  public var hours: [Hour]
  /// The scan that was misjudged most of late, as `Seq Scan on orders`.
  public var scan: String?

  /// The hours of a plan.
  public init(query: Int64, plan: Int64, hours: [Hour]) {
    self.query = query
    self.plan = plan
    self.hours = hours
  }

  var runs: Int64 { hours.reduce(0) { $0 + $1.runs } }

  /// Medians of the first quarter of the hours that have the figure, and of the last one; nil with fewer than
  /// twelve.
  func ends(_ figure: (Hour) -> Double?) -> (early: Double, late: Double)? {
    let values = hours.compactMap(figure)
    guard values.count >= PlanTrendRules.hoursMin else { return nil }
    let quarter = values.count / 4
    return (Self.median(values.prefix(quarter)), Self.median(values.suffix(quarter)))
  }

  private static func median(_ values: ArraySlice<Double>) -> Double {
    values.sorted()[values.count / 2]
  }
}

/// Rules over plans that stay the same while what they do drifts.
public enum PlanTrendRules {
  /// Hours that a trend must have.
  static let hoursMin = 12

  /// What the plans of a query show, one finding a rule: that of the plan that ran most.
  public static func findings(of trends: [PlanTrend]) -> [WorkloadFinding] {
    let ranked = trends.sorted { ($1.runs, $0.plan) < ($0.runs, $1.plan) }
    let rules: [(PlanTrend) -> WorkloadFinding?] = [
      costDrift, rowsGrowth, blocksPerRowGrowth, cacheMissGrowth, estimateDrift,
    ]
    var found: [WorkloadFinding] = []
    for rule in rules {
      for trend in ranked {
        guard let finding = rule(trend) else { continue }
        found.append(finding)
        break
      }
    }
    return found
  }

  /// The planner's cost of one plan has doubled, and it returns no more rows: bloat, or statistics.
  static func costDrift(_ trend: PlanTrend) -> WorkloadFinding? {
    guard let cost = trend.ends(\.cost), cost.early >= 100, cost.late >= 2 * cost.early,
      let rows = trend.ends(\.rows), rows.late <= 1.5 * max(1, rows.early)
    else { return nil }
    return finding(
      "cost-drift", trend, .low,
      "The planner expects \(Figure.factor(cost.late / cost.early)) times the cost for the same plan and as many "
        + "rows: the table or its index is bloated, or it grew where the query does not look.",
      ["cost_before": .number(cost.early), "cost_after": .number(cost.late)])
  }

  /// It returns twice as many rows: a question of capacity, not of the plan.
  static func rowsGrowth(_ trend: PlanTrend) -> WorkloadFinding? {
    guard let rows = trend.ends(\.rows), rows.late >= 100, rows.late >= 2 * max(1, rows.early)
    else {
      return nil
    }
    return finding(
      "rows-growth", trend, .info,
      "It returns \(Figure.factor(rows.late / max(1, rows.early))) times as many rows as before.",
      ["rows_before": .number(rows.early), "rows_after": .number(rows.late)])
  }

  /// Each row costs twice the blocks; it needs no times, and shows bloat early.
  static func blocksPerRowGrowth(_ trend: PlanTrend) -> WorkloadFinding? {
    // One row can be the sum of any number.
    let ratio = trend.ends { hour in
      guard let blocks = hour.blocks, let rows = hour.rows, rows >= 10 else { return nil }
      return blocks / rows
    }
    guard let ratio, let blocks = trend.ends(\.blocks), blocks.late >= 100,
      ratio.late >= 2 * ratio.early
    else { return nil }
    return finding(
      "blocks-per-row-growth", trend, .low,
      "It touches \(Figure.factor(ratio.late / ratio.early)) times as many blocks for a row: dead rows and bloat, "
        + "or rows that lie scattered.",
      ["blocks_per_row_before": .number(ratio.early), "blocks_per_row_after": .number(ratio.late)])
  }

  /// More and more of its blocks have to be read; a restart is a step, and no trend.
  static func cacheMissGrowth(_ trend: PlanTrend) -> WorkloadFinding? {
    let shares = trend.hours.compactMap(\.readShare)
    guard let share = trend.ends(\.readShare), share.late >= share.early + 0.2,
      let blocks = trend.ends(\.blocks), blocks.late >= 100, kendall(shares) >= 0.6
    else { return nil }
    return finding(
      "cache-miss-growth", trend, .low,
      "\(Figure.share(share.late)) of its blocks have to be read, \(Figure.share(share.early)) before: what it needs "
        + "does not fit into shared buffers any more.",
      ["read_share_before": .number(share.early), "read_share_after": .number(share.late)])
  }

  /// The plan is still the same, but the planner is ten times further off than it was: what it knows of the table
  /// ages, and the plan may be another one tomorrow.
  static func estimateDrift(_ trend: PlanTrend) -> WorkloadFinding? {
    guard let factor = trend.ends(\.misestimate), factor.late >= 10 * max(1, factor.early),
      let scan = trend.scan
    else { return nil }
    return finding(
      "estimate-drift", trend, .low,
      "The rows of '\(scan)' are misjudged by \(Figure.factor(factor.late)), by \(Figure.factor(factor.early)) "
        + "before: statistics have aged. ANALYZE the table, and let autovacuum do so more often, before the plan "
        + "changes.",
      [
        "scan": .text(scan), "misestimate_before": .number(factor.early),
        "misestimate_after": .number(factor.late),
      ])
  }

  /// How steadily a series rises: 1 where each value is above all before it, -1 where below, 0 without a trend.
  static func kendall(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    var balance = 0
    for (place, later) in values.enumerated() {
      for earlier in values[..<place] where earlier != later { balance += earlier < later ? 1 : -1 }
    }
    return Double(balance) / (Double(values.count) * Double(values.count - 1) / 2)
  }

  private static func finding(
    _ rule: String, _ trend: PlanTrend, _ severity: FindingSeverity, _ summary: String,
    _ figures: Evidence
  ) -> WorkloadFinding {
    var evidence: Evidence = [
      "plan_id": .text(WorkloadRule.hex(trend.plan)), "runs": .count(trend.runs),
      "hours": .count(Int64(trend.hours.count)),
    ]
    for item in figures.items { evidence.append(item.name, item.value) }
    return WorkloadFinding(
      rule: rule, query: trend.query, severity: severity, costMs: nil, summary: summary,
      evidence: evidence)
  }
}
