public import Postgres

/// A setting that decides what is in the log of a source, for a time.
public struct SettingPeriod: Sendable, Equatable {
  /// Name of the source.
  public var source: String
  /// Name of the setting.
  public var name: String
  /// Its value, with its unit where that stands apart; nil: not known for this time.
  public var value: String?
  /// From when on, RFC 3339; nil: as far back as anything is known.
  public var from: String?
  /// Until when, RFC 3339; nil: until now, as far as is known.
  public var until: String?
  /// `file` (`--settings`) or `log`; nil where nothing is known.
  public var origin: String?

  /// A period by its parts.
  public init(
    source: String, name: String, value: String?, from: String?, until: String?, origin: String?
  ) {
    self.source = source
    self.name = name
    self.value = value
    self.from = from
    self.until = until
    self.origin = origin
  }

  /// Settings that decide which statements, parameters and plans are in the log.
  static let decisive = [
    "log_min_duration_statement", "log_duration", "log_statement", "log_min_duration_sample",
    "log_statement_sample_rate", "log_transaction_sample_rate", "log_parameter_max_length",
    "log_parameter_max_length_on_error", "auto_explain.log_min_duration",
    "auto_explain.sample_rate", "auto_explain.log_analyze", "auto_explain.log_nested_statements",
    "auto_explain.log_format",
  ]
}

extension StoreReports {
  /// The settings that decide what is in the log, of `source` or of all, each over time: a time
  /// without a known value is a period too.
  public func settingPeriods(
    ofSource source: String? = nil
  ) async throws(PostgresError) -> [SettingPeriod] {
    try await connection.query(
      """
      WITH known AS (
        SELECT v.source_id, v.name, v.setting || coalesce(' ' || v.unit, '') AS value,
          nullif(v.valid_from, '-infinity') AS since,
          lead(v.valid_from) OVER (PARTITION BY v.source_id, v.name ORDER BY v.valid_from) AS til,
          v.origin
        FROM pgtrawl.source_settings v WHERE v.name = ANY ($2)
      ), before AS (
        SELECT s.id AS source_id, d.name, NULL, NULL::timestamptz AS since,
          (SELECT min(k.since) FROM known k WHERE k.source_id = s.id AND k.name = d.name) AS til,
          NULL
        FROM pgtrawl.sources s CROSS JOIN unnest($2::text[]) AS d (name)
        WHERE NOT EXISTS (SELECT FROM known k
          WHERE k.source_id = s.id AND k.name = d.name AND k.since IS NULL)
      )
      SELECT s.name, p.name, p.value, p.since, p.til,
        CASE WHEN p.value IS NOT NULL THEN p.origin END
      FROM (SELECT * FROM known UNION ALL SELECT * FROM before) p
      JOIN pgtrawl.sources s ON s.id = p.source_id
      WHERE $1::text IS NULL OR s.name = $1
      ORDER BY s.name, array_position($2::text[], p.name), p.since NULLS FIRST
      """, [.text(source), .textArray(SettingPeriod.decisive)]
    ).map { row in
      SettingPeriod(
        source: row.string(0) ?? "", name: row.string(1) ?? "", value: row.string(2),
        from: row.time(3), until: row.time(4), origin: row.string(5))
    }
  }
}
