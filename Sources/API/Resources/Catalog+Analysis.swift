extension Catalog {
  /// What plans say, by query, rule and what the finding is about.
  public static let findings = Resource(
    "findings", schema: "Finding", "What was found in plans: cause, cost and remedy.",
    fields: [
      CommonFields.queryID, CommonFields.source, Field("rule", .text, "The rule."),
      Field("subject", .text, "The statement that would help, or else the node."),
      Field("severity", .text, "info, low, medium, high or critical.", null: true),
      Field("confidence", .number, "0 to 1.", null: true),
      Field("plans", .integer, "Plans in which it was found."),
      Field("total_ms", .number, "Time of these plans in ms."),
      Field("saving_ms", .number, "What they would have saved at most, in ms."),
      Field("first_hour", .time, "The first hour in which it was found."),
      Field("last_hour", .time, "The last hour in which it was found."),
      Field("example", .json, "The finding that would have saved most.", null: true),
    ],
    filters: [
      CommonFilters.query, CommonFilters.source,
      Filter("rule", .text, "Only of this rule.", where: "t.rule = ?"),
      Filter(
        "since", .time, "From the hour that holds this time.",
        where: "t.hour >= date_trunc('hour', ?::timestamptz, 'UTC')"),
      Filter(
        "until", .time, "Hours that begin before this time.", where: "t.hour < ?::timestamptz"),
    ],
    sorts: [Sort("saving", "What could be saved.", sql: "r.saving_ms", type: "float8")],
    key: [
      KeyColumn("r.query_id", "bigint"), KeyColumn("r.source_id", "integer"),
      KeyColumn("r.rule", "text"), KeyColumn("r.subject", "text"),
    ],
    rows: """
      SELECT t.query_id, t.source_id, t.rule, t.subject, sum(t.plans)::bigint AS plans,
        sum(t.total_ms) AS total_ms, sum(t.saving_ms) AS saving_ms,
        max(t.confidence) AS confidence, min(t.hour) AS first_hour, max(t.hour) AS last_hour,
        (array_agg(t.severity ORDER BY t.example_ms DESC NULLS LAST))[1] AS severity,
        (array_agg(t.example ORDER BY t.example_ms DESC NULLS LAST))[1] AS example
      FROM pgtrawl.finding_rollups t WHERE t.rule <> '' AND {where}
      GROUP BY t.query_id, t.source_id, t.rule, t.subject
      """)

  /// What executions say together, by day.
  public static let workload = Resource(
    "workload", schema: "WorkloadFinding", "What was found in the executions of a day or more.",
    fields: [
      CommonFields.queryID, CommonFields.source, Field("rule", .text, "The rule."),
      Field("window_from", .time, "From when."), Field("window_until", .time, "Until when."),
      Field("severity", .text, "info, low, medium, high or critical."),
      Field("cost_ms", .number, "What it cost in ms.", null: true),
      Field("is_lower_bound", .boolean, "The log leaves executions out: it is at least so."),
      Field("summary", .text, "In words."), Field("evidence", .json, "The figures it rests on."),
    ],
    filters: [
      CommonFilters.query, CommonFilters.source,
      Filter("rule", .text, "Only of this rule.", where: "t.rule = ?"),
    ] + CommonFilters.period("t.window_from"),
    sorts: [
      Sort("time", "When it was.", sql: "r.window_from", type: "timestamptz"),
      Sort("cost", "What it cost.", sql: "coalesce(r.cost_ms, -1)", type: "float8"),
    ],
    key: [
      KeyColumn("r.query_id", "bigint"), KeyColumn("r.source_id", "integer"),
      KeyColumn("r.rule", "text"), KeyColumn("r.window_from", "timestamptz"),
    ],
    rows: "SELECT t.* FROM pgtrawl.workload_findings t WHERE {where}")

  /// Plans that changed.
  public static let changes = Resource(
    "changes", schema: "PlanChange", "Queries whose plan changed, latest first.",
    fields: [
      CommonFields.queryID, CommonFields.source,
      Field("changed_at", .time, "Log time of the first execution with the new plan."),
      Field("from_plan_id", .queryID, "The plan before: a hash."),
      Field("to_plan_id", .queryID, "The plan since: a hash."),
      Field(
        "plan", .factID, "The first plan of the new kind.",
        sql: "r.log_file_id || '-' || r.log_offset"),
      Field("before_runs", .integer, "Executions before."),
      Field("after_runs", .integer, "Executions since."),
      Field("before_ms", .number, "Time before in ms.", null: true),
      Field("after_ms", .number, "Time since in ms.", null: true),
      Field("ratio", .number, "Time since by time before.", null: true),
      Field("evidence", .json, "The figures it rests on."),
    ],
    filters: [CommonFilters.query, CommonFilters.source] + CommonFilters.period("t.changed_at"),
    sorts: [Sort("time", "When it was.", sql: "r.changed_at", type: "timestamptz")],
    key: [KeyColumn("r.query_id", "bigint"), KeyColumn("r.source_id", "integer")]
      + CommonFields.factKey,
    rows: "SELECT t.* FROM pgtrawl.plan_changes t WHERE {where}")

  /// Queries that became slower.
  public static let regressions = Resource(
    "regressions", schema: "Regression", "Queries whose time changed, the dearest first.",
    fields: [
      CommonFields.queryID, CommonFields.source,
      Field("started_at", .time, "Log time from which it is so."),
      Field("kind", .text, "latency or plan."), Field("cause", .text, "What explains it."),
      Field("severity", .text, "info, low, medium, high or critical."),
      Field("before_ms", .number, "Time of an execution before, in ms."),
      Field("after_ms", .number, "Time of an execution since, in ms."),
      Field("ratio", .number, "Time since by time before."),
      Field("p", .number, "How likely chance alone does that."),
      Field("added_ms_per_day", .number, "What it costs a day, in ms."),
      Field("evidence", .json, "The figures it rests on."),
    ],
    filters: [CommonFilters.query, CommonFilters.source] + CommonFilters.period("t.started_at"),
    sorts: [
      Sort("cost", "What it costs a day.", sql: "r.added_ms_per_day", type: "float8"),
      Sort("time", "When it began.", sql: "r.started_at", type: "timestamptz"),
    ],
    key: [
      KeyColumn("r.query_id", "bigint"), KeyColumn("r.source_id", "integer"),
      KeyColumn("r.kind", "text"), KeyColumn("r.started_at", "timestamptz"),
    ],
    rows: "SELECT t.* FROM pgtrawl.query_regressions t WHERE {where}")

  /// What to do.
  public static let recommendations = Resource(
    "recommendations", schema: "Recommendation", "What to do, by what it would save a day.",
    fields: [
      Field("key", .text, "The cause: the same from night to night."), CommonFields.source,
      CommonFields.queryID,
      Field(
        "queries", .texts, "Queries that gain from it.",
        sql: "(SELECT json_agg(lpad(to_hex(x), 16, '0') ORDER BY n) FROM "
          + "unnest(r.queries) WITH ORDINALITY AS u (x, n))"),
      Field("state", .text, "open, resolved, regressed or dismissed."),
      Field("state_since", .time, "Log time from which it is so."),
      Field("origin", .text, "rule or llm."),
      Field("severity", .text, "info, low, medium, high or critical."),
      Field("confidence", .number, "0 to 1.", sql: "r.confidence_score"),
      Field("saving_ms_per_day", .number, "What it would save a day at most, in ms."),
      Field("summary", .text, "In one sentence."),
      Field("details", .text, "Why, and what to mind."),
      Field("ddl", .text, "The statement.", null: true),
      Field("evidence", .json, "The findings that it rests on."),
      Field("version", .integer, "Rises when state, severity, statement or queries change."),
      Field("first_seen_at", .time, "Log time."), Field("last_seen_at", .time, "Log time."),
    ],
    filters: [
      Filter("query", .queryID, "Only what this query gains from.", where: "? = ANY (t.queries)"),
      CommonFilters.source,
      Filter(
        "state", .text, "Only in this state.",
        choices: ["open", "resolved", "regressed", "dismissed"], where: "t.state = ?"),
    ],
    sorts: [Sort("saving", "What it would save.", sql: "r.saving_ms_per_day", type: "float8")],
    key: [
      KeyColumn("r.query_id", "bigint"), KeyColumn("r.source_id", "integer"),
      KeyColumn("r.key", "text"),
    ],
    rows: "SELECT t.* FROM pgtrawl.recommendations t WHERE t.is_current AND {where}")
}
