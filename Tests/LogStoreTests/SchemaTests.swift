import LogModel
import LogStore
import Migrations
import Postgres
import TestSupport
import Testing

@Suite struct SchemaTests {
  /// What the schema consists of, as far as queries can tell.
  private func shape(_ fixture: StoreFixture) async throws -> [String] {
    try await fixture.sql.query(
      """
      SELECT line FROM (
        SELECT format('%s %s %s %s %s', c.relname, a.attname, a.atttypid::regtype, a.attnotnull,
          pg_get_expr(d.adbin, d.adrelid)) AS line
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
          AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'pgtrawl'::regnamespace
        UNION ALL
        SELECT concat(p.proname, p.prosrc, p.proconfig, p.proacl, p.prosecdef) FROM pg_proc p
        WHERE p.pronamespace = 'pgtrawl'::regnamespace
        UNION ALL
        SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE c.relnamespace = 'pgtrawl'::regnamespace
        UNION ALL
        SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k
        WHERE k.connamespace = 'pgtrawl'::regnamespace
        UNION ALL
        SELECT obj_description(c.oid) FROM pg_class c WHERE c.relnamespace = 'pgtrawl'::regnamespace
      ) x WHERE line IS NOT NULL ORDER BY 1
      """
    ).map { $0.string(0) ?? "" }
  }

  @Test func everyStepGoesDownAndUpAgain() async throws {
    let fixture = try await StoreFixture()
    let whole = try await shape(fixture)
    let migrator = Migrator(connection: fixture.sql)
    for number in [4, 3, 2, 1, 0] {
      _ = try await migrator.down(layer: .core, number: number)
      #expect(try await shape(fixture) != whole)
      _ = try await migrator.up()
      #expect(try await shape(fixture) == whole)
    }
  }

  @Test func importNeedsNeitherViewsNorChecks() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    for migration in Migrations.all.reversed()
    where migration.layer == .core && [2, 3].contains(migration.number) {
      try await fixture.sql.execute(String(decoding: migration.down, as: UTF8.self))
    }
    var builder = BatchBuilder(generation)
    let row = builder.execution(query: 5, at: 1)
    builder.edit {
      $0.retractions = [ProvisionalKey(key: row.key, text: row.text, executedAt: row.executedAt)]
    }
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
  }

  @Test func anOldOrForeignSchemaIsRefused() async throws {
    let conninfo = try await TestCluster.shared().createDatabase()
    await #expect {
      try await Store(conninfo: conninfo).open()
    } throws: {
      ($0 as? LoadError)?.code == .schema
    }
  }

  @Test func callsCountAsPgStatStatementsDoes() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    builder.execution(query: 5, at: 1)
    let message = builder.execution(query: 6, at: 2)
    builder.plan(LoadTests.plan, query: 7, at: 3, of: message)
    builder.plan(LoadTests.plan, query: 8, at: 3, of: message)
    builder.execution(query: 5, at: 4)
    builder.execution(query: 9, at: 5)
    let nameless = builder.execution(query: 10, at: 6)
    builder.plan(LoadTests.plan, query: 10, at: 7, of: nameless)
    builder.edit { batch in
      batch.executions[1].statements = 3
      batch.executions[2].sqlstate = SQLState("23505")
      batch.executions[3].kind = .prepare
      batch.executions[4].nativeQueryID = 0
    }
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    let calls = try await fixture.sql.query(
      "SELECT native_query_id, query_id, calls, total_exec_ms FROM pgtrawl.calls ORDER BY 1")
    #expect(
      calls.map { row in (0..<4).map { row.string($0) ?? "" } } == [
        ["50", "5", "1", "0"], ["70", "7", "1", "1"], ["80", "8", "1", "1"],
        ["100", "10", "1", "1"],
      ])
  }
}
