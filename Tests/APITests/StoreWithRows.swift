import LogStore
import Migrations
import Postgres
import TestSupport

/// A store with rows of every kind that the API serves, made by SQL.
struct StoreWithRows {
  static let queries = 237

  let connection: PostgresConnection

  static func make() async throws -> StoreWithRows {
    let conninfo = try await TestCluster.shared().createDatabase()
    let connection = try await PostgresConnection.open(conninfo: conninfo)
    _ = try await Migrator(connection: connection).up()
    try await connection.execute(rows)
    return StoreWithRows(connection: connection)
  }

  /// Figures repeat, so that only the key decides between many rows of one order.
  private static let rows = """
    INSERT INTO pgtrawl.sources (id, name) VALUES (1, 'one'), (2, 'two');
    SELECT pgtrawl.ensure_partition('2026-03-01');
    INSERT INTO pgtrawl.queries (id, normalized_sql, statement_kind, relations, parse_status)
    SELECT n * 7919, 'select ' || n, 'select', ARRAY['t'], 'parsed'
    FROM generate_series(1, \(queries)) n;
    INSERT INTO pgtrawl.session_contexts (id, database_name, user_name, application_name)
    VALUES (1, 'shop', 'web', 'app');
    INSERT INTO pgtrawl.query_executions (query_id, executed_at, log_file_id, log_offset,
      session_line, native_query_id, context_id, duration_ms, source_id, process_id, statements,
      records, nesting, settled, transcoded, kind, protocol, session_id)
    SELECT q.id, '2026-03-01 10:00:00+00'::timestamptz + n % 3 * interval '1 second', 1,
      row_number() OVER (), n, 0, 1, n % 5, 1, 1, 1, 1, 0, true, false, 'statement', 'simple', 'a.1'
    FROM pgtrawl.queries q, generate_series(1, 25) n WHERE q.id <> 0;
    INSERT INTO pgtrawl.query_plans (query_id, executed_at, log_file_id, log_offset, session_line,
      native_query_id, shape, plan_ms, source_id, nodes, nesting, ran, transcoded, format,
      session_id, plan)
    SELECT q.id, '2026-03-01 10:00:00+00', 1, 1000000 + row_number() OVER (), 1, 0, 1, 1, 1, 1, 0,
      true, false, 'json', 'a.1', '{"Plan": {"Node Type": "Result"}}'
    FROM pgtrawl.queries q WHERE q.id <> 0;
    INSERT INTO pgtrawl.query_rollups (query_id, hour, source_id, nested, is_lower_bound, calls,
      errors, timeouts, cancels, timed, total_ms, min_ms, max_ms, ln_count, ln_sum, ln_squares,
      calls_estimate, total_estimate, parse_ms, bind_ms, execute_ms, plan_ms, plans, row_count,
      rows_known, lock_waits, lock_wait_ms, deadlocks, temp_files, temp_bytes, temp_runs, sketch)
    SELECT q.id, '2026-03-01 10:00:00+00'::timestamptz + h * interval '1 hour', 1, false, false,
      25, 0, 0, 0, 25, abs(q.id) % 10 + 0.1, 0, 4, 25, 1, 1, 25, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
      0, 0, 0, pgtrawl.sketch_entry(pgtrawl.sketch_bucket(2), 25)
    FROM pgtrawl.queries q, generate_series(0, 1) h WHERE q.id <> 0;
    INSERT INTO pgtrawl.finding_rollups (query_id, hour, source_id, plan_id, rule, subject, plans,
      total_ms, saving_ms, severity, confidence, has_index, example_ms, example)
    SELECT q.id, '2026-03-01 10:00:00+00', 1, 1, 'seq-scan', 's', 1, 1, 1, 'low', 0.5, false, 1, '{}'
    FROM pgtrawl.queries q WHERE q.id <> 0;
    INSERT INTO pgtrawl.recommendations (query_id, source_id, key, version, is_current, origin,
      state, state_since, severity, confidence_score, saving_ms_per_day, summary, details, queries,
      evidence, first_seen_at, last_seen_at)
    SELECT q.id, 1, 'k', 1, true, 'rule', 'open', now(), 'low', 0.5, 1, 's', 'd', ARRAY[q.id], '[]',
      now(), now()
    FROM pgtrawl.queries q WHERE q.id <> 0;
    INSERT INTO pgtrawl.query_samples (query_id, executed_at, log_file_id, log_offset,
      session_line, duration_ms, source_id, settled, session_id, sql)
    SELECT q.id, '2026-03-01 10:00:00+00', 1, row_number() OVER (), 1, 1, 1, true, 'a.1', 'select 1'
    FROM pgtrawl.queries q WHERE q.id <> 0
    """
}
