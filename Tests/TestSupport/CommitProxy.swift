internal import Glibc
internal import Dispatch
internal import Synchronization

/// A socket between client and server that breaks a connection at its COMMIT.
///
/// Connections are forwarded as they are, until `breakNextCommit` asks for one to be broken; later
/// ones work again.
public final class CommitProxy: Sendable {
  /// When a connection is broken.
  public enum Break: Sendable, CaseIterable {
    /// The server never sees the COMMIT.
    case beforeCommit
    /// The COMMIT was sent on; the connection is gone before the server answers.
    case afterCommit
    /// The server has answered; its reply is lost.
    case afterReply
  }

  /// A simple query `COMMIT`, as libpq sends it.
  private static let commit: [UInt8] = [0x51, 0, 0, 0, 11] + Array("COMMIT".utf8) + [0]

  private let directory: TemporaryDirectory
  private let target: String
  private let listener: Int32
  private let queue = DispatchQueue(label: "pgtrawl.test.proxy", attributes: .concurrent)
  private let armed = Mutex<Break?>(nil)

  /// A proxy in front of `cluster`, listening.
  public init(_ cluster: TestCluster) throws {
    directory = try TemporaryDirectory()
    target = cluster.socketDirectory + "/.s.PGSQL.5432"
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let outcome = Self.withAddress(directory.path + "/.s.PGSQL.5432") { bind(listener, $0, $1) }
    guard outcome == 0, listen(listener, 8) == 0 else {
      throw TestFailure("cannot listen: \(String(cString: strerror(errno)))")
    }
    queue.async { [listener, self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        queue.async { self.serve(client) }
      }
    }
  }

  /// The directory of the socket, a value for `host=`.
  public var host: String { directory.path }

  /// Breaks the next connection that sends a COMMIT.
  public func breakNextCommit(_ moment: Break) { armed.withLock { $0 = moment } }

  /// Whether the break that was asked for is still to come.
  public var isArmed: Bool { armed.withLock { $0 != nil } }

  /// Takes no more connections and removes the socket.
  public func close() {
    shutdown(listener, Int32(SHUT_RDWR))
    directory.remove()
  }

  private func serve(_ client: Int32) {
    let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer {
      Glibc.close(client)
      Glibc.close(server)
    }
    guard Self.withAddress(target, { connect(server, $0, $1) }) == 0 else { return }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var events = [
        pollfd(fd: client, events: Int16(POLLIN), revents: 0),
        pollfd(fd: server, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&events, 2, -1) > 0 || errno == EINTR else { return }
      if events[1].revents != 0 {
        guard Self.forward(server, client, &buffer) != nil else { return }
      }
      guard events[0].revents != 0 else { continue }
      let count = read(client, &buffer, buffer.count)
      guard count > 0 else { return }
      // libpq sends a simple query by itself, in one piece.
      let isCommit = buffer[..<count].elementsEqual(Self.commit)
      let moment = isCommit ? armed.withLock { $0.take() } : nil
      if moment == .beforeCommit { return }
      guard Self.send(buffer[..<count], server) else { return }
      if moment == .afterReply { _ = read(server, &buffer, buffer.count) }
      if moment != nil { return }
    }
  }

  /// Number of bytes sent on; nil when either side is gone.
  private static func forward(_ from: Int32, _ to: Int32, _ buffer: inout [UInt8]) -> Int? {
    let count = read(from, &buffer, buffer.count)
    guard count > 0, send(buffer[..<count], to) else { return nil }
    return count
  }

  private static func send(_ bytes: ArraySlice<UInt8>, _ to: Int32) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var at = 0
      while at < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[at...])
        let sent = Glibc.send(to, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        guard sent > 0 else { return false }
        at += sent
      }
      return true
    }
  }

  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { place in
      place.copyBytes(from: path.utf8.prefix(place.count - 1))
    }
    return withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
