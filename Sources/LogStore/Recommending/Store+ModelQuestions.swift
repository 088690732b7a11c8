public import LogModel
internal import Postgres

extension Store {
  /// Findings that are looked at, those that save most.
  private static let modelFindingsMax = 20_000

  /// Takes the lock that only one run that asks a language model has at a time; false when another one has it.
  /// It is held until the connection ends.
  public func lockRecommending() async throws(LoadError) -> Bool {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", [.text("pgtrawl.recommend")]
      ).first?.bool(0) ?? false
    }
  }

  /// Queries about which the rules found something in the last 30 days of log, those first that would save
  /// most; of one source or query where they are named.
  public func modelCandidates(
    source: String?, query: Int64?
  ) async throws(LoadError) -> [ModelCandidate] {
    let rows = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        Self.candidatesSQL, [.text(source), .int(query), .int(Self.modelFindingsMax)])
    }
    var (candidates, places): ([ModelCandidate], [String: Int]) = ([], [:])
    for row in rows {
      let (query, source) = (row.count(0), Int32(truncatingIfNeeded: row.count(1)))
      let place = places["\(query) \(source)"] ?? candidates.count
      if place == candidates.count {
        places["\(query) \(source)"] = place
        candidates.append(ModelCandidate(query: query, source: source, findings: []))
      }
      candidates[place].findings.append(
        ModelCandidate.Finding(
          rule: row.string(2) ?? "", severity: row.string(3) ?? "low", confidence: row.double(4),
          count: row.count(5), savingMs: row.double(6), example: row.string(7) ?? "{}"))
    }
    return candidates.sorted {
      ($1.savingMs, $0.query, $0.source) < ($0.savingMs, $1.query, $1.source)
    }
  }

  private static let candidatesSQL = """
    WITH edge AS MATERIALIZED (
      SELECT a.source_id, max(a.hour) - interval '30 days' AS low FROM pgtrawl.analyzed_hours a
      JOIN pgtrawl.sources s ON s.id = a.source_id
      WHERE $1::text IS NULL OR s.name = $1 GROUP BY 1
    ), found AS (
      SELECT f.query_id, f.source_id, f.rule, f.subject,
        max(array_position(\(FindingSQL.severities), f.severity)) AS rank, max(f.confidence) AS confidence,
        sum(f.plans)::bigint AS n, sum(f.saving_ms::numeric)::float8 AS ms,
        (array_agg(f.example ORDER BY f.example_ms DESC NULLS LAST, f.hour, f.plan_id))[1] AS example
      FROM pgtrawl.finding_rollups f JOIN edge e ON e.source_id = f.source_id AND f.hour >= e.low
      WHERE f.rule <> '' AND f.severity <> 'info' AND ($2::bigint IS NULL OR f.query_id = $2)
      GROUP BY 1, 2, 3, 4
      UNION ALL
      SELECT w.query_id, w.source_id, w.rule, '',
        max(array_position(\(FindingSQL.severities), w.severity)), NULL,
        count(*), sum(w.cost_ms::numeric)::float8,
        (array_agg(w.evidence ORDER BY w.window_from DESC))[1]
      FROM pgtrawl.workload_findings w JOIN edge e ON e.source_id = w.source_id AND w.window_until > e.low
      WHERE w.severity <> 'info' AND w.window_until - w.window_from = interval '1 day'
        AND ($2::bigint IS NULL OR w.query_id = $2)
      GROUP BY 1, 2, 3
    )
    SELECT f.query_id, f.source_id, f.rule, (\(FindingSQL.severities))[f.rank], f.confidence, f.n, f.ms,
      f.example
    FROM found f WHERE f.query_id <> 0
    ORDER BY f.ms DESC NULLS LAST, f.query_id, f.source_id, f.rule, f.subject LIMIT $3
    """

  /// The text, the figures and a plan of a candidate; nil where retention took the query away.
  public func modelSubject(
    of candidate: ModelCandidate, plan: FactKey?
  ) async throws(LoadError) -> ModelSubject? {
    let place: [PostgresParameter] = [.int(candidate.query), .int(Int64(candidate.source))]
    let (found, plans) = try await attempt { connection throws(PostgresError) in
      (
        try await connection.query(Self.subjectSQL, place).first,
        try await connection.query(
          Self.subjectPlanSQL, place + [.int(plan?.file), .int(plan?.offset)]
        ).first
      )
    }
    guard let found else { return nil }
    let figures = [
      "calls", "errors", "total_ms", "mean_ms", "max_ms", "lock_wait_ms", "temp_bytes",
    ].enumerated().compactMap { place, name in found.double(place + 3).map { (name, $0) } }
    var subject = ModelSubject(
      kind: found.string(0) ?? "", sql: found.string(1) ?? "", isParsed: found.bool(2) ?? false,
      figures: figures)
    if let text = plans?.string(0) {
      subject.plan = (text, Self.formats[plans?.string(1) ?? ""] ?? .text)
    }
    return subject
  }

  private static let formats: [String: PlanFormat] = [
    "json": .json, "text": .text, "xml": .xml, "yaml": .yaml,
  ]

  private static let subjectSQL = """
    SELECT q.statement_kind, q.normalized_sql, q.parse_status = 'parsed', r.calls, r.errors, r.total_ms,
      r.mean_ms, r.max_ms, r.lock_wait_ms, r.temp_bytes
    FROM pgtrawl.queries q CROSS JOIN LATERAL (
      SELECT sum(r.calls)::float8 AS calls, sum(r.errors)::float8 AS errors,
        sum(r.total_ms::numeric)::float8 AS total_ms,
        sum(r.total_ms::numeric)::float8 / nullif(sum(r.timed), 0)::float8 AS mean_ms,
        max(r.max_ms) AS max_ms, sum(r.lock_wait_ms::numeric)::float8 AS lock_wait_ms,
        sum(r.temp_bytes)::float8 AS temp_bytes
      FROM pgtrawl.query_rollups r
      WHERE r.query_id = $1 AND r.source_id = $2 AND r.hour >= (
        SELECT max(a.hour) - interval '30 days' FROM pgtrawl.analyzed_hours a WHERE a.source_id = $2)
    ) r WHERE q.id = $1
    """

  /// The plan's own text of the query is left out: it would stand there twice.
  private static let subjectPlanSQL = """
    SELECT CASE WHEN p.plan_text IS NOT NULL THEN p.plan_text
        WHEN jsonb_typeof(p.plan) = 'object' THEN (p.plan - '{Query Text,Query Parameters}'::text[])::text
        ELSE p.plan::text END,
      CASE WHEN p.plan_text IS NULL THEN 'json' ELSE p.format END
    FROM pgtrawl.query_analysis a JOIN pgtrawl.query_plans p ON p.query_id = a.query_id
      AND p.executed_at = a.executed_at AND p.log_file_id = a.log_file_id AND p.log_offset = a.log_offset
    WHERE a.query_id = $1 AND a.source_id = $2
    ORDER BY (a.log_file_id = $3 AND a.log_offset = $4) IS TRUE DESC, a.executed_at DESC, a.log_file_id,
      a.log_offset
    LIMIT 1
    """
}
