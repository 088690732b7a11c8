import ArgumentParser
import LogStore

/// `pgtrawl report tables`
struct TablesReport: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "tables", abstract: "Tables by the time of the queries that name them.",
    discussion: """
      The time of a query with several tables counts for each of them. Findings are those of plans at \
      nodes that read the table, 'saving ms' what they would save at most.

        pgtrawl report tables --since 7d
        pgtrawl report tables --format json
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var options: AnalysisReportOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    try await context.report(output, options) { reports, filter, document in
      document.add(
        table: [
          .init("table", isElastic: true), .init("total_ms", "total ms"),
          .init("share", "share %"), .init("calls"), .init("writes"), .init("queries"),
          .init("lock_wait_ms", "lock wait ms"), .init("temp_bytes", "temp bytes"),
          .init("findings"), .init("severity", "worst"), .init("saving_ms", "saving ms"),
        ],
        try await reports.tables(filter, limit: options.limit).map {
          [
            .text($0.name), .ms($0.totalMs), .maybe(share: $0.share), .count($0.calls),
            .count($0.writes), .count($0.queries), .ms($0.lockWaitMs), .count($0.tempBytes),
            .count($0.findings), .maybe($0.severity), .maybe(ms: $0.savingMs),
          ]
        }, emptyNote: "No query names a table here.")
    }
  }
}

/// `pgtrawl report indexes`
struct IndexesReport: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "indexes", abstract: "Indexes that plans ask for, by what they would save.",
    discussion: """
      As each plan asks for them; 'pgtrawl report recommendations' has them merged over queries. 'saving \
      ms' is what the plans of the period would save at most. An index costs every write of its table.

        pgtrawl report indexes --since 7d
        pgtrawl report indexes --format json
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var options: AnalysisReportOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    try await context.report(output, options) { reports, filter, document in
      document.add(
        table: [
          .init("saving_ms", "saving ms"), .init("severity"), .init("confidence", "sure %"),
          .init("queries"), .init("query_ids", isHidden: true), .init("plans"),
          .init("ddl", "statement", isElastic: true), .init("rules", isHidden: true),
          .init("node", isElastic: true), .init("plan", "as in plan"),
        ],
        try await reports.indexes(filter, limit: options.limit).map {
          [
            .ms($0.savingMs), .text($0.severity), .share($0.confidence),
            .count(Int64($0.queries.count)),
            .list($0.queries.map { PublicID.text(query: $0) }), .count($0.plans), .text($0.ddl),
            .list($0.rules), .text($0.node), .text($0.plan),
          ]
        }, emptyNote: "No plan asks for an index here.")
    }
  }
}
