import Ingest
import LogStore
import Postgres
import TestSupport

/// Executions made by SQL, hour by hour, and what an analysis makes of them.
struct AnalysisFixture {
  let store: StoreUnderTest
  let sql: PostgresConnection

  /// A store with one source and one file, whose hours begin at 2026-03-01 00:00 UTC.
  init() async throws {
    store = try await StoreUnderTest.make()
    sql = try await PostgresConnection.open(conninfo: store.conninfo)
    try await sql.execute(
      """
      INSERT INTO pgtrawl.sources (id, name) VALUES (1, 'default');
      INSERT INTO pgtrawl.log_files (id, source_id, path, epoch, head_length, head_hash,
        anchor_length, anchor_hash, crc) VALUES (1, 1, 'a.csv', 1, 0, '', 0, '', 0);
      INSERT INTO pgtrawl.session_contexts VALUES (7, 'shop', 'web', 'app', NULL, NULL);
      SELECT pgtrawl.ensure_partition('2026-02-01'), pgtrawl.ensure_partition('2026-03-01'),
        pgtrawl.ensure_partition('2026-04-01');
      CREATE SEQUENCE places;
      """)
  }

  /// Adds executions of a query: in each of `hours`, counted from 2026-03-01, `each` of them. The texts
  /// are SQL over `h`, the hour, `i`, the number in it from 1, and `r`, a number in 0 … 1 that looks
  /// random and is the same each time.
  func add(
    _ query: Int64, hours: Range<Int>, each: Int, ms: String, kind: String = "select",
    sqlstate: String = "NULL", error: String = "NULL", parameters: String = "NULL",
    rows: String = "NULL", session: String = "'s' || i % 5", gapMs: Int = 1000,
    parse: String = "NULL"
  ) async throws {
    try await sql.execute(
      """
      INSERT INTO pgtrawl.queries (id, normalized_sql, statement_kind, parse_status)
      VALUES (\(query), 'select \(query)', '\(kind)', 'parsed') ON CONFLICT DO NOTHING;
      INSERT INTO pgtrawl.query_executions (query_id, executed_at, log_file_id, log_offset,
        session_line, native_query_id, context_id, duration_ms, parse_ms, execute_ms, rows_returned,
        source_id, process_id, statements, records, nesting, settled, transcoded, kind, protocol,
        session_id, sqlstate, error, parameters)
      SELECT \(query), timestamptz '2026-03-01 00:00:00+00' + h * interval '1 hour'
          + i * \(gapMs) * interval '1 ms', 1, nextval('places'), nextval('places'), 0, 7,
        round((\(ms))::numeric, 3), \(parse), round((\(ms))::numeric, 3), \(rows), 1, 1, 1, 1, 0,
        true, false, 'execute', 'extended', \(session), \(sqlstate), \(error), \(parameters)
      FROM generate_series(\(hours.lowerBound), \(hours.upperBound - 1)) h, generate_series(1, \(each)) i,
        LATERAL (SELECT (hashint8extended(\(query), h * 100000 + i)::bit(64)::bit(31)::int)
          ::float8 / 1073741824 - 1 AS q) a,
        LATERAL (SELECT abs(a.q) AS r) b;
      SELECT pgtrawl.touch_hours(1, ARRAY[1::bigint], ARRAY[timestamptz '2026-03-01 00:00:00+00'
        + h * interval '1 hour']) FROM generate_series(\(hours.lowerBound), \(hours.upperBound - 1)) h
      """)
  }

  @discardableResult
  func analyze(configure: (inout AnalysisSettings) -> Void = { _ in }) async throws
    -> AnalysisSummary
  { try await store.analyze(configure: configure) }

  /// `rule severity` of the findings of a query, ascending; those that only rank are left out.
  func findings(_ query: Int64) async throws -> [String] {
    try await store.query(
      """
      SELECT DISTINCT rule || ' ' || severity FROM pgtrawl.workload_findings
      WHERE query_id = \(query) AND rule NOT IN ('top-total', 'new-fingerprint') ORDER BY 1
      """
    ).compactMap(\.first)
  }
}

extension StoreUnderTest {
  @discardableResult
  func analyze(
    configure: (inout AnalysisSettings) -> Void = { _ in }
  ) async throws -> AnalysisSummary {
    var settings = AnalysisSettings(conninfo: conninfo)
    configure(&settings)
    guard let summary = try await AnalysisRun(settings: settings).run() else {
      throw TestFailure("nobody else analyzes here")
    }
    return summary
  }

  /// The tables of the analysis as they do not depend on how they came about: without the numbers by which
  /// changes are noticed.
  func analysisImage() async throws -> [String] {
    var lines: [String] = []
    for table in [
      "analyzed_hours", "analyzed_spans", "query_rollups", "query_bursts",
      "session_transactions", "heavy_runs", "minute_loads", "workload_findings",
      "plan_changes", "query_regressions", "query_analysis",
    ] {
      let left =
        table.hasPrefix("analyzed")
        ? "{changes,plans,files,version,versions}"
        : table == "query_analysis" ? "{log_file_id}" : "{}"
      lines += try await query(
        "SELECT '\(table) ' || (to_jsonb(t) - '\(left)'::text[])::text FROM pgtrawl.\(table) t ORDER BY 1"
      ).compactMap(\.first)
    }
    return lines
  }
}
