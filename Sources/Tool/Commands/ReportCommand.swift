import ArgumentParser
import LogModel
import LogStore

/// `pgtrawl report …`
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Prints what the store knows.",
    discussion: """
      Executions that later records may still change are counted, failed ones too. What ran inside \
      another statement is left out unless --nested.

        pgtrawl report queries --since 24h --limit 20
        pgtrawl report plans --database shop
        pgtrawl report summary --since 2026-03-01 --until 2026-04-01
      """,
    subcommands: [
      QueriesReport.self, PlansReport.self, SummaryReport.self, CompareReport.self,
      ChangesReport.self, RegressionsReport.self, FindingsReport.self,
      RecommendationsReport.self, TablesReport.self, IndexesReport.self, LocksReport.self,
      EventsReport.self,
    ])
}

/// `pgtrawl report queries`
struct QueriesReport: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "queries",
    abstract: "Query patterns by time, calls, errors, rows or temporary files.",
    discussion: """
      Times are what the client waited for, as far as the log tells. 'share' is a pattern's part of \
      the time of everything that the filters let through. 'temp' sorts by bytes of temporary \
      files, as far as log_temp_files tells.

        pgtrawl report queries
        pgtrawl report queries --sort p99 --since 7d
        pgtrawl report queries --sort errors --since 2026-03-01 --until 2026-04-01
        pgtrawl report queries --database shop --user web --limit 5
        pgtrawl report queries --format csv > queries.csv
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var options: ReportOptions

  @Option(help: "What comes first: total, mean, p95, p99, max, calls, errors, rows or temp.")
  var sort = QueryOrder.total

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    let filter = try options.filter(now: Now.logTime)
    try await context.store.withReports { reports in
      try await SourceCheck.exists(filter.source, reports)
      let found = try await reports.queries(filter, order: sort, limit: options.limit)
      var document = Document()
      QueryTable.add(found.rows, by: sort, to: &document)
      context.console.write(document, as: format)
      if format == .table, found.patterns > Int64(found.rows.count) {
        context.console.note(
          "\(found.rows.count) of \(found.patterns) query patterns; --limit shows more.")
      }
    }
    return .done
  }
}

/// `pgtrawl report plans`
struct PlansReport: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "plans", abstract: "The slowest plans that auto_explain wrote.",
    discussion: """
      The shape is a hash of the plan's structure without its figures: equal shapes are the same \
      plan.

        pgtrawl report plans --since 7d
        pgtrawl report plans --database shop --limit 50 --format ndjson
        pgtrawl show plan 12-34567
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var options: ReportOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    let filter = try options.filter(now: Now.logTime)
    try await context.store.withReports { reports in
      try await SourceCheck.exists(filter.source, reports)
      var document = Document()
      PlanTable.add(
        try await reports.plans(filter, limit: options.limit), to: &document,
        emptyNote: "No plans. Is auto_explain on, with auto_explain.log_analyze?")
      context.console.write(document, as: format)
    }
    return .done
  }
}
