import LogModel
import LogStore

extension QueryShow {
  /// Days of the trend.
  private static let daysMax = 14

  /// Adds what the analysis says of a query: its days, its plans side by side, findings, what to do.
  static func addAnalysis(
    of query: Int64, _ reports: StoreReports, to document: inout Document
  ) async throws {
    guard try await reports.hasAnalysis() else { return }
    add(try await reports.days(ofQuery: query, limit: daysMax), to: &document)
    add(try await reports.analyzedPlans(ofQuery: query, limit: rowsMax), to: &document)
    FindingsReport.add(
      try await reports.findings(
        ReportFilter(), severities: [], rules: [], query: query, limit: rowsMax), to: &document,
      name: "findings", title: "What its executions say")
    FindingsReport.add(
      try await reports.planFindings(
        ReportFilter(), severities: [], rules: [], query: query, limit: rowsMax), to: &document,
      name: "plan_findings", title: "What its plans say")
    guard try await reports.hasRecommendations() else { return }
    RecommendationsReport.add(
      try await reports.recommendations(ReportFilter(), states: [], query: query, limit: rowsMax),
      to: &document, name: "recommendations", title: "What to do")
  }

  private static func add(_ days: [QueryDay], to document: inout Document) {
    document.add(
      table: [
        .init("day"), .init("calls"), .init("errors"), .init("total_ms", "total ms"),
        .init("mean_ms", "mean ms"), .init("median_ms", "median ms"), .init("p95_ms", "95 % ms"),
        .init("p99_ms", "99 % ms"), .init("rows"),
      ],
      days.map {
        [
          .text(String($0.day.prefix(10))), .count($0.calls), .count($0.errors), .ms($0.totalMs),
          .maybe(ms: $0.meanMs), .maybe(ms: $0.medianMs), .maybe(ms: $0.p95Ms),
          .maybe(ms: $0.p99Ms), .count($0.rows),
        ]
      }, name: "days", title: "Day by day (UTC, as analyzed)")
  }

  private static func add(_ plans: [QueryPlan], to document: inout Document) {
    document.add(
      table: [
        .init("plan_id", "plan id"), .init("runs"), .init("first_at", "first"),
        .init("last_at", "last"), .init("mean_ms", "mean ms"), .init("max_ms", "max ms"),
        .init("cost", isHidden: true), .init("rows"), .init("blocks"),
        .init("seq_scan", "seq scan"), .init("generic", isHidden: true), .init("latest"),
      ],
      plans.map {
        [
          .query($0.plan), .count($0.runs), .text($0.firstAt), .text($0.lastAt),
          .maybe(ms: $0.meanMs), .maybe(ms: $0.maxMs), .maybe(ms: $0.cost), .maybe(ms: $0.rows),
          .maybe(ms: $0.blocks), .flag($0.hasSeqScan), $0.isGeneric.map { .flag($0) } ?? .none,
          .fact($0.latest),
        ]
      }, name: "plan_kinds", title: "Plans side by side (as analyzed)")
  }
}
