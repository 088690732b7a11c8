internal import Foundation
internal import Glibc
internal import Postgres
internal import Synchronization

/// A temporary PostgreSQL cluster on a private unix socket.
///
/// It is not durable (fsync is off, but can be set), runs as `postgres` when the tests run as
/// root, and is stopped and removed when the test process ends, however it ends.
public final class TestCluster: Sendable {
  /// How `stop` ends the server.
  public enum StopMode: String, Sendable {
    /// Sessions are ended, the server shuts down cleanly.
    case fast
    /// As a crash: recovery follows.
    case immediate
  }

  /// Holds data, socket and logs; removed with the cluster.
  public let directory: String
  /// PGDATA.
  public let dataDirectory: String
  /// Directory of the unix socket, a value for `host=`.
  public let socketDirectory: String
  /// Directory that a `log_directory` setting can name, writable by the server.
  public let logDirectory: String
  /// Directory of the server's programs.
  public let binDirectory: String

  private let guardian: ClusterGuardian
  private static let databaseNumber = Atomic<Int>(0)
  private static let sharedTask = Task { try await TestCluster.started() }

  /// The cluster that the tests of one process share; started by the first who asks.
  public static func shared() async throws -> TestCluster {
    try await sharedTask.value
  }

  /// A new cluster with `settings` in its postgresql.conf, running.
  ///
  /// Values are taken as they are, so quote what needs quotes. `initdb` adds arguments.
  public static func started(
    settings: [String: String] = [:], initdb: [String] = []
  ) async throws -> TestCluster {
    let cluster = try TestCluster()
    try await cluster.initialize(settings: settings, initdb: initdb)
    try await cluster.start()
    return cluster
  }

  private init() throws {
    binDirectory = try ServerPrograms.directory()
    // Short: a socket's path has 107 bytes.
    var template = Array("/tmp/pgt-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw TestFailure("cannot make a directory under /tmp: \(String(cString: strerror(errno)))")
    }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    dataDirectory = directory + "/data"
    socketDirectory = directory
    logDirectory = directory + "/log"
    if let account = ServerPrograms.account {
      guard chown(directory, account.user, account.group) == 0 else {
        throw TestFailure("cannot give \(directory) to \(account.name)")
      }
    }
    guardian = try ClusterGuardian(directory: directory, binDirectory: binDirectory)
  }

  private func initialize(settings: [String: String], initdb: [String]) async throws {
    try await run(
      "initdb",
      ["-D", dataDirectory, "-N", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C"]
        + initdb)
    try await checked(ServerPrograms.command("/bin/mkdir", [logDirectory], in: directory))
    let defaults = [
      "listen_addresses": "''", "unix_socket_directories": "'\(socketDirectory)'",
      "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
      "max_connections": "300", "shared_buffers": "32MB", "log_min_messages": "fatal",
      "autovacuum_naptime": "1h", "max_wal_size": "256MB",
    ]
    let lines = defaults.merging(settings) { $1 }.sorted { $0.key < $1.key }
      .map { "\($0.key) = \($0.value)\n" }
    try lines.joined().write(
      toFile: dataDirectory + "/test.conf", atomically: false, encoding: .utf8)
    try await checked(
      ServerPrograms.command(
        "/bin/sh", ["-c", "echo \"include 'test.conf'\" >> '\(dataDirectory)/postgresql.conf'"],
        in: directory))
    // Written by root, read by the server.
    chmod(dataDirectory + "/test.conf", 0o644)
  }

  /// Starts the server and waits until it takes connections.
  public func start() async throws {
    try await run(
      "pg_ctl", ["-D", dataDirectory, "-w", "-t", "60", "-l", directory + "/server.log", "start"])
  }

  /// Stops the server and waits for its end.
  public func stop(_ mode: StopMode = .fast) async throws {
    try await run("pg_ctl", ["-D", dataDirectory, "-w", "-t", "60", "-m", mode.rawValue, "stop"])
  }

  /// Stops and starts the server.
  public func restart(_ mode: StopMode = .fast) async throws {
    try await stop(mode)
    try await start()
  }

  /// Stops the server and removes everything; the end of the process does the same.
  public func destroy() {
    guardian.release()
  }

  /// The connection string of a database, for the superuser unless a role is named.
  public func conninfo(database: String = "postgres", user: String = "postgres") -> String {
    "host=\(socketDirectory) port=5432 user=\(user) dbname=\(database)"
  }

  /// Makes an empty database of a name not used before; its connection string.
  public func createDatabase(encoding: String = "UTF8") async throws -> String {
    let number = Self.databaseNumber.add(1, ordering: .relaxed).newValue
    let name = "test_\(getpid())_\(number)"
    let connection = try await PostgresConnection.open(conninfo: conninfo())
    try await connection.execute(
      "CREATE DATABASE \(name) TEMPLATE template0 ENCODING '\(encoding)'")
    await connection.close()
    return conninfo(database: name)
  }

  /// Process id of the postmaster, from its pid file; nil when there is none.
  public var postmasterID: Int32? {
    guard let text = try? String(contentsOfFile: dataDirectory + "/postmaster.pid", encoding: .utf8)
    else { return nil }
    return text.split(separator: "\n").first.flatMap { Int32($0) }
  }

  private func run(_ program: String, _ arguments: [String]) async throws {
    try await checked(
      ServerPrograms.command("\(binDirectory)/\(program)", arguments, in: directory))
  }

  private func checked(_ command: Command) async throws {
    let outcome = try await command.run()
    guard outcome.status == 0 else {
      let log = (try? String(contentsOfFile: directory + "/server.log", encoding: .utf8)) ?? ""
      throw TestFailure(
        "\(command.arguments.joined(separator: " ")): status \(outcome.status)\n"
          + outcome.output + log.suffix(2000))
    }
  }
}
