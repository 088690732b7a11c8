import ArgumentParser
import LogStore

/// The period and source of a report over the analysis.
struct AnalysisReportOptions: ParsableArguments {
  @OptionGroup var period: PeriodOptions

  @Option(help: ArgumentHelp("How many rows, 1 to 100000.", valueName: "n"))
  var limit = 20

  @Option(help: ArgumentHelp("Only this source.", valueName: "name"))
  var source: String?

  func validate() throws {
    guard 1...100_000 ~= limit else {
      throw ValidationError("--limit: \(limit) is no number from 1 to 100000.")
    }
  }

  func filter() throws(ToolError) -> ReportFilter {
    let (since, until) = try period.read(now: Now.logTime)
    return ReportFilter(since: since, until: until, source: source)
  }
}

extension ToolContext {
  /// Writes what `body` reports of a store that was analyzed.
  func report(
    _ output: OutputOptions, _ options: AnalysisReportOptions,
    _ body: @Sendable (StoreReports, ReportFilter, inout Document) async throws -> Void
  ) async throws -> ExitStatus {
    let format = try layers.format(flag: output.format)
    let filter = try options.filter()
    try await store.withReports { reports in
      try await SourceCheck.exists(filter.source, reports)
      try await AnalysisCheck.exists(reports)
      var document = Document()
      try await body(reports, filter, &document)
      console.write(document, as: format)
    }
    return .done
  }
}

/// `pgtrawl report findings`
struct FindingsReport: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "findings", abstract: "What executions and plans of a query say, worst first.",
    discussion: """
      Of executions one row a rule, query and day (UTC), of plans one row a rule, query and node, as the \
      last 'pgtrawl analyze' left them. 'saving ms' is what all these plans would save at most. JSON has \
      the figures that each rests on; those of plans are of the one that would save most.

        pgtrawl report findings --since 7d
        pgtrawl report findings --severity high --severity critical
        pgtrawl report findings --rule n-plus-one --format json
      """)

  static let severities = ["info", "low", "medium", "high", "critical"]

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var options: AnalysisReportOptions

  @Option(help: ArgumentHelp("Only this severity; can be repeated.", valueName: "word"))
  var severity: [String] = []

  @Option(help: ArgumentHelp("Only this rule; can be repeated.", valueName: "id"))
  var rule: [String] = []

  func validate() throws {
    for word in severity where !Self.severities.contains(word) {
      throw ValidationError(
        "--severity: '\(word)' is none of \(Self.severities.joined(separator: ", ")).")
    }
  }

  func run(in context: ToolContext) async throws -> ExitStatus {
    try await context.report(output, options) { reports, filter, document in
      Self.add(
        try await reports.findings(
          filter, severities: severity, rules: rule, limit: options.limit), to: &document,
        name: "workload", title: "Executions")
      Self.add(
        try await reports.planFindings(
          filter, severities: severity, rules: rule, limit: options.limit), to: &document)
    }
  }

  /// Adds a table of what executions say.
  static func add(
    _ found: [StoredFinding], to document: inout Document, name: String, title: String
  ) {
    document.add(
      table: [
        .init("severity"), .init("rule"), .init("query_id", "query id"), .init("from", "day"),
        .init("until", isHidden: true), .init("cost_ms", "cost ms"),
        .init("summary", isElastic: true), .init("is_lower_bound", isHidden: true),
        .init("source", isHidden: true), .init("evidence", isHidden: true),
        .init("query", isElastic: true),
      ],
      found.map {
        [
          .text($0.severity), .text($0.rule), .query($0.query), .text($0.from), .text($0.until),
          .maybe(ms: $0.costMs), .text($0.summary), .flag($0.isLowerBound), .text($0.source),
          .json($0.evidence), QueryTable.text($0.text),
        ]
      }, name: name, title: title, emptyNote: "No findings here.")
  }

  /// Adds a table of what plans say.
  static func add(
    _ found: [StoredPlanFinding], to document: inout Document, name: String = "plans",
    title: String = "Plans"
  ) {
    document.add(
      table: [
        .init("severity"), .init("rule"), .init("query_id", "query id"), .init("path"),
        .init("node", isHidden: true), .init("plans"), .init("saving_ms", "saving ms"),
        .init("remedy", isElastic: true), .init("from", isHidden: true),
        .init("until", isHidden: true), .init("source", isHidden: true),
        .init("finding", isHidden: true), .init("query", isElastic: true),
      ],
      found.map {
        [
          .text($0.severity), .text($0.rule), .query($0.query), .text($0.path), .text($0.node),
          .count($0.plans), .ms($0.savingMs), .text($0.remedy), .text($0.from), .text($0.until),
          .text($0.source), .json($0.finding), QueryTable.text($0.text),
        ]
      }, name: name, title: title, emptyNote: "No findings here.")
  }
}

/// `pgtrawl report regressions`
struct RegressionsReport: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "regressions", abstract: "Queries that got slower for good, and since when.",
    discussion: """
      Those that add most time a day come first. 'kind' says where it was found: with a change of plan, or \
      in the times of executions.

        pgtrawl report regressions --since 30d
        pgtrawl report regressions --format json
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var options: AnalysisReportOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    try await context.report(output, options) { reports, filter, document in
      Self.add(try await reports.regressions(filter, limit: options.limit), to: &document)
    }
  }

  /// Adds a table of regressions.
  static func add(
    _ found: [StoredRegression], to document: inout Document, name: String? = nil,
    title: String? = nil
  ) {
    document.add(
      table: [
        .init("severity"), .init("query_id", "query id"), .init("started_at", "since"),
        .init("kind"), .init("before_ms", "before ms"), .init("after_ms", "after ms"),
        .init("ratio", isHidden: true), .init("added_ms_per_day", "added ms/day"),
        .init("cause"), .init("source", isHidden: true), .init("evidence", isHidden: true),
        .init("query", isElastic: true),
      ],
      found.map {
        [
          .text($0.severity), .query($0.query), .text($0.startedAt), .text($0.kind),
          .ms($0.beforeMs), .ms($0.afterMs), .ms($0.ratio), .ms($0.addedMsPerDay),
          .text($0.cause), .text($0.source), .json($0.evidence), QueryTable.text($0.text),
        ]
      }, name: name, title: title, emptyNote: "No regressions here.")
  }
}

/// `pgtrawl report changes`
struct ChangesReport: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "changes", abstract: "Queries whose dominant plan changed, latest first.",
    discussion: """
      'plan' is the first plan after the change: 'pgtrawl show plan' has it.

        pgtrawl report changes --since 30d
        pgtrawl report changes --format json
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var options: AnalysisReportOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    try await context.report(output, options) { reports, filter, document in
      Self.add(try await reports.planChanges(filter, limit: options.limit), to: &document)
    }
  }

  /// Adds a table of plan changes.
  static func add(
    _ found: [StoredPlanChange], to document: inout Document, name: String? = nil,
    title: String? = nil
  ) {
    document.add(
      table: [
        .init("query_id", "query id"), .init("changed_at", "time"), .init("plan"),
        .init("from_plan_id", "from"), .init("to_plan_id", "to"),
        .init("before_ms", "before ms"), .init("after_ms", "after ms"),
        .init("ratio", isHidden: true), .init("source", isHidden: true),
        .init("evidence", isHidden: true), .init("query", isElastic: true),
      ],
      found.map {
        [
          .query($0.query), .text($0.changedAt), .text("\($0.file)-\($0.offset)"),
          .query($0.fromPlan), .query($0.toPlan), .maybe(ms: $0.beforeMs),
          .maybe(ms: $0.afterMs), $0.ratio.map { .ms($0) } ?? .none, .text($0.source),
          .json($0.evidence), QueryTable.text($0.text),
        ]
      }, name: name, title: title, emptyNote: "No plan changes here.")
  }
}
