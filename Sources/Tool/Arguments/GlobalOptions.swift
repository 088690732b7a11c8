import ArgumentParser

/// The options that every command has.
struct GlobalOptions: ParsableArguments {
  @Option(
    name: .customLong("database-url"),
    help: ArgumentHelp(
      "The store: a libpq connection string or URI.",
      discussion: "Also PGTRAWL_DATABASE_URL. Without one: the embedded store (pgtrawl db).",
      valueName: "url"))
  var databaseURL: String?

  @Option(
    help: ArgumentHelp(
      "The configuration file.",
      discussion: "Also PGTRAWL_CONFIG. Usually ~/.config/pgtrawl/pgtrawl.toml.",
      valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var config: String?
}

/// How results are written.
struct OutputOptions: ParsableArguments {
  @Option(help: "How results are written: table, json, ndjson or csv (also PGTRAWL_FORMAT).")
  var format: OutputFormat?
}
