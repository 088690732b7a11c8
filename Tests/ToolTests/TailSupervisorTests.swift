import Foundation
import Ingest
import LogModel
import LogParsing
import QueryShape
import Synchronization
import TestSupport
import Testing

@testable import Tool

/// A supervisor whose configuration, store and sources are the test's.
private final class SupervisorUnderTest: Sendable {
  struct World {
    var configuration: Result<TailSupervisor.Orders, ToolError>
    /// What making the store ready comes to, call by call; the last one stays.
    var stores: [Result<String, ToolError>] = [.success("store")]
    /// `start a`, `end a` in their order.
    var log: [String] = []
    /// Sources that end by themselves.
    var failing: [String: ToolError] = [:]
    var said = ""
    var isAlive = true
  }

  let world: Mutex<World>
  let isWatched: Bool
  let folder: TemporaryDirectory
  let socket: DatagramSocket

  init(_ sources: [ImportSettings.Source], isWatched: Bool = false) throws {
    self.isWatched = isWatched
    world = Mutex(World(configuration: .success(try Self.orders(sources))))
    folder = try TemporaryDirectory()
    socket = try DatagramSocket(folder.path + "/notify")
  }

  static func source(_ name: String, _ path: String = "/l") -> ImportSettings.Source {
    ImportSettings.Source(
      name: name, paths: [path], timezones: [], encoding: .latin1, samples: .raw,
      settingsFile: nil)
  }

  static func orders(
    _ sources: [ImportSettings.Source], database: String? = "db"
  ) throws -> TailSupervisor.Orders {
    let typed = LowTailArguments(logs: LowImportArguments(paths: ["/l"]))
    var settings = try TailSettings(
      typed, Layers(environment: [:], configuration: Configuration()))
    settings.sources = sources
    return TailSupervisor.Orders(settings: settings, databaseURL: database, dataDirectory: nil)
  }

  func configure(_ sources: [ImportSettings.Source], database: String? = "db") throws {
    let orders = try Self.orders(sources, database: database)
    world.withLock { $0.configuration = .success(orders) }
  }

  var log: [String] { world.withLock { $0.log } }
  var said: String { world.withLock { $0.said } }

  private func note(_ text: String) { world.withLock { $0.log.append(text) } }

  /// Without those that say that it is alive.
  func messages() -> [String] { socket.received.filter { $0 != "WATCHDOG=1" } }

  func supervisor() -> TailSupervisor {
    let pipe = TerminalState(isTerminal: false, columns: nil, hasColour: false)
    let console = Console(out: pipe, err: pipe) { text, _ in
      self.world.withLock { $0.said += text }
    }
    var environment = ["NOTIFY_SOCKET": folder.path + "/notify"]
    // A socket holds ten datagrams for one that does not look: signs of life would keep others out.
    if isWatched { environment["WATCHDOG_USEC"] = "100000" }
    let manager = ServiceManager(ServiceEnvironment(environment, processID: 1)) {
      console.note($0)
    }
    return TailSupervisor(
      console: console, reporter: TailReporter(console: console, manager: manager),
      manager: manager,
      read: { try self.world.withLock { try $0.configuration.get() } },
      prepare: { _ in
        try self.world.withLock {
          try ($0.stores.count > 1 ? $0.stores.removeFirst() : $0.stores[0]).get()
        }
      },
      follow: { source, end, notify in
        self.note("start \(source.name) \(source.source.paths[0]) \(source.conninfo)")
        notify(.started(logs: 1))
        defer { self.note("end \(source.name)") }
        while true {
          try await Task.sleep(for: .milliseconds(5))
          if end.isAsked { return }
          if let error = self.world.withLock({ $0.failing[source.name] }) { throw error }
        }
      },
      isAlive: { self.world.withLock { $0.isAlive } })
  }

  /// Runs `body` beside the supervisor, then stops it.
  func run(_ body: (AsyncStream<SignalRequest>.Continuation) async throws -> Void) async throws {
    let (requests, request) = AsyncStream.makeStream(of: SignalRequest.self)
    let orders = try world.withLock { try $0.configuration.get() }
    let supervisor = supervisor()
    let task = Task { try await supervisor.run(orders, requests) }
    do {
      try await body(request)
    } catch {
      task.cancel()
      throw error
    }
    request.yield(.stop(.terminated))
    try await task.value
  }
}

struct TailSupervisorTests {
  private func make(_ names: String...) throws -> SupervisorUnderTest {
    try SupervisorUnderTest(names.map { SupervisorUnderTest.source($0) })
  }

  private static let away = ToolError(.unavailable, "the store", "it is away")

  @Test func sourcesAreFollowedUntilItIsStopped() async throws {
    let test = try make("a", "b")
    try await test.run { _ in
      try await waitUntil("ready") {
        test.messages() == ["STATUS=starting", "READY=1\nSTATUS=following 2 logs of 2 sources"]
          || test.messages() == ["READY=1\nSTATUS=following 2 logs of 2 sources"]
      }
    }
    #expect(test.messages().last == "STOPPING=1\nSTATUS=stopping")
    #expect(test.log.filter { $0.hasPrefix("start") }.count == 2)
    #expect(test.log.suffix(2).sorted() == ["end a", "end b"])
  }

  @Test func aReloadTouchesOnlyWhatChanged() async throws {
    let test = try make("a", "b", "c")
    try await test.run { request in
      try await waitUntil("all started") { test.log.count == 3 }
      try await waitUntil("ready") { test.messages().last?.hasPrefix("READY=1") == true }
      let before = test.messages().count
      try test.configure([
        SupervisorUnderTest.source("a"), SupervisorUnderTest.source("b", "/m"),
        SupervisorUnderTest.source("d"),
      ])
      request.yield(.reload)
      // On a slow machine more may have been told since.
      try await waitUntil("reloaded") { test.messages().dropFirst(before).contains("READY=1") }
      let after = test.messages().dropFirst(before)
      #expect(after.first?.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") == true)
      try await waitUntil("restarted") { test.log.count == 7 }
      let log = test.log.dropFirst(3)
      #expect(Set(log) == ["end b", "end c", "start b /m store", "start d /l store"])
      let end = try #require(log.firstIndex(of: "end b"))
      let start = try #require(log.firstIndex(of: "start b /m store"))
      #expect(end < start)
      #expect(
        test.said.contains("reloading; sources new: d; gone: c; changed: b; unchanged: a"))
    }
  }

  @Test func aWrongConfigurationChangesNothing() async throws {
    let test = try make("a")
    try await test.run { request in
      try await waitUntil("ready") { test.messages().last?.hasPrefix("READY=1") == true }
      test.world.withLock { world in
        world.configuration = .failure(ToolError(.configuration, "f", "line 3: no", next: "Mend"))
      }
      request.yield(.reload)
      let told = "f: line 3: no. Mend. The configuration before stays in force."
      try await waitUntil("refused") {
        test.messages().contains("STATUS=following 1 log of 1 source; \(told)")
      }
      #expect(test.said.contains(told) && test.log == ["start a /l store"])
      // Another store that can't be had is refused in the same way.
      try test.configure([SupervisorUnderTest.source("a", "/m")], database: "other")
      test.world.withLock { $0.stores = [.failure(Self.away)] }
      request.yield(.reload)
      try await waitUntil("refused again") { test.said.contains("it is away. The configuration") }
      #expect(test.log == ["start a /l store"])
      // When it is there, all sources go over to it.
      test.world.withLock { $0.stores = [.success("other store")] }
      request.yield(.reload)
      try await waitUntil("taken") { test.log.contains("start a /m other store") }
    }
  }

  @Test func aStoreThatIsAwayAtTheStartIsWaitedFor() async throws {
    let test = try make("a")
    test.world.withLock { $0.stores = [.failure(Self.away)] }
    try await test.run { _ in
      let line = "waiting for the store: the store: it is away."
      try await waitUntil("ready to wait") { test.messages().contains("READY=1\nSTATUS=\(line)") }
      #expect(test.log.isEmpty)
      test.world.withLock { $0.stores = [.success("store")] }
      try await waitUntil("started") { test.log == ["start a /l store"] }
    }
    #expect(test.said.components(separatedBy: "Waiting for it.").count == 2)
  }

  @Test func aConfigurationIsTakenWhileTheStoreIsWaitedFor() async throws {
    let test = try make("a")
    test.world.withLock { $0.stores = [.failure(Self.away)] }
    try await test.run { request in
      try await waitUntil("waits") { test.said.contains("Waiting for it.") }
      try test.configure([SupervisorUnderTest.source("b")], database: "other")
      test.world.withLock { $0.stores = [.success("other store")] }
      request.yield(.reload)
      try await waitUntil("started") { !test.log.isEmpty }
      #expect(test.log.last?.hasSuffix("other store") == true)
    }
  }

  @Test func whatNoWaitingHealsEndsAllOfIt() async throws {
    let test = try make("a", "b")
    let newer = ToolError(.failed, "the schema", "it is newer")
    await #expect(throws: newer) {
      try await test.run { _ in
        try await waitUntil("started") { test.log.count == 2 }
        test.world.withLock { $0.failing = ["a": newer] }
        try await waitUntil("ended") { test.log.count == 4 }
      }
    }
    #expect(test.messages().last == "STOPPING=1\nSTATUS=stopping: the schema: it is newer.")
    let wrong = ToolError(.failed, "the store", "wrong password")
    let other = try make("a")
    other.world.withLock { $0.stores = [.failure(wrong)] }
    await #expect(throws: wrong) {
      try await other.run { _ in
        try await waitUntil("ended") {
          other.messages().contains { $0.hasPrefix("STOPPING=1\nSTATUS=stopping: the store") }
        }
      }
    }
  }

  @Test func whoMakesNoProgressIsSilent() async throws {
    let test = try SupervisorUnderTest([SupervisorUnderTest.source("a")], isWatched: true)
    try await test.run { _ in
      try await waitUntil("alive") { test.socket.received.contains("WATCHDOG=1") }
      test.world.withLock { $0.isAlive = false }
      // One may be under way; then nothing more comes.
      var before = -1
      try await waitUntil("silence") {
        let last = before
        before = test.socket.received.count { $0 == "WATCHDOG=1" }
        try await Task.sleep(for: .milliseconds(300))
        return last == before
      }
      test.world.withLock { $0.isAlive = true }
      try await waitUntil("alive again") {
        test.socket.received.count { $0 == "WATCHDOG=1" } > before
      }
    }
  }
}
