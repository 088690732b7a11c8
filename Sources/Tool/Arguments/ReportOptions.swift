import ArgumentParser
import LogModel
import LogStore

/// What a report is about.
struct ReportOptions: ParsableArguments {
  @OptionGroup var period: PeriodOptions

  @OptionGroup var rows: RowOptions

  @Flag(help: "Also what ran inside another statement; its time then counts in both.")
  var nested = false

  var limit: Int { rows.limit }
  var source: String? { rows.source }

  /// The filter, with lengths of time counted back from `now`. Throws `usage`.
  func filter(now: LogTime) throws(ToolError) -> ReportFilter {
    let (since, until) = try period.read(now: now)
    return ReportFilter(
      since: since, until: until, source: rows.source, database: rows.database, user: rows.user,
      application: rows.application, includesNested: nested)
  }
}
