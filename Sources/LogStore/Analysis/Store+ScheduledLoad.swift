public import WorkloadAnalysis
internal import LogModel
internal import Postgres

extension Store {
  /// Long executions of a day and the seven days before, and the minutes of these days in which enough else ran;
  /// both empty when the day has no long one.
  public func scheduledLoad(
    of span: AnalysisSpan
  ) async throws(LoadError) -> (runs: [HeavyRun], loads: [MinuteLoad]) {
    let range: [PostgresParameter] = [
      .int(Int64(span.source)), Column.time(span.start), Column.time(span.end),
    ]
    let runs = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT r.query_id, \(Self.minutes), sum(r.runs)::bigint, sum(r.total_ms::numeric)::float8
        FROM pgtrawl.heavy_runs r
        WHERE \(Self.inWeek) AND r.query_id IN (SELECT d.query_id FROM pgtrawl.heavy_runs d
          WHERE d.source_id = $1 AND d.minute >= $2 AND d.minute < $3)
        GROUP BY 1, 2 ORDER BY 1, 2
        """, range)
    }.map { row in
      HeavyRun(
        query: row.count(0), minute: row.count(1), runs: row.count(2), totalMs: row.double(3) ?? 0)
    }
    guard !runs.isEmpty else { return ([], []) }
    let loads = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        "SELECT \(Self.minutes), r.p95_ms FROM pgtrawl.minute_loads r WHERE \(Self.inWeek) ORDER BY 1",
        range)
    }.map { MinuteLoad(minute: $0.count(0), p95Ms: $0.double(1) ?? 0) }
    return (runs, loads)
  }

  /// Inserts both for hours that have none; parameters are those of `RollupSQL`.
  static let insertScheduledLoad = [
    """
    INSERT INTO pgtrawl.heavy_runs (source_id, hour, query_id, minute, runs, total_ms)
    SELECT $1::int, date_trunc('hour', e.executed_at, 'UTC'), e.query_id,
      date_trunc('minute', e.executed_at - e.duration_ms * interval '1 ms', 'UTC'), count(*),
      sum(e.duration_ms::numeric)::float8
    FROM pgtrawl.query_executions e
    WHERE \(RollupSQL.inHours) AND e.nesting = 0 AND e.query_id <> 0
      AND e.duration_ms >= \(heavyMsMin) AND e.duration_ms < 'infinity'
    GROUP BY 1, 2, 3, 4
    """,
    """
    INSERT INTO pgtrawl.minute_loads (source_id, hour, minute, calls, p95_ms)
    SELECT $1::int, date_trunc('hour', e.executed_at, 'UTC'),
      date_trunc('minute', e.executed_at, 'UTC'), count(*),
      percentile_disc(0.95) WITHIN GROUP (ORDER BY e.duration_ms)
    FROM pgtrawl.query_executions e
    WHERE \(RollupSQL.inHours) AND e.nesting = 0 AND e.duration_ms < \(heavyMsMin)
    GROUP BY 1, 2, 3 HAVING count(*) >= 20
    """,
  ]

  private static let heavyMsMin = 5000
  private static let minutes = "(extract(epoch FROM r.minute) / 60)::bigint"
  private static let inWeek =
    "r.source_id = $1 AND r.minute >= $2::timestamptz - interval '7 days' AND r.minute < $3"
}
