public import Migrations
public import Postgres

/// Brings a database's schema up and down, one migration at a time, alone.
///
/// Safe to kill: a migration and its entry in `pgtrawl.schema_migrations` are one transaction, and
/// the lock that keeps others out ends with the session. The connection must be used by nobody
/// else meanwhile and must not be in a transaction.
public struct Migrator: Sendable {
  /// The oldest server that the schema works on.
  public static let serverVersionMin = 130_000
  /// The advisory lock: "pgtrawl" in ASCII. Such locks count within one database.
  static let lockKey: Int64 = 0x70_6774_7261_776c

  /// How long to wait for locks of others, and how often.
  public struct Patience: Sendable {
    /// `lock_timeout` of each attempt: while a migration waits for a lock, everybody else queues
    /// up behind it.
    public var lockTimeout: Duration = .seconds(3)
    /// Attempts in all, at least 1.
    public var attemptsMax = 8
    /// The pause after the first attempt; it doubles up to `pauseMax`.
    public var pause: Duration = .milliseconds(200)
    /// The longest pause.
    public var pauseMax: Duration = .seconds(5)

    /// The defaults: about 45 s in all.
    public init() {}
  }

  private let connection: PostgresConnection
  private let migrations: [Migration]
  private let patience: Patience
  private let ledger: MigrationLedger

  /// A migrator on a connection of its own.
  public init(
    connection: PostgresConnection, migrations: [Migration] = Migrations.all,
    patience: Patience = Patience()
  ) {
    self.connection = connection
    self.migrations = migrations.sorted { ($0.layer, $0.number) < ($1.layer, $1.number) }
    self.patience = patience
    ledger = MigrationLedger(connection: connection)
  }

  /// Every migration that the program or the database has. Changes nothing.
  public func status() async throws -> [MigrationStatus] {
    try await checkServer()
    return merged(with: try await ledger.entries())
  }

  /// Throws unless the database has exactly what this program needs up to `layer`: for whoever is
  /// about to write. Layers above may be absent, but must not be newer than the program.
  public func requireCurrent(through layer: MigrationLayer = .core) async throws {
    let status = try await status()
    try check(status)
    let missing = status.first { status in
      guard status.state == .pending, let its = MigrationLayer(rawValue: status.layer) else {
        return false
      }
      return its <= layer
    }
    if let missing {
      throw MigrationError(code: .olderSchema(missing: missing.title))
    }
  }

  /// Applies what is pending in `layer` and those below it; returns what was applied.
  ///
  /// `number` is the last one to apply in `layer` itself.
  @discardableResult
  public func up(
    through layer: MigrationLayer = .intelligence, number: Int? = nil
  ) async throws -> [Migration] {
    try await alone { () async throws -> [Migration] in
      try await ledger.create()
      let status = merged(with: try await ledger.entries())
      try check(status)
      let pending = Set(status.filter { $0.state == .pending }.map { $0.title })
      var applied: [Migration] = []
      for migration in migrations where pending.contains(migration.title) {
        guard migration.layer <= layer else { continue }
        if migration.layer == layer, let number, migration.number > number { continue }
        try await run(migration, migration.up) {
          try await ledger.insert(migration)
        }
        applied.append(migration)
      }
      return applied
    }
  }

  /// Undoes what is applied in `layer` beyond `number`, last first; returns what was undone.
  ///
  /// With 0 the whole layer goes, and so do the layers that stand on it.
  @discardableResult
  public func down(layer: MigrationLayer, number: Int = 0) async throws -> [Migration] {
    try await alone { () async throws -> [Migration] in
      let status = merged(with: try await ledger.entries())
      try check(status)
      let present = Set(status.filter { $0.state == .applied }.map { $0.title })
      var undone: [Migration] = []
      for migration in migrations.reversed() where present.contains(migration.title) {
        let goes = migration.layer == layer ? migration.number > number : number == 0
        guard migration.layer >= layer, goes else { continue }
        try await run(migration, migration.down) {
          try await ledger.delete(migration)
        }
        undone.append(migration)
      }
      return undone
    }
  }

  // MARK: - What is there

  private func checkServer() async throws {
    let version = await connection.serverVersion
    // 0 is no connection: the first statement says so better.
    guard version == 0 || version >= Self.serverVersionMin else {
      throw MigrationError(code: .unsupportedServer(version: version))
    }
  }

  private func merged(with entries: [MigrationLedger.Entry]) -> [MigrationStatus] {
    var open = entries
    var merged = migrations.map { migration in
      var status = MigrationStatus(
        layer: migration.layer.rawValue, number: migration.number, name: migration.name,
        state: .pending)
      let place = open.firstIndex { $0.layer == status.layer && $0.number == status.number }
      if let place {
        let entry = open.remove(at: place)
        status.appliedAt = entry.appliedAt
        status.state =
          entry.checksum == MigrationLedger.checksum(migration) ? .applied : .changed
      }
      return status
    }
    merged += open.map { entry in
      MigrationStatus(
        layer: entry.layer, number: entry.number, name: entry.name, state: .unknown,
        appliedAt: entry.appliedAt)
    }
    return merged
  }

  private func check(_ status: [MigrationStatus]) throws {
    if let newer = status.last(where: { $0.state == .unknown }) {
      let known = status.last { $0.layer == newer.layer && $0.state != .unknown }
      throw MigrationError(
        code: .newerSchema(
          database: newer.title, program: known?.title ?? "nothing of the layer \(newer.layer)"))
    }
    if let changed = status.first(where: { $0.state == .changed }) {
      throw MigrationError(code: .changed(migration: changed.title))
    }
  }

  // MARK: - Running

  /// Runs `body` while no other migrator can; session settings are as before afterwards.
  private func alone<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await checkServer()
    let milliseconds = Int(patience.lockTimeout / .milliseconds(1))
    try await connection.execute("SET lock_timeout = \(milliseconds); SET statement_timeout = 0")
    do {
      try await patiently {
        try await connection.execute("SELECT pg_advisory_lock(\(Self.lockKey))")
      }
    } catch let error as PostgresError where error.condition == .lockNotAvailable {
      throw MigrationError(code: .locked, cause: error)
    }
    do {
      let value = try await body()
      await release()
      return value
    } catch {
      await release()
      throw error
    }
  }

  private func release() async {
    await connection.rollback()
    do {
      try await connection.execute(
        """
        SELECT pg_advisory_unlock(\(Self.lockKey));
        RESET lock_timeout; RESET statement_timeout; RESET search_path
        """)
    } catch {
      // Cancelled or broken: the end of the session releases everything.
      await connection.close()
    }
  }

  private func run(
    _ migration: Migration, _ sql: [UInt8],
    record: () async throws -> Void
  ) async throws {
    do {
      try await patiently {
        switch Migration.script(sql) {
        case .transaction(let script): try await runTransaction(script, record: record)
        case .statements(let statements):
          try await connection.execute("SET search_path = pg_catalog, pg_temp")
          for statement in statements {
            try await connection.execute(statement)
          }
          try await record()
        }
      }
    } catch let error as PostgresError where error.code != .cancelled {
      throw MigrationError(code: .failed(migration: migration.title), cause: error)
    }
  }

  private func runTransaction(
    _ script: String, record: () async throws -> Void
  ) async throws {
    do {
      // Names that are not qualified must not depend on who migrates.
      try await connection.execute("BEGIN; SET LOCAL search_path = pg_catalog, pg_temp")
      try await connection.execute(script)
      try await record()
      try await connection.execute("COMMIT")
    } catch {
      await connection.rollback()
      throw error
    }
  }

  /// Runs `body` again while locks are not to be had, with growing pauses.
  private func patiently(
    _ body: () async throws -> Void
  ) async throws {
    var pause = patience.pause
    for attempt in 1...max(1, patience.attemptsMax) {
      do {
        return try await body()
      } catch let error as PostgresError {
        guard error.condition == .lockNotAvailable || error.condition == .serialization,
          attempt < patience.attemptsMax
        else { throw error }
      }
      try await ContinuousClock().sleep(for: pause)
      pause = min(pause * 2, patience.pauseMax)
    }
  }
}

extension MigrationStatus {
  /// `layer/NNNN_name`.
  public var title: String { Migration.title(layer: layer, number: number, name: name) }
}
