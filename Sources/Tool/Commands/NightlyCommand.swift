import ArgumentParser
import Ingest
import LogStore

/// `pgtrawl nightly`
struct NightlyCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "nightly", abstract: "Imports what is new, analyzes it, and sums up the day.",
    discussion: """
      For cron and timers: 'pgtrawl import', then 'pgtrawl analyze', then one screen of what the last day of \
      log brought: what got slower and why, which plans changed, what to do. Run again it changes nothing; \
      killed at any moment it goes on from there the next time. Only one runs at a time, a second one ends \
      with 4. Without PATH the paths of [sources.NAME] in pgtrawl.toml are read.

      --keep drops months that ended longer ago: their executions, plans, events and samples. What was summed up \
      of them stays, and so do queries and their totals. Everybody who reads or writes the store waits for a \
      moment at each month.

        pgtrawl nightly /var/log/postgresql
        pgtrawl nightly --keep 90d /var/log/postgresql
        pgtrawl nightly --keep 90d --dry-run
        pgtrawl nightly --source prod-1 --format json '/archive/*.csv.gz'
      """)

  /// How long an analysis that is under way, as that of a tail, is waited for.
  private static let analysisTimeout = Duration.seconds(600)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Files, directories, globs.", completion: .file())
  var path: [String] = []

  @OptionGroup var log: LogOptions
  @OptionGroup var text: TextOptions

  @Option(help: ArgumentHelp("Files read at once (default: 1).", valueName: "n"))
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "Drop months (UTC) that ended longer ago than this, as 90d (default: none).",
      valueName: "duration"))
  var keep: String?

  @Flag(help: "List the months that --keep would drop, and do nothing.")
  var dryRun = false

  func validate() throws {
    guard !dryRun || keep != nil else {
      throw ValidationError("--dry-run: says what --keep would drop. Add --keep, as --keep 90d.")
    }
  }

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    let limit = try NightlyRetention.limit(keep, now: Now.logTime)
    if dryRun, let limit {
      context.console.write(try await NightlyRetention.list(before: limit, context), as: format)
      return .done
    }
    let settings = try ImportSettings(
      LowImportArguments(
        paths: path, source: log.source, timezones: log.timezone, encoding: text.encoding,
        samples: text.samples, jobs: jobs), context.layers)
    let conninfo = try await context.store.prepared()
    let holder = Store(conninfo: conninfo, schemaCheck: StoreAccess.schemaCheck)
    do {
      guard try await Self.lock(holder) else { throw Self.locked("another nightly run") }
      let total = try await ImportCommand.read(settings, into: conninfo, context)
      let summary = try await Self.analyze(context)
      var dropped = NightlyRetention.Outcome()
      if let limit {
        try await Self.waitForAnalysis { try await holder.lockAnalysis() ? () : nil }
        dropped = try await NightlyRetention.drop(before: limit, from: holder, context.console)
      }
      try await context.store.withReports { reports in
        let document = try await NightlyReport.document(
          total, summary, dropped, reports)
        context.console.write(document, as: format)
      }
      await holder.close()
      return ExitStatus.ofImport(
        readable: total.readable, unreadable: total.unreadable, rejectedRecords: total.rejected,
        isStrict: settings.isStrict)
    } catch {
      await holder.close()
      throw error
    }
  }

  /// A server needs a moment to notice that a run was killed.
  private static func lock(_ holder: Store) async throws -> Bool {
    for _ in 0..<6 {
      if try await holder.lockNightly() { return true }
      try await Task.sleep(for: .milliseconds(500))
    }
    return false
  }

  /// Analyzes what is new; waits while another analysis is at work.
  @discardableResult
  static func analyze(_ context: ToolContext) async throws -> AnalysisSummary {
    let conninfo = try await context.store.analyzed()
    let summary = try await waitForAnalysis {
      try await AnalysisRun(settings: AnalysisSettings(conninfo: conninfo)).run()
    }
    AnalyzeCommand.note(summary, on: context.console)
    return summary
  }

  /// What `body` returns as soon as no other analysis is at work.
  private static func waitForAnalysis<Value>(
    _ body: () async throws -> Value?
  ) async throws -> Value {
    let deadline = ContinuousClock.now + analysisTimeout
    while true {
      if let value = try await body() { return value }
      guard ContinuousClock.now < deadline else { throw locked("another analysis of this store") }
      try await Task.sleep(for: .milliseconds(500))
    }
  }

  private static func locked(_ other: String) -> ToolError {
    ToolError(
      .locked, "nightly", "\(other) is at work", next: "Run it again when that has ended")
  }
}
