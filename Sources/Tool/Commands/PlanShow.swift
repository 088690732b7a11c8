import ArgumentParser
import LogModel
import LogStore
import PlanText

/// `pgtrawl show plan`
struct PlanShow: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "A plan, what each node of it took, and what is the matter with it.",
    discussion: """
        pgtrawl show plan 12-34567
        pgtrawl show plan 12-34567 --format json
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Its id, as 12-34567.")
  var id: String

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    let key = try ShowCommand.fact(id)
    try await context.store.withReports { reports in
      guard let plan = try await reports.plan(key) else {
        throw ToolError(
          .missing, id, "the store has no such plan", next: "See 'pgtrawl report plans'")
      }
      let execution = try await reports.execution(of: plan)
      let waitMs = try await reports.lockWait(ofPlan: key)
      context.console.write(
        Self.document(plan, execution, lockWaitMs: waitMs, format), as: format)
    }
    return .done
  }

  static func document(
    _ plan: PlanDetails, _ execution: FactKey?, lockWaitMs: Double?, _ format: OutputFormat
  ) -> Document {
    let figures = plan.figures
    var document = Document()
    document.add(record: [
      (.init("id", "plan"), .fact(figures.key)),
      (.init("executed_at", "time"), .text(figures.executedAt)),
      (.init("plan_ms", "executor ms"), .ms(figures.planMs)),
      (.init("query_id", "query"), .query(figures.queryID)),
      (.init("execution_id", "execution"), execution.map { .fact($0) } ?? .none),
      (
        .init("native_query_id", "native id"),
        plan.nativeQueryID == 0 ? .none : .text("\(plan.nativeQueryID)")
      ),
      (.init("nodes"), .count(figures.nodes)),
      (.init("shape"), figures.shape == 0 ? .none : .query(figures.shape)),
      (.init("nesting", isHidden: figures.nesting == 0), .count(figures.nesting)),
      (.init("ran", isHidden: plan.ran), .flag(plan.ran)),
      (.init("source"), .text(figures.source)),
      (.init("path", "log"), .text(plan.path)),
      (.init("session_id", "session"), .text(plan.session)),
      (.init("session_line", "line"), .count(plan.line)),
      (.init("format"), .text(plan.format)),
      (.init("unfit_reason", "kept as text"), .maybe(plan.unfitReason)),
      (.init("query", isHidden: true), .maybe(figures.text)),
    ])
    document.add(block: body(of: plan, format), name: "plan", title: "Plan")
    PlanNodes.add(plan, lockWaitMs: lockWaitMs, to: &document)
    return document
  }

  /// JSON for programs, the text form for people; what is not JSON as it was logged.
  private static func body(of plan: PlanDetails, _ format: OutputFormat) -> Cell {
    let text = String(decoding: plan.document, as: UTF8.self)
    guard plan.format == "json" else { return .block(text) }
    guard format == .table else {
      return plan.unfitReason == nil ? .json(text) : .block(text)
    }
    do {
      return .block(try ExplainText.render(json: plan.document))
    } catch {
      return .block(text)
    }
  }
}
