internal import LogModel
public import LogStore
internal import PlanAnalysis
internal import WorkloadAnalysis

/// One analysis: brings the rollups in line with the rows, then the findings in line with the rollups.
///
/// Works from watermarks: hours whose rows changed, then hours whose plans did, then days and months whose
/// hours changed, each in a transaction with its watermark. Safe to kill at any moment and to run again; a run over nothing new only
/// compares the marks.
public struct AnalysisRun: Sendable {
  /// Executions that one transaction reads, about.
  private static let executionsPerBatch: Int64 = 500_000
  /// Hours that one transaction makes anew, at most.
  private static let hoursPerBatch = 48

  private let settings: AnalysisSettings
  private let schemaCheck: Store.SchemaCheck

  /// An analysis. `schemaCheck` runs on every new connection to the store.
  public init(
    settings: AnalysisSettings,
    schemaCheck: @escaping Store.SchemaCheck = Store.requireAnalysisSchema
  ) {
    self.settings = settings
    self.schemaCheck = schemaCheck
  }

  /// Analyzes what is new; nil when another analysis is at work.
  ///
  /// Throws `LoadError` when the store fails and `CancellationError`: what was committed stays.
  public func run() async throws -> AnalysisSummary? {
    let store = Store(conninfo: settings.conninfo, schemaCheck: schemaCheck)
    do {
      let summary = try await run(store)
      await store.close()
      return summary
    } catch {
      await store.close()
      throw error
    }
  }

  private func run(_ store: Store) async throws -> AnalysisSummary? {
    guard try await store.lockAnalysis() else { return nil }
    if settings.rebuilds { try await store.clearAnalysis() }
    var summary = AnalysisSummary()
    try await redoHours(store, &summary)
    for hour in try await store.pendingPlanHours(
      rulesVersion: PlanReport.rulesVersion, since: settings.since)
    {
      summary.plans += try await PlanPass(store: store).read(hour)
    }
    for span in try await store.pendingSpans(rulesVersion: WorkloadRule.version) {
      try Task.checkCancellation()
      switch span.kind {
      case .day:
        summary.days += 1
        summary.findings += try await find(in: span, store)
      case .month:
        summary.months += 1
        let changes = try await ChangeSearch(store: store).look(at: span)
        summary.planChanges += changes.plans
        summary.regressions += changes.regressions
        summary.findings += changes.findings
      }
    }
    try await recommend(store, &summary)
    return summary
  }

  /// Nothing stands on recommendations: that they can't be written ends nothing.
  private func recommend(_ store: Store, _ summary: inout AnalysisSummary) async throws {
    do {
      summary.recommendations = try await RecommendationPass(store: store).run()
    } catch let error as LoadError {
      guard !error.isRetriable, error.code != .cancelled else { throw error }
      summary.recommendationProblem = "\(error)"
    }
  }

  /// As many hours at a time as have about the wished number of executions.
  private func redoHours(_ store: Store, _ summary: inout AnalysisSummary) async throws {
    let pending = try await store.pendingHours(since: settings.since)
    if !pending.isEmpty { try await summarize(store) }
    var next = 0
    var size = 1
    while next < pending.count {
      try Task.checkCancellation()
      let source = pending[next].source
      let batch = pending[next...].prefix(size).prefix { $0.source == source }
      let executions = try await store.redo(Array(batch))
      summary.hours += batch.count
      summary.executions += executions
      next += batch.count
      let wished = Int64(batch.count) * Self.executionsPerBatch / max(1, executions)
      size = max(1, min(Self.hoursPerBatch, Int(wished), 2 * size))
    }
  }

  /// Rows of an hour are found by ranges of pages.
  private func summarize(_ store: Store) async throws {
    do throws(LoadError) {
      try await store.summarize()
    } catch {
      // Without, more is read.
      guard error.code == .privilege else { throw error }
    }
  }

  private func find(in span: AnalysisSpan, _ store: Store) async throws -> Int {
    var findings: [WorkloadFinding] = []
    if span.mark != nil {
      let (figures, window) = try await store.figures(of: span)
      for one in figures {
        var found = WorkloadRule.findings(of: one, in: window)
        if found.contains(where: VarianceFactors.needsSamples) {
          let samples = try await store.executionSamples(of: one.query, in: span)
          if let factor = VarianceFactors.strongest(in: samples) {
            found = VarianceFactors.explain(found, by: factor)
          }
        }
        findings += found
      }
      let load = try await store.scheduledLoad(of: span)
      let minute: Int64 = 60_000_000
      findings += ScheduledLoad.findings(
        runs: load.runs, loads: load.loads,
        day: (span.start.microseconds / minute)..<(span.end.microseconds / minute))
      if let gap = try await store.visibility(of: span).finding { findings.append(gap) }
    }
    return try await store.write(findings, of: span, rulesVersion: WorkloadRule.version)
  }
}
