internal import Glibc
internal import Synchronization

/// The service manager that started the program, reached by datagrams; none of it blocks, and
/// without one nothing happens.
final class ServiceManager: Sendable {
  /// Messages that are kept while the manager takes none.
  private static let waitingMax = 16

  /// How often `watchdog` is to be called; nil: never.
  let watchdogInterval: Duration?

  private let socketName: [UInt8]?
  private let tell: @Sendable (String) -> Void
  private let state: Mutex<State>

  private struct State {
    /// Datagrams that were not taken yet, in their order.
    var waiting: [String] = []
    /// That it can't be reached was told.
    var isTold = false
  }

  /// Tells by `tell`, once, when the manager can't be reached.
  init(_ environment: ServiceEnvironment, tell: @escaping @Sendable (String) -> Void) {
    socketName = environment.socketName
    watchdogInterval = environment.watchdogInterval
    self.tell = tell
    state = Mutex(State())
    if let problem = environment.problem { tell(problem) }
  }

  /// Sends `messages` in one datagram, after those that wait.
  func send(_ messages: ServiceMessage...) {
    guard socketName != nil else { return }
    state.withLock { $0.waiting.append(ServiceMessage.datagram(messages)) }
    flush()
  }

  /// Sends what the manager had no room for.
  func flush() {
    let problem = state.withLock { state -> String? in
      while let first = state.waiting.first {
        switch Self.send(first, to: socketName ?? []) {
        case 0: state.waiting.removeFirst()
        case EAGAIN, ENOBUFS, EINTR:
          if state.waiting.count > Self.waitingMax { state.waiting.removeFirst() }
          return nil
        case let error:
          state.waiting = []
          defer { state.isTold = true }
          return state.isTold ? nil : String(cString: strerror(error))
        }
      }
      return nil
    }
    if let problem {
      tell("NOTIFY_SOCKET: the service manager can't be told anything: \(problem).")
    }
  }

  /// Tells that the program is alive. One that is not taken is not kept: the next one says the same.
  func watchdog() {
    guard let socketName else { return }
    _ = Self.send(ServiceMessage.watchdog.text, to: socketName)
  }

  /// Microseconds of CLOCK_MONOTONIC.
  static var monotonicMicroseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
  }

  /// Sends one datagram; 0 or the error.
  private static func send(_ text: String, to name: [UInt8]) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    withUnsafeMutableBytes(of: &address) { bytes in
      for (index, byte) in name.prefix(ServiceEnvironment.nameBytesMax).enumerated() {
        bytes[offset + index] = byte
      }
    }
    let length = socklen_t(offset + min(name.count, ServiceEnvironment.nameBytesMax))
    var text = text
    return text.withUTF8 { bytes in
      withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
          return sendto(descriptor, bytes.baseAddress, bytes.count, flags, address, length) < 0
            ? errno : 0
        }
      }
    }
  }
}
