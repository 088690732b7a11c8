import LogStore
import TestSupport
import Testing

@testable import Tool

struct DoctorTests {
  private static func findings(_ arguments: String...) async throws -> [String: [String: Any]] {
    let tool = CommandUnderTest(conninfo: "host=/nonexistent port=1")
    let outcome = await tool.run(arguments: ["doctor", "--format", "json"] + arguments)
    #expect(outcome.status == .done, "\(outcome.err)")
    let rows = try #require(try outcome.object()["findings"] as? [[String: Any]])
    var found: [String: [String: Any]] = [:]
    for row in rows { found[try #require(row["finding"] as? String)] = row }
    return found
  }

  /// What a log of the fixtures lacks, and what not.
  @Test(arguments: [
    (
      "special/small.csv", ["errors_without_location", "no_lock_waits"],
      [
        "no_durations", "no_plans", "plans_not_json", "plans_not_analyzed", "no_connections",
        "plans_without_buffers", "plans_without_timing", "no_query_ids", "threshold",
        "zone_local", "missing_lines", "durations_without_text",
      ]
    ),
    ("special/plans_only.csv", ["no_durations"], ["no_plans", "partial_durations"]),
    ("special/plans_as_text.csv", ["plans_not_json"], ["plans_not_analyzed", "no_plans"]),
    ("special/columns_23.csv", ["no_query_ids"], ["no_plans"]),
    ("special/zone_ist.csv", ["zone_unreadable"], []),
    ("special/torn_middle.csv", ["rejected", "missing_lines"], ["no_durations"]),
    ("csvlog/shop.001.csv", ["forged"], ["no_lock_waits", "no_temporary_files", "no_durations"]),
    ("stderr/small.log", ["no_csvlog"], ["no_durations"]),
    ("jsonlog", ["no_csvlog"], []),
  ])
  func fixtures(file: String, present: [String], absent: [String]) async throws {
    let found = try await Self.findings(CommandUnderTest.fixture(file))
    for name in present { #expect(found[name] != nil, "\(name)") }
    for name in absent { #expect(found[name] == nil, "\(name)") }
  }

  private static func log(_ lines: [CSVLogLine]) throws -> TemporaryLog {
    try TemporaryLog(lines.map(\.text).joined())
  }

  @Test func aThresholdShowsInTheShortestDuration() async throws {
    let lines = (1...30).map {
      CSVLogLine("duration: \(250 + $0).500 ms  statement: SELECT 1", line: $0)
    }
    let log = try Self.log(lines)
    let found = try await Self.findings(log.path)
    #expect((found["threshold"]?["missing"] as? String)?.contains("251.500 ms") == true)
    #expect(found["threshold"]?["setting"] as? String == "log_min_duration_statement = 0")
    #expect(found["no_plans"]?["certainty"] as? String == "sure")
  }

  @Test(arguments: [
    ("Dauer: 1.000 ms  Anweisung: SELECT 1", "LOG", 1), ("durée : 1.000 ms", "LOG", 1),
    ("期間: 1.000 ミリ秒  文: SELECT 1", "LOG", 1), ("оператор: SELECT 1", "СООБЩЕНИЕ", 1),
    ("Relation existiert bereits", "HINWEIS", 1), ("Dauer: lang", "LOG", nil),
    ("duration: 1.000 ms  statement: SELECT 1", "LOG", nil),
  ])
  func anotherLanguageIsNoticed(message: String, severity: String, count: Int?) async throws {
    let log = try Self.log([CSVLogLine(message) { $0.severity = severity }])
    let found = try await Self.findings(log.path)["translated"]
    #expect(found?["count"] as? Int == count)
    if count != nil { #expect(found?["setting"] as? String == "lc_messages = 'C'") }
  }

  @Test func durationsWithoutTextAndCutParametersAreCounted() async throws {
    let cut = CSVLogLine("duration: 0.100 ms  execute <unnamed>: SELECT $1", line: 3) {
      $0.detail = "parameters: $1 = 'abc...'"
    }
    let log = try Self.log([
      CSVLogLine("duration: 0.100 ms", line: 1), CSVLogLine("duration: 0.200 ms", line: 2), cut,
    ])
    let found = try await Self.findings(log.path)
    #expect(found["durations_without_text"]?["count"] as? Int == 2)
    #expect(found["parameters_cut"]?["count"] as? Int == 1)
    #expect(found["no_parameters"] == nil)
  }

  @Test func plansWithoutAnalyzeHaveEstimatesOnly() async throws {
    let plan = """
      duration: 0.100 ms  plan:
      {
        "Query Text": "SELECT 1",
        "Plan": {
          "Node Type": "Result",
          "Plan Rows": 1
        }
      }
      """
    let log = try Self.log([CSVLogLine(plan, line: 1)])
    let found = try await Self.findings(log.path)
    #expect(found["plans_not_analyzed"] != nil)
    #expect(found["plans_without_buffers"] == nil)
  }

  /// Statements that took as long, one of `every` with a plan of 2 ms.
  private static func partlyPlanned(_ count: Int, every: Int, ms: String) -> [CSVLogLine] {
    let plan = #"{"Query Text": "SELECT 1", "Plan": {"Node Type": "Result", "Actual Rows": 1}}"#
    var lines: [CSVLogLine] = []
    for number in 0..<count {
      if number % every == 0 {
        lines.append(CSVLogLine("duration: 2.000 ms  plan:\n\(plan)", line: lines.count + 1))
      }
      lines.append(CSVLogLine("duration: \(ms) ms  statement: SELECT 1", line: lines.count + 1))
    }
    return lines
  }

  @Test(arguments: [(5, true), (1, false)])
  func plansOfSomeAreASample(every: Int, isSample: Bool) async throws {
    let log = try Self.log(Self.partlyPlanned(100, every: every, ms: "20.000"))
    let found = try await Self.findings(log.path)
    #expect((found["plans_sampled"]?["count"] as? Int == 80) == isSample)
    #expect(found["plan_threshold"] != nil)
    #expect(found["plans_without_timing"] != nil)
  }

  @Test(arguments: [(15, 14), (1, nil)])
  func fewStatementsWithoutAPlanAreCounted(every: Int, missing: Int?) async throws {
    let log = try Self.log(Self.partlyPlanned(15, every: every, ms: "2.100"))
    #expect(try await Self.findings(log.path)["partial_plans"]?["count"] as? Int == missing)
  }

  @Test func aLocalZoneIsSaid() async throws {
    let log = try Self.log([
      CSVLogLine("duration: 1.000 ms  statement: SELECT 1") { $0.zone = "CET" }
    ])
    #expect(try await Self.findings("--timezone", "Europe/Berlin", log.path)["zone_local"] != nil)
  }

  @Test func whatIsNotThereFails() async {
    let tool = CommandUnderTest(conninfo: "host=/nonexistent port=1")
    let outcome = await tool.run("doctor", "/nonexistent.csv")
    #expect(outcome.status == .failed && outcome.out.isEmpty)
  }

  @Test(arguments: [
    ("log_min_duration_statement", "250ms", "faster statements are not in the log"),
    ("log_min_duration_statement", "250 ms", "faster statements are not in the log"),
    ("log_min_duration_statement", "0 ms", "nothing"),
    ("log_min_duration_sample", "-1 ms", "nothing"),
    ("log_statement_sample_rate", "1", "nothing"),
    (
      "log_transaction_sample_rate", "0.01",
      "only a sample of the transactions is in the log whole"
    ),
    ("log_parameter_max_length", "-1 B", "nothing"),
    ("log_parameter_max_length", "0 B", "parameters are not in the log"),
    ("log_statement", "mod", "other statements are in the log only with a duration"),
    ("auto_explain.log_min_duration", "-1", "no plans are in the log"),
    ("auto_explain.log_min_duration", "1s", "plans of faster statements are not in the log"),
    ("auto_explain.sample_rate", "0.5", "only a sample of the plans is in the log"),
    ("auto_explain.log_analyze", "off", "plans have estimates only"),
    ("auto_explain.log_analyze", "true", "nothing"),
    ("auto_explain.log_format", nil, "unknown"),
  ])
  func settingsSayWhatTheyKeepOut(name: String, value: String?, sentence: String) {
    let period = SettingPeriod(
      source: "default", name: name, value: value, from: nil, until: nil, origin: "file")
    #expect(SettingEffect(period).sentence == sentence)
  }

  @Test(
    arguments: [
      ("250ms", 250), ("250 ms", 250), ("1.5s", 1500), ("1min", 60_000), ("2 h", 7_200_000),
      ("-1", -1), ("-1 ms", -1), ("100us", 0.1), ("7", 7), ("seven", nil), ("7 parsecs", nil),
    ] as [(String, Double?)])
  func timesOfSettings(text: String, milliseconds: Double?) {
    #expect(ServerValue.milliseconds(text) == milliseconds)
  }
}
