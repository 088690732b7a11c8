internal import LogModel
internal import Postgres

extension Store {
  /// Days and months whose findings are missing or out of date, by source, kind and time: those of which
  /// an hour was redone, and all when the rules changed, but for those whose rows retention has dropped. Costs
  /// what there are of hours.
  public func pendingSpans(rulesVersion: Int) async throws(LoadError) -> [AnalysisSpan] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(Self.spansSQL, [.int(rulesVersion)])
    }.compactMap { row in
      AnalysisSpan.Kind(rawValue: row.string(1) ?? "").map { kind in
        AnalysisSpan(
          source: Int32(truncatingIfNeeded: row.int(0) ?? 0), kind: kind,
          start: LogTime(microseconds: row.int(2) ?? 0),
          end: LogTime(microseconds: row.int(3) ?? 0),
          mark: row.int(4).map {
            AnalysisSpan.Mark(hours: $0, versions: row.string(5) ?? "", plans: row.string(6) ?? "")
          })
      }
    }
  }

  private static let spansSQL = """
    WITH day AS (
      SELECT a.source_id, date_trunc('day', a.hour, 'UTC') AS day, count(*) AS hours,
        sum(a.version) AS versions, sum(a.plans) AS plans, bool_and(a.frozen) AS frozen
      FROM pgtrawl.analyzed_hours a GROUP BY 1, 2
    ), span AS (
      SELECT d.source_id, 'day' AS kind, d.day AS starts_at, sum(b.hours)::bigint AS hours,
        sum(b.versions) AS versions, sum(b.plans) AS plans, bool_and(d.frozen) AS frozen
      FROM day d JOIN day b ON b.source_id = d.source_id
        AND b.day BETWEEN d.day - interval '7 days' AND d.day
      GROUP BY 1, 3
      UNION ALL
      SELECT m.source_id, 'month', m.month, sum(b.hours)::bigint, sum(b.versions), sum(b.plans),
        bool_and(m.frozen)
      FROM (SELECT source_id, date_trunc('month', day, 'UTC') AS month, bool_and(frozen) AS frozen
        FROM day GROUP BY 1, 2) m
      JOIN day b ON b.source_id = m.source_id AND b.day >= m.month - interval '14 days'
        AND b.day < m.month + interval '1 month' + interval '7 days'
      GROUP BY 1, 3
    )
    SELECT coalesce(s.source_id, k.source_id), coalesce(s.kind, k.kind),
      (extract(epoch FROM t.starts_at) * 1000000)::bigint,
      (extract(epoch FROM t.starts_at + ('1 ' || coalesce(s.kind, k.kind))::interval) * 1000000)::bigint,
      s.hours, s.versions, s.plans
    FROM span s FULL JOIN pgtrawl.analyzed_spans k
      ON k.source_id = s.source_id AND k.kind = s.kind AND k.starts_at = s.starts_at
    CROSS JOIN LATERAL (SELECT coalesce(s.starts_at, k.starts_at) AS starts_at) t
    WHERE (s.hours, s.versions, s.plans, $1::int)
      IS DISTINCT FROM (k.hours, k.versions, k.plans, k.rules_version)
      AND s.frozen IS NOT TRUE
    ORDER BY 1, 2, 3
    """

  /// Notes, in the transaction that writes what was found, in which state a span was looked at.
  static func mark(
    _ span: AnalysisSpan, rulesVersion: Int, _ connection: PostgresConnection
  ) async throws(PostgresError) {
    guard let mark = span.mark else {
      try await connection.query(
        """
        DELETE FROM pgtrawl.analyzed_spans WHERE source_id = $1 AND kind = $2 AND starts_at = $3
        """,
        [.int(Int64(span.source)), .text(span.kind.rawValue), Column.time(span.start)])
      return
    }
    try await connection.query(
      """
      INSERT INTO pgtrawl.analyzed_spans AS s
        (source_id, kind, starts_at, hours, versions, plans, rules_version)
      VALUES ($1, $2, $3, $4, $5, $6, $7)
      ON CONFLICT (source_id, kind, starts_at) DO UPDATE SET hours = excluded.hours,
        versions = excluded.versions, plans = excluded.plans, rules_version = excluded.rules_version
      """,
      [
        .int(Int64(span.source)), .text(span.kind.rawValue), Column.time(span.start),
        .int(mark.hours), .text(mark.versions), .text(mark.plans), .int(rulesVersion),
      ])
  }
}
