internal import Glibc
internal import Synchronization

/// A unix socket that takes datagrams, as a service manager has one.
public final class DatagramSocket: Sendable {
  private let descriptor: Int32
  private let taken = Mutex<[String]>([])

  /// At a path, or at an abstract name when `name` begins with `@`.
  public init(_ name: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = name.hasPrefix("@") ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t((MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2) + bytes.count)
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
    }
    guard descriptor >= 0, status == 0 else {
      throw TestFailure("cannot bind \(name): \(String(cString: strerror(errno)))")
    }
  }

  deinit { close(descriptor) }

  /// All datagrams until now, in their order.
  public var received: [String] {
    taken.withLock { taken in
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard count >= 0 else { return taken }
        taken.append(String(decoding: buffer[..<count], as: UTF8.self))
      }
    }
  }
}
