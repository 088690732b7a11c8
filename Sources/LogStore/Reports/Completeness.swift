public import Postgres

/// What the logs of one source leave out, as far as its settings are known.
public struct Completeness: Sendable, Equatable {
  /// Files of which the rest is missing (a gzip cut short) or damaged.
  public var brokenFiles: Int64
  /// Bytes at the ends of files that are no whole record yet.
  public var pendingBytes: Int64
  /// Records that could not be read or stored, and their bytes.
  public var rejects: Int64
  /// See `rejects`.
  public var rejectedBytes: Int64
  /// Ranges that are known to be lost.
  public var gaps: Int64
  /// Lines that sessions still open miss.
  public var missingLines: Int64
  /// Rows with a time that no month takes.
  public var outliers: Int64
  /// The latest known value of each setting that decides what is logged.
  public var settings: [Setting]

  /// A setting of a source.
  public struct Setting: Sendable, Equatable {
    /// Name of the source.
    public var source: String
    /// Name of the setting.
    public var name: String
    /// Its value, with its unit where it has one.
    public var value: String
  }

  /// Settings that decide which statements and plans are in the log.
  static let decisive = [
    "log_min_duration_statement", "log_min_duration_sample", "log_statement_sample_rate",
    "log_transaction_sample_rate", "log_statement", "log_duration", "log_parameter_max_length",
    "auto_explain.log_min_duration", "auto_explain.sample_rate",
    "auto_explain.log_nested_statements", "auto_explain.log_format",
  ]
}

extension StoreReports {
  /// What is known to be missing, of `source` or of all.
  public func completeness(
    ofSource source: String? = nil
  ) async throws(PostgresError) -> Completeness {
    let files = try await connection.query(
      """
      SELECT count(*) FILTER (WHERE f.state IN ('incomplete', 'corrupt')),
        coalesce(sum(f.pending_bytes), 0)::bigint, coalesce(sum(f.records_rejected), 0)::bigint,
        coalesce(sum(f.bytes_rejected), 0)::bigint,
        (SELECT count(*) FROM pgtrawl.file_gaps g JOIN pgtrawl.log_files h ON h.id = g.log_file_id
         WHERE $1::text IS NULL OR h.source_id =
           (SELECT x.id FROM pgtrawl.sources x WHERE x.name = $1)),
        (SELECT coalesce(sum(o.missing_lines), 0)::bigint FROM pgtrawl.open_sessions o
         WHERE $1::text IS NULL OR o.source_id =
           (SELECT x.id FROM pgtrawl.sources x WHERE x.name = $1)),
        (SELECT count(*) FROM pgtrawl.query_executions_outlier)
          + (SELECT count(*) FROM pgtrawl.query_plans_outlier)
          + (SELECT count(*) FROM pgtrawl.log_events_outlier)
      FROM pgtrawl.log_files f JOIN pgtrawl.sources s ON s.id = f.source_id
      WHERE $1::text IS NULL OR s.name = $1
      """, [.text(source)]
    ).first
    let settings = try await connection.query(
      """
      SELECT DISTINCT ON (s.name, v.name) s.name, v.name, v.setting || coalesce(' ' || v.unit, '')
      FROM pgtrawl.source_settings v JOIN pgtrawl.sources s ON s.id = v.source_id
      WHERE v.setting IS NOT NULL AND v.name = ANY ($2) AND ($1::text IS NULL OR s.name = $1)
      ORDER BY s.name, v.name, v.valid_from DESC
      """, [.text(source), .textArray(Completeness.decisive)]
    ).map { row in
      Completeness.Setting(
        source: row.string(0) ?? "", name: row.string(1) ?? "", value: row.string(2) ?? "")
    }
    return Completeness(
      brokenFiles: files?.int(0) ?? 0, pendingBytes: files?.int(1) ?? 0,
      rejects: files?.int(2) ?? 0, rejectedBytes: files?.int(3) ?? 0, gaps: files?.int(4) ?? 0,
      missingLines: files?.int(5) ?? 0, outliers: files?.int(6) ?? 0, settings: settings)
  }
}
