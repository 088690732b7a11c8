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
  /// Lines within sessions that PostgreSQL numbered and the files do not have.
  public var missingLines: Int64
  /// Rows with a time that no month takes.
  public var outliers: Int64
  /// Each setting that decides what is logged, over the time of each source, as far as it is known.
  public var settings: [SettingPeriod]
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
        (coalesce(sum(f.missing_lines), 0) + (SELECT coalesce(sum(h.lines), 0)
          FROM pgtrawl.session_holes h JOIN pgtrawl.sources x ON x.id = h.source_id
          WHERE $1::text IS NULL OR x.name = $1))::bigint,
        (SELECT count(*) FROM pgtrawl.query_executions_outlier)
          + (SELECT count(*) FROM pgtrawl.query_plans_outlier)
          + (SELECT count(*) FROM pgtrawl.log_events_outlier)
      FROM pgtrawl.log_files f JOIN pgtrawl.sources s ON s.id = f.source_id
      WHERE $1::text IS NULL OR s.name = $1
      """, [.text(source)]
    ).first
    let settings = try await settingPeriods(ofSource: source)
    return Completeness(
      brokenFiles: files?.int(0) ?? 0, pendingBytes: files?.int(1) ?? 0,
      rejects: files?.int(2) ?? 0, rejectedBytes: files?.int(3) ?? 0, gaps: files?.int(4) ?? 0,
      missingLines: files?.int(5) ?? 0, outliers: files?.int(6) ?? 0, settings: settings)
  }
}
