public import WorkloadAnalysis
internal import LogModel
internal import Postgres

extension Store {
  /// What the plans of these queries did, hour by hour.
  public func planTrends(
    of queries: [Int64], around span: AnalysisSpan
  ) async throws(LoadError) -> [Int64: [PlanTrend]] {
    guard !queries.isEmpty else { return [:] }
    let rows = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT a.query_id, a.plan_id,
          (extract(epoch FROM date_trunc('hour', a.executed_at, 'UTC')) / 3600)::bigint, count(*),
          avg(a.total_cost::numeric)::float8, avg(a.root_rows::numeric)::float8,
          avg(a.shared_hit)::float8, avg(a.shared_read)::float8,
          exp(avg(round(ln(a.scan_error) * 1e6)::bigint)::float8 / 1e6),
          (array_agg(a.scan_node ORDER BY a.scan_error DESC NULLS LAST, a.scan_node))[1]
        FROM pgtrawl.query_analysis a
        WHERE a.source_id = $1 AND a.executed_at >= $2 AND a.executed_at < $3
          AND a.query_id = ANY ($4) AND a.plan_id IS NOT NULL AND a.execution_time_ms IS NOT NULL
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """, Self.range(of: span) + [.bigintArray(queries)])
    }
    var trends: [Int64: [PlanTrend]] = [:]
    for row in rows {
      let (query, plan) = (row.count(0), row.count(1))
      var own = trends[query] ?? []
      if own.last?.plan != plan { own.append(PlanTrend(query: query, plan: plan, hours: [])) }
      own[own.count - 1].hours.append(
        PlanTrend.Hour(
          hour: row.count(2), runs: row.count(3), cost: row.double(4), rows: row.double(5),
          hit: row.double(6), read: row.double(7), misestimate: row.double(8)))
      if let scan = row.string(9) { own[own.count - 1].scan = scan }
      trends[query] = own
    }
    return trends
  }

  /// What the runs of these queries add up to by the kind of their plans, of those that have both kinds.
  public func planKinds(
    of queries: [Int64], around span: AnalysisSpan
  ) async throws(LoadError) -> [(query: Int64, generic: PlanKindFigures, custom: PlanKindFigures)] {
    guard !queries.isEmpty else { return [] }
    let rows = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT a.query_id, a.is_generic, count(*),
          sum(round(ln(a.execution_time_ms) * 1e6)::bigint)::float8 / 1e6,
          sum(round(ln(a.execution_time_ms) ^ 2 * 1e6)::bigint)::float8 / 1e6,
          sum(a.execution_time_ms::numeric)::float8,
          percentile_disc(0.5) WITHIN GROUP (ORDER BY a.total_cost)
        FROM pgtrawl.query_analysis a
        WHERE a.source_id = $1 AND a.executed_at >= $2 AND a.executed_at < $3
          AND a.query_id = ANY ($4) AND a.is_generic IS NOT NULL AND a.execution_time_ms > 0
        GROUP BY 1, 2 ORDER BY 1, 2
        """, Self.range(of: span) + [.bigintArray(queries)])
    }
    var custom: [Int64: PlanKindFigures] = [:]
    var both: [(query: Int64, generic: PlanKindFigures, custom: PlanKindFigures)] = []
    for row in rows {
      let figures = PlanKindFigures(
        times: LogMoments(
          count: row.count(2), sum: row.double(3) ?? 0, squares: row.double(4) ?? 0),
        totalMs: row.double(5) ?? 0, cost: row.double(6) ?? 0)
      if row.bool(1) == true {
        if let other = custom[row.count(0)] { both.append((row.count(0), figures, other)) }
      } else {
        custom[row.count(0)] = figures
      }
    }
    return both
  }

  /// What the log of a day shows, and what it can't.
  public func visibility(of span: AnalysisSpan) async throws(LoadError) -> ObservabilityGap {
    let range: [PostgresParameter] = [
      .int(Int64(span.source)), Column.time(span.start), Column.time(span.end),
    ]
    let (counts, settings) = try await attempt { connection throws(PostgresError) in
      (
        try await connection.query(
          """
          SELECT (SELECT coalesce(sum(r.calls), 0)::bigint FROM pgtrawl.query_rollups r
              WHERE r.source_id = $1 AND r.hour >= $2 AND r.hour < $3),
            count(*), count(*) FILTER (WHERE a.plan_id IS NULL),
            count(*) FILTER (WHERE a.plan_id IS NOT NULL AND a.root_rows IS NULL),
            count(*) FILTER (WHERE a.plan_id IS NOT NULL AND a.shared_hit IS NULL)
          FROM pgtrawl.query_analysis a
          WHERE a.source_id = $1 AND a.executed_at >= $2 AND a.executed_at < $3
          """, range),
        try await connection.query(
          """
          SELECT DISTINCT ON (s.name) s.name, s.setting FROM pgtrawl.source_settings s
          WHERE s.source_id = $1 AND s.valid_from < $3 AND $2::timestamptz IS NOT NULL
            AND s.setting IS NOT NULL
          ORDER BY s.name, s.valid_from DESC
          """, range)
      )
    }
    var gap = ObservabilityGap()
    if let row = counts.first {
      gap.executions = row.count(0)
      gap.plans = row.count(1)
      gap.unreadable = row.count(2)
      gap.withoutActuals = row.count(3)
      gap.withoutBuffers = row.count(4)
    }
    for row in settings { gap.settings[row.string(0) ?? ""] = row.string(1) }
    return gap
  }
}
