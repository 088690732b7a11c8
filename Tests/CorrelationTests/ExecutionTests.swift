import LogModel
import TestSupport
import Testing

/// What is one execution, setting by setting.
@Suite struct ExecutionTests {
  private func image(_ lines: [CSVLogLine]) throws -> TableImage {
    try TableImage(Array(lines.map(\.text).joined().utf8))
  }

  private func plan(_ text: String, micros: String = "0.500", rows: Int = 1) -> String {
    "duration: \(micros) ms  plan:\n{\"Query Text\": \"\(text)\", \"Plan\": {\"Node Type\": \"Result\","
      + " \"Actual Rows\": \(rows), \"Actual Loops\": 1}}"
  }

  @Test func aPlanAndItsDurationAreOneExecution() throws {
    let image = try image([
      CSVLogLine(plan("select 1"), line: 1),
      CSVLogLine("duration: 1.000 ms  statement: select 1", line: 2) { $0.vxid = "3/0" },
    ])
    let row = try #require(image.ordered.first)
    #expect(image.executions.count == 1)
    #expect(row.kind == "statement")
    #expect(row.micros == [1000, nil, nil, nil, 500])
    #expect(row.rows == [1, nil])
    #expect(row.isSettled)
    #expect(image.links == ["6b049016.6783 1": 2])
  }

  @Test func parseBindExecuteAndFetchesAreOneExecutionWithItsParts() throws {
    let image = try image([
      CSVLogLine("duration: 0.100 ms  parse <unnamed>: select $1", line: 1) { $0.tag = "PARSE" },
      CSVLogLine("duration: 0.200 ms  bind <unnamed>/C_1: select $1", line: 2) {
        $0.tag = "BIND"
        $0.detail = "parameters: $1 = '7'"
      },
      CSVLogLine("duration: 0.300 ms  execute <unnamed>/C_1: select $1", line: 3) {
        $0.detail = "parameters: $1 = '7'"
      },
      CSVLogLine("duration: 0.400 ms  execute fetch from <unnamed>/C_1: select $1", line: 4),
      CSVLogLine(plan("select $1", micros: "0.650"), line: 5),
    ])
    let row = try #require(image.ordered.first)
    #expect(image.executions.count == 1)
    #expect(row.kind == "execute" && row.isExtended && row.isSettled)
    #expect(row.line == 1 && row.records == 4)
    #expect(row.micros == [1000, 100, 200, 700, 650])
    #expect(row.parameters == "$1 = '7'")
    #expect(image.links == ["6b049016.6783 5": 1])
  }

  @Test func aPlanThatComesAfterTheNextParseBelongsToTheEarlierExecute() throws {
    let image = try image([
      CSVLogLine("duration: 0.300 ms  execute S_1: select a", line: 1),
      CSVLogLine("duration: 0.100 ms  parse S_2: update t", line: 2) { $0.tag = "PARSE" },
      CSVLogLine(plan("select a", micros: "0.250"), line: 3) { $0.tag = "BIND" },
      CSVLogLine("duration: 0.100 ms  bind S_2: update t", line: 4) { $0.tag = "BIND" },
      CSVLogLine("duration: 0.900 ms  execute S_2: update t", line: 5) { $0.tag = "UPDATE" },
    ])
    #expect(image.ordered.map(\.text) == ["select a", "update t"])
    #expect(image.ordered.map { $0.micros[4] } == [250, nil])
    #expect(image.ordered.map { $0.micros[0] } == [300, 1100])
  }

  @Test func aStatementRecordWaitsForItsDuration() throws {
    let image = try image([
      CSVLogLine("statement: select 1", line: 1) { $0.tag = "idle" },
      CSVLogLine("duration: 2.000 ms", line: 2) { $0.vxid = "3/0" },
      CSVLogLine("statement: select 2", line: 3) { $0.tag = "idle" },
      CSVLogLine("statement: select 3", line: 4) { $0.tag = "idle" },
    ])
    #expect(image.ordered.map(\.kind) == ["statement", "said", "said"])
    #expect(image.ordered.map { $0.micros[0] } == [2000, nil, nil])
    #expect(image.ordered.map(\.isSettled) == [true, true, false])
  }

  @Test func anErrorEndsTheStatementThatWasSaid() throws {
    let image = try image([
      CSVLogLine("statement: select 1/0", line: 1) { $0.tag = "idle" },
      CSVLogLine("division by zero", line: 2) {
        ($0.severity, $0.sqlstate, $0.statement) = ("ERROR", "22012", "select 1/0")
      },
    ])
    let row = try #require(image.ordered.first)
    #expect(image.executions.count == 1)
    #expect(row.sqlstate == "22012" && row.error == "division by zero" && row.records == 1)
    #expect(row.micros[0] == nil)
    #expect(image.events.count == 1)
  }

  @Test func plansOfAFailedMessageAreExecutionsOfTheirOwn() throws {
    let message = "select 1; select 1/0"
    let image = try image([
      CSVLogLine(plan(message), line: 1),
      CSVLogLine("division by zero", line: 2) {
        ($0.severity, $0.sqlstate, $0.statement) = ("ERROR", "22012", message)
      },
      CSVLogLine(plan("select 8; select 9"), line: 3) { $0.vxid = "3/11" },
      CSVLogLine("duration: 9.000 ms", line: 4) { $0.vxid = "3/0" },
    ])
    #expect(image.ordered.map(\.kind) == ["plan_only", "statement", "statement"])
    #expect(image.ordered.map(\.sqlstate) == ["", "22012", ""])
  }

  @Test func aMessageOfSeveralStatementsIsOneRowAndItsPlansHaveTheirStatements() throws {
    let message = "select 1; update t set a = 2; commit"
    let image = try image([
      CSVLogLine(plan(message), line: 1),
      CSVLogLine(plan(message), line: 2),
      CSVLogLine("duration: 3.000 ms  statement: \(message)", line: 3) { $0.vxid = "3/0" },
    ])
    #expect(image.executions.count == 1)
    #expect(image.ordered.first?.statements == 3)
    #expect(
      image.plans.sorted { $0.key.offset < $1.key.offset }.map(\.value) == [
        "1 0 select 1 true", "2 0 update t set a = 2 true",
      ])
  }

  @Test func executeHasThePreparedQuerysText() throws {
    let prepare = "PREPARE p(int) AS select $1"
    let image = try image([
      CSVLogLine("duration: 0.100 ms  statement: \(prepare)", line: 1) { $0.tag = "PREPARE" },
      CSVLogLine(plan(prepare), line: 2) { $0.tag = "EXECUTE" },
      CSVLogLine("duration: 0.800 ms  statement: EXECUTE p(1)", line: 3) {
        ($0.tag, $0.detail, $0.vxid) = ("EXECUTE", "prepare: \(prepare)", "3/0")
      },
    ])
    #expect(image.ordered.map(\.kind) == ["prepare", "statement"])
    #expect(image.ordered.map(\.text) == [prepare, "select $1"])
    #expect(image.plans.values.first == "2 0 select $1 true")
    #expect(image.links.values.first == 3)
  }

  @Test func aCursorsPlanGoesToItsDeclare() throws {
    let declare = "declare c cursor for select 1"
    let image = try image([
      CSVLogLine("duration: 0.100 ms  statement: \(declare)", line: 1) {
        $0.tag = "DECLARE CURSOR"
      },
      CSVLogLine("duration: 5.000 ms  statement: fetch c", line: 2) { $0.tag = "FETCH" },
      CSVLogLine(plan(declare, micros: "4.000"), line: 3) { $0.tag = "COMMIT" },
      CSVLogLine("duration: 0.010 ms  statement: commit", line: 4) {
        ($0.tag, $0.vxid) = ("COMMIT", "3/0")
      },
    ])
    #expect(image.ordered.map { $0.micros[4] } == [4000, nil, nil])
    #expect(image.links == ["6b049016.6783 3": 1])
  }

  @Test func nestedStatementsAreRowsOfTheirOwn() throws {
    let image = try image([
      CSVLogLine(plan("select v from t where id = i"), line: 1) {
        $0.context =
          "SQL statement \"select\"\nPL/pgSQL function f(integer) line 1 at SQL statement"
      },
      CSVLogLine(plan("select f(1)"), line: 2) {
        $0.context = "unnamed portal with parameters: $1 = '1'"
      },
      CSVLogLine("duration: 1.000 ms  statement: select f(1)", line: 3) { $0.vxid = "3/0" },
    ])
    #expect(image.ordered.map(\.nesting) == [1, 0])
    #expect(image.ordered.map(\.kind) == ["plan_only", "statement"])
  }

  @Test func explainsOwnPlanIsNoExecution() throws {
    let never =
      "duration: 0.000 ms  plan:\n{\"Query Text\": \"explain select 1\", \"Plan\": {\"Node Type\": \"Result\"}}"
    let image = try image([
      CSVLogLine(never, line: 1),
      CSVLogLine("duration: 0.400 ms  statement: explain select 1", line: 2) { $0.vxid = "3/0" },
      CSVLogLine(
        "duration: 0.000 ms  plan:\n{\"Query Text\": \"select 2\", \"Plan\": {\"Node Type\": \"Result\","
          + " \"Actual Loops\": 0}}", line: 3),
    ])
    #expect(image.executions.count == 1)
    #expect(image.plans.count == 2)
    #expect(image.links == ["6b049016.6783 1": 2])
  }

  @Test func forgedRecordsAreEvents() throws {
    let image = try image([
      CSVLogLine("duration: 7.000 ms  statement: select 'forged'", line: 1) {
        ($0.statement, $0.context) = ("select raise()", "PL/pgSQL function raise() line 1 at RAISE")
      }
    ])
    #expect(image.executions.isEmpty)
    #expect(image.events.values.first?.hasPrefix("forged") == true)
  }

  @Test(arguments: [
    "duration: 7.000 ms  statement: select 'forged'", "duration: 8.000 ms",
    "statement: select 'forged'",
    #"duration: 9.000 ms  plan:\#n{"Query Text": "select 1", "Plan": {"Node Type": "Result", "Actual Loops": 1}}"#,
  ])
  func forgedRecordsWithoutStatementAreEventsToo(message: String) throws {
    // Whether the server writes STATEMENT is a matter of log_min_error_statement.
    for severity in ["LOG", "WARNING"] {
      let image = try image([
        CSVLogLine(message, line: 1) {
          ($0.severity, $0.context) = (severity, "PL/pgSQL function raise() line 1 at RAISE")
        }
      ])
      #expect(image.executions.isEmpty, "\(severity)")
      #expect(image.plans.isEmpty, "\(severity)")
      #expect(image.events.count == 1, "\(severity)")
    }
    // auto_explain.log_level can be WARNING: only their CONTEXT tells forged plans from others.
    guard !message.contains("plan:") else { return }
    let warning = try image([CSVLogLine(message, line: 1) { $0.severity = "WARNING" }])
    #expect(warning.executions.isEmpty)
  }

  @Test func workersOfAFailedQueryAreEvents() throws {
    let failure = { (line: inout CSVLogLine) in
      (line.severity, line.sqlstate, line.statement) = ("FATAL", "57P01", "select big")
      (line.backend, line.session) = ("parallel worker", "6b049016.7000")
    }
    let image = try image([
      CSVLogLine("terminating", line: 1, configure: failure),
      CSVLogLine("canceling statement due to statement timeout", line: 1) {
        ($0.severity, $0.sqlstate, $0.statement) = ("ERROR", "57014", "select big")
      },
    ])
    #expect(image.executions.count == 1)
    #expect(image.events.count == 2)
  }

  @Test func bindWithoutExecuteIsAnEvent() throws {
    let image = try image([
      CSVLogLine("duration: 0.200 ms  bind S_1: select 1", line: 1) { $0.tag = "BIND" },
      CSVLogLine("disconnection: session time: 0:00:01.000", line: 2) { $0.tag = "idle" },
    ])
    #expect(image.executions.isEmpty)
    #expect(image.events.count == 2)
    #expect(image.total.openRecords == 0)
  }

  /// Another file can have the lines that are left out.
  @Test func aSegmentEndsWhereLinesAreLeftOut() throws {
    let image = try image([
      CSVLogLine("statement: a", line: 1),
      CSVLogLine("duration: 1.000 ms", line: 5),
    ])
    #expect(image.missingLines == 0)
    #expect(image.sessions.values.flatMap { $0 }.map(\.firstLine) == [1, 5])
    #expect(image.executions.count == 2)
  }

  /// The start of a server ends sessions, which a log that was put together can have more lines of.
  @Test func aSessionThatAServerStartEndedIsStoredAsItWasEnded() throws {
    let start = CSVLogLine.serverStart(session: "6b059016.1")
    let first = CSVLogLine("duration: 0.100 ms  bind S_1: select 1", line: 1) { $0.tag = "BIND" }
    let later = CSVLogLine("duration: 0.100 ms  statement: select 2", line: 7)
    let bytes = Array((first.text + start.text + later.text).utf8)
    for restarts in [false, true] {
      let image = try TableImage(bytes, cuts: [first.text.utf8.count], restarts: restarts)
      let waiting = image.sessions.values.flatMap { $0 }.reduce(0) { $0 + $1.snapshot.openRecords }
      #expect(image.total.openRecords == Int64(waiting))
      #expect(image.total.openRecords == 0)
      #expect(image.executions.count == 1)
    }
  }

  /// Rejected bytes are no file's: what they held is missing, and the session goes on.
  @Test func aSessionGoesOnBehindRejectedBytes() throws {
    let lost = String(repeating: "not a record, but long enough for one; ", count: 5) + "\n"
    let (first, last) = (
      CSVLogLine("statement: a", line: 1), CSVLogLine("duration: 1.000 ms", line: 3)
    )
    let log = first.text + lost + last.text
    for cut in 0...log.utf8.count {
      let image = try TableImage(Array(log.utf8), cuts: [cut], restarts: true)
      #expect(image.missingLines == 1, "cut at \(cut)")
      #expect(image.sessions.values.flatMap { $0 }.map(\.firstLine) == [1], "cut at \(cut)")
      #expect(image.executions.count == 1, "cut at \(cut)")
    }
  }

  @Test(arguments: [
    ("temporary file: path \"base/pgsql_tmp/pgsql_tmp1.0\", size 9", "temporary_file"),
    ("process 7 still waiting for ShareLock on transaction 4 after 1000.1 ms", "lock_wait"),
    ("checkpoint starting: time", "checkpoint"), ("starting PostgreSQL 15.1", "server"),
    ("automatic vacuum of table \"a.b.c\"", "autovacuum"), ("said by hand", "other"),
  ])
  func wordsOfTheServersOwnThatAreRaisedAreForged(message: String, own: String) throws {
    for (context, expected) in [
      (nil, own), ("SQL statement \"x\"\nPL/pgSQL function f() line 1 at RAISE", own),
      ("PL/pgSQL function f() line 1 at RAISE", own == "other" ? own : "forged"),
      ("PL/pgSQL-Funktion f() Zeile 1 bei RAISE", own == "other" ? own : "forged"),
    ] {
      let image = try image([
        CSVLogLine(message, line: 1) { ($0.context, $0.statement) = (context, "select f()") }
      ])
      #expect(image.events.values.first?.hasPrefix(expected) == true, "\(context ?? "")")
    }
  }
}
