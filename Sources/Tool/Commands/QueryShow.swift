import ArgumentParser
import LogModel
import LogStore

/// `pgtrawl show query`
struct QueryShow: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "A query pattern: text, figures, who ran it, real statements, plans, what to do.",
    discussion: """
        pgtrawl show query 1f0c6a2b9d3e4f50
        pgtrawl show query 1f0c6a2b9d3e4f50 --format json
      """)

  /// Rows of each list.
  static let rowsMax = 5

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Its id, 16 hex digits.")
  var id: String

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    guard let number = PublicID.query(id) else {
      throw ToolError(
        .usage, id, "this is no query's id", next: "Write the 16 hex digits that reports print")
    }
    try await context.store.withReports { reports in
      guard let query = try await reports.query(number) else {
        throw ToolError(
          .missing, id, "the store has no such query", next: "See 'pgtrawl report queries'")
      }
      let document = try await Self.document(query, reports)
      context.console.write(document, as: format)
    }
    return .done
  }

  private static func document(
    _ query: QueryDetails, _ reports: StoreReports
  ) async throws -> Document {
    var document = Document()
    document.add(record: [
      (.init("id", "query"), .query(query.id)),
      (.init("family"), query.family == 0 ? .none : .query(query.family)),
      (.init("kind"), .maybe(query.kind.isEmpty ? nil : query.kind)),
      (.init("relations"), query.relations.isEmpty ? .none : .list(query.relations)),
      (.init("parse_status", "parsed as"), .text(query.parseStatus)),
      (.init("first_seen_at", "first seen"), .maybe(query.firstSeenAt)),
      (.init("last_seen_at", "last seen"), .maybe(query.lastSeenAt)),
      (.init("total_executions", "top-level executions"), .count(query.totalExecutions)),
    ])
    let text = query.normalizedSQL.isEmpty ? "(no text in the log)" : query.normalizedSQL
    document.add(block: .block(text), name: "normalized_sql", title: "SQL")
    if let example = query.example {
      document.add(block: .block(example), name: "example", title: "Example")
    }
    if let timing = try await reports.timing(ofQuery: query.id) {
      document.add(
        record: record(of: timing), name: "figures", title: "Figures (nested executions too)")
    }
    let uses = try await reports.uses(ofQuery: query.id, limit: rowsMax)
    document.add(
      table: [
        .init("source"), .init("database"), .init("user"), .init("application", isElastic: true),
        .init("calls"), .init("errors"), .init("total_ms", "total ms"),
      ],
      uses.map {
        [
          .text($0.source), .maybe($0.database), .maybe($0.user), .maybe($0.application),
          .count($0.calls), .count($0.errors), .maybe(ms: $0.totalMs),
        ]
      }, name: "used_by", title: "Who runs it")
    add(try await reports.samples(ofQuery: query.id, limit: rowsMax), to: &document)
    let slowest = try await reports.slowestExecutions(ofQuery: query.id, limit: rowsMax)
    document.add(
      table: [
        .init("id"), .init("executed_at", "time"), .init("duration_ms", "ms"), .init("sqlstate"),
      ],
      slowest.map {
        [.fact($0.key), .text($0.executedAt), .maybe(ms: $0.durationMs), .maybe($0.sqlstate)]
      }, name: "slowest_executions", title: "Slowest executions")
    let plans = try await reports.latestPlans(ofQuery: query.id, limit: rowsMax)
    PlanTable.add(plans, to: &document, name: "plans", title: "Latest plans")
    try await addAnalysis(of: query.id, reports, to: &document)
    return document
  }

  private static func add(_ samples: [QuerySample], to document: inout Document) {
    document.add(
      table: [
        .init("id"), .init("reasons", "why"), .init("executed_at", "time"),
        .init("duration_ms", "ms"), .init("sqlstate"), .init("error", isElastic: true),
        .init("source", isHidden: true), .init("database", isHidden: true),
        .init("user", isHidden: true), .init("parameters", isElastic: true),
        .init("sql_bytes", isHidden: true), .init("sql", isElastic: true),
      ],
      samples.map {
        [
          .fact($0.key), .list($0.reasons), .text($0.executedAt), .maybe(ms: $0.durationMs),
          .maybe($0.sqlstate), .maybe($0.error), .text($0.source), .maybe($0.database),
          .maybe($0.user), $0.parameters.map { .json($0) } ?? .none, .maybe(count: $0.sqlBytes),
          $0.sql.map { .block($0) } ?? .none,
        ]
      }, name: "samples", title: "Samples (whole: 'pgtrawl show execution ID')")
  }

  private static func record(of timing: QueryTiming) -> [(Document.Column, Cell)] {
    [
      (.init("calls"), .count(timing.calls)), (.init("errors"), .count(timing.errors)),
      (.init("provisional"), .count(timing.provisional)),
      (.init("total_ms", "total ms"), .maybe(ms: timing.totalMs)),
      (.init("mean_ms", "mean ms"), .maybe(ms: timing.meanMs)),
      (.init("min_ms", "min ms"), .maybe(ms: timing.minMs)),
      (.init("median_ms", "median ms"), .maybe(ms: timing.medianMs)),
      (.init("p95_ms", "95 % ms"), .maybe(ms: timing.p95Ms)),
      (.init("p99_ms", "99 % ms"), .maybe(ms: timing.p99Ms)),
      (.init("max_ms", "max ms"), .maybe(ms: timing.maxMs)),
      (.init("rows"), .maybe(count: timing.rows)),
    ]
  }
}
