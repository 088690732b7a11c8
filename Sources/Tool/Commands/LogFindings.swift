import Ingest
import LogStore

/// What the figures of a log tell about the settings of its server.
struct LogFindings {
  /// Fewer rows do not tell a threshold from a slow database.
  static let rowsMin: Int64 = 20
  /// A shortest duration from here on, microseconds, is a threshold.
  static let thresholdMicros: Int64 = 1000

  private let figures: FigureTally
  private let evidence: LogEvidence
  private var findings: [Finding] = []

  /// The findings, those about statements first.
  static func of(_ figures: FigureTally) -> [Finding] {
    var reading = LogFindings(figures)
    reading.readDurations()
    reading.readParameters()
    reading.readPlans()
    reading.readPlanContents()
    reading.readIdentity()
    reading.readErrors()
    reading.readSwitches()
    reading.readTime()
    return reading.findings
  }

  private init(_ figures: FigureTally) {
    self.figures = figures
    evidence = figures.evidence
  }

  private mutating func find(
    _ name: String, _ count: Int64? = nil, _ missing: String, _ setting: String?,
    _ cost: Finding.Cost, _ certainty: Finding.Certainty = .sure
  ) {
    findings.append(
      Finding(
        name: name, certainty: certainty, count: count, missing: missing, setting: setting,
        cost: cost))
  }

  private static func ms(_ micros: Int64) -> String {
    Number.fixed(Double(micros) / 1000, decimals: 3) + " ms"
  }

  // MARK: - Statements

  private mutating func readDurations() {
    let seen = evidence.executions
    if seen.timed == 0 {
      let without =
        seen.count == 0
        ? "statements: there is none" : "how long statements took: none has a duration of its own"
      find(
        "no_durations", seen.count, without, "log_min_duration_statement = 0", .disk,
        seen.count == 0 ? .perhaps : .sure)
    } else if seen.planOnly + seen.said > 0 {
      let count = seen.planOnly + seen.said
      find(
        "partial_durations", count, "how long \(count) of \(seen.count) statements took",
        "log_min_duration_statement = 0", .disk)
    }
    if seen.timedTextless > 0 {
      find(
        "durations_without_text", seen.timedTextless,
        "which statements took the time: \(seen.timedTextless) durations have no text (log_duration)",
        "log_min_duration_statement = 0", .disk)
    }
    if let shortest = evidence.shortestMicros, shortest >= Self.thresholdMicros,
      seen.timed - seen.timedTextless >= Self.rowsMin
    {
      find(
        "threshold", nil, "statements faster than \(Self.ms(shortest)), the shortest in the log",
        "log_min_duration_statement = 0", .disk)
    }
    for setting in evidence.settings {
      let period = SettingPeriod(
        source: "", name: setting.name, value: setting.setting, from: nil, until: nil,
        origin: "log")
      guard case .partial(let effect) = SettingEffect(period), let value = setting.setting else {
        continue
      }
      let missing =
        "all of its time alike: from a reload on, \(effect) (\(setting.name) = \(value))"
      if !findings.contains(where: { $0.missing == missing }) {
        find("changed_setting", nil, missing, nil, .none)
      }
    }
  }

  private mutating func readParameters() {
    if evidence.cutParameters > 0 {
      find(
        "parameters_cut", evidence.cutParameters,
        "whole parameters: of \(evidence.cutParameters) statements they are cut off",
        "log_parameter_max_length = -1", .disk)
    }
    if evidence.withParameters == 0, evidence.hasPlaceholders, evidence.executions.extended > 0 {
      find(
        "no_parameters", evidence.executions.extended, "parameters of prepared statements",
        "log_parameter_max_length = -1", .disk)
    }
  }

  // MARK: - Plans

  private mutating func readPlans() {
    let plans = evidence.plans
    guard plans.count > 0 else {
      find(
        "no_plans", nil, "plans (restart; then auto_explain.log_min_duration = '100ms')",
        "shared_preload_libraries = 'auto_explain'", .low,
        evidence.executions.count == 0 ? .perhaps : .sure)
      return
    }
    if plans.notJSON > 0 {
      find(
        "plans_not_json", plans.notJSON,
        "plans as data: \(plans.notJSON) of \(plans.count) are no JSON",
        "auto_explain.log_format = json", .disk)
    }
    if plans.nested == 0 {
      find(
        "no_nested_plans", nil, "statements inside functions and triggers",
        "auto_explain.log_nested_statements = on", .disk, .perhaps)
    }
    if let shortest = evidence.shortestPlanMicros, shortest >= Self.thresholdMicros,
      plans.count - plans.nested >= Self.rowsMin
    {
      find(
        "plan_threshold", nil, "plans of statements faster than \(Self.ms(shortest))",
        "auto_explain.log_min_duration = 0", .moderate)
    }
    let without = evidence.longWithoutPlan
    if evidence.longWithPlan > 0, without >= Self.rowsMin, without * 20 > evidence.longWithPlan {
      find(
        "plans_sampled", without,
        "plans of all statements: \(without) that took as long as others with a plan have none",
        "auto_explain.sample_rate = 1", .moderate)
    }
    // Too few to tell a threshold from a sample, or both.
    let (unplanned, planned) = evidence.plannable
    if unplanned * 20 > planned,
      !findings.contains(where: { ["plan_threshold", "plans_sampled"].contains($0.name) })
    {
      find(
        "partial_plans", unplanned, "plans of \(unplanned) of \(unplanned + planned) statements",
        "auto_explain.log_min_duration = 0 and sample_rate = 1", .moderate)
    }
  }

  private mutating func readPlanContents() {
    let plans = evidence.plans
    guard plans.examined > 0 else { return }
    if plans.analyzed < plans.examined {
      find(
        "plans_not_analyzed", plans.examined - plans.analyzed,
        "how many rows plans really had: estimates only" + part(plans.examined - plans.analyzed),
        "auto_explain.log_analyze = on",
        .moderate)
      return
    }
    if plans.timed < plans.examined {
      find(
        "plans_without_timing", plans.examined - plans.timed,
        "which node of a plan took the time" + part(plans.examined - plans.timed),
        "auto_explain.log_timing = on", .moderate)
    }
    if plans.buffered == 0 {
      find(
        "plans_without_buffers", plans.examined, "what plans read from cache and disk",
        "auto_explain.log_buffers = on", .low, plans.telling == 0 ? .perhaps : .sure)
    }
  }

  /// Of how many plans something can't be told, where it is not all of them.
  private func part(_ count: Int64) -> String {
    let examined = evidence.plans.examined
    return count == examined ? "" : " (\(count) of \(examined) plans that were looked into)"
  }

  // MARK: - The rest

  private mutating func readIdentity() {
    let seen = evidence.executions
    guard seen.count > 0, seen.identified == 0 else { return }
    find(
      "no_query_ids", seen.count,
      "PostgreSQL's own query ids, to join with pg_stat_statements (14 and newer)",
      "compute_query_id = on", .low)
  }

  private mutating func readErrors() {
    guard evidence.errors > 0 else { return }
    if evidence.statementlessErrors == evidence.errors {
      find(
        "errors_without_statement", evidence.errors, "which statements failed",
        "log_min_error_statement = error", .low)
    }
    if evidence.locatedErrors == 0 {
      find(
        "errors_without_location", evidence.errors, "where in PostgreSQL errors arose",
        "log_error_verbosity = verbose", .low)
    }
  }

  private mutating func readSwitches() {
    let switches: [(String, String, String, Finding.Cost)] = [
      ("connection", "who connected from where, and how often", "log_connections = on", .low),
      ("disconnection", "how long sessions lasted", "log_disconnections = on", .low),
      ("lock_wait", "who waits for locks of whom", "log_lock_waits = on", .low),
      ("temporary_file", "sorts and hashes that went to disk", "log_temp_files = 0", .low),
      ("checkpoint", "checkpoints and what they write", "log_checkpoints = on", .low),
      ("autovacuum", "what autovacuum did", "log_autovacuum_min_duration = 0", .low),
    ]
    for (eventClass, missing, setting, cost) in switches where figures.events[eventClass] == nil {
      find("no_\(eventClass)s", nil, missing, setting, cost, .perhaps)
    }
  }

  private mutating func readTime() {
    let local = evidence.zones.filter { word in
      word != "UTC" && word != "GMT" && word.first?.isLetter == true
    }
    guard !local.isEmpty else { return }
    find(
      "zone_local", nil,
      "which of two hours it was when summer time ends (\(local.sorted().joined(separator: ", ")))",
      "log_timezone = 'UTC'", .none, .perhaps)
  }
}
