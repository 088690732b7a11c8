internal import LogModel
public import Postgres

/// What to do about one cause.
public struct StoredRecommendation: Sendable, Equatable {
  /// Name of the source.
  public var source: String
  /// The cause: the same from night to night.
  public var key: String
  /// `queries.id` of the query that gained most when it was first made.
  public var query: Int64
  /// All queries that gain.
  public var queries: [Int64]
  /// How often its state, severity, statement or queries changed, from 1.
  public var version: Int64
  /// `open`, `resolved`, `regressed` or `dismissed`.
  public var state: String
  /// Why it is resolved.
  public var reason: String?
  /// Since when it is so, RFC 3339.
  public var since: String
  /// `info` to `critical`.
  public var severity: String
  /// 0 … 1
  public var confidence: Double
  /// What it would save a day at most, in ms.
  public var savingMsPerDay: Double
  /// One sentence.
  public var summary: String
  /// Why, and what to do.
  public var details: String
  /// The statement that does it.
  public var ddl: String?
  /// When it was found first, RFC 3339.
  public var firstSeen: String
  /// When it was found last, RFC 3339.
  public var lastSeen: String
  /// The findings it rests on, a JSON object.
  public var evidence: String
  /// Normalized text of the query; nil where the log has no text.
  public var text: String?
}

extension StoreReports {
  /// Whether the store can have recommendations: its intelligence layer is there.
  public func hasRecommendations() async throws(PostgresError) -> Bool {
    try await connection.query("SELECT to_regclass('pgtrawl.recommendations') IS NOT NULL").first?
      .bool(0) ?? false
  }

  /// Recommendations that were found within the filter's period, those that save most first; `states` restricts
  /// when it is not empty, `query` to those of one query. Database, user and application do not.
  public func recommendations(
    _ filter: ReportFilter, states: [String], severities: [String] = [], query: Int64? = nil,
    limit: Int
  ) async throws(PostgresError) -> [StoredRecommendation] {
    try await connection.query(
      """
      SELECT s.name, r.key, r.query_id, array_to_string(r.queries, E'\\x1f'), r.version, r.state, r.reason,
        r.state_since, r.severity, r.confidence_score, r.saving_ms_per_day, r.summary, r.details, r.ddl,
        r.first_seen_at, r.last_seen_at, r.evidence, nullif(q.normalized_sql, '')
      FROM pgtrawl.recommendations r JOIN pgtrawl.sources s ON s.id = r.source_id
      LEFT JOIN pgtrawl.queries q ON q.id = r.query_id
      WHERE r.is_current AND ($1::timestamptz IS NULL OR r.last_seen_at >= $1)
        AND ($2::timestamptz IS NULL OR r.first_seen_at < $2) AND ($3::text IS NULL OR s.name = $3)
        AND (cardinality($4::text[]) = 0 OR r.state = ANY ($4))
        AND (cardinality($5::text[]) = 0 OR r.severity = ANY ($5))
        AND ($6::bigint IS NULL OR $6 = ANY (r.queries))
      ORDER BY r.state IN ('resolved', 'dismissed'), r.saving_ms_per_day DESC, r.key, s.name LIMIT $7
      """,
      [
        Column.time(filter.since), Column.time(filter.until), .text(filter.source),
        .textArray(states), .textArray(severities), .int(query), .int(limit),
      ]
    ).map { row in
      StoredRecommendation(
        source: row.string(0) ?? "", key: row.string(1) ?? "", query: row.count(2),
        queries: row.list(3).compactMap { Int64($0) }, version: row.count(4),
        state: row.string(5) ?? "", reason: row.string(6), since: row.time(7) ?? "",
        severity: row.string(8) ?? "", confidence: row.double(9) ?? 0,
        savingMsPerDay: row.double(10) ?? 0, summary: row.string(11) ?? "",
        details: row.string(12) ?? "", ddl: row.string(13), firstSeen: row.time(14) ?? "",
        lastSeen: row.time(15) ?? "", evidence: row.string(16) ?? "{}", text: row.string(17))
    }
  }
}
