public import LogModel
internal import Migrations
internal import Postgres

extension Store {
  /// The check of a store whose analysis layer is written.
  public static let requireAnalysisSchema: SchemaCheck = { connection in
    try await Migrator(connection: connection).requireCurrent(through: .analysis)
  }

  /// Takes the lock that only one analysis has at a time; false when another one has it. It is held until
  /// the connection ends.
  public func lockAnalysis() async throws(LoadError) -> Bool { try await lock("pgtrawl.analysis") }

  /// Takes the lock that only one nightly run has at a time; false when another one has it. It is held until
  /// the connection ends.
  public func lockNightly() async throws(LoadError) -> Bool { try await lock("pgtrawl.nightly") }

  private func lock(_ name: String) async throws(LoadError) -> Bool {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", [.text(name)]
      ).first?.bool(0) ?? false
    }
  }

  /// The hours whose rollups are missing or out of date, by source and time; with `since` those from
  /// then on. Costs what there are of hours, not of rows.
  public func pendingHours(since: LogTime? = nil) async throws(LoadError) -> [HourState] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(Self.pendingSQL, [Column.time(since)])
    }.map { row in
      HourState(
        source: Int32(truncatingIfNeeded: row.int(0) ?? 0),
        hour: LogTime(microseconds: row.int(1) ?? 0),
        mark: row.int(2).map {
          HourState.Mark(files: $0, changes: row.string(3) ?? "", settings: row.string(4) ?? "")
        })
    }
  }

  /// Settings that decide which statements are in the log, with which probability.
  static let samplingSettings = """
    ('log_min_duration_statement', 'log_min_duration_sample', 'log_statement_sample_rate', \
    'log_transaction_sample_rate', 'log_duration')
    """

  /// The key of the settings of an hour is the hash of all that was said of them before its end.
  static let pendingSQL = """
    WITH said AS (
      SELECT s.source_id, s.valid_from, s.name, md5(string_agg(
          concat_ws('=', s.name, s.setting, s.unit, s.valid_from AT TIME ZONE 'UTC'), ',')
        OVER (PARTITION BY s.source_id ORDER BY s.valid_from, s.name)) AS key
      FROM pgtrawl.source_settings s WHERE s.name IN \(samplingSettings)
    ), now AS (
      SELECT h.source_id, h.hour, count(*) AS files, sum(h.change) AS changes
      FROM pgtrawl.file_hours h
      WHERE $1::timestamptz IS NULL OR h.hour >= date_trunc('hour', $1::timestamptz, 'UTC')
      GROUP BY 1, 2
    ), keyed AS (
      SELECT n.*, coalesce((SELECT s.key FROM said s
        WHERE s.source_id = n.source_id AND s.valid_from < n.hour + interval '1 hour'
        ORDER BY s.valid_from DESC, s.name DESC LIMIT 1), '') AS settings
      FROM now n
    ), known AS (
      SELECT * FROM pgtrawl.analyzed_hours a
      WHERE $1::timestamptz IS NULL OR a.hour >= date_trunc('hour', $1::timestamptz, 'UTC')
    )
    SELECT coalesce(n.source_id, a.source_id),
      (extract(epoch FROM coalesce(n.hour, a.hour)) * 1000000)::bigint, n.files, n.changes, n.settings
    FROM keyed n FULL JOIN known a ON a.source_id = n.source_id AND a.hour = n.hour
    WHERE a.frozen IS NOT TRUE
      AND (n.files, n.changes, n.settings) IS DISTINCT FROM (a.files, a.changes, a.settings)
    ORDER BY 1, 2
    """
}
