import ArgumentParser
import LogModel
import LogStore

/// What a report is about.
struct ReportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Not before: ISO 8601 (UTC unless it has a zone), or how long ago, as 24h or 30d.",
      valueName: "time"))
  var since: String?

  @Option(help: ArgumentHelp("Before this time; written as --since.", valueName: "time"))
  var until: String?

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
    let since = try TimeArgument.read("--since", since, now: now)
    let until = try TimeArgument.read("--until", until, now: now)
    if let since, let until, since >= until {
      throw ToolError(
        .usage, "--until", "it is not after --since", next: "Name a later time")
    }
    return ReportFilter(
      since: since, until: until, source: source, database: database, user: user,
      application: application, includesNested: nested)
  }
}
