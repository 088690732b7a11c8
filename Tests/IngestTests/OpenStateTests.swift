import Ingest
import LogStore
import TestSupport
import Testing

/// What an open session names is in the store as long as it does, and no longer.
@Suite struct OpenStateTests {
  @Test func aMessageOfSeveralStatementsAtAnEndLeavesNoQueryBehind() async throws {
    let lines = [
      CSVLogLine("statement: SELECT 2; SELECT 3", line: 1).text,
      CSVLogLine("duration: 1.000 ms", line: 2) { $0.vxid = "3/0" }.text,
      CSVLogLine("duration: 1.500 ms  statement: SELECT 4", line: 3) { $0.vxid = "3/0" }.text,
    ]
    let whole = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    try await whole.run([try scratch.write(Array(lines.joined().utf8), to: "whole.csv")])
    let grown = try await StoreUnderTest.make()
    let files = try ScratchDirectory()
    for line in lines {
      try files.append(Array(line.utf8)[...], to: "grown.csv")
      try await grown.run([files.path])
      #expect(try await grown.verify().isEmpty)
    }
    #expect(try await grown.image() == whole.image())
  }

  /// A server's start ends a session of which another file has more, whichever was read first.
  @Test func aSessionThatAServerStartEndsGivesTheSameInAnyOrder() async throws {
    let start = CSVLogLine.serverStart()
    let first = [
      CSVLogLine("duration: 0.100 ms  bind S_1: SELECT 1", line: 1) { $0.tag = "BIND" }.text,
      CSVLogLine("duration: 0.200 ms  execute S_1: SELECT 1", line: 2).text,
      CSVLogLine("duration: 0.100 ms  bind S_2: SELECT 2", line: 3) { $0.tag = "BIND" }.text,
    ].joined()
    let second = CSVLogLine("duration: 0.300 ms  execute S_2: SELECT 2", line: 4).text
    let inTurns = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let a = try scratch.write(Array(first.utf8), to: "a.csv")
    try await inTurns.run([a])
    let b = try scratch.write(Array(second.utf8), to: "b.csv")
    try await inTurns.run([b])
    try scratch.append(Array(start.text.utf8)[...], to: "a.csv")
    try await inTurns.run([a])
    let inOrder = try await StoreUnderTest.make()
    try await inOrder.run([a])
    #expect(try await inOrder.verify().isEmpty)
    #expect(try await inOrder.number("SELECT sum(records_open) FROM pgtrawl.log_files") == 0)
    try await inOrder.run([b])
    #expect(try await inOrder.image() == inTurns.image())
    #expect(try await inOrder.verify().isEmpty)
    let rows = "SELECT records, settled FROM pgtrawl.query_executions ORDER BY session_line"
    #expect(try await inOrder.query(rows) == [["2", "t"], ["2", "t"]])
    #expect(
      try await inOrder.query("SELECT ends FROM pgtrawl.open_sessions ORDER BY 1") == [
        ["0"], ["1"],
      ])
  }

  /// A server begins a new log when it starts: what the one before has open is over, whichever was read
  /// first.
  @Test(arguments: [[0, 1], [1, 0]])
  func aServerStartInAnotherFileEndsSessions(order: [Int]) async throws {
    let start = CSVLogLine.serverStart()
    let open = [
      CSVLogLine("duration: 0.100 ms  bind S_1: SELECT 1", line: 1) { $0.tag = "BIND" }.text,
      CSVLogLine("statement: SELECT 2", line: 2).text,
    ].joined()
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let files = [
      try scratch.write(Array(open.utf8), to: "a.csv"),
      try scratch.write(Array(start.text.utf8), to: "b.csv"),
    ]
    for index in order { try await store.run([files[index]]) }
    #expect(
      try await store.query("SELECT kind, settled FROM pgtrawl.query_executions")
        == [["said", "t"]])
    let waiting = "SELECT count(*) FROM pgtrawl.log_events WHERE event_class = 'bind_only'"
    #expect(try await store.number(waiting) == 1)
    #expect(
      try await store.query("SELECT ends FROM pgtrawl.open_sessions ORDER BY 1") == [["0"], ["1"]])
    #expect(try await store.number("SELECT sum(records_open) FROM pgtrawl.log_files") == 0)
    let breaches = try await store.verify()
    #expect(breaches.isEmpty, "\(breaches)")
  }

  /// Records that a log has had before, of sessions that are over, are rows of their own.
  @Test func aLogThatIsAppendedToItselfIsRead() async throws {
    let bytes = try Fixture.bytes("csvlog/shop.001.csv")
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let log = try scratch.write(bytes, to: "a.csv")
    try await store.run([log])
    let records =
      "SELECT sum(records_execution + records_event + records_plan) FROM pgtrawl.log_files"
    let once = try await store.number(records)
    try scratch.append(bytes[...], to: "a.csv")
    try await store.run([log])
    #expect(try await store.number(records) == once * 2)
    #expect(
      try await store.number("SELECT sum(committed_offset) FROM pgtrawl.log_files")
        == bytes.count * 2)
    let breaches = try await store.verify()
    #expect(breaches.isEmpty, "\(breaches)")
  }

  /// A log that was put together in the wrong order.
  @Test func linesThatGoBackKeepTheirSession() async throws {
    let lines = [7, 8, 1, 2].map {
      CSVLogLine("duration: 0.200 ms  execute S_1: SELECT \($0)", line: $0).text
    }
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    try await store.run([try scratch.write(Array(lines.joined().utf8), to: "a.csv")])
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.query_executions") == 4)
    #expect(try await store.verify().isEmpty)
  }

  @Test func filesThatSplitAStatementGiveOneRowInAnyOrder() async throws {
    let lines = [
      CSVLogLine("statement: SELECT 1", line: 1).text,
      CSVLogLine("temporary file: path \"base/t1\", size 9", line: 2) { $0.statement = "SELECT 1" }
        .text,
      CSVLogLine("division by zero", line: 3) {
        ($0.severity, $0.sqlstate, $0.statement) = ("ERROR", "22012", "SELECT 1")
      }.text,
    ]
    for order in [[0, 1, 2], [0, 2, 1], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      let store = try await StoreUnderTest.make()
      let scratch = try ScratchDirectory()
      for index in order {
        try await store.run([try scratch.write(Array(lines[index].utf8), to: "\(index).csv")])
      }
      #expect(try await store.verify().isEmpty, "\(order)")
      let rows = try await store.query(
        """
        SELECT e.session_line, e.kind, e.sqlstate, e.error, e.settled, s.sql
        FROM pgtrawl.query_executions e LEFT JOIN pgtrawl.query_samples s USING
          (query_id, executed_at, log_file_id, log_offset)
        """)
      #expect(
        rows == [["1", "statement", "22012", "division by zero", "t", "SELECT 1"]], "\(order)")
      #expect(try await store.number("SELECT count(*) FROM pgtrawl.query_samples") == 1, "\(order)")
    }
  }

  /// The parts of a message of several statements are queries only until its plans can't come any more.
  @Test func queriesThatASessionWaitedForGoWithIt() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let message = CSVLogLine("duration: 0.137 ms  statement: SELECT 1; SELECT 2 AS two", line: 84)
    let middle = try scratch.write(Array(message.text.utf8), to: "middle.csv")
    let names = "SELECT count(*) FROM pgtrawl.queries WHERE id <> 0"
    try await store.run([middle])
    #expect(try await store.number(names) == 3)
    #expect(try await store.number("SELECT pgtrawl.prune_sessions(1, 0)") == 1)
    #expect(try await store.number(names) == 1)
    #expect(try await store.verify().isEmpty)

    try await store.run([middle]) { $0.again = true }
    #expect(try await store.number(names) == 3)
    let own = Store(conninfo: store.conninfo)
    try await own.forget(file: Int64(store.number("SELECT max(id) FROM pgtrawl.log_files")))
    await own.close()
    #expect(try await store.number(names) == 0)
    #expect(try await store.verify().isEmpty)
  }

  /// What is open is tentative as long as nobody has seen how its session began.
  @Test(arguments: ["select b", "fetch all from c"])
  func whatIsOpenIsTheSameWhicheverFileWasReadFirst(text: String) async throws {
    let scratch = try ScratchDirectory()
    let head = [
      CSVLogLine("connection received: host=[local]", line: 1),
      CSVLogLine("duration: 1.000 ms  statement: select a", line: 2),
    ].map(\.text).joined()
    let first = try scratch.write(Array(head.utf8), to: "a.csv")
    let open = CSVLogLine("statement: " + text, line: 3) { $0.tag = "idle" }.text
    let second = try scratch.write(Array(open.utf8), to: "b.csv")
    var samples: [[[String]]] = []
    for order in [[first, second], [second, first]] {
      let store = try await StoreUnderTest.make()
      for file in order { try await store.run([file]) }
      #expect(try await store.verify().isEmpty)
      samples.append(
        try await store.query(
          """
          SELECT session_line, settled, tentative, sql FROM pgtrawl.query_samples
          ORDER BY session_line
          """))
    }
    #expect(samples[0] == samples[1])
    #expect(samples[0].last?.prefix(3) == ["3", "f", "f"])
  }
}
