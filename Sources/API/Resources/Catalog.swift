/// Everything that the API serves as lists.
public enum Catalog {
  /// The lists, in the order of the document.
  public static let lists: [Resource] = [
    queries, executions, plans, samples, findings, workload, recommendations, changes, regressions,
    events, sources, files,
  ]

  /// What `include` can embed in rows of `resource`.
  public static func embedded(in resource: Resource) -> [Resource] {
    resource.name == queries.name
      ? [executions, plans, samples, findings, recommendations, changes, regressions] : []
  }
}

/// Filters that several resources share; `t` is the innermost row.
enum CommonFilters {
  static let query = Filter("query", .queryID, "Only of this query.", where: "t.query_id = ?")
  static let source = Filter(
    "source", .text, "Only of the source with this name.",
    where: "t.source_id = (SELECT s.id FROM pgtrawl.sources s WHERE s.name = ?)")

  /// Database, user and application of rows with a `context_id`.
  static let contexts = [
    context("database", "database_name"), context("user", "user_name"),
    context("application", "application_name"),
  ]

  private static func context(_ name: String, _ column: String) -> Filter {
    Filter(
      name, .text, "Only of this \(name).",
      where: """
        t.context_id IN (SELECT c.id FROM pgtrawl.session_contexts c WHERE c.\(column) = ?)
        """)
  }

  /// Not before, and before, a time.
  static func period(_ column: String) -> [Filter] {
    [
      Filter("since", .time, "Not before this time.", where: "\(column) >= ?::timestamptz"),
      Filter("until", .time, "Before this time.", where: "\(column) < ?::timestamptz"),
    ]
  }
}

/// Fields that several resources share.
enum CommonFields {
  static let queryID = Field(
    "query_id", .queryID, "The query: 16 hexadecimal digits; all zero where the log has no text.")
  static let source = Field(
    "source", .text, "Name of the source.",
    sql: "(SELECT s.name FROM pgtrawl.sources s WHERE s.id = r.source_id)")
  static let factID = Field(
    "id", .factID, "File and offset in its decompressed bytes.",
    sql: "r.log_file_id || '-' || r.log_offset")
  static let factKey = [KeyColumn("r.log_file_id", "bigint"), KeyColumn("r.log_offset", "bigint")]

  static func context(_ name: String, _ column: String) -> Field {
    Field(
      name, .text, "The session's \(name), as far as the log tells.",
      sql: "(SELECT c.\(column) FROM pgtrawl.session_contexts c WHERE c.id = r.context_id)",
      null: true)
  }
}
