public import WorkloadAnalysis
internal import LogModel
internal import Postgres

extension Store {
  /// Days of log that recommendations rest on.
  private static let windowDays = 30

  /// Whether the intelligence layer is there and is what this program writes.
  public func hasRecommendations() async throws(LoadError) -> Bool {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT to_regclass('pgtrawl.recommendations') IS NOT NULL
          AND to_regclass('pgtrawl.recommended_sources') IS NOT NULL
        """
      ).first?.bool(0) ?? false
    }
  }

  /// Sources whose analysis is not what their recommendations were made from. Costs what there are of hours.
  public func pendingRecommendations(
    versions: [Int]
  ) async throws(LoadError) -> [RecommendedSource] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        WITH now AS (
          SELECT a.source_id, max(a.hour) + interval '1 hour' AS high,
            concat_ws('/', count(*), sum(a.version), sum(a.plans), sum(a.plan_rules), $1::text) AS mark
          FROM pgtrawl.analyzed_hours a GROUP BY 1
        )
        SELECT coalesce(n.source_id, k.source_id), n.mark,
          (extract(epoch FROM n.high - interval '\(Self.windowDays) days') * 1000000)::bigint,
          (extract(epoch FROM n.high) * 1000000)::bigint,
          (SELECT count(*) / 24.0::float8 FROM pgtrawl.analyzed_hours a
           WHERE a.source_id = n.source_id AND a.hour >= n.high - interval '\(Self.windowDays) days'),
          (SELECT sum(r.total_ms::numeric)::float8 FROM pgtrawl.query_rollups r
           WHERE r.source_id = n.source_id AND r.hour >= n.high - interval '\(Self.windowDays) days'
             AND NOT r.nested)
        FROM now n FULL JOIN pgtrawl.recommended_sources k ON k.source_id = n.source_id
        WHERE n.mark IS DISTINCT FROM k.mark ORDER BY 1
        """, [.text(versions.map(String.init).joined(separator: "."))])
    }.map { row in
      RecommendedSource(
        source: Int32(truncatingIfNeeded: row.count(0)), mark: row.string(1),
        start: LogTime(microseconds: row.count(2)), end: LogTime(microseconds: row.count(3)),
        days: row.double(4) ?? 0, totalMs: row.double(5) ?? 0)
    }
  }

  /// The last versions of what rules recommend for a source.
  public func knownRecommendations(
    of source: Int32
  ) async throws(LoadError) -> [KnownRecommendation] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT r.key, r.query_id, r.version, r.state,
          (extract(epoch FROM r.state_since) * 1000000)::bigint,
          (extract(epoch FROM r.first_seen_at) * 1000000)::bigint,
          (extract(epoch FROM r.last_seen_at) * 1000000)::bigint, r.severity, r.ddl,
          array_to_string(r.queries, E'\\x1f')
        FROM pgtrawl.recommendations r
        WHERE r.source_id = $1 AND r.is_current AND r.origin = 'rule' ORDER BY r.key
        """, [.int(Int64(source))])
    }.map { row in
      KnownRecommendation(
        key: row.string(0) ?? "", query: row.count(1), version: row.count(2),
        state: CauseHistory.State(rawValue: row.string(3) ?? "") ?? .open, since: row.count(4),
        firstSeen: row.count(5), lastSeen: row.count(6),
        severity: FindingSeverity(rawValue: row.string(7) ?? "") ?? .low, ddl: row.string(8),
        queries: row.list(9).compactMap { Int64($0) })
    }
  }

  /// Writes what changed of a source's recommendations, and from which state they were made, in one transaction.
  public func write(
    _ changes: [RecommendationChange], of source: RecommendedSource
  ) async throws(LoadError) {
    let id = PostgresParameter.int(Int64(source.source))
    try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN")
      if let mark = source.mark {
        for change in changes { try await Self.write(change, id, connection) }
        try await connection.query(
          """
          INSERT INTO pgtrawl.recommended_sources AS s (source_id, mark) VALUES ($1, $2)
          ON CONFLICT (source_id) DO UPDATE SET mark = excluded.mark
          """, [id, .text(mark)])
      } else {
        // Everything that it rested on was taken back.
        try await connection.query(
          "DELETE FROM pgtrawl.recommendations WHERE source_id = $1", [id])
        try await connection.query(
          "DELETE FROM pgtrawl.recommended_sources WHERE source_id = $1", [id])
      }
      FailPoint.beforeCommit.pass()
      try await connection.execute("COMMIT")
    }
  }

  private static func write(
    _ change: RecommendationChange, _ source: PostgresParameter, _ connection: PostgresConnection
  ) async throws(PostgresError) {
    let place: [PostgresParameter] = [
      source, .text(change.key), .int(change.query), .int(change.version),
    ]
    if change.isNew {
      try await connection.query(copySQL, place)
    }
    try await connection.query(
      """
      UPDATE pgtrawl.recommendations SET state = $5,
        reason = CASE WHEN $5 <> 'resolved' THEN NULL ELSE coalesce($6::text, reason) END,
        state_since = $7, first_seen_at = $8, last_seen_at = $9, generated_at = now()
      WHERE source_id = $1 AND key = $2 AND query_id = $3 AND version = $4
      """,
      place + [
        .text(change.state.rawValue), .text(change.reason),
        Column.time(LogTime(microseconds: change.since)),
        Column.time(LogTime(microseconds: change.firstSeen)),
        Column.time(LogTime(microseconds: change.lastSeen)),
      ])
    guard let content = change.content else { return }
    try await connection.query(
      """
      UPDATE pgtrawl.recommendations SET severity = $5, confidence_score = $6::float8,
        saving_ms_per_day = $7::float8, summary = $8, details = $9, ddl = $10, queries = $11,
        evidence = $12::jsonb
      WHERE source_id = $1 AND key = $2 AND query_id = $3 AND version = $4
      """,
      place + [
        .text(content.severity.rawValue), .double(content.confidence),
        .double(content.savingMsPerDay), .text(content.summary), .text(content.details),
        .text(content.ddl), .bigintArray(content.queries), .text(content.evidence.json),
      ])
  }

  /// Makes the next version out of the last one, or the first one out of nothing.
  private static let copySQL = """
    WITH last AS (
      UPDATE pgtrawl.recommendations r SET is_current = false
      WHERE r.source_id = $1 AND r.key = $2 AND r.query_id = $3 AND r.is_current RETURNING r.*
    )
    INSERT INTO pgtrawl.recommendations (query_id, source_id, key, version, is_current, origin, state,
      reason, state_since, severity, confidence_score, saving_ms_per_day, summary, details, ddl, queries,
      evidence, first_seen_at, last_seen_at)
    SELECT $3, $1, $2, $4, true, 'rule', coalesce(l.state, 'open'), l.reason,
      coalesce(l.state_since, 'epoch'), coalesce(l.severity, 'low'), coalesce(l.confidence_score, 0),
      coalesce(l.saving_ms_per_day, 0), coalesce(l.summary, ''), coalesce(l.details, ''), l.ddl,
      coalesce(l.queries, '{}'), coalesce(l.evidence, '{}'), coalesce(l.first_seen_at, 'epoch'),
      coalesce(l.last_seen_at, 'epoch')
    FROM (SELECT) one LEFT JOIN last l ON true
    """
}
