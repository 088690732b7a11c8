import ArgumentParser
import LogModel
import LogStore

/// What a report is about.
struct ReportOptions: ParsableArguments {
  @OptionGroup var period: PeriodOptions

  @Option(help: ArgumentHelp("How many rows, 1 to 100000.", valueName: "n"))
  var limit = 20

  @Option(help: ArgumentHelp("Only this source.", valueName: "name"))
  var source: String?

  @Option(help: ArgumentHelp("Only this database.", valueName: "name"))
  var database: String?

  @Option(help: ArgumentHelp("Only this user.", valueName: "name"))
  var user: String?

  @Option(help: ArgumentHelp("Only this application.", valueName: "name"))
  var application: String?

  @Flag(help: "Also what ran inside another statement; its time then counts in both.")
  var nested = false

  func validate() throws {
    guard 1...100_000 ~= limit else {
      throw ValidationError("--limit: \(limit) is no number from 1 to 100000.")
    }
  }

  /// The filter, with lengths of time counted back from `now`. Throws `usage`.
  func filter(now: LogTime) throws(ToolError) -> ReportFilter {
    let (since, until) = try period.read(now: now)
    return ReportFilter(
      since: since, until: until, source: source, database: database, user: user,
      application: application, includesNested: nested)
  }
}
