public import WorkloadAnalysis
internal import LogModel
internal import Postgres

extension Store {
  /// What the executions of a day add up to, by query, with the seven days before; queries that did not run
  /// on this day but before are among them.
  public func figures(
    of span: AnalysisSpan
  ) async throws(LoadError) -> (figures: [WorkloadFigures], window: WorkloadWindow) {
    let range: [PostgresParameter] = [
      .int(Int64(span.source)), Column.time(span.start), Column.time(span.end),
    ]
    let (rows, history, bursts, transactions, applications, hours) = try await attempt {
      connection throws(PostgresError) in
      (
        try await connection.query(Self.figuresSQL, range),
        try await connection.query(Self.historySQL, range),
        try await connection.query(Self.burstsSQL, range),
        try await connection.query(TransactionSQL.figures, range),
        try await connection.query(Self.applicationsSQL, range),
        try await connection.query(Self.hoursSQL, range)
      )
    }
    var byQuery: [Int64: WorkloadFigures] = [:]
    for row in rows {
      let figures = try Self.figures(row)
      byQuery[figures.query] = figures
    }
    var historyMs = 0.0
    for row in history {
      let query = row.int(0) ?? 0
      var figures = byQuery[query] ?? WorkloadFigures(query: query)
      figures.kind = row.string(6) ?? figures.kind
      figures.history.isKnown = row.bool(1) ?? false
      figures.history.activeDays = Int(row.int(2) ?? 0)
      figures.history.calls = row.int(3) ?? 0
      figures.history.totalMs = row.double(4) ?? 0
      figures.history.tempBytesMedian = row.double(5) ?? 0
      historyMs += figures.history.totalMs
      byQuery[query] = figures
    }
    for row in bursts {
      guard let query = row.int(0), byQuery[query] != nil else { continue }
      byQuery[query]?.bursts = Self.bursts(row)
    }
    for row in transactions {
      let query = row.count(0)
      byQuery[query, default: WorkloadFigures(query: query)].transactions = Self.transactions(row)
    }
    for row in applications {
      byQuery[row.count(0)]?.applications.append(
        ApplicationFigures(
          name: row.string(1) ?? "", timed: row.count(2), totalMs: row.double(3) ?? 0))
    }
    let all = byQuery.values.sorted { $0.query < $1.query }
    return (
      all,
      WorkloadWindow(
        all.filter { $0.calls > 0 }, historyMs: historyMs,
        historyDays: Int(hours.first?.int(1) ?? 0), hours: Int(hours.first?.int(0) ?? 0))
    )
  }

  /// Replaces what was found in a day, and notes in which state the day was looked at; the number of
  /// findings.
  @discardableResult
  public func write(
    _ findings: [WorkloadFinding], of span: AnalysisSpan, rulesVersion: Int
  ) async throws(LoadError) -> Int {
    try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN")
      try await Self.replaceFindings(findings, of: span, connection)
      try await Self.mark(span, rulesVersion: rulesVersion, connection)
      FailPoint.beforeCommit.pass()
      try await connection.execute("COMMIT")
      return findings.count
    }
  }

  /// Deletes the findings of a span and inserts these.
  static func replaceFindings(
    _ findings: [WorkloadFinding], of span: AnalysisSpan, _ connection: PostgresConnection
  ) async throws(PostgresError) {
    // A month and its first day begin at the same time.
    try await connection.query(
      """
      DELETE FROM pgtrawl.workload_findings
      WHERE source_id = $1 AND window_from = $2 AND window_until = $3
      """, [.int(Int64(span.source)), Column.time(span.start), Column.time(span.end)])
    guard !findings.isEmpty else { return }
    try await connection.query(
      """
      INSERT INTO pgtrawl.workload_findings (source_id, window_from, window_until, query_id, rule,
        severity, is_lower_bound, cost_ms, summary, evidence)
      SELECT $1::int, $2::timestamptz, $3::timestamptz, t.query, t.rule, t.severity, t.low <> 0,
        t.cost::float8, t.summary, t.evidence::jsonb
      FROM unnest($4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[],
        $10::text[]) AS t (query, rule, severity, low, cost, summary, evidence)
      """,
      [
        .int(Int64(span.source)), Column.time(span.start), Column.time(span.end),
        .bigintArray(findings.map(\.query)), .textArray(findings.map(\.rule)),
        .textArray(findings.map(\.severity.rawValue)),
        .bigintArray(findings.map { $0.isLowerBound ? 1 : 0 }),
        .textArray(findings.map { $0.costMs.map { "\($0)" } }),
        .textArray(findings.map(\.summary)), .textArray(findings.map(\.evidence.json)),
      ])
  }

  private static func figures(_ row: PostgresRow) throws(LoadError) -> WorkloadFigures {
    var figures = WorkloadFigures(query: row.int(0) ?? 0)
    figures.isLowerBound = row.bool(1) ?? true
    figures.calls = row.count(2)
    figures.errors = row.count(3)
    figures.timeouts = row.count(4)
    figures.cancels = row.count(5)
    figures.timed = row.count(6)
    figures.totalMs = row.double(7) ?? 0
    figures.maxMs = row.double(8) ?? 0
    figures.callsEstimate = row.double(9) ?? 0
    figures.totalEstimate = row.double(10) ?? 0
    figures.moments = LogMoments(
      count: row.count(11), sum: row.double(12) ?? 0, squares: row.double(13) ?? 0)
    figures.parseMs = row.double(14) ?? 0
    figures.bindMs = row.double(15) ?? 0
    figures.executeMs = row.double(16) ?? 0
    figures.lockWaits = row.count(17)
    figures.lockWaitMs = row.double(18) ?? 0
    figures.deadlocks = row.count(19)
    figures.tempFiles = row.count(20)
    figures.tempBytes = row.count(21)
    figures.tempRuns = row.count(22)
    figures.sqlstates = row.list(23).compactMap { item in
      let parts = item.split(separator: " ")
      guard parts.count == 2, let count = Int64(parts[1]) else { return nil }
      return (state: String(parts[0]), count: count)
    }
    do throws(DurationSketch.BytesError) {
      figures.sketch = try DurationSketch(bytes: row.bytea(24) ?? [])
    } catch {
      throw LoadError(code: .data, message: error.description)
    }
    figures.kind = row.string(25) ?? ""
    return figures
  }

  private static func bursts(_ row: PostgresRow) -> BurstFigures {
    var bursts = BurstFigures()
    bursts.count = row.count(1)
    bursts.calls = row.count(2)
    bursts.longest = row.count(3)
    bursts.totalMs = row.double(4) ?? 0
    bursts.gapMs = row.double(5) ?? 0
    bursts.identical = row.count(6)
    bursts.led = row.count(7)
    bursts.before = row.count(8)
    return bursts
  }

  private static func transactions(_ row: PostgresRow) -> TransactionFigures {
    var figures = TransactionFigures()
    figures.idle = row.count(1)
    figures.timeouts = row.count(2)
    figures.idleMaxMs = row.double(3) ?? 0
    figures.idleTotalMs = row.double(4) ?? 0
    figures.hasIdleLocks = row.bool(5) ?? false
    figures.long = row.count(6)
    figures.longMaxMs = row.double(7) ?? 0
    figures.hasLongLocks = row.bool(8) ?? false
    return figures
  }

  private static let inSpan = "source_id = $1 AND r.hour >= $2 AND r.hour < $3"

  private static let figuresSQL = """
    WITH r AS (
      SELECT r.* FROM pgtrawl.query_rollups r
      WHERE r.\(inSpan) AND NOT r.nested AND r.query_id <> 0
    ), states AS (
      SELECT r.query_id, j.key, sum(j.value::bigint) AS n
      FROM r CROSS JOIN LATERAL jsonb_each_text(r.sqlstates) j GROUP BY 1, 2
    )
    SELECT r.query_id, bool_or(r.is_lower_bound), sum(calls)::bigint, sum(errors)::bigint,
      sum(timeouts)::bigint, sum(cancels)::bigint, sum(timed)::bigint,
      sum(total_ms::numeric)::float8, max(max_ms), sum(calls_estimate::numeric)::float8,
      sum(total_estimate::numeric)::float8, sum(ln_count)::bigint, sum(ln_sum::numeric)::float8,
      sum(ln_squares::numeric)::float8, sum(parse_ms::numeric)::float8,
      sum(bind_ms::numeric)::float8, sum(execute_ms::numeric)::float8, sum(lock_waits)::bigint,
      sum(lock_wait_ms::numeric)::float8, sum(deadlocks)::bigint, sum(temp_files)::bigint,
      sum(temp_bytes)::bigint, sum(temp_runs)::bigint,
      (SELECT string_agg(s.key || ' ' || s.n, E'\\x1f' ORDER BY s.key) FROM states s
       WHERE s.query_id = r.query_id),
      string_agg(r.sketch, ''::bytea),
      (SELECT q.statement_kind FROM pgtrawl.queries q WHERE q.id = r.query_id)
    FROM r GROUP BY r.query_id
    """

  /// Before the day: whether the query was there at all, and what the last seven days hold.
  private static let historySQL = """
    WITH daily AS (
      SELECT r.query_id, date_trunc('day', r.hour, 'UTC') AS day, sum(calls)::bigint AS calls,
        sum(total_ms::numeric) AS total_ms, sum(temp_bytes)::bigint AS temp_bytes
      FROM pgtrawl.query_rollups r
      WHERE r.source_id = $1 AND r.hour >= $2::timestamptz - interval '7 days' AND r.hour < $3
        AND NOT r.nested AND r.query_id <> 0
      GROUP BY 1, 2
    ), recent AS (
      SELECT d.query_id, count(*) FILTER (WHERE d.day < $2 AND d.calls > 0) AS days,
        coalesce(sum(d.calls) FILTER (WHERE d.day < $2), 0)::bigint AS calls,
        coalesce(sum(d.total_ms) FILTER (WHERE d.day < $2), 0)::float8 AS total_ms,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY d.temp_bytes) FILTER (WHERE d.day < $2) AS temp
      FROM daily d GROUP BY 1
    )
    SELECT r.query_id, r.days > 0 OR EXISTS (
        SELECT FROM pgtrawl.query_rollups b
        WHERE b.query_id = r.query_id AND b.hour < $2 AND b.source_id = $1),
      r.days, r.calls, r.total_ms, r.temp,
      (SELECT q.statement_kind FROM pgtrawl.queries q WHERE q.id = r.query_id)
    FROM recent r
    """

  private static let burstsSQL = """
    SELECT r.query_id, sum(bursts)::bigint, sum(calls)::bigint, max(longest),
      sum(total_ms::numeric)::float8, sum(gap_ms::numeric)::float8, sum(identical)::bigint,
      sum(led)::bigint, (array_agg(before_query_id ORDER BY calls DESC, before_query_id))[1]
    FROM pgtrawl.query_bursts r WHERE r.\(inSpan) GROUP BY r.query_id
    """

  /// Of queries that several applications run.
  private static let applicationsSQL = """
    SELECT query_id, application_name, timed, total_ms FROM (
      SELECT r.query_id, r.application_name, sum(r.timed)::bigint AS timed,
        sum(r.total_ms::numeric)::float8 AS total_ms, count(*) OVER (PARTITION BY r.query_id) AS n
      FROM pgtrawl.query_rollups r
      WHERE r.\(inSpan) AND NOT r.nested AND r.query_id <> 0 AND r.timed > 0
      GROUP BY 1, 2
    ) a WHERE a.n > 1 ORDER BY 1, 4 DESC, 2 LIMIT 100000
    """

  private static let hoursSQL = """
    SELECT count(*) FILTER (WHERE r.hour >= $2),
      count(DISTINCT date_trunc('day', r.hour, 'UTC')) FILTER (WHERE r.hour < $2)
    FROM pgtrawl.analyzed_hours r
    WHERE r.source_id = $1 AND r.hour >= $2::timestamptz - interval '7 days' AND r.hour < $3
    """
}
