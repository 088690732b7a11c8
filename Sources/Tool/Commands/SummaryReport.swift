import ArgumentParser
import LogModel
import LogStore

/// `pgtrawl report summary`
struct SummaryReport: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary", abstract: "Period, sources, errors, slowest patterns, completeness.",
    discussion: """
      Ends with what is known to be missing: a figure is only as good as the log it comes from.

        pgtrawl report summary
        pgtrawl report summary --since 24h --source prod-1
        pgtrawl report summary --format json
      """)

  /// Patterns and SQLSTATEs that are shown.
  static let topCount = 5
  static let failuresMax = 20

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var options: ReportOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    let filter = try options.filter(now: Now.logTime)
    try await context.store.withReports { reports in
      try await SourceCheck.exists(filter.source, reports)
      let document = try await Self.document(filter, reports)
      context.console.write(document, as: format)
    }
    return .done
  }

  private static func document(
    _ filter: ReportFilter, _ reports: StoreReports
  ) async throws -> Document {
    let summary = try await reports.summary(filter)
    var document = Document()
    document.add(record: record(of: summary), name: "period", title: "Summary")
    let sources = try await reports.summaryBySource(filter)
    document.add(
      table: [
        .init("name", "source"), .init("executions"), .init("failed"),
        .init("total_ms", "total ms"), .init("first_at", "first"), .init("last_at", "last"),
      ],
      sources.map {
        [
          .text($0.name), .count($0.executions), .count($0.failed), .ms($0.totalMs),
          .maybe($0.firstAt), .maybe($0.lastAt),
        ]
      }, name: "sources", title: "Sources")
    let failures = try await reports.failures(filter, limit: failuresMax)
    document.add(
      table: [
        .init("sqlstate"), .init("severity"), .init("count"), .init("last_at", "last"),
        .init("message", "latest message", isElastic: true),
      ],
      failures.map {
        [
          .text($0.sqlstate), .text($0.severity), .count($0.count), .maybe($0.lastAt),
          .maybe($0.message),
        ]
      }, name: "errors", title: "Errors")
    let top = try await reports.queries(filter, order: .total, limit: topCount)
    QueryTable.add(top.rows, to: &document, name: "queries", title: "Most time")
    let missing = try await reports.completeness(ofSource: filter.source)
    let notes = CompletenessNotes.of(summary, missing)
    document.add(
      table: [.init("note", "what is missing or uncertain", isElastic: true)],
      notes.map { [.text($0)] }, name: "completeness", title: "Completeness",
      emptyNote: "Nothing is known to be missing.")
    return document
  }

  private static func record(of summary: StoreSummary) -> [(Document.Column, Cell)] {
    [
      (.init("first_at", "first"), .maybe(summary.firstAt)),
      (.init("last_at", "last"), .maybe(summary.lastAt)),
      (.init("patterns", "query patterns"), .count(summary.patterns)),
      (.init("executions"), .count(summary.executions)),
      (.init("failed"), .count(summary.failed)),
      (.init("total_ms", "total ms"), .ms(summary.totalMs)),
      (.init("plans"), .count(summary.plans)),
      (.init("events"), .count(summary.events)),
      (.init("provisional"), .count(summary.provisional)),
    ]
  }
}
