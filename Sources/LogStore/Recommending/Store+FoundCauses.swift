public import WorkloadAnalysis
internal import LogModel
internal import Postgres

extension Store {
  /// Causes that are looked at, those that save most.
  private static let causesMax = 2_000

  /// What the plans of a source say, over all of its window: one a query, rule and subject.
  public func planCauses(
    of source: RecommendedSource
  ) async throws(LoadError) -> [FoundCause] {
    let range = Self.range(source)
    let (found, firings) = try await attempt { connection throws(PostgresError) in
      (
        try await connection.query(Self.planCausesSQL, range),
        try await connection.query(
          """
          SELECT f.query_id, f.rule, f.subject, (extract(epoch FROM f.hour) * 1000000)::bigint,
            sum(f.plans)::bigint
          FROM pgtrawl.finding_rollups f
          WHERE f.source_id = $1 AND f.hour >= $2 AND f.rule <> '' AND f.severity <> 'info'
          GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
          """, range)
      )
    }
    var causes = found.map { Self.cause($0) }
    let runs = try await runs(of: Set(causes.map(\.query)).sorted(), source)
    var fired: [String: [CauseHistory.Step]] = [:]
    for row in firings {
      fired["\(row.count(0)) \(row.string(1) ?? "") \(row.string(2) ?? "")", default: []].append(
        CauseHistory.Step(time: row.count(3), runs: 0, firings: Double(row.count(4))))
    }
    for place in causes.indices {
      let one = causes[place]
      causes[place].history =
        (runs[one.query] ?? []) + (fired["\(one.query) \(one.rule) \(one.subject)"] ?? [])
    }
    return causes
  }

  /// What the executions of a source say, for rules about which something can be done: one a query and rule.
  public func workloadCauses(
    of source: RecommendedSource
  ) async throws(LoadError) -> [FoundCause] {
    let found = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT f.query_id, f.rule, (extract(epoch FROM f.window_from) * 1000000)::bigint,
          coalesce(f.cost_ms, 0), f.severity, f.summary
        FROM pgtrawl.workload_findings f
        WHERE f.source_id = $1 AND f.window_until > $2 AND f.window_until - f.window_from = interval '1 day'
          AND f.severity <> 'info' AND f.rule = ANY ($3) AND f.query_id <> 0
        ORDER BY f.query_id, f.rule, f.window_from
        """, Self.range(source) + [.textArray(WorkloadRemedy.byRule.keys.sorted())])
    }
    let runs = try await runs(of: Set(found.map { $0.count(0) }).sorted(), source)
    var causes: [FoundCause] = []
    for row in found {
      guard let rule = row.string(1), let remedy = WorkloadRemedy.byRule[rule] else { continue }
      let query = row.count(0)
      let severity = FindingSeverity(rawValue: row.string(4) ?? "") ?? .low
      if causes.last?.query != query || causes.last?.rule != rule {
        let days = Self.byDay(runs[query] ?? [])
        var cause = FoundCause(
          query: query, rule: rule, subject: "", firings: 0, samples: Int64(days.count),
          savingMs: 0,
          severity: severity, confidence: 0.8, explanation: "", remedy: remedy)
        cause.history = days
        causes.append(cause)
      }
      let last = causes.count - 1
      causes[last].firings += 1
      causes[last].savingMs += row.double(3) ?? 0
      causes[last].severity = max(causes[last].severity, severity)
      causes[last].explanation = row.string(5) ?? ""
      causes[last].history.append(
        CauseHistory.Step(time: row.count(2), runs: 0, firings: 1))
    }
    return causes
  }

  /// Steps of hours as steps of days, in which a rule is found once at most.
  private static func byDay(_ hours: [CauseHistory.Step]) -> [CauseHistory.Step] {
    var days: [Int64: Double] = [:]
    for hour in hours { days[hour.time - hour.time % 86_400_000_000, default: 0] += hour.runs }
    return days.sorted { $0.key < $1.key }.map {
      CauseHistory.Step(time: $0.key, runs: $0.value, firings: 0)
    }
  }

  private static func range(_ source: RecommendedSource) -> [PostgresParameter] {
    [.int(Int64(source.source)), Column.time(source.start)]
  }

  /// Executions of these queries by hour; where the log has more plans than settled executions, these.
  private func runs(
    of queries: [Int64], _ source: RecommendedSource
  ) async throws(LoadError) -> [Int64: [CauseHistory.Step]] {
    let rows = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT u.query_id, (extract(epoch FROM u.hour) * 1000000)::bigint, max(u.n)::float8 FROM (
          SELECT r.query_id, r.hour, sum(r.calls) AS n FROM pgtrawl.query_rollups r
          WHERE r.source_id = $1 AND r.hour >= $2 AND r.query_id = ANY ($3) GROUP BY 1, 2
          UNION ALL
          SELECT f.query_id, f.hour, sum(f.plans) FROM pgtrawl.finding_rollups f
          WHERE f.source_id = $1 AND f.hour >= $2 AND f.query_id = ANY ($3) AND f.rule = ''
          GROUP BY 1, 2
        ) u GROUP BY 1, 2 HAVING max(u.n) > 0
        """, Self.range(source) + [.bigintArray(queries)])
    }
    var runs: [Int64: [CauseHistory.Step]] = [:]
    for row in rows {
      runs[row.count(0), default: []].append(
        CauseHistory.Step(time: row.count(1), runs: row.double(2) ?? 0, firings: 0))
    }
    return runs
  }

  private static func cause(_ row: PostgresRow) -> FoundCause {
    let firings = row.count(3)
    let samples = row.count(4)
    var cause = FoundCause(
      query: row.count(0), rule: row.string(1) ?? "", subject: row.string(2) ?? "",
      firings: firings,
      samples: samples, savingMs: row.double(5) ?? 0,
      severity: FindingSeverity(rawValue: row.string(6) ?? "") ?? .low,
      confidence: FoundCause.confidence(
        single: row.double(7) ?? 0, firings: firings, samples: samples),
      explanation: row.string(8) ?? "", remedy: row.string(9) ?? "")
    cause.ddl = row.string(10)
    cause.place = row.string(11) ?? ""
    cause.example = row.string(12)
    if let table = row.string(13) {
      cause.index = IndexProposal(
        table: table, columns: row.list(14), equalCount: Int(row.count(15)))
    }
    cause.isProven = row.bool(16) ?? false
    return cause
  }

  /// Samples are the plans of those plan ids in which it was found; proven is what another plan of the query,
  /// with an index and without the finding, shows.
  private static let planCausesSQL = """
    WITH f AS MATERIALIZED (
      SELECT * FROM pgtrawl.finding_rollups f WHERE f.source_id = $1 AND f.hour >= $2
    ), plan AS MATERIALIZED (
      SELECT f.query_id, f.plan_id, sum(f.plans)::bigint AS n,
        sum(f.total_ms::numeric)::float8 / sum(f.plans)::float8 AS ms, bool_or(f.has_index) AS has_index
      FROM f WHERE f.rule = '' GROUP BY 1, 2
    ), fired AS MATERIALIZED (
      SELECT f.query_id, f.rule, f.subject, f.plan_id, sum(f.plans)::bigint AS n,
        sum(f.saving_ms::numeric) AS saving_ms, max(f.confidence) AS confidence,
        max(array_position(\(FindingSQL.severities), f.severity)) AS rank
      FROM f WHERE f.rule <> '' GROUP BY 1, 2, 3, 4
    ), cause AS (
      SELECT r.query_id, r.rule, r.subject, sum(r.n)::bigint AS n, sum(p.n)::bigint AS samples,
        sum(r.saving_ms)::float8 AS saving_ms, max(r.confidence) AS confidence, max(r.rank) AS rank,
        sum(p.ms * p.n) / sum(p.n)::float8 AS ms
      FROM fired r JOIN plan p ON p.query_id = r.query_id AND p.plan_id = r.plan_id
      GROUP BY 1, 2, 3 HAVING max(r.rank) > 1
      ORDER BY saving_ms DESC, r.query_id, r.rule, r.subject LIMIT \(causesMax)
    )
    SELECT c.query_id, c.rule, c.subject, c.n, c.samples, c.saving_ms,
      (\(FindingSQL.severities))[c.rank], c.confidence, x.example->>'explanation',
      x.example->>'remedy', x.example->>'ddl', x.example->>'node', x.example->>'plan',
      x.example->'index'->>'table',
      (SELECT string_agg(k.name, E'\\x1f' ORDER BY k.place)
       FROM jsonb_array_elements_text(x.example->'index'->'columns') WITH ORDINALITY k (name, place)),
      (x.example->'index'->>'equal_columns')::bigint,
      EXISTS (
        SELECT FROM plan p WHERE p.query_id = c.query_id AND p.n >= 3 AND p.has_index
          AND p.ms <= 0.5 * c.ms AND NOT EXISTS (
            SELECT FROM fired r WHERE r.query_id = p.query_id AND r.plan_id = p.plan_id
              AND r.rule = c.rule AND r.subject = c.subject))
    FROM cause c CROSS JOIN LATERAL (
      SELECT f.example FROM f
      WHERE f.query_id = c.query_id AND f.rule = c.rule AND f.subject = c.subject
      ORDER BY f.example_ms DESC, f.hour, f.plan_id LIMIT 1
    ) x
    ORDER BY c.saving_ms DESC, c.query_id, c.rule, c.subject
    """
}
