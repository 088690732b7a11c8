import ArgumentParser
import LogModel
import LogStore

/// `pgtrawl show execution`
struct ExecutionShow: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "execution", abstract: "An execution: times, parameters, error, plans.",
    discussion: """
        pgtrawl show execution 12-34567
        pgtrawl show execution 12-34567 --format json
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Its id, as 12-34567.")
  var id: String

  func run(in context: ToolContext) async throws -> ExitStatus {
    let format = try context.layers.format(flag: output.format)
    let key = try ShowCommand.fact(id)
    try await context.store.withReports { reports in
      guard let execution = try await reports.execution(key) else {
        throw ToolError(
          .missing, id, "the store has no such execution",
          next: "If it is a plan's id, use 'pgtrawl show plan \(PublicID.text(key))'")
      }
      var document = Document()
      document.add(record: Self.record(of: execution))
      document.add(block: Self.sql(execution), name: "query", title: "SQL")
      if let statement = try await reports.statement(of: execution) {
        document.add(block: .block(statement), name: "statement", title: "Statement as it was sent")
      }
      if let parameters = execution.parameters {
        document.add(
          table: [.init("number", "$"), .init("value", isElastic: true)],
          parameters.enumerated().map { [.count(Int64($0.offset + 1)), .maybe($0.element)] },
          name: "parameters", title: "Parameters")
      }
      Self.add(try await reports.errors(of: execution), to: &document)
      PlanTable.add(
        try await reports.plans(of: execution), to: &document, name: "plans", title: "Plans")
      context.console.write(document, as: format)
    }
    return .done
  }

  private static func sql(_ execution: ExecutionDetails) -> Cell {
    .block(execution.text ?? "(no text in the log)")
  }

  private static func record(of execution: ExecutionDetails) -> [(Document.Column, Cell)] {
    what(execution) + times(execution) + [
      (.init("database"), .maybe(execution.database)), (.init("user"), .maybe(execution.user)),
      (.init("application"), .maybe(execution.application)),
      (.init("client"), .maybe(execution.client)),
      (.init("session_id", "session"), .text(execution.session)),
      (.init("session_line", "line"), .count(execution.line)),
      (.init("process_id", "process"), .count(execution.process)),
      (
        .init("native_query_id", "native id"),
        execution.nativeQueryID == 0 ? .none : .text("\(execution.nativeQueryID)")
      ),
      (.init("tags"), execution.tags.map { .json($0) } ?? .none),
      (.init("records", "log records"), .count(execution.records)),
      (
        .init("transcoded", isHidden: !execution.isTranscoded), .flag(execution.isTranscoded)
      ),
      (.init("source"), .text(execution.source)), (.init("path", "log"), .text(execution.path)),
    ]
  }

  private static func what(_ execution: ExecutionDetails) -> [(Document.Column, Cell)] {
    [
      (.init("id", "execution"), .fact(execution.key)),
      (.init("executed_at", "time"), .text(execution.executedAt)),
      (.init("query_id", "query"), .query(execution.queryID)),
      (.init("kind"), .text(execution.kind)), (.init("protocol"), .text(execution.protocol)),
      (.init("statements"), .count(execution.statements)),
      (.init("nesting"), .count(execution.nesting)),
      (.init("settled"), .flag(execution.isSettled)),
      (.init("sqlstate"), .maybe(execution.sqlstate)), (.init("error"), .maybe(execution.error)),
    ]
  }

  private static func times(_ execution: ExecutionDetails) -> [(Document.Column, Cell)] {
    [
      (.init("duration_ms", "duration ms"), .maybe(ms: execution.durationMs)),
      (.init("parse_ms", "parse ms"), .maybe(ms: execution.parseMs)),
      (.init("bind_ms", "bind ms"), .maybe(ms: execution.bindMs)),
      (.init("execute_ms", "execute ms"), .maybe(ms: execution.executeMs)),
      (.init("plan_ms", "executor ms"), .maybe(ms: execution.planMs)),
      (.init("rows_returned", "rows returned"), .maybe(count: execution.rowsReturned)),
      (.init("rows_affected", "rows affected"), .maybe(count: execution.rowsAffected)),
    ]
  }

  private static func add(_ errors: [ErrorDetails], to document: inout Document) {
    document.add(
      table: [
        .init("id"), .init("severity"), .init("sqlstate"), .init("message", isElastic: true),
        .init("detail", isElastic: true), .init("hint", isElastic: true),
        .init("context", isHidden: true),
      ],
      errors.map {
        [
          .fact($0.key), .text($0.severity), .text($0.sqlstate), .maybe($0.message),
          .maybe($0.detail), .maybe($0.hint), .maybe($0.context),
        ]
      }, name: "errors", title: "Errors")
  }
}
