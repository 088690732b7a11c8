import Foundation
import Glibc
import LogModel
import Postgres
import TestSupport
import Testing

/// The program as a service manager starts it.
@Suite struct TailServiceTests {
  private static let records = (1...100).map { line in
    CSVLogLine("duration: 1.000 ms  statement: SELECT \(line)", line: line) { $0.vxid = "3/0" }
      .text
  }

  /// The program that was built with the tests.
  /// The program that stands beside the tests.
  static func program() throws -> String {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let path = URL(fileURLWithPath: tests).deletingLastPathComponent().path + "/pgtrawl"
    try #require(FileManager.default.isExecutableFile(atPath: path), "\(path) is not there")
    return path
  }

  private static func append(_ range: Range<Int>, to path: String) throws {
    if !FileManager.default.fileExists(atPath: path) {
      try Data().write(to: URL(fileURLWithPath: path))
    }
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data(records[range].joined().utf8))
    try file.close()
  }

  private static func write(_ text: String, to path: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }

  private static func start(
    _ folder: TemporaryDirectory, notify: String, conninfo: String
  ) throws -> RunningProcess {
    var command = Command(
      try program(), ["tail", "--config", folder.path + "/pgtrawl.toml"], directory: folder.path)
    command.environment = [
      "PGTRAWL_DATABASE_URL": conninfo, "NOTIFY_SOCKET": notify, "WATCHDOG_USEC": "200000",
      "PGTRAWL_HEALTH_FILE": folder.path + "/health.json",
    ]
    return try command.start()
  }

  private static func health(_ folder: TemporaryDirectory) throws -> [String: Any] {
    guard let data = FileManager.default.contents(atPath: folder.path + "/health.json") else {
      return [:]
    }
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private static func executions(_ conninfo: String) async throws -> String {
    try await value("SELECT count(*) FROM pgtrawl.query_executions", conninfo)
  }

  private static func value(_ query: String, _ conninfo: String) async throws -> String {
    let connection = try await PostgresConnection.open(conninfo: conninfo)
    let rows = try await connection.query(query)
    let value = rows.first?.string(0) ?? ""
    await connection.close()
    return value
  }

  @Test func aServiceFromItsStartToItsEnd() async throws {
    let conninfo = try await TestCluster.shared().createDatabase()
    let folder = try TemporaryDirectory()
    let socket = try DatagramSocket(folder.path + "/notify")
    let configuration = folder.path + "/pgtrawl.toml"
    let one = "[sources.one]\npaths = '\(folder.path)/a*.csv'\n"
    try Self.append(0..<10, to: folder.path + "/a.csv")
    try Self.append(50..<60, to: folder.path + "/b.csv")
    try Self.write(one, to: configuration)
    let tail = try Self.start(folder, notify: folder.path + "/notify", conninfo: conninfo)
    try await waitUntil("ready") {
      socket.received.contains("READY=1\nSTATUS=following 1 log of 1 source")
    }
    try await waitUntil("alive") { socket.received.contains("WATCHDOG=1") }
    #expect(try await Self.executions(conninfo) == "10")
    try await waitUntil("health") { try Self.health(folder)["state"] as? String == "following" }
    #expect(try Self.health(folder)["pid"] as? Int == Int(tail.id))

    // A mistake changes nothing.
    try Self.write("jobs = 'x'\n" + one, to: configuration)
    tail.signal(SIGHUP)
    try await waitUntil("refused") { tail.said.contains("before stays in force") }
    try await waitUntil("health") { try Self.health(folder)["problem"] is String }
    // A new source comes; the one that is there is not read anew.
    try Self.write(one + "[sources.two]\npaths = '\(folder.path)/b.csv'\n", to: configuration)
    tail.signal(SIGHUP)
    try await waitUntil("both") { try await Self.executions(conninfo) == "20" }
    try Self.append(10..<20, to: folder.path + "/a.csv")
    try Self.append(60..<70, to: folder.path + "/b.csv")
    try await waitUntil("both go on") { try await Self.executions(conninfo) == "40" }
    #expect(tail.said.components(separatedBy: "one: following").count == 2, "\(tail.said)")
    // What the socket had no room for comes when there is.
    try await waitUntil("both reloads are told") {
      socket.received.count { $0.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") } == 2
    }

    tail.signal(SIGTERM)
    #expect(try await tail.end() == 0, "\(tail.said)")
    #expect(socket.received.contains { $0.hasPrefix("STOPPING=1\nSTATUS=stopping") })
    let health = try Self.health(folder)
    #expect(health["state"] as? String == "stopping" && health["problem"] is NSNull)
    #expect((health["sources"] as? [Any])?.count == 2)
  }

  /// Abstract socket, store away at the start, SIGINT.
  @Test func aStoreThatIsAwayIsWaitedFor() async throws {
    let cluster = try await TestCluster.started()
    defer { cluster.destroy() }
    let folder = try TemporaryDirectory()
    let name = "@pgtrawl-test-\(getpid())-\(UUID().uuidString)"
    let socket = try DatagramSocket(name)
    try Self.append(0..<10, to: folder.path + "/a.csv")
    try Self.write(
      "[sources.one]\npaths = '\(folder.path)/a.csv'\n", to: folder.path + "/pgtrawl.toml")
    let conninfo = cluster.conninfo() + " password=CANARY"
    try await cluster.stop()
    let tail = try Self.start(folder, notify: name, conninfo: conninfo)
    try await waitUntil("ready") { socket.received.contains { $0.hasPrefix("READY=1") } }
    try await waitUntil("health") {
      try Self.health(folder)["state"] as? String == "waiting_for_store"
    }
    #expect(try Self.health(folder)["problem"] is String)
    try await cluster.start()
    try await waitUntil("following") { tail.said.contains("one: following 1 log") }
    #expect(try await Self.executions(conninfo) == "10")
    tail.signal(SIGINT)
    #expect(try await tail.end() == 0, "\(tail.said)")
    let health = FileManager.default.contents(atPath: folder.path + "/health.json") ?? Data()
    let all = [tail.said, String(decoding: health, as: UTF8.self)] + socket.received
    #expect(!all.contains { $0.contains("CANARY") })
  }

  /// Nothing is written meanwhile, so that no statement would notice; and what a file says of the
  /// server's settings is there before and after.
  @Test func anIdleTailTellsThatItsStoreIsAway() async throws {
    let cluster = try await TestCluster.started()
    defer { cluster.destroy() }
    let folder = try TemporaryDirectory()
    let socket = try DatagramSocket(folder.path + "/notify")
    try Self.append(0..<10, to: folder.path + "/a.csv")
    let settings = folder.path + "/settings.csv"
    let value = "SELECT setting FROM pgtrawl.source_settings WHERE name = 'work_mem' AND valid_from"
    try Self.write("name,setting,unit\nwork_mem,4096,kB\n", to: settings)
    try Self.write(
      "settings = '\(settings)'\n[sources.one]\npaths = '\(folder.path)/a.csv'\n",
      to: folder.path + "/pgtrawl.toml")
    let conninfo = cluster.conninfo()
    let tail = try Self.start(folder, notify: folder.path + "/notify", conninfo: conninfo)
    try await waitUntil("ready") { socket.received.contains { $0.hasPrefix("READY=1") } }
    try await waitUntil("following") { tail.said.contains("one: following 1 log") }
    #expect(try await Self.value("\(value) = '-infinity'", conninfo) == "4096")

    try await cluster.stop()
    try await waitUntil("away") {
      try Self.health(folder)["state"] as? String == "waiting_for_store"
    }
    #expect(tail.said.contains("waiting for it"))
    try await cluster.start()
    try await waitUntil("back") { try Self.health(folder)["state"] as? String == "following" }

    try Self.write("name,setting,unit\nwork_mem,8192,kB\n", to: settings)
    tail.signal(SIGHUP)
    try await waitUntil("the file was read anew") {
      try await Self.value("\(value) = '-infinity'", conninfo) == "8192"
    }
    try Self.write("no settings\n", to: settings)
    tail.signal(SIGHUP)
    try await waitUntil("refused") { tail.said.contains("before stays in force") }
    tail.signal(SIGTERM)
    #expect(try await tail.end() == 0, "\(tail.said)")
  }

  /// A store that does not answer any more: one signal ends the tail in order, two at once.
  @Test(arguments: [([SIGTERM], 0), ([SIGTERM, SIGTERM], 143), ([SIGTERM, SIGINT], 130)])
  func aStoreThatHangsKeepsNoTail(signals: [Int32], status: Int) async throws {
    let cluster = try await TestCluster.started()
    defer { cluster.destroy() }
    let folder = try TemporaryDirectory()
    let socket = try DatagramSocket(folder.path + "/notify")
    try Self.append(0..<10, to: folder.path + "/a.csv")
    try Self.write(
      "[sources.one]\npaths = '\(folder.path)/a.csv'\n", to: folder.path + "/pgtrawl.toml")
    let conninfo = cluster.conninfo()
    let tail = try Self.start(folder, notify: folder.path + "/notify", conninfo: conninfo)
    try await waitUntil("ready") { socket.received.contains { $0.hasPrefix("READY=1") } }
    // Who waits for a lock and is stopped then does not even answer that it is cancelled.
    let connection = try await PostgresConnection.open(conninfo: conninfo)
    try await connection.execute("BEGIN")
    try await connection.execute("LOCK TABLE pgtrawl.log_files")
    try Self.append(10..<20, to: folder.path + "/a.csv")
    var backends: [Int32] = []
    try await waitUntil("the tail waits for the lock") {
      let rows = try await connection.query(
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
      backends = rows.compactMap { $0.string(0).flatMap { Int32($0) } }
      return !backends.isEmpty
    }
    for backend in backends { kill(backend, SIGSTOP) }
    defer { for backend in backends { kill(backend, SIGCONT) } }
    for (index, signal) in signals.enumerated() {
      if index > 0 { try await waitUntil("stopping") { tail.said.contains("once more to end") } }
      tail.signal(signal)
    }
    #expect(try await tail.end() == status, "\(tail.said)")
    let isInOrder = tail.said.contains("what is under way does not end")
    #expect(isInOrder == (signals.count == 1), "\(tail.said)")
    await connection.close()
  }
}
