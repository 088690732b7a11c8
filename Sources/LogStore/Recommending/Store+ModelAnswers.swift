internal import LogModel
internal import Postgres

extension Store {
  /// The last versions of what models recommend, and which of their answers were rejected.
  public func knownModelAnswers() async throws(LoadError) -> [KnownModelAnswer] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT r.query_id, r.source_id, r.model, r.prompt_version, r.input_hash, r.state
        FROM pgtrawl.recommendations r WHERE r.origin = 'llm' AND r.is_current
        UNION ALL
        SELECT DISTINCT x.query_id, x.source_id, x.model, x.prompt_version, x.input_hash, 'rejected'
        FROM pgtrawl.recommendation_rejections x
        ORDER BY 1, 2, 6, 3, 4, 5
        """)
    }.map { row in
      KnownModelAnswer(
        query: row.count(0), source: Int32(truncatingIfNeeded: row.count(1)),
        model: row.string(2) ?? "", promptVersion: row.string(3) ?? "",
        inputHash: row.string(4) ?? "", state: row.string(5) ?? "")
    }
  }

  /// Writes `answer` as the next version of what models recommend for its query; what people dismissed stays.
  public func write(_ answer: ModelAnswer) async throws(LoadError) {
    let key = "llm \(Self.hex(answer.query))"
    let place: [PostgresParameter] = [
      .int(answer.query), .int(Int64(answer.source)), .text(key),
    ]
    try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN")
      try await connection.query(
        Self.answerSQL,
        place + [
          .text(answer.model), .text(answer.promptVersion), .text(answer.inputHash),
          .text(answer.severity), .double(answer.confidence), .double(answer.savingMs),
          .text(answer.summary), .text(answer.details), .text(answer.statement),
          .text(answer.evidence),
        ])
      FailPoint.beforeCommit.pass()
      try await connection.execute("COMMIT")
    }
  }

  private static func hex(_ query: Int64) -> String {
    let digits = String(UInt64(bitPattern: query), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static let answerSQL = """
    WITH last AS (
      UPDATE pgtrawl.recommendations r SET is_current = false
      WHERE r.query_id = $1 AND r.source_id = $2 AND r.key = $3 AND r.is_current AND r.state <> 'dismissed'
      RETURNING r.version, r.first_seen_at, r.state, r.state_since
    ), log AS (
      SELECT max(a.hour) + interval '1 hour' AS edge, greatest(count(*), 1) / 24.0::float8 AS days
      FROM pgtrawl.analyzed_hours a WHERE a.source_id = $2 AND a.hour >= (
        SELECT max(b.hour) - interval '30 days' FROM pgtrawl.analyzed_hours b WHERE b.source_id = $2)
    )
    INSERT INTO pgtrawl.recommendations (query_id, source_id, key, version, is_current, origin, model,
      prompt_version, input_hash, state, state_since, severity, confidence_score, saving_ms_per_day,
      summary, details, ddl, queries, evidence, first_seen_at, last_seen_at)
    SELECT $1, $2, $3, coalesce(l.version, 0) + 1, true, 'llm', $4, $5, $6,
      CASE WHEN l.state IN ('resolved', 'regressed') THEN 'regressed' ELSE 'open' END,
      CASE WHEN l.state IN ('open', 'regressed') THEN l.state_since ELSE g.edge END, $7, $8::float8,
      $9::float8 / g.days, $10, $11, $12, ARRAY[$1::bigint], $13::jsonb,
      coalesce(l.first_seen_at, g.edge), g.edge
    FROM log g LEFT JOIN last l ON true
    WHERE g.edge IS NOT NULL AND NOT EXISTS (
      SELECT FROM pgtrawl.recommendations d
      WHERE d.query_id = $1 AND d.source_id = $2 AND d.key = $3 AND d.is_current AND d.state = 'dismissed')
    """

  /// Counts an answer that was not taken.
  public func countRejection(
    query: Int64, source: Int32, model: String, promptVersion: String, inputHash: String,
    reason: String
  ) async throws(LoadError) {
    _ = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        INSERT INTO pgtrawl.recommendation_rejections AS x
          (query_id, source_id, input_hash, model, prompt_version, reason, answers)
        VALUES ($1, $2, $3, $4, $5, $6, 1)
        ON CONFLICT (query_id, source_id, input_hash, model, prompt_version, reason)
        DO UPDATE SET answers = x.answers + 1, rejected_at = now()
        """,
        [
          .int(query), .int(Int64(source)), .text(inputHash), .text(model), .text(promptVersion),
          .text(reason),
        ])
    }
  }

  /// Brings the states of what models recommend in line with the findings, of which `candidates` are all:
  /// resolved where none is left, regressed where one came back. Forgets the rejections of sources that were
  /// forgotten.
  public func settleModelAnswers(_ candidates: [ModelCandidate]) async throws(LoadError) {
    let all: [PostgresParameter] = [
      .bigintArray(candidates.map(\.query)), .bigintArray(candidates.map { Int64($0.source) }),
    ]
    try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN")
      try await connection.query(
        """
        WITH found AS (SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS u (query_id, source_id)),
        edge AS (
          SELECT a.source_id, max(a.hour) + interval '1 hour' AS high FROM pgtrawl.analyzed_hours a GROUP BY 1
        )
        UPDATE pgtrawl.recommendations r SET
          state = CASE WHEN f.query_id IS NULL THEN 'resolved' ELSE 'regressed' END,
          reason = CASE WHEN f.query_id IS NULL THEN 'no finding of it is left' END,
          state_since = coalesce(e.high, r.state_since)
        FROM pgtrawl.recommendations o
        LEFT JOIN found f ON f.query_id = o.query_id AND f.source_id = o.source_id
        LEFT JOIN edge e ON e.source_id = o.source_id
        WHERE r.query_id = o.query_id AND r.source_id = o.source_id AND r.key = o.key
          AND r.version = o.version AND r.origin = 'llm' AND r.is_current
          AND (f.query_id IS NULL AND r.state IN ('open', 'regressed')
            OR f.query_id IS NOT NULL AND r.state = 'resolved')
        """, all)
      try await connection.query(
        """
        DELETE FROM pgtrawl.recommendation_rejections x
        WHERE NOT EXISTS (SELECT FROM pgtrawl.analyzed_hours a WHERE a.source_id = x.source_id)
        """)
      try await connection.execute("COMMIT")
    }
  }

  /// All versions of what models recommend for a query, the first one first.
  public func modelVersions(
    of query: Int64, source: String?
  ) async throws(LoadError) -> [ModelVersion] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT s.name, r.version, r.is_current, r.state,
          to_char(r.generated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), r.model, r.prompt_version,
          r.input_hash, r.severity, r.confidence_score, r.summary, r.details, r.ddl
        FROM pgtrawl.recommendations r JOIN pgtrawl.sources s ON s.id = r.source_id
        WHERE r.query_id = $1 AND r.origin = 'llm' AND ($2::text IS NULL OR s.name = $2)
        ORDER BY s.name, r.version
        """, [.int(query), .text(source)])
    }.map { row in
      ModelVersion(
        source: row.string(0) ?? "", version: row.count(1), isCurrent: row.bool(2) ?? false,
        state: row.string(3) ?? "", generatedAt: row.string(4) ?? "", model: row.string(5) ?? "",
        promptVersion: row.string(6) ?? "", inputHash: row.string(7) ?? "",
        severity: row.string(8) ?? "", confidence: row.double(9) ?? 0,
        summary: row.string(10) ?? "", details: row.string(11) ?? "", statement: row.string(12))
    }
  }
}
