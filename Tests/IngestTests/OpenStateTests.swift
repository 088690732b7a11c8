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
}
