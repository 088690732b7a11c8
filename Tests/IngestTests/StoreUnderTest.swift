import Foundation
import Ingest
import LogSource
import LogStore
import Migrations
import Postgres
import TestSupport

/// A migrated database of its own, and imports into it.
struct StoreUnderTest: Sendable {
  let conninfo: String

  static func make() async throws -> StoreUnderTest {
    let conninfo = try await TestCluster.shared().createDatabase()
    let connection = PostgresConnection()
    try await connection.connect(conninfo: conninfo)
    let migrator = Migrator(connection: connection)
    _ = try await migrator.up()
    if TestLayers.isCoreAlone { _ = try await migrator.down(layer: .analysis) }
    await connection.close()
    return StoreUnderTest(conninfo: conninfo)
  }

  @discardableResult
  func run(
    _ paths: [String], configure: (inout IngestSettings) -> Void = { _ in }
  ) async throws -> ImportSummary {
    var settings = IngestSettings()
    settings.conninfo = conninfo
    configure(&settings)
    return try await ImportRun(settings: settings).run(paths.map { LogPath($0) })
  }

  /// Takes a layer of the schema, and those above it, away.
  func migrate(down layer: MigrationLayer) async throws {
    let connection = try await PostgresConnection.open(conninfo: conninfo)
    try await Migrator(connection: connection).down(layer: layer)
    await connection.close()
  }

  func verify() async throws -> [Breach] {
    let store = Store(conninfo: conninfo)
    let breaches = try await store.verify()
    await store.close()
    return breaches
  }

  func query(_ sql: String) async throws -> [[String]] {
    let connection = PostgresConnection()
    try await connection.connect(conninfo: conninfo)
    let result = try await connection.query(sql)
    let rows = result.map { row in (0..<result.columnCount).map { row.string($0) ?? "" } }
    await connection.close()
    return rows
  }

  func number(_ sql: String) async throws -> Int {
    Int(try await query(sql).first?.first ?? "") ?? -1
  }

  /// Every table as `name rows hash`, without times of import, names of files and notes of runs.
  func image() async throws -> [String] {
    let left =
      "{created_at,registered_at,imported_at,forgotten_at,rejected_at,noted_at,path,device,inode,"
      + "attempt_offset,attempt_level}"
    let tables = try await query(
      """
      SELECT relname FROM pg_class WHERE relnamespace = 'pgtrawl'::regnamespace
        AND relkind IN ('r', 'p') AND NOT relispartition AND relname !~ 'migration|file_hours|gzip_points' ORDER BY 1
      """)
    var lines: [String] = []
    for table in tables.compactMap(\.first) {
      let row = try await query(
        """
        SELECT count(*), coalesce(sum(hashtextextended(
          (to_jsonb(t) - '\(left)'::text[])::text, 0)::numeric), 0) FROM pgtrawl.\(table) t
        """)
      lines.append("\(table) \(row.first?.joined(separator: " ") ?? "")")
    }
    return lines
  }
}

/// A directory that is removed at the end.
final class ScratchDirectory: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "pgtrawl-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  func append(_ bytes: ArraySlice<UInt8>, to name: String) throws {
    let file = path + "/" + name
    if !FileManager.default.fileExists(atPath: file) { try write([], to: name) }
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
  }

  func rename(_ name: String, to other: String) throws {
    try FileManager.default.moveItem(atPath: path + "/" + name, toPath: path + "/" + other)
  }

  func copy(_ name: String, to other: String) throws {
    try FileManager.default.copyItem(atPath: path + "/" + name, toPath: path + "/" + other)
  }

  func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: path + "/" + name)
  }

  func makeDirectory(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: path + "/" + name, withIntermediateDirectories: true)
  }

  /// Cuts a file to its first bytes, as it is open elsewhere.
  func truncate(_ name: String, to size: Int = 0) throws {
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path + "/" + name))
    try handle.truncate(atOffset: UInt64(size))
    try handle.close()
  }

  func gzip(_ file: String, to name: String) async throws -> String {
    let target = path + "/" + name
    let outcome = try await Command("/bin/sh", ["-c", "gzip -c '\(file)' > '\(target)'"]).run()
    guard outcome.status == 0 else { throw TestFailure(outcome.output) }
    return target
  }
}
