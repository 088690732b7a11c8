internal import Foundation
internal import Glibc

/// A private PostgreSQL server that pgtrawl makes, starts on demand and leaves running.
///
/// It listens on a unix socket in a directory that only its account can enter, and trusts whoever
/// gets that far. Several commands may start or stop it at the same time.
public actor EmbeddedStore {
  /// What the store is doing.
  public enum State: Sendable, Equatable {
    /// There is none.
    case absent
    /// It is there, its server does not run.
    case stopped
    /// Its server runs. `isReady` is false while it starts, recovers or stops.
    case running(processID: Int32, startedAt: Int64, isReady: Bool)
  }

  /// What there is to say about the store.
  public struct Status: Sendable, Equatable {
    /// What it is doing; `startedAt` in seconds since 1970.
    public var state: State
    /// Major version of PostgreSQL that made it; nil when absent.
    public var majorVersion: Int?
    /// Its directory.
    public var directory: String
    /// What its server says.
    public var logFile: String
    /// How to connect.
    public var url: String
  }

  /// Where the store is; also tells how to connect.
  public nonisolated let location: StoreLocation

  private let binDirectory: String?
  private let path: String
  private let executor = SerialQueueExecutor()

  /// The store's own serial queue.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// A store at `location`; `binDirectory` is where the server programs are, nil to look for them.
  public init(
    location: StoreLocation, environment: [String: String], binDirectory: String? = nil
  ) {
    self.location = location
    self.binDirectory = binDirectory
    path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
  }

  /// Makes the store where there is none, starts its server where it does not run, and waits until
  /// it takes connections; the connection string.
  @discardableResult
  public func start() throws(EmbeddedStoreError) -> String {
    if isReady { return location.conninfo }
    let server = StoreServer(location: location)
    try server.makeDirectory()
    let lock = try StoreLock(path: location.lockFile)
    defer { withExtendedLifetime(lock) {} }
    // Started by a command that was killed while it waited, as during a recovery.
    server.wait(seconds: StoreServer.startSeconds) { isRunning && !isReady }
    if isReady { return location.conninfo }
    try server.makeParts()
    let programs: ServerPrograms
    if let major = try server.majorVersion() {
      programs = try self.programs(major: major)
    } else {
      programs = try self.programs(major: nil)
      try server.initialize(programs)
    }
    try server.start(programs)
    return location.conninfo
  }

  /// Stops the server, ending its sessions; false when it did not run.
  @discardableResult
  public func stop() throws(EmbeddedStoreError) -> Bool {
    let server = StoreServer(location: location)
    guard try server.majorVersion() != nil else {
      throw EmbeddedStoreError(.absent, path: location.directory)
    }
    let lock = try StoreLock(path: location.lockFile)
    defer { withExtendedLifetime(lock) {} }
    guard case .running = state, let major = try server.majorVersion() else { return false }
    try server.stop(try programs(major: major))
    return true
  }

  /// What there is to say about the store; starts nothing.
  public func status() throws(EmbeddedStoreError) -> Status {
    let major = try StoreServer(location: location).majorVersion()
    return Status(
      state: major == nil ? .absent : state, majorVersion: major, directory: location.directory,
      logFile: location.logFile, url: location.url)
  }

  /// Stops the server and removes the store with everything in it; false when there was none.
  @discardableResult
  public func destroy() throws(EmbeddedStoreError) -> Bool {
    let server = StoreServer(location: location)
    // What is not a store stays, whatever directory was named.
    guard try server.majorVersion() != nil || access(location.lockFile, F_OK) == 0 else {
      return false
    }
    let lock = try StoreLock(path: location.lockFile)
    defer { withExtendedLifetime(lock) {} }
    if case .running(let process, _, _) = state {
      server.endAtOnce(process)
    }
    try server.remove()
    return true
  }

  /// The command line of psql for the store: program and arguments, to be run by the caller.
  public func psqlCommand(_ arguments: [String] = []) throws(EmbeddedStoreError) -> [String] {
    var directories = ServerPrograms.installed(only: binDirectory, path: path).map { $0.directory }
    directories += path.split(separator: ":").map { String($0) }
    let psql = directories.map { $0 + "/psql" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let psql else {
      throw EmbeddedStoreError(.noServerPrograms, path: path, reason: "psql is missing")
    }
    return [psql, "--dbname", location.url] + arguments
  }

  /// Becomes psql: replaces this process, so returns only by an error.
  public func becomePsql(_ arguments: [String] = []) throws(EmbeddedStoreError) -> Never {
    let line = try psqlCommand(arguments)
    let strings: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) } + [nil]
    execv(line[0], strings)
    throw .system(errno, path: line[0], otherwise: .noServerPrograms)
  }

  private var state: State {
    guard let file = PostmasterFile(dataDirectory: location.dataDirectory),
      file.isServer(of: location.dataDirectory)
    else { return .stopped }
    return .running(
      processID: file.processID, startedAt: file.startedAt, isReady: file.state == "ready")
  }

  private var isRunning: Bool { state != .stopped }

  private var isReady: Bool {
    guard case .running(_, _, let isReady) = state else { return false }
    return isReady
  }

  /// Programs of a major version, or the newest ones.
  private func programs(major: Int?) throws(EmbeddedStoreError) -> ServerPrograms {
    let installed = ServerPrograms.installed(only: binDirectory, path: path)
    guard let newest = installed.first else {
      throw EmbeddedStoreError(
        .noServerPrograms, path: binDirectory ?? "/usr/lib/postgresql, PATH, pg_config")
    }
    guard let major else { return newest }
    guard let same = installed.first(where: { $0.major == major }) else {
      throw EmbeddedStoreError(
        .otherMajorVersion(data: major, found: installed.map { $0.major }),
        path: location.dataDirectory)
    }
    return same
  }
}
