public import LogModel
public import Postgres

/// What the logs of one source hold of one hour.
public struct HourStatus: Sendable, Equatable {
  /// Name of the source.
  public var source: String
  /// Begin of the hour, RFC 3339.
  public var hour: String
  /// Bytes of its files between the first row of the hour and that of the next: a record that
  /// stands at the edge can count for its neighbour.
  public var bytes: Int64
  /// Records that became executions or were folded into one.
  public var executionRecords: Int64
  /// Records that are plans.
  public var planRecords: Int64
  /// Records that are events.
  public var eventRecords: Int64
  /// Rejects among those bytes.
  public var rejects: Int64
  /// Ranges that are known to be lost and begin among those bytes.
  public var gaps: Int64
  /// Lines within sessions that PostgreSQL numbered and the files do not have, by the hour of the
  /// line that follows.
  public var missingLines: Int64
}

extension StoreReports {
  /// The hours (UTC) of `source`, or of all, that have rows or miss lines; `since` and `until` are taken down to
  /// whole hours. Reads every row of that time.
  public func hours(
    ofSource source: String? = nil, since: LogTime? = nil, until: LogTime? = nil
  ) async throws(PostgresError) -> [HourStatus] {
    try await connection.query(
      """
      WITH part AS (
        SELECT log_file_id AS file, date_trunc('hour', executed_at, 'UTC') AS hour,
          sum(records)::bigint AS executions, 0::bigint AS plans, 0::bigint AS events,
          min(log_offset) AS low, max(log_offset) AS high
        FROM pgtrawl.query_executions \(Self.bounds("executed_at"))
        UNION ALL
        SELECT log_file_id, date_trunc('hour', executed_at, 'UTC'), 0, count(*), 0,
          min(log_offset), max(log_offset)
        FROM pgtrawl.query_plans \(Self.bounds("executed_at"))
        UNION ALL
        SELECT log_file_id, date_trunc('hour', occurred_at, 'UTC'), 0, 0,
          sum(records)::bigint, min(log_offset), max(log_offset)
        FROM pgtrawl.log_events \(Self.bounds("occurred_at"))
      ), hourly AS (
        SELECT file, hour, sum(executions) AS executions, sum(plans) AS plans,
          sum(events) AS events, min(low) AS low, max(high) AS high
        FROM part GROUP BY 1, 2
      ), ranged AS (
        -- Rows of an hour can stand among those of the one before: its range begins behind theirs.
        SELECT r.*, f.source_id, f.committed_offset,
          CASE WHEN lag(r.low) OVER own IS NULL AND $2::timestamptz IS NULL THEN f.start_offset
            ELSE max(r.low) OVER own END AS start
        FROM hourly r JOIN pgtrawl.log_files f ON f.id = r.file
        WINDOW own AS (PARTITION BY r.file ORDER BY r.hour)
      ), bounded AS (
        SELECT r.*, coalesce(lead(r.start) OVER (PARTITION BY r.file ORDER BY r.hour),
          CASE WHEN $3::timestamptz IS NULL THEN r.committed_offset ELSE r.high END) AS stop
        FROM ranged r
      ), missing AS (
        SELECT f.source_id, m.hour, m.lines
        FROM pgtrawl.missing_lines m JOIN pgtrawl.log_files f ON f.id = m.log_file_id
        UNION ALL
        SELECT source_id, date_trunc('hour', ended_at, 'UTC'), lines FROM pgtrawl.session_holes
      ), told AS (
        SELECT b.source_id, b.hour, greatest(b.stop - b.start, 0) AS bytes, b.executions, b.plans,
          b.events,
          (SELECT count(*) FROM pgtrawl.rejected_records j WHERE j.log_file_id = b.file
            AND j.log_offset >= b.start AND j.log_offset < b.stop) AS rejects,
          (SELECT count(*) FROM pgtrawl.file_gaps g WHERE g.log_file_id = b.file
            AND g.from_offset >= b.start AND g.from_offset < b.stop) AS gaps,
          0 AS lines
        FROM bounded b
        UNION ALL
        -- The line behind a hole can have its row in another hour, or none yet.
        SELECT m.source_id, m.hour, 0, 0, 0, 0, 0, 0, m.lines
        FROM missing m
        WHERE ($2::timestamptz IS NULL OR m.hour >= date_trunc('hour', $2::timestamptz, 'UTC'))
          AND ($3::timestamptz IS NULL OR m.hour < date_trunc('hour', $3::timestamptz, 'UTC'))
      )
      SELECT s.name, t.hour, sum(t.bytes)::bigint, sum(t.executions)::bigint, sum(t.plans)::bigint,
        sum(t.events)::bigint, sum(t.rejects)::bigint, sum(t.gaps)::bigint, sum(t.lines)::bigint
      FROM told t JOIN pgtrawl.sources s ON s.id = t.source_id
      WHERE $1::text IS NULL OR s.name = $1
      GROUP BY s.name, t.hour ORDER BY s.name, t.hour
      """, [.text(source), Column.time(since), Column.time(until)]
    ).map { row in
      HourStatus(
        source: row.string(0) ?? "", hour: row.time(1) ?? "", bytes: row.count(2),
        executionRecords: row.count(3), planRecords: row.count(4), eventRecords: row.count(5),
        rejects: row.count(6), gaps: row.count(7), missingLines: row.count(8))
    }
  }

  /// The rows that count, by file and hour.
  private static func bounds(_ column: String) -> String {
    """
    WHERE ($2::timestamptz IS NULL OR \(column) >= date_trunc('hour', $2::timestamptz, 'UTC'))
      AND ($3::timestamptz IS NULL OR \(column) < date_trunc('hour', $3::timestamptz, 'UTC'))
      AND log_file_id = ANY (ARRAY(SELECT f.id FROM pgtrawl.log_files f
        JOIN pgtrawl.sources s ON s.id = f.source_id WHERE $1::text IS NULL OR s.name = $1))
    GROUP BY 1, 2
    """
  }
}
