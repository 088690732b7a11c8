import LogStore
import Migrations
import Postgres
import TestSupport
import Testing

struct MigratorTests {
  /// Three small layers, so that the migrator is tested apart from the schema.
  private static let sample = [
    migration(.core, 1, "a", "CREATE TABLE pgtrawl.a (n int)", "DROP TABLE pgtrawl.a"),
    migration(.core, 2, "b", "CREATE TABLE pgtrawl.b (n int)", "DROP TABLE pgtrawl.b"),
    migration(.analysis, 1, "c", "CREATE VIEW pgtrawl.c AS TABLE pgtrawl.a", "DROP VIEW pgtrawl.c"),
    migration(.intelligence, 1, "d", "CREATE TABLE pgtrawl.d ()", "DROP TABLE pgtrawl.d"),
  ]

  private static func migration(
    _ layer: MigrationLayer, _ number: Int, _ name: String, _ up: String, _ down: String = ""
  ) -> Migration {
    Migration(
      layer: layer, number: number, name: name, up: Array(up.utf8), down: Array(down.utf8))
  }

  private static var impatient: Migrator.Patience {
    var patience = Migrator.Patience()
    patience.lockTimeout = .milliseconds(20)
    patience.attemptsMax = 2
    patience.pause = .milliseconds(1)
    return patience
  }

  private func connection() async throws -> PostgresConnection {
    try await PostgresConnection.open(conninfo: TestCluster.shared().createDatabase())
  }

  @Test
  func upDownAndStatus() async throws {
    let connection = try await connection()
    let migrator = Migrator(connection: connection, migrations: Self.sample.reversed())
    #expect(
      try await migrator.status().map { $0.state } == [.pending, .pending, .pending, .pending])
    #expect(try await connection.relations() == [])

    #expect(try await migrator.up(through: .core, number: 1).map { $0.name } == ["a"])
    #expect(try await migrator.up(through: .core).map { $0.name } == ["b"])
    #expect(try await migrator.up(through: .analysis).map { $0.name } == ["c"])
    #expect(try await migrator.up().map { $0.name } == ["d"])
    #expect(try await migrator.up().isEmpty)
    let status = try await migrator.status()
    #expect(status.map { $0.title } == Self.sample.map { $0.title })
    #expect(status.allSatisfy { $0.state == .applied && $0.appliedAt?.hasSuffix("Z") == true })
    #expect(try await connection.relations() == ["a", "b", "c", "d", "schema_migrations"])

    #expect(try await migrator.down(layer: .core, number: 1).map { $0.name } == ["b"])
    #expect(try await migrator.down(layer: .analysis).map { $0.name } == ["d", "c"])
    #expect(try await migrator.up(through: .analysis).map { $0.name } == ["b", "c"])
    #expect(try await migrator.down(layer: .core).map { $0.name } == ["c", "b", "a"])
    #expect(try await connection.relations() == ["schema_migrations"])
  }

  @Test
  func realMigrationsGoUpDownAndUpAgain() async throws {
    let connection = try await connection()
    let migrator = Migrator(connection: connection)
    try await migrator.up()
    try await migrator.requireCurrent(through: .intelligence)
    let first = try await connection.objects()
    #expect(!first.isEmpty)
    for layer in MigrationLayer.allCases {
      try await migrator.down(layer: layer)
    }
    #expect(try await connection.relations() == ["schema_migrations"])
    #expect(try await connection.query(Self.functionCount)[0].int(0) == 0)
    try await migrator.up()
    #expect(try await connection.objects() == first)
  }

  private static let functionCount = """
    SELECT count(*) FROM pg_proc WHERE pronamespace = 'pgtrawl'::regnamespace
    """

  @Test
  func sessionIsAsBefore() async throws {
    let connection = try await connection()
    let sql = """
      SELECT current_setting('lock_timeout'), current_setting('statement_timeout'),
        current_setting('search_path'), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
          AND pid = pg_backend_pid())
      """
    let before = try await connection.query(sql)[0]
    try await Migrator(connection: connection, migrations: Self.sample).up()
    let after = try await connection.query(sql)[0]
    for column in 0..<4 {
      #expect(before.string(column) == after.string(column))
    }
  }

  @Test
  func olderProgramRefuses() async throws {
    let connection = try await connection()
    try await Migrator(connection: connection, migrations: Self.sample).up()
    let old = Migrator(connection: connection, migrations: Array(Self.sample.prefix(1)))
    let code = MigrationError.Code.newerSchema(
      database: "intelligence/0001_d", program: "nothing of the layer intelligence")
    await #expect(throws: MigrationError(code: code)) { try await old.requireCurrent() }
    await #expect(throws: MigrationError(code: code)) { try await old.up() }
    await #expect(throws: MigrationError(code: code)) { try await old.down(layer: .core) }
    #expect(try await old.status().map { $0.state } == [.applied, .unknown, .unknown, .unknown])

    try await connection.execute("DELETE FROM pgtrawl.schema_migrations WHERE layer <> 'core'")
    let core = MigrationError.Code.newerSchema(database: "core/0002_b", program: "core/0001_a")
    await #expect(throws: MigrationError(code: core)) { try await old.requireCurrent() }
    #expect(MigrationError(code: core).description.contains("core/0002_b"))
    #expect(MigrationError(code: core).description.contains("core/0001_a"))
  }

  @Test
  func newerProgramWantsItsSchema() async throws {
    let connection = try await connection()
    let migrator = Migrator(connection: connection, migrations: Self.sample)
    await #expect(throws: MigrationError(code: .olderSchema(missing: "core/0001_a"))) {
      try await migrator.requireCurrent()
    }
    try await migrator.up(through: .core)
    try await migrator.requireCurrent()
    await #expect(throws: MigrationError(code: .olderSchema(missing: "analysis/0001_c"))) {
      try await migrator.requireCurrent(through: .analysis)
    }
  }

  @Test
  func editedMigrationRefuses() async throws {
    let connection = try await connection()
    try await Migrator(connection: connection, migrations: Self.sample).up(through: .core)
    var edited = Self.sample
    edited[1] = Self.migration(.core, 2, "b", "CREATE TABLE pgtrawl.b (n bigint)")
    let migrator = Migrator(connection: connection, migrations: edited)
    await #expect(throws: MigrationError(code: .changed(migration: "core/0002_b"))) {
      try await migrator.up()
    }
    await #expect(throws: MigrationError(code: .changed(migration: "core/0002_b"))) {
      try await migrator.requireCurrent()
    }
  }

  @Test
  func failedMigrationLeavesNothing() async throws {
    let connection = try await connection()
    let broken = Self.migration(
      .core, 2, "broken", "CREATE TABLE pgtrawl.half (n int); SELECT 1 / 0")
    let migrator = Migrator(connection: connection, migrations: [Self.sample[0], broken])
    let error = await #expect(throws: MigrationError.self) { try await migrator.up() }
    #expect(error?.code == .failed(migration: "core/0002_broken"))
    #expect(error?.cause?.sqlState == "22012")
    #expect(error?.isRetriable == false)
    #expect(try await connection.relations() == ["a", "schema_migrations"])
    let fixed = Migrator(connection: connection, migrations: Array(Self.sample.prefix(2)))
    #expect(try await fixed.up().map { $0.name } == ["b"])
  }

  @Test
  func killedInsideIsResumed() async throws {
    let conninfo = try await TestCluster.shared().createDatabase()
    let connection = try await PostgresConnection.open(conninfo: conninfo)
    let observer = try await PostgresConnection.open(conninfo: conninfo)
    try await observer.execute("SELECT pg_advisory_lock(1)")
    let slow = [
      Self.sample[0],
      Self.migration(
        .core, 2, "slow", "CREATE TABLE pgtrawl.slow (n int); SELECT pg_advisory_xact_lock(1)"),
    ]
    var patience = Migrator.Patience()
    patience.lockTimeout = .seconds(600)
    let migrator = Migrator(connection: connection, migrations: slow, patience: patience)
    let backend = Int64(await connection.backendID)
    let task = Task { try await migrator.up() }
    let kill = """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE pid = $1 AND wait_event_type = 'Lock'
      """
    while try await observer.query(kill, [.int(backend)]).isEmpty {}
    let error = await #expect(throws: MigrationError.self) { try await task.value }
    #expect(error?.isRetriable == true)
    #expect(try await observer.relations() == ["a", "schema_migrations"])

    try await observer.execute("SELECT pg_advisory_unlock(1)")
    try await connection.connect(conninfo: conninfo)
    #expect(try await migrator.up().map { $0.name } == ["slow"])
    #expect(try await observer.relations() == ["a", "schema_migrations", "slow"])
  }

  @Test
  func locksAreNotWaitedForForever() async throws {
    let conninfo = try await TestCluster.shared().createDatabase()
    let connection = try await PostgresConnection.open(conninfo: conninfo)
    let other = try await PostgresConnection.open(conninfo: conninfo)
    try await Migrator(connection: other, migrations: [Self.sample[0]]).up()
    try await other.execute("BEGIN; LOCK TABLE pgtrawl.a")
    let alter = Self.migration(.core, 2, "alter", "ALTER TABLE pgtrawl.a ADD m int")
    let migrator = Migrator(
      connection: connection, migrations: [Self.sample[0], alter], patience: Self.impatient)
    let error = await #expect(throws: MigrationError.self) { try await migrator.up() }
    #expect(error?.code == .failed(migration: "core/0002_alter"))
    #expect(error?.cause?.condition == .lockNotAvailable)
    #expect(error?.isRetriable == true)
    await other.rollback()
    #expect(try await migrator.up().map { $0.name } == ["alter"])
  }

  @Test
  func oneMigratorAtATime() async throws {
    let conninfo = try await TestCluster.shared().createDatabase()
    let connection = try await PostgresConnection.open(conninfo: conninfo)
    let other = try await PostgresConnection.open(conninfo: conninfo)
    try await other.execute("SELECT pg_advisory_lock(\(0x70_6774_7261_776c))")
    let migrator = Migrator(
      connection: connection, migrations: Self.sample, patience: Self.impatient)
    let error = await #expect(throws: MigrationError.self) { try await migrator.up() }
    #expect(error?.code == .locked)
    await other.close()

    let applied = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let connection = try await PostgresConnection.open(conninfo: conninfo)
          return try await Migrator(connection: connection, migrations: Self.sample).up().count
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(applied == Self.sample.count)
  }

  @Test
  func statementsWithoutTransaction() async throws {
    let connection = try await connection()
    let concurrent = Self.migration(
      .core, 2, "index",
      """
      -- transaction: none
      DROP INDEX IF EXISTS pgtrawl.a_n;
      -- next
      CREATE INDEX CONCURRENTLY a_n ON pgtrawl.a (n);
      """,
      "-- transaction: none\nDROP INDEX CONCURRENTLY pgtrawl.a_n;")
    let migrator = Migrator(connection: connection, migrations: [Self.sample[0], concurrent])
    try await migrator.up()
    #expect(try await connection.relations() == ["a", "a_n", "schema_migrations"])
    try await migrator.down(layer: .core, number: 1)
    #expect(try await connection.relations() == ["a", "schema_migrations"])
  }
}

extension PostgresConnection {
  /// Tables, views and indexes of the schema, without the key of the ledger.
  func relations() async throws -> [String] {
    try await query(
      """
      SELECT relname FROM pg_class
      WHERE relnamespace = to_regnamespace('pgtrawl') AND relname <> 'schema_migrations_pkey'
        AND relkind IN ('r', 'p', 'v', 'i')
      ORDER BY relname COLLATE "C"
      """
    ).compactMap { $0.string(0) }
  }

  /// Columns, indexes, constraints and functions of the schema, as text.
  func objects() async throws -> [String] {
    try await query(
      """
      SELECT format('%s.%s %s %s', attrelid::regclass, attname, atttypid::regtype, attnotnull)
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        WHERE relnamespace = 'pgtrawl'::regnamespace AND attnum > 0
      UNION ALL
      SELECT pg_get_indexdef(indexrelid)
        FROM pg_index JOIN pg_class c ON c.oid = indexrelid
        WHERE relnamespace = 'pgtrawl'::regnamespace
      UNION ALL
      SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE connamespace = 'pgtrawl'::regnamespace
      UNION ALL
      SELECT pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'pgtrawl'::regnamespace AND prokind = 'f'
      ORDER BY 1
      """
    ).compactMap { $0.string(0) }
  }
}
