import LogModel
import TestSupport
import Testing

/// Records that come when another statement has begun, and records without texts that belong to
/// none: what `scripts/truth` found beside a real server.
@Suite struct LateRecordTests {
  private func image(_ lines: [CSVLogLine]) throws -> TableImage {
    let bytes = Array(lines.map(\.text).joined().utf8)
    let whole = try TableImage(bytes)
    // Whatever is decided late must not depend on where batches end.
    let cuts = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }.dropLast()
    #expect(try TableImage(bytes, cuts: Array(cuts), restarts: true) == whole)
    return whole
  }

  private func bare(
    _ line: Int, _ tag: String, id: Int64 = 0, vxid: String = "3/10"
  ) -> CSVLogLine {
    CSVLogLine("duration: 0.300 ms", line: line) { ($0.tag, $0.queryID, $0.vxid) = (tag, id, vxid) }
  }

  private func plan(
    _ text: String, line: Int, tag: String = "SELECT", id: Int64 = 0, loops: Int = 1,
    micros: String = "0.200"
  ) -> CSVLogLine {
    CSVLogLine(
      "duration: \(micros) ms  plan:\n{\"Query Text\": \"\(text)\", \"Plan\": {\"Node Type\": \"Result\","
        + " \"Actual Rows\": \(loops), \"Actual Loops\": \(loops)}}", line: line
    ) { ($0.tag, $0.queryID) = (tag, id) }
  }

  private func failure(
    _ line: Int, _ statement: String?, tag: String = "SELECT", id: Int64 = 0
  ) -> CSVLogLine {
    CSVLogLine("division by zero", line: line) {
      ($0.severity, $0.sqlstate, $0.statement) = ("ERROR", "22012", statement)
      ($0.tag, $0.queryID) = (tag, id)
    }
  }

  @Test func bareStepsOfWhatNeverRanAreNotOfTheNextStatement() throws {
    // An empty query of the extended protocol, or a portal that was only bound.
    let image = try image([
      bare(1, "PARSE", id: 5), bare(2, "BIND", id: 5), bare(3, "SHOW", id: 7, vxid: "3/0"),
    ])
    let row = try #require(image.ordered.first)
    #expect(image.executions.count == 1)
    #expect(row.kind == "statement" && !row.isExtended && row.records == 1)
  }

  @Test func bareStepsOfAnExtendedExecuteHaveNoIDAndAreItsOwn() throws {
    let image = try image([
      bare(1, "PARSE"), bare(2, "BIND"), bare(3, "EXECUTE", id: 7),
      // A utility that was prepared and runs again.
      bare(4, "BIND", id: 9), bare(5, "SHOW"),
    ])
    #expect(image.ordered.map(\.kind) == ["execute", "execute"])
    #expect(image.ordered.map(\.records) == [3, 2])
  }

  @Test func anErrorTakesOnlyItsOwnBareSteps() throws {
    let image = try image([
      bare(1, "PARSE", id: 5), bare(2, "BIND", id: 5), failure(3, "select nothing"),
      bare(4, "PARSE", id: 6), bare(5, "BIND", id: 6), failure(6, "select 1/0", id: 6),
    ])
    #expect(image.ordered.map(\.records).sorted() == [0, 2])
    #expect(image.ordered.map(\.isExtended).contains(true))
  }

  @Test(arguments: [
    ("duration: 0.010 ms  fastpath function call: \"pg_backend_pid\" (OID 2026)", "<FASTPATH>"),
    ("duration: 0.002 ms  statement: ", "idle in transaction"),
    ("duration: 0.002 ms  statement: -- nothing ;", "idle in transaction"),
  ])
  func whatReplacesNoPortalLeavesItsPlanToCome(message: String, tag: String) throws {
    let image = try image([
      CSVLogLine("duration: 0.100 ms  bind <unnamed>: select 1", line: 1) { $0.tag = "BIND" },
      CSVLogLine("duration: 0.300 ms  execute <unnamed>: select 1", line: 2),
      CSVLogLine(message, line: 3) { $0.tag = tag },
      plan("select 1", line: 4, tag: "BIND"),
    ])
    #expect(image.links == ["6b049016.6783 4": 1])
    #expect(image.executions.count == 2)
  }

  @Test func aDeclareThatWasOnlySaidHasItsPlan() throws {
    let declare = "declare c cursor for select 1"
    let image = try image([
      CSVLogLine("statement: \(declare)", line: 1) { $0.tag = "idle in transaction" },
      CSVLogLine("statement: fetch c", line: 2) { $0.tag = "idle in transaction" },
      CSVLogLine("statement: close c", line: 3) { $0.tag = "idle in transaction" },
      plan(declare, line: 4, tag: "CLOSE CURSOR"),
    ])
    #expect(image.ordered.map(\.kind) == ["plan_only", "said", "said"])
    #expect(image.links == ["6b049016.6783 4": 1])
  }

  @Test func aLatePlanWithTheNextStatementsIDGoesToTheOpenSelect() throws {
    let image = try image([
      bare(1, "BIND", id: 5), bare(2, "SELECT", id: 5),
      plan("select a", line: 3, id: 6), plan("select b", line: 4, id: 6), bare(5, "SELECT", id: 6),
    ])
    #expect(image.ordered.map(\.text) == ["select a", "select b"])
    #expect(image.ordered.map(\.statements) == [1, 1])
    #expect(image.links == ["6b049016.6783 3": 1, "6b049016.6783 4": 5])
  }

  @Test func aLatePlanBeforeAnErrorGoesToTheOpenSelect() throws {
    let image = try image([
      bare(1, "BIND", id: 5), bare(2, "SELECT", id: 5),
      plan("select a", line: 3, id: 6), failure(4, "select 1/0", id: 6),
    ])
    #expect(image.ordered.map(\.text) == ["select a", "select 1/0"])
    #expect(image.links == ["6b049016.6783 3": 1])
  }

  @Test func bareFetchesWithOthersBetweenAreOneExecution() throws {
    let image = try image([
      bare(1, "BIND", id: 5), bare(2, "SELECT", id: 5),
      bare(3, "BIND", id: 6), bare(4, "SET", id: 6), bare(5, "SELECT", id: 5),
    ])
    #expect(image.ordered.map(\.records) == [3, 2])
    #expect(image.ordered.first?.micros[3] == 600)
  }

  @Test func aFetchThatWasSaidIsPartOfItsPortalWhenThePlanComesNext() throws {
    let image = try image([
      CSVLogLine("execute S_1/C_1: select 1", line: 1),
      CSVLogLine("execute fetch from S_1/C_1: select 1", line: 2),
      plan("select 1", line: 3, tag: "idle in transaction"),
    ])
    #expect(image.executions.count == 1)
    #expect(image.ordered.first?.records == 2)
  }

  @Test func aFetchThatFailsIsTheFailureOfItsExecution() throws {
    let image = try image([
      CSVLogLine("duration: 0.100 ms  bind <unnamed>/C_1: select 1/0", line: 1) {
        $0.tag = "BIND"
      },
      CSVLogLine("duration: 0.300 ms  execute <unnamed>/C_1: select 1/0", line: 2),
      failure(3, "select 1/0"),
    ])
    let row = try #require(image.ordered.first)
    #expect(image.executions.count == 1)
    #expect(row.sqlstate == "22012" && row.records == 2 && row.micros[0] == nil)
  }

  @Test func anErrorWithoutStatementIsNotThatOfAnotherCommand() throws {
    // An INSERT that was not announced fails at Sync; the DROP before it has succeeded.
    let image = try image([
      CSVLogLine("execute <unnamed>: drop table t", line: 1) { $0.tag = "DROP TABLE" },
      failure(2, nil, tag: "INSERT"),
      CSVLogLine("execute <unnamed>: insert into t values (1)", line: 3) { $0.tag = "INSERT" },
      failure(4, nil, tag: "INSERT"),
    ])
    #expect(image.ordered.map(\.sqlstate) == ["", "22012"])
  }

  @Test func aDurationThatABusyMachineWroteLateStillHasItsPlan() throws {
    let image = try image([
      CSVLogLine("statement: select 1", line: 1) { $0.tag = "idle" },
      plan("select 1", line: 2),
      CSVLogLine("duration: 3.000 ms", line: 3) { $0.seconds = 0.5 },
    ])
    #expect(image.executions.count == 1)
    #expect(image.links == ["6b049016.6783 2": 1])
  }

  @Test func aCursorThatWasNeverFetchedDidNotRun() throws {
    let declare = "declare c cursor for select 1"
    let image = try image([
      CSVLogLine("duration: 0.100 ms  statement: \(declare)", line: 1) {
        $0.tag = "DECLARE CURSOR"
      },
      plan(declare, line: 2, tag: "CLOSE CURSOR", loops: 0, micros: "0.001"),
    ])
    #expect(image.links.isEmpty)
    #expect(image.plans.values.first?.hasSuffix("false") == true)
  }
}
