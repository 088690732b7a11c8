extension Catalog {
  /// Query patterns with their figures over a period of whole hours.
  public static let queries = Resource(
    "queries", schema: "Query",
    "Query patterns and what they cost, from what was analyzed, by whole hours (UTC).",
    fields: queryFields,
    filters: [
      Filter("query", .queryID, "Only this query.", where: "t.query_id = ?"),
      Filter(
        "since", .time, "From the hour that holds this time.",
        where: "t.hour >= date_trunc('hour', ?::timestamptz, 'UTC')"),
      Filter(
        "until", .time, "Hours that begin before this time.", where: "t.hour < ?::timestamptz"),
      CommonFilters.source,
      Filter("database", .text, "Only of this database.", where: "t.database_name = ?"),
      Filter("user", .text, "Only of this user.", where: "t.user_name = ?"),
      Filter("application", .text, "Only of this application.", where: "t.application_name = ?"),
      Filter(
        "search", .text, "Only queries whose normalized text holds this, in any case.",
        where: """
          t.query_id IN (SELECT q.id FROM pgtrawl.queries q
          WHERE position(lower(?::text) IN lower(q.normalized_sql)) > 0)
          """),
      Filter(
        "kind", .text, "Only statements of this kind, as select.",
        where: "t.query_id IN (SELECT q.id FROM pgtrawl.queries q WHERE q.statement_kind = ?)"),
    ],
    sorts: [
      Sort("total", "Total time.", sql: "coalesce(r.total_ms, -1)", type: "float8"),
      Sort("mean", "Mean time.", sql: "coalesce(r.mean_ms, -1)", type: "float8"),
      Sort("max", "Longest time.", sql: "coalesce(r.max_ms, -1)", type: "float8"),
      Sort("calls", "Executions.", sql: "r.calls", type: "bigint"),
      Sort("errors", "Failed executions.", sql: "r.errors", type: "bigint"),
      Sort("rows", "Rows.", sql: "r.row_count", type: "bigint"),
      Sort("temp_bytes", "Bytes of temporary files.", sql: "r.temp_bytes", type: "bigint"),
      Sort("lock_wait", "Time spent waiting for locks.", sql: "r.lock_wait_ms", type: "float8"),
    ],
    key: [KeyColumn("r.query_id", "bigint")],
    rows: """
      SELECT t.query_id, sum(t.calls)::bigint AS calls, sum(t.errors)::bigint AS errors,
        sum(t.timed)::bigint AS timed, sum(t.total_ms) AS total_ms,
        sum(t.total_ms) / nullif(sum(t.timed), 0)::float8 AS mean_ms, min(t.min_ms) AS min_ms,
        max(t.max_ms) AS max_ms, sum(t.plan_ms) AS plan_ms, sum(t.plans)::bigint AS plans,
        sum(t.row_count)::bigint AS row_count, sum(t.lock_wait_ms) AS lock_wait_ms,
        sum(t.temp_files)::bigint AS temp_files, sum(t.temp_bytes)::bigint AS temp_bytes,
        bool_or(t.is_lower_bound) AS is_lower_bound, min(t.hour) AS first_hour,
        max(t.hour) AS last_hour
      FROM pgtrawl.query_rollups t
      WHERE NOT t.nested AND t.query_id <> 0 AND t.calls > 0 AND {where}
      GROUP BY t.query_id
      """)

  private static let queryFields: [Field] = [
    Field(
      "id", .queryID, "16 hexadecimal digits: a hash of the canonical text.", sql: "r.query_id"),
    text("normalized_sql", "The canonical text, without literals."),
    text("kind", "Kind of the statement, as select.", column: "statement_kind"),
    Field(
      "family", .queryID, "libpg_query's fingerprint; all zero where the grammar refused the text.",
      sql: "(SELECT q.family FROM pgtrawl.queries q WHERE q.id = r.query_id)"),
    Field(
      "relations", .texts, "Relations that it names.",
      sql: "(SELECT to_json(q.relations) FROM pgtrawl.queries q WHERE q.id = r.query_id)"),
    Field("calls", .integer, "Executions that clients sent, with those that failed."),
    Field("errors", .integer, "Executions that failed."),
    Field("timed", .integer, "Executions of which the log tells a duration."),
    Field("total_ms", .number, "Sum of the durations in ms.", null: true),
    Field("mean_ms", .number, "Mean duration in ms.", null: true),
    Field("min_ms", .number, "Shortest duration in ms.", null: true),
    percentile("p50_ms", 0.5), percentile("p95_ms", 0.95), percentile("p99_ms", 0.99),
    Field("max_ms", .number, "Longest duration in ms.", null: true),
    Field("plan_ms", .number, "Time of the executor in ms, where the log has plans."),
    Field("plan_count", .integer, "Plans of it in the log.", sql: "r.plans"),
    Field("rows", .integer, "Rows returned or changed, as far as plans tell.", sql: "r.row_count"),
    Field("lock_wait_ms", .number, "Time spent waiting for locks in ms."),
    Field("temp_files", .integer, "Temporary files."),
    Field("temp_bytes", .integer, "Bytes of temporary files."),
    Field(
      "is_lower_bound", .boolean,
      "The log's settings leave executions out, or are not known: there were at least so many."),
    Field("first_hour", .time, "The first hour in which it ran."),
    Field("last_hour", .time, "The last hour in which it ran."),
  ]

  private static func text(_ name: String, _ about: String, column: String? = nil) -> Field {
    Field(
      name, .text, about,
      sql: "(SELECT q.\(column ?? name) FROM pgtrawl.queries q WHERE q.id = r.query_id)")
  }

  /// Merged for the rows of a page only.
  private static func percentile(_ name: String, _ part: Double) -> Field {
    Field(
      name, .number, "The duration in ms that \(part) of all do not exceed, within 1 %.",
      sql: """
        (SELECT pgtrawl.sketch_quantile(pgtrawl.merge_sketches(t.sketch), \(part))
        FROM pgtrawl.query_rollups t WHERE t.query_id = r.query_id AND NOT t.nested AND {where})
        """, null: true)
  }
}
