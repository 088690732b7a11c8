import ArgumentParser
import LogModel
import LogStore

/// `pgtrawl report compare`
struct CompareReport: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "What is new, gone, slower or faster than before.",
    discussion: """
      Compares the last day with the seven days before it, query by query, from what 'pgtrawl analyze' \
      summed up: whole hours, settled executions, nothing that ran inside another statement. Figures \
      are per day, over the hours that have logs; 'share' is the change as part of all time of the \
      baseline. Queries that did not change are left out.

        pgtrawl report compare
        pgtrawl report compare --baseline 7d --window 1d --until 2026-03-09
        pgtrawl report compare --window 1h --database shop --format json
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("Length of what is compared with.", valueName: "span"))
  var baseline = "7d"

  @Option(
    help: ArgumentHelp("Length of what is compared; it follows the baseline.", valueName: "span"))
  var window = "1d"

  @Option(
    help: ArgumentHelp(
      "End of the window: ISO 8601 (UTC unless it has a zone), or how long ago (default: now).",
      valueName: "time"))
  var until: String?

  @OptionGroup var rows: RowOptions

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    let now = Now.logTime
    let end = try TimeArgument.read("--until", until, now: now) ?? now
    let (old, new) = try Self.ranges(
      baseline: Self.span("--baseline", baseline), window: Self.span("--window", window), end: end)
    let filter = ReportFilter(
      source: rows.source, database: rows.database, user: rows.user,
      application: rows.application)
    try await context.store.withReports { reports in
      try await SourceCheck.exists(rows.source, reports)
      try await AnalysisCheck.exists(reports)
      let changes = try await reports.comparison(of: new, with: old, filter, limit: rows.limit)
      var document = Document()
      ChangeTable.add(changes, to: &document)
      context.console.write(document, as: format)
    }
    return .done
  }

  /// The baseline and the window behind it; the window ends with the hour that `end` is in.
  static func ranges(
    baseline: Int64, window: Int64, end: LogTime
  ) -> (baseline: Range<LogTime>, window: Range<LogTime>) {
    let hour: Int64 = 3_600_000_000
    let stop = (end.microseconds + hour - 1) / hour * hour
    let border = LogTime(microseconds: stop - window)
    let start = LogTime(microseconds: stop - window - baseline)
    return (start..<border, border..<LogTime(microseconds: stop))
  }

  /// Microseconds of `text`, at least an hour. Throws `usage`.
  static func span(_ flag: String, _ text: String) throws(ToolError) -> Int64 {
    guard let span = TimeArgument.span(text), span >= 3_600_000_000, span < Int64.max / 8 else {
      throw ToolError(
        .usage, flag, "'\(text)' is no length of time of an hour or more", next: "Write 1d or 6h")
    }
    return span
  }
}

/// The table of queries that changed.
enum ChangeTable {
  static let columns: [Document.Column] = [
    .init("id"), .init("change"), .init("why"), .init("delta_ms", "delta ms/day"),
    .init("delta_share", "share %"), .init("calls_before", isHidden: true),
    .init("calls_after", "calls/day"), .init("mean_before_ms", "mean before"),
    .init("mean_after_ms", "mean after"), .init("ratio", isHidden: true),
    .init("p95_before_ms", isHidden: true), .init("p95_after_ms", isHidden: true),
    .init("is_lower_bound", isHidden: true), .init("query", isElastic: true),
  ]

  static func add(
    _ changes: [QueryChange], to document: inout Document, name: String? = nil,
    title: String? = nil
  ) {
    let rows: [[Cell]] = changes.map { change in
      [
        .query(change.id), .text(change.change), .text(change.why), .ms(change.deltaMs),
        .maybe(share: change.deltaShare), .count(Int64(change.callsBefore.rounded())),
        .count(Int64(change.callsAfter.rounded())), .maybe(ms: change.meanBeforeMs),
        .maybe(ms: change.meanAfterMs), change.ratio.map { .ms($0) } ?? .none,
        .maybe(ms: change.p95BeforeMs), .maybe(ms: change.p95AfterMs),
        .flag(change.isLowerBound), QueryTable.text(change.text),
      ]
    }
    document.add(
      table: columns, rows, name: name, title: title, emptyNote: "Nothing changed between the two.")
  }
}
