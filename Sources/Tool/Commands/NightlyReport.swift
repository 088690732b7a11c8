import Ingest
import LogModel
import LogStore

/// What a night brought, on one screen.
enum NightlyReport {
  /// Rows of each part.
  private static let rowsMax = 5
  private static let day = Duration.seconds(86_400)
  private static let weekMicros: Int64 = 7 * 86_400_000_000

  static func document(
    _ total: ImportTotals, _ summary: AnalysisSummary, _ dropped: NightlyRetention.Outcome,
    _ reports: StoreReports
  ) async throws -> Document {
    var document = Document()
    document.add(record: run(total, summary, dropped), name: "run", title: "This run")
    guard let period = try await reports.lastPeriod(day) else { return document }
    let filter = ReportFilter(since: period.lowerBound, until: period.upperBound)
    let day = try await reports.summary(filter)
    document.add(
      record: [
        (.init("first_at", "first"), .maybe(day.firstAt)),
        (.init("last_at", "last"), .maybe(day.lastAt)),
        (.init("executions"), .count(day.executions)), (.init("failed"), .count(day.failed)),
        (.init("total_ms", "total ms"), .ms(day.totalMs)), (.init("plans"), .count(day.plans)),
      ], name: "day", title: "The last day of log")
    try await addChanges(period, reports, to: &document)
    RegressionsReport.add(
      try await reports.regressions(filter, limit: rowsMax), to: &document, name: "regressions",
      title: "Slower for good")
    ChangesReport.add(
      try await reports.planChanges(filter, limit: rowsMax), to: &document, name: "plan_changes",
      title: "Plans that changed")
    let findings = try await reports.findings(
      filter, severities: ["medium", "high", "critical"], rules: [], limit: rowsMax)
    FindingsReport.add(findings, to: &document, name: "findings", title: "Executions")
    if try await reports.hasRecommendations() {
      let found = try await reports.recommendations(
        ReportFilter(), states: ["open", "regressed"], limit: rowsMax)
      RecommendationsReport.add(
        found, to: &document, name: "recommendations", title: "What to do")
    }
    return document
  }

  private static func run(
    _ total: ImportTotals, _ summary: AnalysisSummary, _ dropped: NightlyRetention.Outcome
  ) -> [(Document.Column, Cell)] {
    [
      (.init("files_imported", "files imported"), .count(total.files(.imported))),
      (.init("inputs_unreadable", "inputs unreadable"), .count(Int64(total.unreadable))),
      (.init("bytes", "bytes read"), .count(total.bytes)),
      (.init("rejected_records", "records rejected"), .count(total.rejected)),
      (.init("hours", "hours summed up"), .count(Int64(summary.hours))),
      (.init("plans", "plans read"), .count(Int64(summary.plans))),
      (
        .init("recommendations", "recommendations new or changed"),
        .count(Int64(summary.recommendations))
      ),
      (.init("months_dropped", "months dropped"), .count(Int64(dropped.months))),
      (.init("rows_dropped", "rows dropped"), .count(dropped.rows)),
    ]
  }

  /// The last day beside the week before it.
  private static func addChanges(
    _ period: Range<LogTime>, _ reports: StoreReports, to document: inout Document
  ) async throws {
    let week = LogTime(microseconds: period.lowerBound.microseconds - weekMicros)
    let changes = try await reports.comparison(
      of: period, with: week..<period.lowerBound, ReportFilter(), limit: rowsMax)
    ChangeTable.add(
      changes, to: &document, name: "changes", title: "Beside the week before")
  }
}
