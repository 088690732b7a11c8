import ArgumentParser
import LogModel
import LogStore
import Testing

@testable import Tool

/// What users type: times, ids.
struct ValueTests {
  static let now = LogTime(microseconds: 1_772_368_200_000_000)  // 2026-03-01 12:30:00 UTC

  @Test(
    arguments: [
      ("now", 0), ("90s", -90_000_000), ("15m", -900_000_000), ("15min", -900_000_000),
      ("24h", -86_400_000_000), ("1.5d", -129_600_000_000), ("2w", -1_209_600_000_000),
      ("200ms", -200_000), ("2026-03-01T12:30", 0), ("2026-03-01 12:30:00.25Z", 250_000),
      ("2026-03-01", -45_000_000_000), ("2026-03-01T13:30:00+01:00", 0),
      ("2026-03-01T13:30+01", 0), ("2026-03-01T06:00:00-0630", 0),
    ] as [(String, Int64)])
  func timesAreRead(text: String, offset: Int64) {
    #expect(
      TimeArgument.parse(text, now: Self.now)?.microseconds == Self.now.microseconds + offset)
  }

  @Test(arguments: [
    "", "yesterday", "24", "h", "-5h", "24 h", "2026-02-30", "2026-13-01", "2026-03-01T25:00",
    "2026-03-01T12", "2026-03-01T12:30 UTC", "2026-03-01x", "٢٤h", "1e999d", "1..5h",
  ])
  func whatIsNoTimeIsRefused(text: String) {
    #expect(TimeArgument.parse(text, now: Self.now) == nil)
  }

  @Test(
    arguments: [
      (0, "0000000000000000"), (-1, "ffffffffffffffff"), (0x1f0c, "0000000000001f0c"),
      (Int64.min, "8000000000000000"),
    ] as [(Int64, String)])
  func queryIDs(id: Int64, text: String) {
    #expect(PublicID.text(query: id) == text)
    #expect(PublicID.query(text) == id)
    #expect(PublicID.query(text.uppercased()) == id)
  }

  @Test(arguments: ["", "xyz", "0x12", "12345678901234567", "-1", "+1"])
  func noQueryIDs(text: String) {
    #expect(PublicID.query(text) == nil)
  }

  @Test func factIDs() {
    let key = FactKey(file: 12, offset: 34567)
    #expect(PublicID.text(key) == "12-34567")
    #expect(PublicID.fact("12-34567") == key)
    for text in ["", "12", "12-", "-34567", "12-3-4", "a-1", "1--1", "99999999999999999999-1"] {
      #expect(PublicID.fact(text) == nil)
    }
  }

  @Test func reportOptionsBecomeAFilter() throws {
    let parsed = try Pgtrawl.parseAsRoot([
      "report", "queries", "--since", "24h", "--until", "now", "--database", "d", "--nested",
      "--sort", "errors", "--limit", "3",
    ])
    let command = try #require(parsed as? QueriesReport)
    let filter = try command.options.filter(now: Self.now)
    #expect(filter.since?.microseconds == Self.now.microseconds - 86_400_000_000)
    #expect(filter.until == Self.now && filter.database == "d" && filter.includesNested)
    #expect(command.sort == .errors && command.options.limit == 3)
  }

  @Test func periodThatEndsBeforeItBeginsIsRefused() throws {
    let parsed = try Pgtrawl.parseAsRoot([
      "report", "plans", "--since", "1h", "--until", "2h",
    ])
    let command = try #require(parsed as? PlansReport)
    #expect(throws: ToolError.self) { try command.options.filter(now: Self.now) }
  }

  @Test(arguments: [
    (0.0, 3, "0.000"), (1.0005, 3, "1.001"), (-0.0001, 3, "0.000"), (-1.5, 1, "-1.5"),
    (123_456.789, 0, "123457"), (0.04, 1, "0.0"),
  ])
  func fixedNumbers(value: Double, decimals: Int, text: String) {
    #expect(Number.fixed(value, decimals: decimals) == text)
  }

  @Test func progress() {
    let line = ProgressLine(
      bytesDone: 1_200_000_000, bytesTotal: 4_000_000_000, records: 3_100_000, seconds: 10)
    #expect(line.text == "1.2 GB of 4.0 GB (30 %), 310,000 records/s, 23 s left")
    let pipe = ProgressLine(bytesDone: 999, bytesTotal: 0, records: 0, seconds: 0)
    #expect(pipe.text == "999 B")
  }
}
