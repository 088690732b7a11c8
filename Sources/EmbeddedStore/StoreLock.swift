internal import Glibc

/// Owns the lock that keeps a second command from starting, stopping or destroying the store at
/// the same time. The kernel gives it up when the process ends.
struct StoreLock: ~Copyable {
  /// Longer than a start takes, recovery excepted.
  static let waitSeconds = 120
  private static let pauseMicroseconds: UInt32 = 50_000

  private let descriptor: Int32

  /// Waits for the lock on `path`, a file that is made when missing. Throws `locked`.
  init(path: String) throws(EmbeddedStoreError) {
    let deadline = ContinuousClock().now + .seconds(Self.waitSeconds)
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard file >= 0 else { throw .system(errno, path: path) }
      if flock(file, LOCK_EX | LOCK_NB) == 0, Self.isStill(file, at: path) {
        descriptor = file
        return
      }
      close(file)
      guard ContinuousClock().now < deadline else {
        throw EmbeddedStoreError(.locked, path: path)
      }
      usleep(Self.pauseMicroseconds)
    }
  }

  deinit {
    close(descriptor)
  }

  /// Whether the path still names the locked file: `destroy` removes it.
  private static func isStill(_ file: Int32, at path: String) -> Bool {
    var held = stat()
    var named = stat()
    return fstat(file, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino
      && held.st_dev == named.st_dev
  }
}
