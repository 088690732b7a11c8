import LogModel
import LogStore
import Postgres
import TestSupport
import Testing

/// Each invariant broken by hand is named; one after the other, as each takes connections.
@Suite(.serialized) struct VerifyTests {
  struct Sabotage: Sendable, CustomTestStringConvertible {
    var sql: String
    var checks: Set<String>
    var testDescription: String { sql }
  }

  static let sabotages: [Sabotage] = [
    Sabotage(
      sql: "DELETE FROM pgtrawl.query_executions WHERE query_id = 6",
      checks: [
        "rows of file", "records of source", "query without rows", "total of query",
        "times of query", "sample without execution",
      ]),
    Sabotage(
      sql:
        "INSERT INTO pgtrawl.query_executions SELECT * FROM pgtrawl.query_executions WHERE query_id = 6",
      checks: ["rows of file", "rows doubled", "records of source", "total of query"]),
    Sabotage(
      sql: "UPDATE pgtrawl.query_executions SET log_offset = log_offset + 1 WHERE query_id = 6",
      checks: ["offsets of file", "sample missing", "sample without execution"]),
    Sabotage(
      sql: "UPDATE pgtrawl.query_plans SET log_offset = log_offset + 1000000",
      checks: [
        "offsets of file", "offset beyond checkpoint", "link without plan", "plan without link",
      ]),
    Sabotage(
      sql: "UPDATE pgtrawl.queries SET total_executions = 9 WHERE id = 5",
      checks: ["total of query"]),
    Sabotage(
      sql: "UPDATE pgtrawl.queries SET first_seen_at = first_seen_at - interval '1s' WHERE id = 5",
      checks: ["times of query"]),
    Sabotage(sql: "DELETE FROM pgtrawl.queries WHERE id = 5", checks: ["query unknown"]),
    Sabotage(sql: "DELETE FROM pgtrawl.plan_links", checks: ["plan without link"]),
    Sabotage(
      sql: "UPDATE pgtrawl.plan_links SET execution_line = 99", checks: ["link without execution"]),
    Sabotage(
      sql: "UPDATE pgtrawl.plan_links SET execution_log_offset = 99",
      checks: ["link without execution"]),
    Sabotage(
      sql: "DELETE FROM pgtrawl.log_events",
      checks: ["rows of file", "records of source", "times of query"]),
    Sabotage(
      sql: "DELETE FROM pgtrawl.rejected_records", checks: ["rows of file", "rejects of file"]),
    Sabotage(
      sql: "UPDATE pgtrawl.log_files SET committed_offset = committed_offset + 1",
      checks: ["bytes by disposition"]),
    Sabotage(
      sql: "UPDATE pgtrawl.query_executions SET records = 2 WHERE query_id = 6",
      checks: ["records of source"]),
    Sabotage(
      sql: "UPDATE pgtrawl.query_executions SET log_file_id = 8 WHERE query_id = 6",
      checks: ["rows of file", "file unknown", "sample missing", "sample without execution"]),
    Sabotage(sql: "DELETE FROM pgtrawl.session_contexts", checks: ["context unknown"]),
    Sabotage(
      sql: "UPDATE pgtrawl.query_executions SET settled = false WHERE query_id = 6",
      checks: ["provisional without session", "total of query", "sample without execution"]),
    Sabotage(
      sql: "UPDATE pgtrawl.log_files SET records_open = 1", checks: ["records of source"]),
    Sabotage(
      sql: "UPDATE pgtrawl.log_files SET forgotten_at = now()",
      checks: ["forget unfinished", "sample without execution"]),
    Sabotage(
      sql: "DELETE FROM pgtrawl.query_samples WHERE query_id = 6", checks: ["sample missing"]),
    Sabotage(
      sql: "UPDATE pgtrawl.query_samples SET duration_ms = 9 WHERE query_id = 6",
      checks: ["sample without execution"]),
    Sabotage(
      sql: "UPDATE pgtrawl.query_samples SET log_offset = log_offset + 1 WHERE query_id = 6",
      checks: ["sample missing", "sample without execution"]),
  ]

  @Test(arguments: sabotages)
  func sabotageIsNamed(_ sabotage: Sabotage) async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    let row = builder.execution(query: 5, at: 1)
    builder.plan(LoadTests.plan, query: 5, at: 2, of: row)
    builder.execution(query: 6, at: 3)
    builder.event("odd", query: 5, at: 9)
    builder.reject("torn")
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    #expect(try await fixture.store.verify() == [])
    try await fixture.sql.execute(sabotage.sql)
    let breaches = try await fixture.store.verify()
    #expect(Set(breaches.map(\.check)) == sabotage.checks, "\(breaches)")
  }
}
