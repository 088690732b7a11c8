import Foundation
import TestSupport
import Testing

@testable import Tool

/// What 'report queries' can put first.
@Suite(.serialized) struct QueryOrderTests {
  private static let log = CommandUnderTest.fixture("csvlog/shop.001.csv")
  private static let fields = [
    "total": "total_ms", "mean": "mean_ms", "p95": "p95_ms", "p99": "p99_ms", "max": "max_ms",
    "calls": "calls", "errors": "errors", "rows": "rows", "temp": "temp_bytes",
  ]

  private static func rows(_ outcome: CommandUnderTest.Outcome) throws -> [[String: Any]] {
    #expect(outcome.status == .done, "\(outcome.err)")
    return try #require(try outcome.json() as? [[String: Any]])
  }

  /// The value that a part of `sorted` does not exceed, interpolated as percentile_cont does.
  private static func quantile(_ part: Double, of sorted: [Double]) -> Double {
    let place = part * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
  }

  /// The first rows are those of the whole list, with the same figures, whatever decides.
  @Test func everyFigureCanComeFirst() async throws {
    let tool = try await CommandUnderTest.make()
    #expect(await tool.run("import", Self.log).status == .done)
    for (order, field) in Self.fields {
      let sort = ["report", "queries", "--sort", order, "--format", "json"]
      let all = try Self.rows(await tool.run(arguments: sort + ["--limit", "100000"]))
      let values = all.compactMap { ($0[field] as? Double) ?? ($0[field] as? Int).map(Double.init) }
      #expect(values == values.sorted(by: >), "\(order)")
      #expect(values.first ?? 0 > values.last ?? 0, "\(order)")
      // What has no figure comes last.
      #expect(all.prefix(values.count).allSatisfy { !($0[field] is NSNull) }, "\(order)")
      let first = try Self.rows(await tool.run(arguments: sort + ["--limit", "3"]))
      #expect(
        first.map { $0["id"] as? String } == all.prefix(3).map { $0["id"] as? String }, "\(order)")
      for column in ["p95_ms", "p99_ms"] {
        #expect(
          first.map { $0[column] as? Double } == all.prefix(3).map { $0[column] as? Double },
          "\(order)")
      }
    }
  }

  @Test func percentilesAndTemporaryFilesAreThoseOfTheRows() async throws {
    let tool = try await CommandUnderTest.make()
    #expect(await tool.run("import", Self.log).status == .done)
    let all = try Self.rows(
      await tool.run(
        "report", "queries", "--user", "postgres", "--limit", "100000", "--format", "json"))
    let often = try #require(all.max { $0["calls"] as? Int ?? 0 < $1["calls"] as? Int ?? 0 })
    let id = try #require(often["id"] as? String)
    let durations = try await tool.value(
      """
      SELECT string_agg(duration_ms::text, ' ' ORDER BY duration_ms) FROM pgtrawl.executions
      WHERE lpad(to_hex(query_id), 16, '0') = '\(id)' AND nesting = 0 AND user_name = 'postgres'
      """
    ).split(separator: " ").compactMap { Double($0) }
    #expect(durations.count > 5)
    for (column, part) in [("p95_ms", 0.95), ("p99_ms", 0.99)] {
      let told = try #require(often[column] as? Double)
      #expect(abs(told - Self.quantile(part, of: durations)) < 0.001)
    }
    let everyone = try Self.rows(
      await tool.run("report", "queries", "--limit", "100000", "--format", "json"))
    let bytes = everyone.compactMap { $0["temp_bytes"] as? Int }.reduce(0, +)
    let logged = try await tool.value(
      """
      SELECT sum((v.fields->>'bytes')::bigint) FROM pgtrawl.log_events v
      WHERE v.event_class = 'temporary_file' AND EXISTS (SELECT FROM pgtrawl.query_executions e
        WHERE e.query_id = v.query_id AND e.nesting = 0)
      """)
    #expect(bytes > 0 && bytes == Int(logged))
    let table = await tool.run("report", "queries", "--sort", "temp", "--limit", "1")
    #expect(table.out.contains("temp bytes") && table.out.contains("99 % ms"))
  }
}
