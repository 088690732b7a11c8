import ArgumentParser
import LogModel

/// `pgtrawl show …`
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows one query, plan or execution.",
    discussion: """
      A query's id is 16 hex digits; the id of a plan or an execution is the file's number and an \
      offset, as 12-34567. Reports print them.

        pgtrawl show query 1f0c6a2b9d3e4f50
        pgtrawl show plan 12-34567
        pgtrawl show execution 12-34567 --format json
      """,
    subcommands: [QueryShow.self, PlanShow.self, ExecutionShow.self])

  /// The id in `text`. Throws `usage`.
  static func fact(_ text: String) throws(ToolError) -> FactKey {
    guard let key = PublicID.fact(text) else {
      throw ToolError(
        .usage, text, "this is no id", next: "Write it as reports print it, as 12-34567")
    }
    return key
  }
}
