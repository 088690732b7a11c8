extension Catalog {
  /// Executions of a query, latest first.
  public static let executions = Resource(
    "executions", schema: "Execution", "Executions of one query, latest first.",
    fields: [
      CommonFields.factID, CommonFields.queryID, CommonFields.source,
      Field("executed_at", .time, "Log time of its last record: its end."),
      Field("kind", .text, "statement, execute, prepare, fetch, fastpath, plan_only or said."),
      Field("protocol", .text, "simple or extended."),
      Field("nesting", .integer, "0: sent by the client; 1: ran inside another statement."),
      Field("settled", .boolean, "False as long as later records may change it."),
      Field("duration_ms", .number, "What the client waited for, in ms.", null: true),
      Field("parse_ms", .number, "Part of it: parsing, in ms.", null: true),
      Field("bind_ms", .number, "Part of it: binding and planning, in ms.", null: true),
      Field("execute_ms", .number, "Part of it: executing, in ms.", null: true),
      Field("plan_ms", .number, "Time of the executor in ms.", null: true),
      Field("rows_returned", .integer, "Rows, from its plan.", null: true),
      Field("rows_affected", .integer, "Rows changed, from its plan.", null: true),
      Field("sqlstate", .text, "SQLSTATE of its failure.", null: true),
      Field("error", .text, "Message of its failure.", null: true),
      CommonFields.context("database", "database_name"),
      CommonFields.context("user", "user_name"),
      CommonFields.context("application", "application_name"),
      Field("session_id", .text, "The session, as PostgreSQL names it."),
      Field("session_line", .integer, "The line of its first record in the session's log."),
    ],
    filters: [CommonFilters.query, CommonFilters.source] + CommonFilters.contexts
      + CommonFilters.period("t.executed_at") + [
        Filter(
          "min_duration_ms", .number, "Only those that took at least so many ms.",
          where: "t.duration_ms >= ?"),
        Filter(
          "failed", .boolean, "Only those that failed, or only those that did not.",
          where: "(t.sqlstate IS NOT NULL) = ?"),
      ],
    sorts: [time("r.executed_at")], key: CommonFields.factKey,
    rows: "SELECT t.* FROM pgtrawl.query_executions t WHERE {where}")

  /// Plans of a query, latest first.
  public static let plans = Resource(
    "plans", schema: "PlanSummary", "Plans of one query that auto_explain wrote, latest first.",
    fields: planFields,
    filters: [CommonFilters.query, CommonFilters.source] + CommonFilters.period("t.executed_at")
      + [
        Filter(
          "min_plan_ms", .number, "Only those that took at least so many ms.",
          where: "t.plan_ms >= ?")
      ],
    sorts: [time("r.executed_at")], key: CommonFields.factKey,
    rows: "SELECT t.* FROM pgtrawl.query_plans t WHERE {where}")

  /// One plan, whole.
  static let plan = Resource(
    "plan", schema: "Plan", "A plan as PostgreSQL wrote it, and what was found in it.",
    fields: planFields + [
      Field("plan", .json, "The plan, as JSON.", null: true),
      Field("plan_text", .text, "The plan where it is not JSON.", null: true),
      analysis("planning_time_ms", .number, "Planning in ms."),
      analysis("seq_scan_detected", .boolean, "A sequential scan stands in it."),
      analysis("index_scan_detected", .boolean, "An index scan stands in it."),
      analysis("findings", .json, "What was found in it."),
    ],
    filters: [], sorts: [time("r.executed_at")], key: CommonFields.factKey,
    rows: "SELECT t.* FROM pgtrawl.query_plans t WHERE {where}")

  /// Real statements of queries.
  public static let samples = Resource(
    "samples", schema: "Sample",
    "Statements as the log has them: the first of each query, the slowest of each day, the failed ones.",
    fields: [
      CommonFields.factID, CommonFields.queryID, CommonFields.source,
      Field("executed_at", .time, "Log time of the execution's end."),
      Field("duration_ms", .number, "What the client waited for, in ms.", null: true),
      Field("sqlstate", .text, "SQLSTATE of its failure.", null: true),
      Field("sql", .text, "The statement, with credentials scrubbed.", null: true),
      Field("parameters", .texts, "Its parameters.", sql: "to_json(r.parameters)", null: true),
    ],
    filters: [CommonFilters.query, CommonFilters.source]
      + CommonFilters.period("t.executed_at"),
    sorts: [
      Sort("duration", "Duration.", sql: "coalesce(r.duration_ms, -1)", type: "float8"),
      time("r.executed_at"),
    ],
    key: CommonFields.factKey, rows: "SELECT t.* FROM pgtrawl.query_samples t WHERE {where}")

  /// What is not an execution, and every error.
  public static let events = Resource(
    "events", schema: "Event", "What else the log says, latest first; lock waits are among it.",
    fields: [
      CommonFields.factID, CommonFields.queryID, CommonFields.source,
      Field("occurred_at", .time, "Log time."),
      Field("event_class", .text, "What it is, as lock_wait, temporary_file, checkpoint, error."),
      Field("severity", .text, "LOG, ERROR, FATAL, …"), Field("sqlstate", .text, "SQLSTATE."),
      Field("message", .text, "The message.", null: true),
      Field("detail", .text, "DETAIL.", null: true), Field("hint", .text, "HINT.", null: true),
      Field("fields", .json, "Its figures.", null: true),
      CommonFields.context("database", "database_name"),
      CommonFields.context("user", "user_name"),
      CommonFields.context("application", "application_name"),
      Field("session_id", .text, "The session, as PostgreSQL names it."),
      Field("process_id", .integer, "Its process."),
    ],
    filters: [CommonFilters.query, CommonFilters.source] + CommonFilters.contexts
      + CommonFilters.period("t.occurred_at") + [
        Filter("class", .text, "Only of this class.", where: "t.event_class = ?"),
        Filter("severity", .text, "Only of this severity.", where: "t.severity = ?"),
        Filter("sqlstate", .text, "Only with this SQLSTATE.", where: "t.sqlstate = ?"),
      ],
    sorts: [time("r.occurred_at")], key: CommonFields.factKey,
    rows: "SELECT t.* FROM pgtrawl.log_events t WHERE {where}")

  private static func time(_ column: String) -> Sort {
    Sort("time", "Log time.", sql: column, type: "timestamptz")
  }

  private static let planFields: [Field] = [
    CommonFields.factID, CommonFields.queryID, CommonFields.source,
    Field("executed_at", .time, "Log time."),
    Field("plan_ms", .number, "Time of the executor in ms."),
    Field("nodes", .integer, "Nodes of the plan."),
    Field("nesting", .integer, "0: of a statement that the client sent; 1: of a nested one."),
    Field("ran", .boolean, "False for a plan that was never executed."),
    Field("format", .text, "As it was written: json, text, xml or yaml."),
    Field("shape", .queryID, "A hash of its structure: equal shapes are the same plan."),
    Field("session_id", .text, "The session, as PostgreSQL names it."),
    Field("session_line", .integer, "The line of its record in the session's log."),
  ]

  private static func analysis(_ name: String, _ kind: FieldKind, _ about: String) -> Field {
    Field(
      name, kind, about + " Null if it was not analyzed.",
      sql: """
        (SELECT a.\(name) FROM pgtrawl.query_analysis a
        WHERE a.log_file_id = r.log_file_id AND a.log_offset = r.log_offset)
        """, null: true)
  }
}
