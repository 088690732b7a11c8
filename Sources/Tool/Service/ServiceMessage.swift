/// What the service manager is told, in the words of systemd's notify protocol (sd_notify(3)).
enum ServiceMessage: Equatable, Sendable {
  case ready
  /// The configuration is read anew; the time is that of CLOCK_MONOTONIC.
  case reloading(monotonicMicroseconds: UInt64)
  case stopping
  /// It is alive.
  case watchdog
  /// One line for people; what would end the line is taken out.
  case status(String)

  /// Lines of the datagram.
  var text: String {
    switch self {
    case .ready: "READY=1"
    case .reloading(let microseconds): "RELOADING=1\nMONOTONIC_USEC=\(microseconds)"
    case .stopping: "STOPPING=1"
    case .watchdog: "WATCHDOG=1"
    // A path in it may hold a line that reads as a message of its own.
    case .status(let line): "STATUS=\(SafeText.line(line))"
    }
  }

  /// One datagram.
  static func datagram(_ messages: [ServiceMessage]) -> String {
    messages.map(\.text).joined(separator: "\n")
  }
}

/// What the environment says of a service manager.
struct ServiceEnvironment: Equatable, Sendable {
  /// The path of a unix socket, or its abstract name behind a NUL; nil without a service manager.
  var socketName: [UInt8]?
  /// How often it wants to hear that the program is alive: half of what it waits.
  var watchdogInterval: Duration?
  /// What of it can't be used.
  var problem: String?

  /// Bytes of a socket's name that the kernel takes.
  static let nameBytesMax = 107

  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, meant for the process `processID`.
  init(_ environment: [String: String], processID: Int32) {
    guard let name = environment["NOTIFY_SOCKET"], !name.isEmpty else { return }
    let bytes = Array(name.utf8)
    guard name.hasPrefix("/") || name.hasPrefix("@"), 2...Self.nameBytesMax ~= bytes.count else {
      problem = "NOTIFY_SOCKET: neither a path nor an abstract name of a unix socket; ignored."
      return
    }
    socketName = name.hasPrefix("@") ? [0] + bytes.dropFirst() : bytes
    let isForOther = environment["WATCHDOG_PID"].map { $0 != String(processID) } ?? false
    if !isForOther, let text = environment["WATCHDOG_USEC"], let microseconds = Int64(text),
      microseconds > 1
    {
      watchdogInterval = .microseconds(microseconds / 2)
    }
  }
}
