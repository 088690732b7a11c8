import TestSupport
import Testing

@testable import Tool

struct CompletenessTests {
  @Test func statusSaysWhatIsMissingAndWhatIsNotKnown() async throws {
    let tool = try await CommandUnderTest.make()
    let server: (inout CSVLogLine) -> Void = {
      $0.isClient = false
      $0.backend = "postmaster"
      $0.session = "6b049000.1"
    }
    let log = try TemporaryLog(
      [
        CSVLogLine("duration: 1.000 ms  statement: SELECT 1", line: 1),
        CSVLogLine("duration: 1.000 ms  statement: SELECT 1", line: 5),
        CSVLogLine("disconnection: session time: 0:00:01", line: 6) { $0.seconds = 3599 },
        CSVLogLine(
          #"parameter "log_min_duration_statement" changed to "1s""#, line: 8, configure: server),
      ].map(\.text).joined())
    #expect(await tool.run("import", log.path).status == .done)
    let status = try await tool.run("status", "--hourly", "--format", "json").object()
    let source = try #require((status["sources"] as? [[String: Any]])?.first)
    #expect(source["missing_lines"] as? Int == 3)
    #expect(source["execution_records"] as? Int == 2 && source["event_records"] as? Int == 2)
    let settings = try #require(status["settings"] as? [[String: Any]])
    let threshold = settings.filter { $0["setting"] as? String == "log_min_duration_statement" }
    #expect(
      threshold.map { $0["missing"] as? String } == [
        "unknown", "faster statements are not in the log",
      ])
    #expect(threshold.first?["until"] as? String == threshold.last?["from"] as? String)
    let hours = try #require(status["hours"] as? [[String: Any]])
    #expect(hours.count == 1 && hours.first?["hour"] as? String == "2026-11-24T12:00:00Z")
    #expect(hours.first?["missing_lines"] as? Int == 3)
    #expect(hours.first?["bytes"] as? Int == source["committed_bytes"] as? Int)

    let summary = try await tool.run("report", "summary", "--format", "json").object()
    let notes = try #require(summary["completeness"] as? [[String: Any]])
      .compactMap { $0["note"] as? String }
    #expect(notes.contains { $0.hasPrefix("3 lines that PostgreSQL wrote are missing") })
    #expect(notes.contains { $0.contains("log_min_duration_statement = 1s, from 2026-11-24T12:") })
    #expect(notes.contains { $0.contains("not known") && $0.contains("auto_explain.sample_rate") })
  }

  @Test func hoursOfAllFilesAddUpToTheirBytes() async throws {
    let tool = try await CommandUnderTest.make()
    let file = CommandUnderTest.fixture("csvlog")
    #expect(await tool.run("import", file).status == .done)
    let status = try await tool.run("status", "--hourly", "--format", "json").object()
    let source = try #require((status["sources"] as? [[String: Any]])?.first)
    let hours = try #require(status["hours"] as? [[String: Any]])
    for name in ["execution_records", "plan_records", "event_records"] {
      let sum = hours.reduce(0) { $0 + ($1[name] as? Int ?? 0) }
      #expect(sum == source[name] as? Int, "\(name)")
    }
    #expect(
      hours.reduce(0) { $0 + ($1["bytes"] as? Int ?? 0) } == source["committed_bytes"] as? Int)
    let none = try await tool.run(
      "status", "--hourly", "--until", "2001-01-01", "--format", "json"
    ).object()
    #expect((none["hours"] as? [Any])?.isEmpty == true)
    #expect(await tool.run("status", "--since", "24h").status == .usage)
  }

  @Test func anOlderSchemaIsNamed() async throws {
    let tool = try await CommandUnderTest.make()
    #expect(await tool.run("migrate", "up").status == .done)
    #expect(await tool.run("migrate", "down", "--layer", "core", "--to", "3").status == .done)
    let outcome = await tool.run("status")
    #expect(outcome.status == .failed && outcome.err.contains("pgtrawl migrate up"))
  }

  /// The line behind a hole is in an hour in which no row is: its duration comes in the next one.
  @Test func hoursOfAllSourcesAddUpToTheirMissingLines() async throws {
    let tool = try await CommandUnderTest.make()
    for (name, offset) in [("a", 0.0), ("b", 7200)] {
      let log = try TemporaryLog(
        [
          CSVLogLine("duration: 1.000 ms  statement: SELECT 1", line: 1) { $0.seconds = offset },
          CSVLogLine("statement: SELECT 2", line: 5) { $0.seconds = offset + 7199 },
          CSVLogLine("duration: 200.000 ms", line: 6) { $0.seconds = offset + 7201 },
        ].map(\.text).joined())
      #expect(await tool.run("import", "--source", name, log.path).status == .done)
    }
    let status = try await tool.run(
      "status", "--hourly", "--source", "b", "--format", "json"
    ).object()
    let source = try #require((status["sources"] as? [[String: Any]])?.first)
    #expect(source["missing_lines"] as? Int == 3)
    let hours = try #require(status["hours"] as? [[String: Any]])
    #expect(hours.map { $0["missing_lines"] as? Int } == [0, 3, 0])
    #expect(hours.map { $0["execution_records"] as? Int } == [1, 0, 2])
    #expect(
      hours.reduce(0) { $0 + ($1["bytes"] as? Int ?? 0) } == source["committed_bytes"] as? Int)
  }
}
