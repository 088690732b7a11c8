import Postgres
import TestSupport
import Testing
import WorkloadAnalysis

/// The functions of the schema over sketches, beside those of the program.
@Suite struct SketchTests {
  private func durations(_ seed: UInt64, _ count: Int) -> [Double] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      // Whole microseconds from 1 µs to some hours.
      Double(random.next() >> (20 + random.next() % 42)) / 1000
    } + [0]
  }

  private func sketch(_ durations: [Double]) -> DurationSketch {
    var sketch = DurationSketch()
    for duration in durations { sketch.add(ms: duration) }
    return sketch
  }

  /// Makes the table `t` of the durations, each in one of seven groups.
  private func fill(_ fixture: StoreFixture, _ durations: [Double]) async throws {
    try await fixture.sql.execute("CREATE TABLE IF NOT EXISTS t (g int, ms float8); TRUNCATE t")
    try await fixture.sql.query(
      "INSERT INTO t SELECT i % 7, ms::float8 FROM unnest($1::text[]) WITH ORDINALITY u (ms, i)",
      [.textArray(durations.map { "\($0)" })])
  }

  private static let grouped = """
    SELECT g, string_agg(pgtrawl.sketch_entry(bucket, n), ''::bytea ORDER BY bucket) AS sketch
    FROM (SELECT g, pgtrawl.sketch_bucket(ms) AS bucket, count(*) AS n FROM t GROUP BY 1, 2) b
    GROUP BY g
    """

  @Test(arguments: [1, 2, 3]) func serverAndProgramMakeTheSameBytes(seed: UInt64) async throws {
    let fixture = try await StoreFixture()
    let durations = durations(seed, 5000)
    try await fill(fixture, durations)
    let expected = sketch(durations)
    for order in ["g", "g DESC", "md5(g::text)"] {
      let merged = try await fixture.sql.query(
        "SELECT pgtrawl.merge_sketches(sketch ORDER BY \(order)) FROM (\(Self.grouped)) s")
      #expect(merged.first?.bytea(0) == expected.bytes)
    }
    let quantiles = try await fixture.sql.query(
      """
      SELECT pgtrawl.sketch_quantile(s, 0), pgtrawl.sketch_quantile(s, 0.5),
        pgtrawl.sketch_quantile(s, 0.99), pgtrawl.sketch_quantile(s, 1), pgtrawl.sketch_count(s),
        pgtrawl.sketch_quantile(s, 2)
      FROM (SELECT pgtrawl.merge_sketches(sketch) AS s FROM (\(Self.grouped)) g) m
      """
    ).first
    for (column, part) in [0, 0.5, 0.99, 1].enumerated() {
      let found = try #require(quantiles?.double(column))
      let known = try #require(expected.quantile(part))
      #expect((found - known).magnitude <= known * 1e-12)
      let exact = try #require(
        try await fixture.sql.query(
          "SELECT percentile_disc(\(part)) WITHIN GROUP (ORDER BY ms) FROM t"
        ).first?.double(0))
      #expect((found - exact).magnitude <= exact * 0.01 + 1e-12, "part \(part)")
    }
    #expect(quantiles?.int(4) == 5001)
    #expect(quantiles?.isNull(5) == true)
  }

  @Test func manySketchesMergeThroughShortStates() async throws {
    let fixture = try await StoreFixture()
    let merged = try await fixture.sql.query(
      """
      SELECT pgtrawl.sketch_count(pgtrawl.merge_sketches(s)), octet_length(pgtrawl.merge_sketches(s))
      FROM (SELECT string_agg(pgtrawl.sketch_entry(b, 1), ''::bytea ORDER BY b) AS s
            FROM generate_series(1, 200) n, generate_series(-200, 199) b GROUP BY n) x
      """
    ).first
    #expect(merged?.int(0) == 80_000)
    #expect(merged?.int(1) == 3_200)
  }

  @Test func emptySketchesHaveNoQuantiles() async throws {
    let fixture = try await StoreFixture()
    #expect(try await fixture.value("SELECT pgtrawl.sketch_quantile('', 0.5)") == nil)
    #expect(try await fixture.value("SELECT pgtrawl.sketch_count('')") == "0")
    #expect(
      try await fixture.value(
        "SELECT octet_length(pgtrawl.merge_sketches(s)) FROM (SELECT ''::bytea AS s WHERE false) x")
        == "0")
  }

  @Test(arguments: ["0", "-1", "'-infinity'", "'infinity'", "'nan'", "1e300", "1e-300", "NULL"])
  func extremesHaveTheBucketsOfTheProgram(ms: String) async throws {
    let fixture = try await StoreFixture()
    let found = try await fixture.value("SELECT pgtrawl.sketch_bucket(\(ms)::float8)")
    let value: Double? =
      switch ms {
      case "'-infinity'": -.infinity
      case "'infinity'": .infinity
      case "'nan'": .nan
      default: Double(ms)
      }
    #expect(found == value.map { "\(DurationSketch.bucket(ofMs: $0))" })
  }
}
