import Digest
import LogStore
import PlanAnalysis
import PlanText

/// What each node of a plan did itself, the part of its children taken out, and what the rules find.
enum PlanNodes {
  /// Adds both to a document; nothing where the plan can't be read.
  static func add(
    _ plan: PlanDetails, lockWaitMs: Double?, to document: inout Document
  ) {
    var context = PlanContext()
    context.durationMs = plan.ran ? plan.figures.planMs : nil
    context.lockWaitMs = lockWaitMs
    let json = plan.format == "text" ? try? ExplainReading.json(text: plan.document) : plan.document
    guard let json, plan.format == "text" || plan.format == "json",
      let report = try? PlanReport(json: json, digest: { SHA256Hash.of($0) }, context: context)
    else { return }
    document.add(
      table: [
        .init("node", isElastic: true), .init("path", isHidden: true), .init("loops"),
        .init("rows"), .init("expected_rows", "expected"), .init("total_ms", "total ms"),
        .init("self_ms", "self ms"), .init("self_blocks", "self blocks"),
        .init("self_read", "read"), .init("self_temp", "temp"),
      ], report.tree.nodes.map { row(of: $0, report) }, name: "nodes",
      title: "What each node did itself")
    document.add(
      table: [
        .init("severity"), .init("rule"), .init("node"), .init("saving_ms", "saving ms"),
        .init("explanation", isElastic: true), .init("remedy", isElastic: true),
        .init("ddl", isHidden: true), .init("finding", isHidden: true),
      ],
      report.findings.filter(\.isShown).map {
        [
          .text($0.severity.name), .text($0.rule), .text($0.place), .ms($0.savingMs),
          .text($0.explanation), .text($0.remedy), .maybe($0.ddl), .json($0.json),
        ]
      }, name: "findings", title: "Findings", emptyNote: "Nothing is found in it.")
  }

  private static func row(of node: PlanNode, _ report: PlanReport) -> [Cell] {
    let truth = report.truth
    let own = truth.nodes[node.index]
    let indent = String(repeating: "  ", count: node.depth)
    return [
      .text(indent + report.label(of: node.index)), .text(report.tree.path(of: node.index)),
      truth.isAnalyzed ? .count(Int64(own.loops)) : .none,
      truth.isAnalyzed ? .count(rounded(own.rows.value)) : .none,
      .count(rounded(own.plannedRows * max(1, own.plannedLoops))),
      .maybe(ms: own.wallMs?.value), .maybe(ms: own.selfMs.map { max(0, $0.value) }),
      truth.hasBuffers ? .count(own.selfBuffers.accessed) : .none,
      truth.hasBuffers ? .count(own.selfBuffers.sharedRead) : .none,
      truth.hasBuffers ? .count(own.selfBuffers.temp) : .none,
    ]
  }

  /// Estimates have no bound.
  private static func rounded(_ rows: Double) -> Int64 {
    rows.isFinite ? Int64(min(max(0, rows.rounded()), 9e18)) : .max
  }
}
