import EmbeddedStore
import Foundation
import Postgres
import TestSupport
import Testing

/// Each test makes clusters of its own, so they run one after the other.
@Suite(.serialized)
struct EmbeddedStoreTests {
  private static let environment = ["PATH": "/usr/local/bin:/usr/bin:/bin"]

  private func store(in path: String) throws -> EmbeddedStore {
    try EmbeddedStore(
      location: StoreLocation(directory: path, environment: Self.environment),
      environment: Self.environment)
  }

  private func firstCell(_ conninfo: String, _ sql: String) async throws -> String? {
    let connection = try await PostgresConnection.open(conninfo: conninfo)
    let cell = try await connection.query(sql).first?.string(0)
    await connection.close()
    return cell
  }

  private func processID(_ store: EmbeddedStore) async throws -> Int32 {
    guard case .running(let processID, _, true) = try await store.status().state else {
      throw TestFailure("the store does not run")
    }
    return processID
  }

  @Test
  func lifeOfAStore() async throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let store = try store(in: directory.path + "/a b/store")
    #expect(try await store.status().state == .absent)
    await #expect { try await store.stop() } throws: {
      ($0 as? EmbeddedStoreError)?.code == .absent
    }
    #expect(try await !store.destroy())

    let conninfo = try await store.start()
    #expect(try await store.status().majorVersion ?? 0 >= 13)
    for (setting, value) in [
      ("server_encoding", "UTF8"), ("lc_collate", "C"), ("listen_addresses", ""), ("jit", "off"),
      ("fsync", "on"), ("synchronous_commit", "on"), ("wal_compression", "lz4"),
      ("default_toast_compression", "lz4"), ("is_superuser", "on"),
    ] {
      #expect(try await firstCell(conninfo, "SHOW \(setting)") == value, "\(setting)")
    }
    #expect(try await firstCell(store.location.url, "SELECT current_database()") == "pgtrawl")
    let mode = try FileManager.default.attributesOfItem(atPath: store.location.socketDirectory)
    #expect((mode[.posixPermissions] as? Int) == 0o700)

    let running = try await processID(store)
    #expect(try await store.start() == conninfo)
    #expect(try await processID(store) == running)

    let line = try await store.psqlCommand(["-XAtc", "SELECT 6 * 7"])
    let psql = try await Command(line[0], Array(line.dropFirst())).run()
    #expect(psql.output == "42\n")

    #expect(try await store.stop())
    #expect(try await !store.stop())
    #expect(try await store.status().state == .stopped)
    try await store.start()
    #expect(try await store.destroy())
    #expect(try await store.status().state == .absent)
    #expect(!FileManager.default.fileExists(atPath: store.location.directory))
    // The server removes its files before it ends.
    try await waitUntil("process \(running) ends") { kill(running, 0) != 0 }
  }

  @Test
  func startsAtOnceGiveOneServer() async throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let path = directory.path + "/store"
    let answers = try await withThrowingTaskGroup(of: Int32.self) { group in
      for _ in 0..<4 {
        let store = try store(in: path)
        group.addTask {
          try await store.start()
          return try await processID(store)
        }
      }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(answers.count == 1)
  }

  @Test
  func killedServerIsStartedAgain() async throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let store = try store(in: directory.path + "/store")
    let conninfo = try await store.start()
    _ = try await firstCell(conninfo, "CREATE TABLE t AS SELECT 7 AS n")
    let killed = try await processID(store)
    #expect(kill(killed, SIGKILL) == 0)
    // The kernel takes a moment.
    try await waitUntil("process \(killed) ends") { try await store.status().state == .stopped }
    try await store.start()
    #expect(try await processID(store) != killed)
    #expect(try await firstCell(conninfo, "SELECT n FROM t") == "7")
  }

  @Test
  func processIDOfAnotherProcess() async throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let store = try store(in: directory.path + "/store")
    let conninfo = try await store.start()
    let pidFile = store.location.dataDirectory + "/postmaster.pid"
    let text = try String(contentsOfFile: pidFile, encoding: .utf8)
    #expect(kill(try await processID(store), SIGKILL) == 0)
    // As after a reboot, when the id has gone to another process of the same account.
    let other = try await TestCluster.shared()
    let foreign = try #require(other.postmasterID)
    let lines = ["\(foreign)"] + text.split(separator: "\n").dropFirst().map { String($0) }
    let handle = try #require(FileHandle(forWritingAtPath: pidFile))
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: Data((lines.joined(separator: "\n") + "\n").utf8))
    try handle.close()
    #expect(try await store.status().state == .stopped)
    try await store.start()
    #expect(try await firstCell(conninfo, "SELECT 1") == "1")
    #expect(kill(foreign, 0) == 0)
  }

  @Test
  func otherMajorVersionIsNamed() async throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let store = try store(in: directory.path + "/store")
    try await store.start()
    try await store.stop()
    try "9\n".write(
      toFile: store.location.dataDirectory + "/PG_VERSION", atomically: false, encoding: .utf8)
    let error = await #expect(throws: EmbeddedStoreError.self) { try await store.start() }
    guard case .otherMajorVersion(9, let found) = error?.code else {
      throw TestFailure("\(String(describing: error))")
    }
    #expect(!found.isEmpty)
    #expect(error?.description.contains("PostgreSQL 9") == true)
    #expect(try await store.destroy())
  }

  @Test
  func killedWhileItIsMade() async throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let store = try store(in: directory.path + "/store")
    for name in ["/pgtrawl.lock", "/data.new/PG_VERSION"] {
      let file = URL(fileURLWithPath: store.location.directory + name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try "15\n".write(to: file, atomically: false, encoding: .utf8)
    }
    chmod(store.location.directory, 0o755)
    #expect(try await store.status().state == .absent)
    let conninfo = try await store.start()
    #expect(try await firstCell(conninfo, "SELECT 1") == "1")
  }

  @Test
  func whatIsNoStoreStays() async throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let file = directory.path + "/log"
    try "mine".write(toFile: file, atomically: false, encoding: .utf8)
    let store = try store(in: directory.path)
    await #expect { try await store.start() } throws: {
      ($0 as? EmbeddedStoreError)?.code == .notAStore
    }
    #expect(try await !store.destroy())
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["log"])
  }

  @Test
  func noServerPrograms() async throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let location = try StoreLocation(
      directory: directory.path + "/store", environment: Self.environment)
    let store = EmbeddedStore(
      location: location, environment: Self.environment, binDirectory: directory.path)
    await #expect { try await store.start() } throws: {
      ($0 as? EmbeddedStoreError)?.code == .noServerPrograms
    }
  }

  @Test(.enabled(if: geteuid() == 0, "the server has the caller's own account"))
  func directoryClosedToTheAccount() async throws {
    let directory = try TemporaryDirectory(isPrivate: true)
    defer { directory.remove() }
    let store = try store(in: directory.path + "/store")
    await #expect { try await store.start() } throws: {
      ($0 as? EmbeddedStoreError)?.code == .permissionDenied
    }
  }

  @Test
  func brokenSettingIsNamed() async throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let store = try store(in: directory.path + "/store")
    try await store.start()
    try await store.stop()
    let local = store.location.dataDirectory + "/local.conf"
    try "no_such_setting = 1\n".write(toFile: local, atomically: false, encoding: .utf8)
    chmod(local, 0o644)
    let error = await #expect(throws: EmbeddedStoreError.self) { try await store.start() }
    #expect(error?.code == .startFailed)
    #expect(error?.description.contains("local.conf") == true)
  }
}
