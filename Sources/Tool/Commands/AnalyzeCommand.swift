import ArgumentParser
import Ingest
import LogStore
import Migrations
import Postgres

/// `pgtrawl analyze`
struct AnalyzeCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze", abstract: "Sums up what is new and looks for what is wrong.",
    discussion: """
      Goes on where the last analysis ended; without anything new it only looks. What it writes can be \
      dropped ('pgtrawl migrate down --layer analysis') and made anew at any time: import and tail do \
      not need it. Safe to kill: run it again.

        pgtrawl analyze
        pgtrawl analyze --since 7d
        pgtrawl analyze --rebuild
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp(
      "Only hours from this time on: ISO 8601 (UTC unless it has a zone), or how long ago, as 7d.",
      valueName: "time"))
  var since: String?

  @Flag(help: "Empty the analysis and make all of it anew; what retention left alone stays.")
  var rebuild = false

  func validate() throws {
    guard since == nil || !rebuild else {
      throw ValidationError("--rebuild: makes everything anew, so --since has nothing to say.")
    }
  }

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    let since = try TimeArgument.read("--since", since, now: Now.logTime)
    let conninfo = try await context.store.analyzed()
    var settings = AnalysisSettings(conninfo: conninfo)
    settings.since = since
    settings.rebuilds = rebuild
    guard let summary = try await AnalysisRun(settings: settings).run() else {
      throw ToolError(
        .locked, "analyze", "another analysis of this store is at work",
        next: "Run it again when that has ended")
    }
    Self.note(summary, on: context.console)
    context.console.write(Self.document(summary), as: format)
    return .done
  }

  /// Says on stderr what was left out.
  static func note(_ summary: AnalysisSummary, on console: Console) {
    guard let problem = summary.recommendationProblem else { return }
    console.note("no recommendations were made: \(ErrorMessage.sentence(problem))")
  }

  static func document(_ summary: AnalysisSummary) -> Document {
    var document = Document()
    document.add(record: [
      (.init("hours", "hours summed up"), .count(Int64(summary.hours))),
      (.init("executions", "executions read"), .count(summary.executions)),
      (.init("plans", "plans read"), .count(Int64(summary.plans))),
      (.init("days", "days looked at"), .count(Int64(summary.days))),
      (.init("findings", "findings in them"), .count(Int64(summary.findings))),
      (.init("months", "months looked at"), .count(Int64(summary.months))),
      (.init("plan_changes", "plan changes in them"), .count(Int64(summary.planChanges))),
      (.init("regressions", "regressions in them"), .count(Int64(summary.regressions))),
      (
        .init("recommendations", "recommendations new or changed"),
        .count(Int64(summary.recommendations))
      ),
    ])
    return document
  }
}

extension StoreAccess {
  /// The connection string of a store that holds something and whose analysis layer is up to date; that
  /// layer is made as needed. The intelligence layer comes with a new analysis layer; where it was taken away
  /// alone it stays away.
  func analyzed() async throws -> String {
    let conninfo = try await existing()
    try await withReports { _ in }
    let connection = try await PostgresConnection.open(conninfo: conninfo)
    do {
      try await Self.migrateForAnalysis(connection)
    } catch {
      await connection.close()
      throw error
    }
    await connection.close()
    return conninfo
  }

  private static func migrateForAnalysis(_ connection: PostgresConnection) async throws {
    let migrator = Migrator(connection: connection)
    let applied = Set(try await migrator.status().filter { $0.state == .applied }.map(\.layer))
    let isNew = !applied.contains(MigrationLayer.analysis.rawValue)
    let layer: MigrationLayer =
      isNew || applied.contains(MigrationLayer.intelligence.rawValue) ? .intelligence : .analysis
    do {
      try await migrator.requireCurrent(through: layer)
    } catch let error as MigrationError {
      guard case .olderSchema = error.code else { throw error }
      try await migrator.up(through: layer)
    }
  }
}
