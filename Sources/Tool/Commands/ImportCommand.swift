import ArgumentParser
import Ingest
import LogParsing
import LogSource
import QueryShape

/// `pgtrawl import`
struct ImportCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Reads logs into the store; what it has already is left out.",
    discussion: """
      Files, directories (searched through, logs are known by their content), globs, '-' for \
      standard input; csvlog, plain or gzip, in any order and of any age. Nothing is read twice: \
      files are known by their content, whatever they are called. Run it again at any time, also \
      after it was killed. Without PATH the paths of [sources.NAME] in pgtrawl.toml are read.

      The store's schema is brought up to date (core layer) before the first row is written; a \
      schema that is newer than this program is refused.

        pgtrawl import --analyze /var/log/postgresql
        pgtrawl import --source prod-1 --timezone Europe/Berlin '/archive/*.csv.gz'
        pgtrawl import --dry-run postgresql.csv
        zstd -dc postgresql.csv.zst | pgtrawl import -
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Files, directories, globs, or -.", completion: .file())
  var path: [String] = []

  @OptionGroup var log: LogOptions
  @OptionGroup var text: TextOptions

  @Option(
    help: ArgumentHelp(
      "The server's settings: psql -c 'SELECT * FROM pg_settings' --csv.", valueName: "file"),
    completion: .file())
  var settings: String?

  @Option(help: ArgumentHelp("Files read at once (default: 1).", valueName: "n"))
  var jobs: Int?

  @Flag(help: "Forget what came from these files, then read them anew.")
  var again = false

  @Flag(help: "Also read content that another source has.")
  var force = false

  @Flag(help: "Read and count only; needs no store.")
  var dryRun = false

  @Flag(help: "End with 3 when records were rejected.")
  var strict = false

  @Flag(help: "Analyze what is new right after it was read, as 'pgtrawl analyze' does.")
  var analyze = false

  func validate() throws {
    guard !(analyze && dryRun) else {
      throw ValidationError("--analyze: there is nothing to analyze with --dry-run.")
    }
  }

  /// What was typed.
  var typed: LowImportArguments {
    LowImportArguments(
      paths: path, source: log.source, timezones: log.timezone, encoding: text.encoding,
      settingsFile: settings, samples: text.samples, jobs: jobs, isAgain: again, isForced: force,
      isDryRun: dryRun,
      isStrict: strict)
  }

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    let settings = try ImportSettings(typed, context.layers)
    let conninfo = settings.isDryRun ? nil : try await context.store.prepared()
    let total = try await Self.read(settings, into: conninfo, context)
    if analyze { try await NightlyCommand.analyze(context) }
    context.console.write(ImportReport.document(total), as: format)
    return ExitStatus.ofImport(
      readable: total.readable, unreadable: total.unreadable, rejectedRecords: total.rejected,
      isStrict: settings.isStrict)
  }

  /// Reads all sources into the store `conninfo`, one after the other, and says what was wrong with inputs.
  static func read(
    _ settings: ImportSettings, into conninfo: String?, _ context: ToolContext
  ) async throws -> ImportTotals {
    var total = ImportTotals()
    for source in settings.sources {
      var ingest = Self.ingest(source, conninfo)
      ingest.jobs = settings.jobs
      ingest.again = settings.isAgain
      ingest.force = settings.isForced
      let run = ImportRun(settings: ingest, schemaCheck: StoreAccess.schemaCheck)
      if let file = source.settingsFile, let conninfo {
        try await SettingsFile.record(file, source: source.name, conninfo: conninfo)
      }
      let summary = try await ProgressDisplay.showing(run.progress, on: context.console) {
        try await run.run(source.paths.map { LogPath(argument: $0) })
      }
      ImportReport.note(summary, on: context.console)
      total.add(summary)
    }
    return total
  }

  /// How the logs of `source` are read into the store `conninfo`.
  static func ingest(_ source: ImportSettings.Source, _ conninfo: String?) -> IngestSettings {
    var ingest = IngestSettings()
    ingest.conninfo = conninfo
    ingest.source = source.name
    ingest.timezones = source.timezones
    ingest.encoding = source.encoding
    ingest.samples = source.samples
    let zones = source.timezones.flatMap { ["--timezone", $0] }
    ingest.trial = ChildTrial(options: ["--encoding", source.encoding.rawValue] + zones)
    return ingest
  }
}
