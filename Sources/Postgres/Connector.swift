internal import CLibPQ
internal import Glibc

/// Makes connections: what the user's connection string says, over this program's defaults.
struct Connector {
  /// Seconds for one host when neither the connection string nor the environment says.
  static let connectTimeoutSeconds = 10

  private let conninfo: String
  private let given: [String: String]

  /// Reads `conninfo`: key=value pairs, a URI, a bare database name, or empty for what the
  /// environment says. Throws `invalidConninfo`.
  init(conninfo: String) throws(PostgresError) {
    guard !conninfo.utf8.contains(0) else {
      throw PostgresError(code: .invalidConninfo, message: "it holds a zero byte")
    }
    self.conninfo = conninfo
    let isURI = conninfo.hasPrefix("postgresql://") || conninfo.hasPrefix("postgres://")
    given = isURI || conninfo.contains("=") ? try Self.parse(conninfo) : [:]
  }

  /// Connects; blocks for at most the connect timeout of each host. Throws `connectionFailed`,
  /// and `cancelled` when the task was cancelled meanwhile.
  func connect() throws(PostgresError) -> ConnectionHandle {
    let hosts = given["host"] ?? given["hostaddr"] ?? Self.environment("PGHOST") ?? ""
    // Going on to the next host after a timeout is something that only libpq's own loop does.
    let raw = hosts.contains(",") ? connectBlocking() : try connectPolling()
    guard let raw else {
      throw PostgresError(code: .connectionFailed, message: "out of memory")
    }
    guard PQstatus(raw) == CONNECTION_OK else {
      let message = ConnectionMessage(String(cString: PQerrorMessage(raw)))
      PQfinish(raw)
      throw PostgresError(
        code: .connectionFailed, sqlState: message.sqlState, message: message.text)
    }
    _ = PQsetErrorVerbosity(raw, PQERRORS_DEFAULT)
    return ConnectionHandle(owning: raw)
  }

  /// Later entries win; what stands before the string is a default, what follows it is forced.
  private var settings: [(String, String)] {
    var settings = [("fallback_application_name", "pgtrawl")]
    // A service file is read last by libpq and sets only what is still open: leave it the choice.
    if given["service"] == nil, Self.environment("PGSERVICE") == nil {
      if Self.environment("PGCONNECT_TIMEOUT") == nil {
        settings.append(("connect_timeout", String(Self.connectTimeoutSeconds)))
      }
      // A dead peer is noticed within half a minute.
      settings += [
        ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
        ("tcp_user_timeout", "30000"),
      ]
    }
    if !conninfo.isEmpty {
      settings.append(("dbname", conninfo))
    }
    settings.append(("client_encoding", "UTF8"))
    return settings
  }

  private func connectBlocking() -> OpaquePointer? {
    Self.withCStrings(settings) { PQconnectdbParams($0, $1, 1) }
  }

  /// As libpq's blocking call, but errors of the server come with their SQLSTATE.
  private func connectPolling() throws(PostgresError) -> OpaquePointer? {
    guard let raw = Self.withCStrings(settings, { PQconnectStartParams($0, $1, 1) }) else {
      return nil
    }
    _ = PQsetErrorVerbosity(raw, PQERRORS_VERBOSE)
    let clock = ContinuousClock()
    let timeout = Self.timeout(of: raw)
    let deadline = timeout.map { clock.now + $0 }
    var direction = PGRES_POLLING_WRITING
    while PQstatus(raw) != CONNECTION_BAD {
      var entry = pollfd()
      entry.fd = PQsocket(raw)
      entry.events = Int16(direction == PGRES_POLLING_READING ? POLLIN : POLLOUT)
      let ready = poll(&entry, 1, 100)
      if Task.isCancelled {
        PQfinish(raw)
        throw PostgresError(code: .cancelled, message: "the connection attempt was cancelled")
      }
      if ready > 0 {
        direction = PQconnectPoll(raw)
        if direction == PGRES_POLLING_OK || direction == PGRES_POLLING_FAILED { break }
      } else if let deadline, clock.now > deadline {
        PQfinish(raw)
        throw PostgresError(
          code: .connectionFailed,
          message: "no answer from the server within \(timeout?.components.seconds ?? 0) s")
      }
    }
    return raw
  }

  /// `connect_timeout` as it came to hold; nil for none. libpq takes 1 for 2 as well.
  private static func timeout(of raw: OpaquePointer) -> Duration? {
    guard let options = PQconninfo(raw) else { return .seconds(connectTimeoutSeconds) }
    defer { PQconninfoFree(options) }
    guard let seconds = values(options)["connect_timeout"].flatMap({ Int64($0) }), seconds > 0
    else { return nil }
    return .seconds(max(2, seconds))
  }

  private static func parse(_ conninfo: String) throws(PostgresError) -> [String: String] {
    var error: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(conninfo, &error) else {
      defer { PQfreemem(error) }
      throw PostgresError(
        code: .invalidConninfo, message: withoutQuoted(error.map { String(cString: $0) } ?? ""),
        hint: "write key=value pairs or postgresql://user@host:port/database")
    }
    defer { PQconninfoFree(options) }
    return values(options)
  }

  /// libpq quotes what it could not read, which may be a part of a password.
  private static func withoutQuoted(_ message: String) -> String {
    let line = message.split(separator: "\n").first ?? "it cannot be parsed"
    guard let first = line.firstIndex(of: "\""), let last = line.lastIndex(of: "\""), first < last
    else { return String(line) }
    return line[..<first] + "…" + line[line.index(after: last)...]
  }

  private static func values(_ options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String]
  {
    var values: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val {
        values[String(cString: keyword)] = String(cString: value)
      }
      option += 1
    }
    return values
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func withCStrings<Value>(
    _ settings: [(String, String)],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Value
  ) -> Value {
    let keys = settings.map { strdup($0.0) }
    let values = settings.map { strdup($0.1) }
    defer {
      for pointer in keys + values { free(pointer) }
    }
    return body(
      keys.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil])
  }
}
