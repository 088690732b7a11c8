import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Tool

/// Runs command lines in this process against a database of its own.
struct CommandUnderTest: Sendable {
  let conninfo: String

  struct Outcome {
    var status: Tool.ExitStatus
    var out: String
    var err: String

    /// `out` as JSON.
    func json() throws -> Any { try JSONSerialization.jsonObject(with: Data(out.utf8)) }

    /// `out` as a JSON object.
    func object() throws -> [String: Any] { try #require(try json() as? [String: Any]) }
  }

  static func make() async throws -> CommandUnderTest {
    CommandUnderTest(conninfo: try await TestCluster.shared().createDatabase())
  }

  static func fixture(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("fixtures/\(name)").path
  }

  func run(_ arguments: String...) async -> Outcome { await run(arguments: arguments) }

  func run(arguments: [String]) async -> Outcome {
    let pipe = TerminalState(isTerminal: false, columns: nil, hasColour: false)
    let kept = Kept()
    let console = Console(out: pipe, err: pipe) { text, descriptor in
      kept.texts.withLock { $0[descriptor, default: ""] += text }
    }
    let environment = ["PGTRAWL_DATABASE_URL": conninfo, "HOME": "/nonexistent"]
    let status = await CommandRunner(console: console, environment: environment).run(arguments)
    return kept.texts.withLock {
      Outcome(status: status, out: $0[1] ?? "", err: $0[2] ?? "")
    }
  }

  /// The first cell of the first row.
  func value(_ sql: String) async throws -> String {
    let connection = try await PostgresConnection.open(conninfo: conninfo)
    let value = try await connection.query(sql).first?.string(0) ?? ""
    await connection.close()
    return value
  }
}

/// What was written, by file descriptor.
private final class Kept: Sendable {
  let texts = Mutex<[Int32: String]>([:])
}

struct CommandTests {
  @Test func emptyDatabaseIsNamed() async throws {
    let tool = try await CommandUnderTest.make()
    let outcome = await tool.run("report", "queries")
    #expect(outcome.status == .failed && outcome.out.isEmpty)
    #expect(outcome.err.contains("Import logs with 'pgtrawl import PATH'."))
  }

  @Test func importThenReports() async throws {
    let tool = try await CommandUnderTest.make()
    let file = CommandUnderTest.fixture("csvlog/shop.001.csv")
    let first = await tool.run("import", file, "--format", "json")
    #expect(first.status == .done, "\(first.err)")
    #expect(try first.object()["files_imported"] as? Int == 1)
    let again = await tool.run("import", file, "--format", "json")
    #expect(try again.object()["files_known"] as? Int == 1)

    let queries = await tool.run("report", "queries", "--limit", "100000", "--format", "json")
    let rows = try #require(try queries.json() as? [[String: Any]])
    let calls = rows.reduce(0) { $0 + ($1["calls"] as? Int ?? 0) }
    let errors = rows.reduce(0) { $0 + ($1["errors"] as? Int ?? 0) }
    let share = rows.reduce(0.0) { $0 + ($1["share"] as? Double ?? 0) }
    let top = "FROM pgtrawl.query_executions WHERE nesting = 0"
    #expect(try await tool.value("SELECT count(*) \(top)") == "\(calls)")
    #expect(try await tool.value("SELECT count(sqlstate) \(top)") == "\(errors)")
    #expect(errors > 0 && abs(share - 1) < 0.001)
    let totals = rows.compactMap { $0["total_ms"] as? Double }
    #expect(totals == totals.sorted(by: >))

    let id = try #require(rows.first?["id"] as? String)
    let shown = try await tool.run("show", "query", id, "--format", "json").object()
    #expect(shown["id"] as? String == id)
    let figures = try #require(shown["figures"] as? [String: Any])
    let total = try #require(figures["total_ms"] as? Double)
    let firstTotal = try #require(totals.first)
    #expect(total >= firstTotal - 0.001)

    let summary = try await tool.run("report", "summary", "--format", "json").object()
    let period = try #require(summary["period"] as? [String: Any])
    #expect(period["executions"] as? Int == calls && period["failed"] as? Int == errors)

    let status = try await tool.run("status", "--open", "--format", "json").object()
    let files = try #require(status["files"] as? [[String: Any]])
    #expect(files.map { $0["path"] as? String } == [file])
  }

  @Test func filtersLeaveOutWhatTheyName() async throws {
    let tool = try await CommandUnderTest.make()
    let loaded = await tool.run("import", CommandUnderTest.fixture("csvlog/shop.001.csv"))
    #expect(loaded.status == .done, "\(loaded.err)")
    let middle = try await tool.value(
      """
      SELECT to_char((min(executed_at) + (max(executed_at) - min(executed_at)) / 2)
        AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
      FROM pgtrawl.query_executions WHERE nesting = 0
      """)
    func calls(_ arguments: [String]) async throws -> Int {
      let pipe = ["report", "queries", "--limit", "100000", "--format", "json"] + arguments
      let outcome = await tool.run(arguments: pipe)
      let rows = try #require(try outcome.json() as? [[String: Any]], "\(outcome.err)")
      return rows.reduce(0) { $0 + ($1["calls"] as? Int ?? 0) }
    }
    let all = try await calls([])
    let before = try await calls(["--until", middle])
    let after = try await calls(["--since", middle])
    #expect(before > 0 && after > 0 && before + after == all)
    #expect(try await calls(["--database", "nowhere"]) == 0)
    #expect(try await calls(["--source", "default"]) == all)
    #expect(try await calls(["--nested"]) >= all)
    let plans = await tool.run("report", "plans", "--user", "nobody-at-all", "--format", "json")
    #expect(plans.out == "[]\n")
    let missing = await tool.run("report", "queries", "--source", "defualt")
    #expect(missing.status == .failed && missing.err.contains("Did you mean 'default'?"))
  }

  @Test func plansAndExecutionsAreShownWithEachOther() async throws {
    let tool = try await CommandUnderTest.make()
    let loaded = await tool.run("import", CommandUnderTest.fixture("csvlog/shop.001.csv"))
    #expect(loaded.status == .done, "\(loaded.err)")
    let plan = try await tool.value(
      "SELECT plan_id FROM pgtrawl.execution_plans WHERE format = 'json' ORDER BY 1 LIMIT 1")
    let text = await tool.run("show", "plan", plan)
    #expect(text.status == .done && text.out.contains("  (cost="))
    let object = try await tool.run("show", "plan", plan, "--format", "json").object()
    #expect((object["plan"] as? [String: Any])?["Plan"] is [String: Any])
    let execution = try #require(object["execution_id"] as? String)
    let shown = try await tool.run("show", "execution", execution, "--format", "json").object()
    let plans = try #require(shown["plans"] as? [[String: Any]])
    #expect(plans.contains { $0["id"] as? String == plan })

    let failed = try await tool.value(
      "SELECT id FROM pgtrawl.executions WHERE sqlstate IS NOT NULL ORDER BY executed_at LIMIT 1")
    let error = try await tool.run("show", "execution", failed, "--format", "json").object()
    #expect((error["errors"] as? [[String: Any]])?.isEmpty == false)

    let bound = try await tool.value(
      "SELECT id FROM pgtrawl.executions WHERE cardinality(parameters) > 0 ORDER BY 1 LIMIT 1")
    let parameters = try await tool.run("show", "execution", bound, "--format", "json").object()
    #expect((parameters["parameters"] as? [[String: Any]])?.isEmpty == false)
  }

  @Test func forgetTakesBackWhatOneFileGave() async throws {
    let tool = try await CommandUnderTest.make()
    let small = CommandUnderTest.fixture("special/small.csv")
    let other = CommandUnderTest.fixture("special/plans_only.csv")
    #expect(await tool.run("import", small, other).status == .done)
    #expect(await tool.run("forget", "small.csv").status == .done)
    #expect(try await tool.value("SELECT count(*) FROM pgtrawl.log_files") == "1")
    #expect(await tool.run("forget", "small.csv").status == .failed)
    #expect(await tool.run("forget", "--source", "default").status == .done)
    #expect(try await tool.value("SELECT count(*) FROM pgtrawl.query_executions") == "0")
  }

  @Test func statementsAreShownAsTheyWereSent() async throws {
    let tool = try await CommandUnderTest.make()
    let loaded = await tool.run("import", CommandUnderTest.fixture("csvlog/shop.001.csv"))
    #expect(loaded.status == .done, "\(loaded.err)")
    let failed = "FROM pgtrawl.samples WHERE 'failed' = ANY (reasons) AND sql IS NOT NULL"
    let number = try await tool.value("SELECT query_id \(failed) ORDER BY id LIMIT 1")
    let query = PublicID.text(query: try #require(Int64(number)))
    let object = try await tool.run("show", "query", query, "--format", "json").object()
    let samples = try #require(object["samples"] as? [[String: Any]])
    let sample = try #require(samples.first { $0["sqlstate"] is String })
    #expect((sample["reasons"] as? [String]) == ["failed"])
    let error = try #require(sample["error"] as? String)
    let sql = try #require(sample["sql"] as? String)
    #expect(!error.isEmpty && !sql.isEmpty && sample["executed_at"] is String)

    let id = try #require(sample["id"] as? String)
    let shown = try await tool.run("show", "execution", id, "--format", "json").object()
    #expect(shown["statement"] as? String == sql)

    let bound = try await tool.value(
      "SELECT query_id FROM pgtrawl.samples WHERE cardinality(parameters) > 0 ORDER BY id LIMIT 1")
    let other = PublicID.text(query: try #require(Int64(bound)))
    let lists = try await tool.run("show", "query", other, "--format", "json").object()
    let rows = try #require(lists["samples"] as? [[String: Any]])
    #expect(rows.contains { ($0["parameters"] as? [Any])?.isEmpty == false })
    #expect(rows.contains { $0["duration_ms"] is Double })
    let text = await tool.run("show", "query", query)
    #expect(text.status == .done && text.out.contains(id))
  }

  @Test func aDatabaseThatCannotHoldEveryTextIsLeftAsItIs() async throws {
    let latin = try await TestCluster.shared().createDatabase(encoding: "LATIN1")
    let tool = CommandUnderTest(conninfo: latin)
    for command in [["import", CommandUnderTest.fixture("special/small.csv")], ["migrate", "up"]] {
      let outcome = await tool.run(arguments: command)
      #expect(outcome.status == .failed)
      #expect(
        outcome.err.contains("the database's encoding is LATIN1; create a database with ENCODING"))
    }
    #expect(try await tool.value("SELECT to_regnamespace('pgtrawl') IS NULL") == "t")
  }

  @Test func aRefusedSourceLeavesNoName() async throws {
    let tool = try await CommandUnderTest.make()
    let small = CommandUnderTest.fixture("special/small.csv")
    #expect(await tool.run("import", small).status == .done)
    let refused = await tool.run("import", "--source", "other", small)
    #expect(refused.status == .failed && refused.err.contains("under source default"))
    #expect(try await tool.value("SELECT string_agg(name, ',') FROM pgtrawl.sources") == "default")
    // A source that has something stays, whatever is refused later.
    #expect(await tool.run("import", "--source", "other", "--force", small).status == .done)
    let torn = CommandUnderTest.fixture("special/torn_middle.csv")
    #expect(await tool.run("import", torn).status == .done)
    #expect(await tool.run("import", "--source", "other", torn).status == .failed)
    #expect(try await tool.value("SELECT count(*) FROM pgtrawl.sources") == "2")
  }

  @Test func emptyFilesAreCounted() async throws {
    let tool = try await CommandUnderTest.make()
    let empty = try TemporaryLog("")
    let some = await tool.run(
      "import", empty.path, CommandUnderTest.fixture("special/small.csv"))
    #expect(some.out.split(separator: "\n").contains { $0.hasPrefix("files empty") })
    let none = await tool.run("import", CommandUnderTest.fixture("special/small.csv"))
    #expect(!none.out.contains("files empty"))
    let json = try await tool.run("import", empty.path, "--format", "json").object()
    #expect(json["files_empty"] as? Int == 1)
  }

  @Test func aBadConfigurationIsAUsageError() async throws {
    let tool = CommandUnderTest(conninfo: "host=/nonexistent port=1")
    for (text, place) in [
      ("strict = true\njobs = 'two'\n", "line 2: 'jobs' has to be a number"),
      ("\n\nsuorce = 'x'\n", "line 3: 'suorce' is no setting"), ("jobs = \n", "at line 1"),
    ] {
      let file = try TemporaryLog(text)
      let outcome = await tool.run("status", "--config", file.path)
      #expect(outcome.status == .usage && outcome.out.isEmpty)
      #expect(outcome.err.contains(place), "\(outcome.err)")
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionsAreWritten(shell: String) async {
    let tool = CommandUnderTest(conninfo: "host=/nonexistent port=1")
    let outcome = await tool.run("--generate-completion-script", shell)
    #expect(outcome.status == .done && outcome.err.isEmpty)
    #expect(outcome.out.contains("pgtrawl") && outcome.out.contains("forget"))
  }

  @Test(arguments: ["report", "show", "migrate"])
  func helpOfAGroupHasExamples(group: String) async {
    let tool = CommandUnderTest(conninfo: "host=/nonexistent port=1")
    for arguments in [[group, "--help"], [group]] {
      let outcome = await tool.run(arguments: arguments)
      #expect(outcome.status == .done && outcome.out.contains("  pgtrawl \(group) "))
    }
  }

  @Test func badInputsHaveTheirCodes() async throws {
    let tool = try await CommandUnderTest.make()
    let small = CommandUnderTest.fixture("special/small.csv")
    let stderrLog = CommandUnderTest.fixture("stderr/small.log")
    #expect(await tool.run("import", "/nonexistent.csv").status == .failed)
    #expect(await tool.run("import", small, stderrLog).status == .unreadable)
    let torn = CommandUnderTest.fixture("special/torn_middle.csv")
    #expect(await tool.run("import", "--strict", "--source", "torn", torn).status == .rejected)
    #expect(await tool.run("import", "--dry-run", torn).status == .done)
    #expect(await tool.run("import", small, "--timezone", "Europe/Berlim").status == .usage)
  }

  @Test func schemaGoesDownAndUp() async throws {
    let tool = try await CommandUnderTest.make()
    #expect(await tool.run("migrate", "up").status == .done)
    #expect(await tool.run("migrate", "down", "--layer", "core").status == .usage)
    #expect(await tool.run("migrate", "down", "--layer", "core", "--yes").status == .done)
    let status = await tool.run("migrate", "status", "--format", "json")
    let rows = try #require(try status.json() as? [[String: Any]])
    #expect(!rows.isEmpty && rows.allSatisfy { $0["state"] as? String == "pending" })
  }

  @Test func serverThatIsNotThereIsTryAgain() async {
    let tool = CommandUnderTest(conninfo: "host=/nonexistent port=1")
    let outcome = await tool.run("status")
    #expect(outcome.status == .unavailable)
    #expect(outcome.err.contains("--database-url"))
  }
}
