import ArgumentParser
import QueryShape

/// Whose logs are read, and by which zones.
struct LogOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The server that writes the logs (default: default).", valueName: "name"))
  var source: String?

  @Option(
    help: ArgumentHelp(
      "By whose rules zone abbreviations in the log are read; can be repeated.", valueName: "zone"))
  var timezone: [String] = []
}

/// What of the texts of logs comes into the store.
struct TextOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How bytes that are no UTF-8 are read: LATIN1, LATIN9 or WIN1252 (default: LATIN1).",
      valueName: "name"))
  var encoding: String?

  @Option(help: "Whether literals are kept: raw, redacted or none (default: raw).")
  var samples: SamplePolicy?
}
