import ArgumentParser
import LogStore

/// `pgtrawl report recommendations`
struct RecommendationsReport: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "recommendations", abstract: "What to do, by what it would save a day.",
    discussion: """
      One row a cause, made by rules of all executions and plans of the last 30 days of log, as the last \
      'pgtrawl analyze' left them. 'saving ms/day' is what it would save at most, of what the log shows. It is \
      'resolved' when later logs show it gone, 'regressed' when it came back. JSON has the findings that each \
      rests on, and why.

        pgtrawl report recommendations
        pgtrawl report recommendations --state resolved --since 30d
        pgtrawl report recommendations --severity high --severity critical --format json
      """)

  static let states = ["open", "resolved", "regressed", "dismissed"]

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var options: AnalysisReportOptions

  @Option(
    help: ArgumentHelp(
      "Only those that are in this state; can be repeated (default: open and regressed).",
      valueName: "word"))
  var state: [String] = []

  @Option(help: ArgumentHelp("Only this severity; can be repeated.", valueName: "word"))
  var severity: [String] = []

  func validate() throws {
    for word in state where !Self.states.contains(word) {
      throw ValidationError("--state: '\(word)' is none of \(Self.states.joined(separator: ", ")).")
    }
    for word in severity where !FindingsReport.severities.contains(word) {
      throw ValidationError(
        "--severity: '\(word)' is none of \(FindingsReport.severities.joined(separator: ", ")).")
    }
  }

  func run(in context: ToolContext) async throws -> ExitStatus {
    try await context.report(output, options) { reports, filter, document in
      guard try await reports.hasRecommendations() else {
        throw ToolError(
          .missing, "the recommendations", "the store has no intelligence layer",
          next: "Run 'pgtrawl migrate up --layer intelligence', then 'pgtrawl analyze'")
      }
      Self.add(
        try await reports.recommendations(
          filter, states: state.isEmpty ? ["open", "regressed"] : state, severities: severity,
          limit: options.limit), to: &document)
    }
  }

  /// Adds a table of recommendations.
  static func add(
    _ found: [StoredRecommendation], to document: inout Document, name: String? = nil,
    title: String? = nil
  ) {
    document.add(
      table: [
        .init("severity"), .init("state"), .init("saving_ms_per_day", "saving ms/day"),
        .init("confidence", "sure %"), .init("query_id", "query id"), .init("queries"),
        .init("query_ids", isHidden: true), .init("summary", isElastic: true),
        .init("ddl", "statement", isElastic: true), .init("details", isHidden: true),
        .init("key", isHidden: true), .init("version", isHidden: true),
        .init("reason", isHidden: true), .init("since", isHidden: true),
        .init("first_seen_at", isHidden: true), .init("last_seen_at", isHidden: true),
        .init("source", isHidden: true), .init("evidence", isHidden: true),
        .init("query", isHidden: true),
      ],
      found.map {
        [
          .text($0.severity), .text($0.state), .ms($0.savingMsPerDay), .share($0.confidence),
          .query($0.query), .count(Int64($0.queries.count)),
          .list($0.queries.map { PublicID.text(query: $0) }),
          .text($0.summary), $0.ddl.map { .text($0) } ?? .none, .text($0.details), .text($0.key),
          .count($0.version), $0.reason.map { .text($0) } ?? .none, .text($0.since),
          .text($0.firstSeen), .text($0.lastSeen), .text($0.source), .json($0.evidence),
          QueryTable.text($0.text),
        ]
      }, name: name, title: title, emptyNote: "No recommendations here.")
  }
}
