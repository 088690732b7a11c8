import EmbeddedStore
import LogSource
import LogStore
import Postgres
import Testing

@testable import Tool

struct ExitStatusTests {
  @Test(
    arguments: [
      (ToolError(.usage, "x", "y"), 2), (ToolError(.configuration, "x", "y"), 2),
      (ToolError(.missing, "x", "y"), 1), (ToolError(.failed, "x", "y"), 1),
      (ToolError(.locked, "x", "y"), 4), (ToolError(.unavailable, "x", "y"), 75),
      (PostgresError(code: .connectionFailed, message: ""), 75),
      (PostgresError(code: .connectionLost, message: ""), 75),
      (PostgresError(code: .connectionFailed, sqlState: "3D000", message: ""), 1),
      (PostgresError(code: .connectionFailed, sqlState: "28P01", message: ""), 1),
      (PostgresError(code: .connectionFailed, sqlState: "28000", message: ""), 1),
      (PostgresError(code: .connectionFailed, sqlState: "53300", message: ""), 75),
      (PostgresError(code: .connectionFailed, sqlState: "57P03", message: ""), 75),
      (PostgresError(code: .invalidConninfo, message: ""), 2),
      (PostgresError(code: .server("53300"), sqlState: "53300", message: ""), 75),
      (PostgresError(code: .server("42P01"), sqlState: "42P01", message: ""), 1),
      (LoadError(code: .auth, message: ""), 1),
      (LoadError(code: .down, message: ""), 75), (LoadError(code: .readOnly, message: ""), 75),
      (LoadError(code: .schema, message: ""), 1), (LoadError(code: .tooOld, message: ""), 1),
      (MigrationError(code: .locked), 75),
      (MigrationError(code: .newerSchema(database: "a", program: "b")), 1),
      (EmbeddedStoreError(.noServerPrograms, path: ""), 75),
      (EmbeddedStoreError(.absent, path: ""), 1),
      (LogSourceError(code: .unknownTimeZone(name: "x", similar: [])), 2),
      (CancellationError(), 1),
    ] as [(any Error, Int32)])
  func errors(error: any Error, code: Int32) {
    #expect(ExitStatus(error).rawValue == code)
  }

  @Test(
    arguments: [
      (3, 0, 0, false, 0), (3, 0, 2, false, 0), (3, 0, 2, true, 3), (3, 1, 0, false, 5),
      (3, 1, 2, true, 5), (0, 1, 0, false, 1), (0, 0, 0, false, 0),
    ] as [(Int, Int, Int64, Bool, Int32)])
  func imports(readable: Int, unreadable: Int, rejected: Int64, isStrict: Bool, code: Int32) {
    let status = ExitStatus.ofImport(
      readable: readable, unreadable: unreadable, rejectedRecords: rejected, isStrict: isStrict)
    #expect(status.rawValue == code)
  }

  @Test func codesAreThoseOfTheContract() {
    #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 75, 130, 143])
  }

  @Test func messagesNameThingCauseAndNextStep() {
    let error = ToolError(.usage, "--jobs", "0 is too few", next: "Name more")
    #expect(error.description == "--jobs: 0 is too few. Name more.")
    #expect(ToolError(.failed, "a", "b").description == "a: b.")
    #expect(
      ToolError(.failed, "a", "b", next: "Did you mean 'c'?").description
        == "a: b. Did you mean 'c'?")
    let down = PostgresError(code: .connectionFailed, message: "no answer", detail: "secret row")
    #expect(ErrorMessage.of(down).hasPrefix("the store: cannot connect"))
    #expect(!ErrorMessage.of(down).contains("secret"))
  }

  @Test(arguments: [
    ["bogus"], ["report", "queries", "--limit", "0"], ["forget"], ["import", "--jobs", "x"],
    ["migrate", "down", "--layer", "core"], ["db", "destroy"],
    ["report", "queries", "--sort", "x"],
  ])
  func wrongCommandLinesAreUsageErrors(arguments: [String]) async {
    let quiet = TerminalState(isTerminal: false, columns: nil, hasColour: false)
    let runner = CommandRunner(
      console: Console(out: quiet, err: quiet), environment: [:])
    #expect(await runner.run(arguments) == .usage)
  }

  @Test func forgetFindsFilesByPathEndOrNumber() throws {
    func file(_ id: Int64, _ path: String) -> ForgetCommand.Candidate {
      ForgetCommand.Candidate(id: id, path: path)
    }
    let files = [file(1, "/a/x.csv"), file(2, "/b/x.csv"), file(3, "/b/y.csv")]
    #expect(try ForgetCommand.chosen(["/b/x.csv"], among: files).map(\.id) == [2])
    #expect(try ForgetCommand.chosen(["y.csv", "1", "y.csv"], among: files).map(\.id) == [3, 1])
    #expect(throws: ToolError.self) { try ForgetCommand.chosen(["x.csv"], among: files) }
    #expect(throws: ToolError.self) { try ForgetCommand.chosen(["z.csv"], among: files) }
  }
}
