import Ingest
import Postgres
import TestSupport
import Testing

/// Transactions that last, and those in which a session does nothing.
@Suite(.serialized) struct TransactionTests {
  private static let begin: Int64 = 41
  private static let commit: Int64 = 42
  private static let update: Int64 = 43
  private static let select: Int64 = 44

  /// A store that knows the four queries.
  private func fixture() async throws -> AnalysisFixture {
    let fixture = try await AnalysisFixture()
    for (query, kind) in [
      (Self.begin, "begin"), (Self.commit, "commit"), (Self.update, "update"),
      (Self.select, "select"),
    ] {
      try await fixture.sql.execute(
        """
        INSERT INTO pgtrawl.queries (id, normalized_sql, statement_kind, parse_status)
        VALUES (\(query), '\(kind)', '\(kind)', 'parsed')
        """)
    }
    return fixture
  }

  /// What a session ran: the query, the second from 2026-03-01 at which it ended, and how long it took.
  private func run(
    _ fixture: AnalysisFixture, _ session: String,
    _ steps: [(query: Int64, at: Double, ms: Double?)]
  ) async throws {
    for step in steps {
      try await fixture.sql.execute(
        """
        INSERT INTO pgtrawl.query_executions (query_id, executed_at, log_file_id, log_offset,
          session_line, native_query_id, context_id, duration_ms, source_id, process_id, statements,
          records, nesting, settled, transcoded, kind, protocol, session_id)
        SELECT \(step.query), t.at, 1, nextval('places'), currval('places'), 0, 7,
          \(step.ms.map { "\($0)" } ?? "NULL"), 1, 1, 1, 1, 0, true, false, 'statement', 'simple',
          '\(session)'
        FROM (SELECT timestamptz '2026-03-01 00:00Z' + \(step.at) * interval '1 s' AS at) t;
        SELECT pgtrawl.touch_hours(1, ARRAY[1::bigint],
          ARRAY[timestamptz '2026-03-01 00:00Z' + \(step.at) * interval '1 s'])
        """)
    }
  }

  /// `rule query severity longest` of each finding about transactions, longest in whole seconds.
  private func found(_ fixture: AnalysisFixture) async throws -> [String] {
    try await fixture.analyze()
    return try await fixture.store.query(
      """
      SELECT concat_ws(' ', rule, query_id, severity, round((evidence->>'longest_ms')::numeric / 1000))
      FROM pgtrawl.workload_findings WHERE rule IN ('idle-in-transaction', 'long-transaction')
      ORDER BY 1
      """
    ).compactMap(\.first)
  }

  @Test func aSessionThatDoesNothing() async throws {
    let fixture = try await fixture()
    try await run(
      fixture, "s1",
      [
        (Self.begin, 1, 0.1), (Self.select, 2, 5), (Self.update, 3, 5), (Self.commit, 63, 0.2),
        // Not within a transaction.
        (Self.select, 900, 5), (Self.begin, 1500, 0.1), (Self.commit, 1501, 0.1),
      ])
    #expect(try await found(fixture) == ["idle-in-transaction 43 low 60"])
  }

  @Test func whatIsBusyOrShortIsSilent() async throws {
    let fixture = try await fixture()
    // The statement takes the time; a second one is short; of a third nobody knows how long it took.
    try await run(
      fixture, "s1",
      [(Self.begin, 1, 0.1), (Self.select, 101, 99_900), (Self.commit, 101.5, 0.1)])
    try await run(
      fixture, "s2", [(Self.begin, 1, 0.1), (Self.update, 2, 1), (Self.commit, 31, 0.1)])
    try await run(
      fixture, "s3", [(Self.begin, 1, 0.1), (Self.select, 2, nil), (Self.commit, 200, 0.1)])
    #expect(try await found(fixture) == [])
  }

  @Test func aTransactionOverAnHoursEdge() async throws {
    for hasEarlyFirst in [true, false] {
      let fixture = try await fixture()
      let early = [(Self.begin, 3500.0, 0.1 as Double?), (Self.update, 3501.0, 1)]
      let late = [(Self.select, 3700.0, 1 as Double?), (Self.commit, 4100.0, 0.1)]
      // Lines rise, whatever is analyzed first.
      try await run(fixture, "s1", early)
      if hasEarlyFirst {
        _ = try await found(fixture)
        try await run(fixture, "s1", late)
      } else {
        try await fixture.sql.execute("CREATE TABLE away AS TABLE pgtrawl.query_executions")
        try await fixture.sql.execute("TRUNCATE pgtrawl.query_executions")
        try await run(fixture, "s1", late)
        _ = try await found(fixture)
        try await fixture.sql.execute(
          """
          INSERT INTO pgtrawl.query_executions TABLE away;
          SELECT pgtrawl.touch_hours(1, ARRAY[1::bigint], ARRAY[timestamptz '2026-03-01 00:00Z'])
          """)
      }
      // It did nothing for 400 s before COMMIT, and lasted 600 s.
      #expect(
        try await found(fixture) == [
          "idle-in-transaction 44 medium 400", "long-transaction 44 low 600",
        ])
    }
  }

  @Test func whatTheServerEnded() async throws {
    let fixture = try await fixture()
    try await run(fixture, "s1", [(Self.begin, 1, 0.1), (Self.update, 2, 1)])
    for session in ["s1", "s2"] {
      try await fixture.sql.execute(
        """
        INSERT INTO pgtrawl.log_events (query_id, occurred_at, log_file_id, log_offset, session_line,
          context_id, source_id, process_id, records, transcoded, event_class, severity, sqlstate,
          session_id, message)
        VALUES (0, '2026-03-01 00:02:02Z', 1, nextval('places'), 1000000, 7, 1, 1, 1, false, 'error',
          'FATAL', '25P03', '\(session)', 'terminating connection due to idle-in-transaction timeout');
        """)
    }
    #expect(
      try await found(fixture) == [
        "idle-in-transaction 0 medium 0", "idle-in-transaction 43 medium 120",
      ])
  }

  @Test func statementsThatAreSampledTellNothing() async throws {
    let fixture = try await fixture()
    try await fixture.sql.execute(
      """
      INSERT INTO pgtrawl.source_settings (source_id, name, setting, valid_from, origin)
      VALUES (1, 'log_min_duration_sample', '0', '2026-01-01Z', 'file')
      """)
    try await run(
      fixture, "s1", [(Self.begin, 1, 0.1), (Self.update, 2, 1), (Self.commit, 200, 0.1)])
    #expect(try await found(fixture) == [])
  }
}
