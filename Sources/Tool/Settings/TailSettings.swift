/// What was typed behind `pgtrawl tail`, before anything is looked up; nil is not typed.
struct LowTailArguments: Equatable {
  /// What is read, and how.
  var logs = LowImportArguments()
  var flushInterval: String?
  var healthFile: String?
}

/// What a tail does, everything decided.
struct TailSettings: Equatable {
  var sources: [ImportSettings.Source]
  /// After how long what was written is in the store, at the earliest.
  var flushInterval: Duration
  /// Where the state is written; nil is nowhere.
  var healthFile: String?

  static let flushIntervalRange = Duration.milliseconds(10)...Duration.seconds(60)
  static let flushIntervalDefault = Duration.milliseconds(100)

  /// Decides what `typed` leaves open by environment and configuration. Throws `usage`.
  init(_ typed: LowTailArguments, _ layers: Layers) throws(ToolError) {
    let logs = try ImportSettings(typed.logs, layers)
    sources = logs.sources
    guard !sources.contains(where: { $0.paths.contains("-") }) else {
      throw ToolError(
        .usage, "PATH -", "standard input can't be followed", next: "Use import -")
    }
    let configuration = layers.configuration
    let typedInterval = try DurationArgument.read(
      "--flush-interval", typed.flushInterval, in: Self.flushIntervalRange)
    let variableInterval = try DurationArgument.read(
      "PGTRAWL_FLUSH_INTERVAL", layers.variable("FLUSH_INTERVAL"), in: Self.flushIntervalRange)
    flushInterval =
      typedInterval ?? variableInterval ?? configuration.flushInterval
      ?? Self.flushIntervalDefault
    healthFile =
      typed.healthFile ?? layers.variable("HEALTH_FILE") ?? configuration.healthFile
    guard healthFile?.isEmpty != true, healthFile?.hasSuffix("/") != true else {
      throw ToolError(
        .usage, "--health-file", "it names no file", next: "Write the path of a file")
    }
  }
}
