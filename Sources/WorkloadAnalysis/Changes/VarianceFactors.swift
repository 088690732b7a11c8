/// One execution with what may explain its duration.
public struct ExecutionSample: Sendable, Equatable {
  /// Duration in ms.
  public var ms: Double
  /// Hour of the day, 0 … 23.
  public var hour: Int
  /// Rows returned or changed; nil where no plan tells.
  public var rows: Double?
  /// Its plan; nil where none was read.
  public var plan: Int64?
  /// Values of its parameters; nil where the log has none.
  public var parameters: [String?]?

  /// An execution by its parts.
  public init(
    ms: Double, hour: Int, rows: Double? = nil, plan: Int64? = nil, parameters: [String?]? = nil
  ) {
    self.ms = ms
    self.hour = hour
    self.rows = rows
    self.plan = plan
    self.parameters = parameters
  }
}

/// Which of the things that differ between executions goes with their durations.
public enum VarianceFactors {
  /// Executions that a group must have to count.
  public static let groupMin = 5
  /// The least part of the variance of ln d that is worth telling.
  public static let explainedMin = 0.5

  /// A factor that explains durations.
  public struct Factor: Sendable, Equatable {
    /// `plan`, `parameter 2`, `hour` or `rows`.
    public var name: String
    /// The part of the variance of ln d that it explains, 0 … 1.
    public var explained: Double
    /// The group that is slowest, as text; nil for rows.
    public var slowest: String?
    /// Geometric mean of that group in ms.
    public var slowestMs: Double?
    /// Executions of that group.
    public var slowestRuns: Int64?
    /// Geometric mean of the others in ms.
    public var othersMs: Double?

    /// The figures, for people and programs.
    public var evidence: Evidence {
      var evidence: Evidence = ["name": .text(name), "explained": .number(explained)]
      if let slowest { evidence.append("slowest", .text(slowest)) }
      if let slowestMs { evidence.append("slowest_ms", .number(slowestMs)) }
      if let slowestRuns { evidence.append("slowest_runs", .count(slowestRuns)) }
      if let othersMs { evidence.append("others_ms", .number(othersMs)) }
      return evidence
    }
  }

  /// The factor that explains most, of those that explain half; of equal ones the first of plan,
  /// parameters, rows, hour. Nil when there is none, or less than 20 executions above 0 ms.
  public static func strongest(in samples: [ExecutionSample]) -> Factor? {
    let samples = samples.filter { $0.ms > 0 }
    guard samples.count >= 20 else { return nil }
    let parameters = samples.compactMap { $0.parameters?.count }.max() ?? 0
    var factors: [Factor?] = [grouped("plan", samples) { $0.plan.map { WorkloadRule.hex($0) } }]
    for index in 0..<min(parameters, parametersMax) {
      factors.append(
        grouped("parameter \(index + 1)", samples) { sample in
          guard let list = sample.parameters, index < list.count else { return nil }
          return list[index] ?? "NULL"
        })
    }
    factors.append(correlated("rows", samples.compactMap(point)))
    factors.append(grouped("hour", samples) { "\($0.hour)" })
    var best: Factor?
    for factor in factors.compactMap({ $0 }) where factor.explained >= explainedMin {
      if factor.explained > (best?.explained ?? 0) + 1e-9 { best = factor }
    }
    return best
  }

  /// Parameters that are looked at.
  private static let parametersMax = 20

  private static func point(_ sample: ExecutionSample) -> (x: Double, y: Double)? {
    sample.rows.map { (x: Logarithm.ln($0 + 1), y: Logarithm.ln(sample.ms)) }
  }

  /// The part of the variance between groups (η²), among the executions of groups that are large enough;
  /// these must be half of all executions, and at least two groups.
  private static func grouped(
    _ name: String, _ samples: [ExecutionSample], by key: (ExecutionSample) -> String?
  ) -> Factor? {
    var groups: [String: LogMoments] = [:]
    for sample in samples {
      guard let key = key(sample) else { continue }
      groups[key, default: LogMoments()].merge(
        LogMoments(logarithms: CollectionOfOne(Logarithm.ln(sample.ms))))
    }
    let large = groups.filter { $0.value.count >= Int64(groupMin) }.sorted { $0.key < $1.key }
    var whole = LogMoments()
    for group in large { whole.merge(group.value) }
    guard large.count > 1, 2 * whole.count >= Int64(samples.count), let mean = whole.mean,
      let variance = whole.variance, variance > 0
    else { return nil }
    var between = 0.0
    for group in large {
      let distance = (group.value.mean ?? mean) - mean
      between += Double(group.value.count) * distance * distance
    }
    // Without what as many groups would explain by chance (ω², roughly).
    let total = variance * Double(whole.count - 1)
    let within = (total - between) / Double(max(1, whole.count - Int64(large.count)))
    let explained = max(0, (between - Double(large.count - 1) * within) / total)
    let slowest = large.max { ($0.value.mean ?? 0, $1.key) < ($1.value.mean ?? 0, $0.key) }
    guard let slowest else { return nil }
    var others = LogMoments()
    for group in large where group.key != slowest.key { others.merge(group.value) }
    return Factor(
      name: name, explained: min(1, explained), slowest: slowest.key,
      slowestMs: slowest.value.mean.map { Logarithm.exp($0) }, slowestRuns: slowest.value.count,
      othersMs: others.mean.map { Logarithm.exp($0) })
  }

  /// The part that a straight line through ln d over ln rows explains (r²); more rows must last longer.
  private static func correlated(
    _ name: String, _ points: [(x: Double, y: Double)]
  ) -> Factor? {
    guard points.count >= 20 else { return nil }
    let n = Double(points.count)
    let meanX = points.reduce(0) { $0 + $1.x } / n
    let meanY = points.reduce(0) { $0 + $1.y } / n
    var xx = 0.0
    var yy = 0.0
    var xy = 0.0
    for point in points {
      xx += (point.x - meanX) * (point.x - meanX)
      yy += (point.y - meanY) * (point.y - meanY)
      xy += (point.x - meanX) * (point.y - meanY)
    }
    guard xx > 0, yy > 0, xy > 0 else { return nil }
    return Factor(name: name, explained: xy * xy / (xx * yy))
  }
}

extension VarianceFactors {
  /// Findings of a query's window with what explains its spread: it is added to `high-variance` and
  /// `bimodal`, and a parameter is told as `parameter-sensitive` in their place.
  public static func explain(
    _ findings: [WorkloadFinding], by factor: Factor
  ) -> [WorkloadFinding] {
    findings.map { finding in
      guard needsSamples(finding) else { return finding }
      var finding = finding
      finding.evidence.append("factor", .group(factor.evidence))
      guard factor.name.hasPrefix("parameter"), let slowest = factor.slowest,
        let slowestMs = factor.slowestMs, let othersMs = factor.othersMs
      else {
        finding.summary += " Goes with: \(factor.name) (\(Figure.share(factor.explained)))."
        return finding
      }
      finding.rule = "parameter-sensitive"
      finding.summary =
        "How long it lasts depends on \(factor.name): \(Figure.time(ms: slowestMs)) for "
        + "'\(slowest.prefix(80))', \(Figure.time(ms: othersMs)) for others. A plan for the usual "
        + "value serves this one badly, or it stands for many more rows."
      return finding
    }
  }

  /// Whether a finding is about durations that differ.
  public static func needsSamples(_ finding: WorkloadFinding) -> Bool {
    finding.rule == "high-variance" || finding.rule == "bimodal"
  }
}
