public import Postgres

/// One source, with the sums over its files.
public struct SourceStatus: Sendable, Equatable {
  /// Its name.
  public var name: String
  /// Zones by whose rules its logs are read.
  public var timezones: [String]
  /// Encoding in which bytes are read that are no UTF-8.
  public var encoding: String
  /// Files.
  public var files: Int64
  /// Bytes of them that are in the store.
  public var committedBytes: Int64
  /// Records that became executions or were folded into one.
  public var executionRecords: Int64
  /// Records that are plans.
  public var planRecords: Int64
  /// Records that are events.
  public var eventRecords: Int64
  /// Records that are still open.
  public var openRecords: Int64
  /// Records that could not be read or stored.
  public var rejects: Int64
  /// Bytes of those.
  public var rejectedBytes: Int64
  /// Ranges that are known to be lost.
  public var gaps: Int64
  /// Lines within sessions that PostgreSQL numbered and the files do not have.
  public var missingLines: Int64
  /// Lines of sessions before the first one that a file has: of logs that were not read.
  public var earlierLines: Int64
  /// First and last log time, RFC 3339.
  public var firstAt: String?
  /// See `firstAt`.
  public var lastAt: String?
}

/// One log file.
public struct FileStatus: Sendable, Equatable {
  /// `log_files.id`
  public var id: Int64
  /// Name of its source.
  public var source: String
  /// Where it was last seen.
  public var path: String
  /// active, done, incomplete, corrupt, or forgetting.
  public var state: String
  /// Up to here its decompressed bytes are in the store.
  public var committedOffset: Int64
  /// Its size when last seen; nil where it is not known.
  public var size: Int64?
  /// Bytes behind the offset that are no whole record yet.
  public var pendingBytes: Int64
  /// Records that became executions or were folded into one.
  public var executionRecords: Int64
  /// Records that are plans.
  public var planRecords: Int64
  /// Records that are events.
  public var eventRecords: Int64
  /// Records that are still open.
  public var openRecords: Int64
  /// Records that could not be read or stored.
  public var rejects: Int64
  /// Bytes of those.
  public var rejectedBytes: Int64
  /// Ranges that are known to be lost.
  public var gaps: Int64
  /// Lines within sessions that PostgreSQL numbered and the file does not have.
  public var missingLines: Int64
  /// First and last log time, RFC 3339.
  public var firstAt: String?
  /// See `firstAt`.
  public var lastAt: String?
  /// When its last batch was committed, RFC 3339.
  public var importedAt: String?
}

/// One segment of a session that is still open.
public struct OpenSessionStatus: Sendable, Equatable {
  /// Name of the source.
  public var source: String
  /// `query_executions.session_id`
  public var session: String
  /// First line of the segment.
  public var firstLine: Int64
  /// Last line of the segment.
  public var lastLine: Int64
  /// Log time of the last line, RFC 3339.
  public var lastAt: String?
  /// Records that wait for what comes.
  public var openRecords: Int64
  /// Lines inside it that the log does not have.
  public var missingLines: Int64
}

/// Records that could not be read or stored, by reason.
public struct RejectStatus: Sendable, Equatable {
  /// Why.
  public var reason: String
  /// How many.
  public var count: Int64
  /// Their bytes.
  public var bytes: Int64
  /// `log_files.id` and offset of the first.
  public var first: String
}

extension StoreReports {
  /// All sources, or the one called `source`.
  public func sources(named source: String? = nil) async throws(PostgresError) -> [SourceStatus] {
    try await connection.query(
      """
      SELECT s.name, array_to_string(s.timezones, E'\\x1f'), s.encoding, count(f.id),
        coalesce(sum(f.committed_offset - f.start_offset), 0)::bigint,
        coalesce(sum(f.records_rejected), 0)::bigint,
        (SELECT count(*) FROM pgtrawl.file_gaps g JOIN pgtrawl.log_files h ON h.id = g.log_file_id
         WHERE h.source_id = s.id), min(f.first_log_time), max(f.last_log_time),
        coalesce(sum(f.records_execution), 0)::bigint, coalesce(sum(f.records_plan), 0)::bigint,
        coalesce(sum(f.records_event), 0)::bigint, coalesce(sum(f.records_open), 0)::bigint,
        coalesce(sum(f.bytes_rejected), 0)::bigint,
        (coalesce(sum(f.missing_lines), 0) + (SELECT coalesce(sum(h.lines), 0)
          FROM pgtrawl.session_holes h WHERE h.source_id = s.id))::bigint,
        (SELECT coalesce(sum(b.lines), 0) FROM pgtrawl.session_beginnings b
         WHERE b.source_id = s.id)::bigint
      FROM pgtrawl.sources s LEFT JOIN pgtrawl.log_files f ON f.source_id = s.id
      WHERE $1::text IS NULL OR s.name = $1
      GROUP BY s.id ORDER BY s.name
      """, [.text(source)]
    ).map { row in
      SourceStatus(
        name: row.string(0) ?? "", timezones: row.list(1), encoding: row.string(2) ?? "",
        files: row.count(3), committedBytes: row.count(4), executionRecords: row.count(9),
        planRecords: row.count(10), eventRecords: row.count(11), openRecords: row.count(12),
        rejects: row.count(5), rejectedBytes: row.count(13), gaps: row.count(6),
        missingLines: row.count(14), earlierLines: row.count(15), firstAt: row.time(7),
        lastAt: row.time(8))
    }
  }

  /// All files, or those of `source`, by source and time.
  public func files(ofSource source: String? = nil) async throws(PostgresError) -> [FileStatus] {
    try await connection.query(
      """
      WITH hole AS MATERIALIZED (
        SELECT log_file_id, sum(lines) AS lines FROM pgtrawl.session_holes GROUP BY 1
      )
      SELECT f.id, s.name, f.path,
        CASE WHEN f.forgotten_at IS NULL THEN f.state ELSE 'forgetting' END, f.committed_offset,
        f.size_seen, f.pending_bytes, f.records_execution, f.records_plan, f.records_event,
        f.records_open, f.records_rejected, f.bytes_rejected,
        (SELECT count(*) FROM pgtrawl.file_gaps g WHERE g.log_file_id = f.id),
        f.first_log_time, f.last_log_time, f.imported_at,
        (f.missing_lines + coalesce(h.lines, 0))::bigint
      FROM pgtrawl.log_files f JOIN pgtrawl.sources s ON s.id = f.source_id
        LEFT JOIN hole h ON h.log_file_id = f.id
      WHERE $1::text IS NULL OR s.name = $1
      ORDER BY s.name, f.first_log_time NULLS LAST, f.id
      """, [.text(source)]
    ).map { row in
      FileStatus(
        id: row.count(0), source: row.string(1) ?? "", path: row.string(2) ?? "",
        state: row.string(3) ?? "", committedOffset: row.count(4), size: row.int(5),
        pendingBytes: row.count(6), executionRecords: row.count(7), planRecords: row.count(8),
        eventRecords: row.count(9), openRecords: row.count(10), rejects: row.count(11),
        rejectedBytes: row.count(12), gaps: row.count(13), missingLines: row.count(17),
        firstAt: row.time(14), lastAt: row.time(15), importedAt: row.time(16))
    }
  }

  /// Sessions that wait for records, those of `source` or all, the latest first.
  public func openSessions(
    ofSource source: String? = nil, limit: Int
  ) async throws(PostgresError) -> [OpenSessionStatus] {
    try await connection.query(
      """
      SELECT s.name, o.session_id, o.first_line, o.last_line, o.last_time, o.open_records,
        o.missing_lines
      FROM pgtrawl.open_sessions o JOIN pgtrawl.sources s ON s.id = o.source_id
      WHERE NOT o.closed AND o.ends = 0 AND ($1::text IS NULL OR s.name = $1)
      ORDER BY o.last_time DESC, s.name, o.session_id, o.first_line LIMIT $2
      """, [.text(source), .int(limit)]
    ).map { row in
      OpenSessionStatus(
        source: row.string(0) ?? "", session: row.string(1) ?? "", firstLine: row.count(2),
        lastLine: row.count(3), lastAt: row.time(4), openRecords: row.count(5),
        missingLines: row.count(6))
    }
  }

  /// Rejects of `source`, or all, by reason.
  public func rejects(ofSource source: String? = nil) async throws(PostgresError) -> [RejectStatus]
  {
    try await connection.query(
      """
      SELECT r.reason, count(*), sum(r.length)::bigint,
        (array_agg(r.log_file_id || '-' || r.log_offset ORDER BY r.log_file_id, r.log_offset))[1]
      FROM pgtrawl.rejected_records r JOIN pgtrawl.log_files f ON f.id = r.log_file_id
      JOIN pgtrawl.sources s ON s.id = f.source_id
      WHERE $1::text IS NULL OR s.name = $1
      GROUP BY r.reason ORDER BY 2 DESC, 1
      """, [.text(source)]
    ).map { row in
      RejectStatus(
        reason: row.string(0) ?? "", count: row.count(1), bytes: row.count(2),
        first: row.string(3) ?? "")
    }
  }
}
