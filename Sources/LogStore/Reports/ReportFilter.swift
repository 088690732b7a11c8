public import LogModel
internal import Postgres

/// Which executions, plans and events a report is about; what is nil does not restrict.
public struct ReportFilter: Sendable, Equatable {
  /// Not before this instant.
  public var since: LogTime?
  /// Before this instant.
  public var until: LogTime?
  /// Name of a source.
  public var source: String?
  /// Name of a database.
  public var database: String?
  /// Name of a user.
  public var user: String?
  /// Name of an application.
  public var application: String?
  /// Also what ran inside another statement; its time is then counted in both.
  public var includesNested: Bool

  /// A filter; without arguments everything that clients sent.
  public init(
    since: LogTime? = nil, until: LogTime? = nil, source: String? = nil, database: String? = nil,
    user: String? = nil, application: String? = nil, includesNested: Bool = false
  ) {
    self.since = since
    self.until = until
    self.source = source
    self.database = database
    self.user = user
    self.application = application
    self.includesNested = includesNested
  }

  /// `$1` to `$7` of `executions`, `plans` and `events`.
  var parameters: [PostgresParameter] {
    [
      .int(since?.microseconds), .int(until?.microseconds), .text(source), .text(database),
      .text(user), .text(application), .bool(includesNested),
    ]
  }

  /// Condition over `query_executions e`.
  static let executions =
    period("e.executed_at") + " AND " + source("e") + " AND " + context("e")
    + " AND ($7 OR e.nesting = 0)"

  /// Condition over `log_events v`; they have no nesting.
  static let events =
    period("v.occurred_at") + " AND " + source("v") + " AND " + context("v") + " AND $7 IS NOT NULL"

  /// Condition over `query_plans p`; whose they are their executions know.
  static let plans =
    period("p.executed_at") + " AND " + source("p") + """
       AND ($7 OR p.nesting = 0)
      AND ($4::text IS NULL AND $5::text IS NULL AND $6::text IS NULL OR EXISTS (
        SELECT FROM pgtrawl.plan_links l
        JOIN pgtrawl.query_executions e
          ON e.log_file_id = l.execution_log_file_id AND e.log_offset = l.execution_log_offset
        WHERE l.log_file_id = p.log_file_id AND l.log_offset = p.log_offset AND
      """ + " " + context("e") + "))"

  private static func period(_ column: String) -> String {
    """
    ($1::bigint IS NULL OR \(column) >= 'epoch'::timestamptz + $1 * interval '1 microsecond')
    AND ($2::bigint IS NULL OR \(column) < 'epoch'::timestamptz + $2 * interval '1 microsecond')
    """
  }

  private static func source(_ alias: String) -> String {
    """
    ($3::text IS NULL OR \(alias).source_id =
      (SELECT x.id FROM pgtrawl.sources x WHERE x.name = $3))
    """
  }

  private static func context(_ alias: String) -> String {
    """
    ($4::text IS NULL AND $5::text IS NULL AND $6::text IS NULL OR \(alias).context_id IN (
      SELECT x.id FROM pgtrawl.session_contexts x
      WHERE ($4::text IS NULL OR x.database_name = $4) AND ($5::text IS NULL OR x.user_name = $5)
        AND ($6::text IS NULL OR x.application_name = $6)))
    """
  }
}
