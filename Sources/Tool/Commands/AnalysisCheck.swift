import LogStore

/// Tells a store that was not analyzed from one in which nothing was found.
enum AnalysisCheck {
  /// Throws `missing` when the store has no analysis.
  static func exists(_ reports: StoreReports) async throws {
    guard try await !reports.hasAnalysis() else { return }
    throw ToolError(
      .missing, "the analysis", "the store was not analyzed yet", next: "Run 'pgtrawl analyze'")
  }
}
