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
    let since = try time("--since", since, now)
    let until = try time("--until", until, now)
    if let since, let until, since >= until {
      throw ToolError(
        .usage, "--until", "it is not after --since", next: "Name a later time")
    }
    return ReportFilter(
      since: since, until: until, source: source, database: database, user: user,
      application: application, includesNested: nested)
  }

  private func time(
    _ flag: String, _ text: String?, _ now: LogTime
  ) throws(ToolError) -> LogTime? {
    guard let text else { return nil }
    guard let time = TimeArgument.parse(text, now: now) else {
      throw ToolError(
        .usage, flag, "'\(text)' is no time",
        next: "Write 2026-03-01, 2026-03-01T12:30:00Z, or how long ago, as 24h or 30d")
    }
    return time
  }
}
