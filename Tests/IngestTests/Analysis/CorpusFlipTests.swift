import Ingest
import TestSupport
import Testing

/// The plans that are made to change in a corpus.
@Suite(
  .serialized,
  .enabled(if: TestAmount.corpus != nil, "PGTRAWL_CORPUS names no folder of csvlog files"))
struct CorpusFlipTests {
  @Test(arguments: ["pg13_shop_full", "pg15_shop_full", "pg15_shop_logall", "pg18_shop_full"])
  func plantedFlipsAreFound(run: String) async throws {
    let folder = try #require(TestAmount.corpus)
    let store = try await StoreUnderTest.make()
    try await store.run(["\(folder)/\(run).csv.gz"])
    try await store.analyze()
    let flips = try await store.query(
      """
      SELECT DISTINCT c.query_id, c.changed_at, e.application_name, split_part(c.evidence->>'cause', ' ', 1)
      FROM pgtrawl.plan_changes c
      JOIN pgtrawl.plan_links l ON l.log_file_id = c.log_file_id AND l.log_offset = c.log_offset
      JOIN pgtrawl.executions e ON e.log_file_id = l.execution_log_file_id
        AND e.log_offset = l.execution_log_offset
      WHERE e.application_name LIKE 'flip %' ORDER BY c.changed_at
      """)
    let found = flips.map { $0[2] + ": " + $0[3] }.sorted()
    #expect(found == ["flip analyze: analyze", "flip index: create", "flip index: drop"], "\(run)")
  }
}
