import ArgumentParser
import LogModel

/// A time from which and one up to which.
struct PeriodOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Not before: ISO 8601 (UTC unless it has a zone), or how long ago, as 24h or 30d.",
      valueName: "time"))
  var since: String?

  @Option(help: ArgumentHelp("Before this time; written as --since.", valueName: "time"))
  var until: String?

  /// Whether nothing was typed.
  var isOpen: Bool { since == nil && until == nil }

  /// The times, with lengths of time counted back from `now`. Throws `usage`.
  func read(now: LogTime) throws(ToolError) -> (since: LogTime?, until: LogTime?) {
    let since = try TimeArgument.read("--since", since, now: now)
    let until = try TimeArgument.read("--until", until, now: now)
    if let since, let until, since >= until {
      throw ToolError(.usage, "--until", "it is not after --since", next: "Name a later time")
    }
    return (since, until)
  }
}
