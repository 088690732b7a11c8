internal import LogModel
internal import Migrations
internal import Postgres

/// `pgtrawl.schema_migrations`: which migrations the database has.
struct MigrationLedger {
  /// A migration that the database has.
  struct Entry: Equatable {
    var layer: String
    var number: Int
    var name: String
    var checksum: String
    var appliedAt: String

    var title: String { Migration.title(layer: layer, number: number, name: name) }
  }

  let connection: PostgresConnection

  /// XXH64 of the SQL that makes it, 16 hex digits. That which undoes it may be corrected later.
  static func checksum(_ migration: Migration) -> String {
    let hash = migration.up.withUnsafeBytes { StableHash.hash($0) }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  /// Makes schema and table where they are missing. To be called under the migrator's lock.
  func create() async throws(PostgresError) {
    // Asked first: CREATE … IF NOT EXISTS needs the privilege even where there is nothing to do.
    let present = try await connection.query(
      """
      SELECT to_regnamespace('pgtrawl') IS NOT NULL,
        to_regclass('pgtrawl.schema_migrations') IS NOT NULL
      """)
    if present.first?.bool(0) != true {
      try await connection.execute("CREATE SCHEMA pgtrawl")
    }
    guard present.first?.bool(1) != true else { return }
    try await connection.execute(
      """
      CREATE TABLE pgtrawl.schema_migrations (
        layer text NOT NULL,
        number integer NOT NULL,
        name text NOT NULL,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (layer, number)
      )
      """)
  }

  /// What was applied, in no order that matters; empty in a database without the schema.
  func entries() async throws(PostgresError) -> [Entry] {
    let present = try await connection.query(
      "SELECT to_regclass('pgtrawl.schema_migrations') IS NOT NULL")
    guard present.first?.bool(0) == true else { return [] }
    let rows = try await connection.query(
      """
      SELECT layer, number, name, checksum,
        to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
      FROM pgtrawl.schema_migrations ORDER BY layer, number
      """)
    return rows.map { row in
      Entry(
        layer: row.string(0) ?? "", number: Int(row.int(1) ?? 0), name: row.string(2) ?? "",
        checksum: row.string(3) ?? "", appliedAt: row.string(4) ?? "")
    }
  }

  func insert(_ migration: Migration) async throws(PostgresError) {
    try await connection.query(
      """
      INSERT INTO pgtrawl.schema_migrations (layer, number, name, checksum)
      VALUES ($1, $2, $3, $4)
      """,
      [
        .text(migration.layer.rawValue), .int(migration.number), .text(migration.name),
        .text(Self.checksum(migration)),
      ])
  }

  func delete(_ migration: Migration) async throws(PostgresError) {
    try await connection.query(
      "DELETE FROM pgtrawl.schema_migrations WHERE layer = $1 AND number = $2",
      [.text(migration.layer.rawValue), .int(migration.number)])
  }
}
