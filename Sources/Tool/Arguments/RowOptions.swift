import ArgumentParser

/// How many rows of what a report shows.
struct RowOptions: ParsableArguments {
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

  func validate() throws {
    guard 1...100_000 ~= limit else {
      throw ValidationError("--limit: \(limit) is no number from 1 to 100000.")
    }
  }
}
