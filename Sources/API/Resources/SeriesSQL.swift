internal import Postgres

/// A query's figures hour by hour.
enum SeriesSQL {
  static let fields: [Field] = [
    Field("hour", .time, "The hour (UTC)."), Field("calls", .integer, "Executions."),
    Field("errors", .integer, "Executions that failed."),
    Field("total_ms", .number, "Sum of the durations in ms.", null: true),
    Field("mean_ms", .number, "Mean duration in ms.", null: true),
    Field(
      "p50_ms", .number, "Median in ms, within 1 %.", sql: "pgtrawl.sketch_quantile(r.sketch, 0.5)",
      null: true),
    Field(
      "p95_ms", .number, "95 % do not take longer, in ms.",
      sql: "pgtrawl.sketch_quantile(r.sketch, 0.95)", null: true),
    Field(
      "p99_ms", .number, "99 % do not take longer, in ms.",
      sql: "pgtrawl.sketch_quantile(r.sketch, 0.99)", null: true),
    Field("max_ms", .number, "Longest duration in ms.", null: true),
  ]

  /// A year and a bit of hours.
  static let pointsMax = 10_000

  /// The latest hours of a query within a period, oldest first.
  static func statement(_ pairs: String) -> String {
    """
    SELECT coalesce(json_agg(json_build_object(\(pairs)) ORDER BY r.hour), '[]')::text FROM (
      SELECT t.hour, sum(t.calls)::bigint AS calls, sum(t.errors)::bigint AS errors,
        sum(t.total_ms) AS total_ms, sum(t.total_ms) / nullif(sum(t.timed), 0)::float8 AS mean_ms,
        max(t.max_ms) AS max_ms, pgtrawl.merge_sketches(t.sketch) AS sketch
      FROM pgtrawl.query_rollups t
      WHERE t.query_id = $1 AND NOT t.nested
        AND ($2::timestamptz IS NULL OR t.hour >= date_trunc('hour', $2::timestamptz, 'UTC'))
        AND ($3::timestamptz IS NULL OR t.hour < $3::timestamptz)
      GROUP BY t.hour ORDER BY t.hour DESC LIMIT \(pointsMax)) r
    """
  }
}

/// Two periods beside each other.
enum ComparisonSQL {
  static let fields: [Field] = [
    CommonFields.queryID, Field("change", .text, "new, gone, slower, faster or same."),
    Field("why", .text, "What explains it.", null: true),
    Field("delta_ms", .number, "Time a day more, in ms.", null: true),
    Field("delta_share", .number, "Part of the total, 0 to 1.", null: true),
    Field("calls_before", .number, "Executions a day before.", null: true),
    Field("calls_after", .number, "Executions a day since.", null: true),
    Field("mean_before_ms", .number, "Mean before in ms.", null: true),
    Field("mean_after_ms", .number, "Mean since in ms.", null: true),
  ]

  /// `pgtrawl.compare` of two periods, and of one source if it is named.
  static func statement(_ pairs: String) -> String {
    """
    SELECT coalesce(json_agg(json_build_object(\(pairs)) ORDER BY abs(r.delta_ms) DESC), '[]')::text
    FROM (
      SELECT * FROM pgtrawl.compare(
        $1::timestamptz, $2::timestamptz, $3::timestamptz, $4::timestamptz, $5::text) c
      ORDER BY abs(c.delta_ms) DESC LIMIT \(ListRequest.limitMax)) r
    """
  }
}

/// What the store holds.
enum SummarySQL {
  static let fields: [Field] = [
    Field("queries", .integer, "Query patterns."),
    Field("executions", .integer, "Settled executions that clients sent, for life."),
    Field("sources", .integer, "Servers."), Field("files", .integer, "Log files."),
    Field("bytes", .integer, "Bytes of logs in the store."),
    Field("rejected_records", .integer, "Records that could not be read."),
    Field("first_log_time", .time, "The first time in the logs.", null: true),
    Field("last_log_time", .time, "The last time in the logs.", null: true),
    Field("analyzed_hours", .integer, "Hours that were analyzed."),
  ]

  static func statement(_ pairs: String) -> String {
    """
    SELECT json_build_object(\(pairs))::text FROM (
      SELECT q.queries, q.executions, s.sources, f.files, f.bytes, f.rejected_records,
        f.first_log_time, f.last_log_time, h.analyzed_hours
      FROM (SELECT count(*) AS queries, coalesce(sum(total_executions), 0)::bigint AS executions
          FROM pgtrawl.queries WHERE id <> 0) q,
        (SELECT count(*) AS sources FROM pgtrawl.sources) s,
        (SELECT count(*) AS files, coalesce(sum(committed_offset), 0)::bigint AS bytes,
          coalesce(sum(records_rejected), 0)::bigint AS rejected_records,
          min(first_log_time) AS first_log_time, max(last_log_time) AS last_log_time
        FROM pgtrawl.log_files WHERE forgotten_at IS NULL) f,
        (SELECT count(*) AS analyzed_hours FROM pgtrawl.analyzed_hours) h) r
    """
  }
}
