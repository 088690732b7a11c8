internal import Glibc

/// What the system says about a file.
struct FileStatus: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    case file
    case directory
    case special(InputProblem.SpecialFile)
  }

  var kind: Kind
  var device: Int64
  var inode: Int64
  var size: Int64
  /// Nanoseconds since the Unix epoch.
  var modifiedAt: Int64

  init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      case S_IFIFO: .special(.fifo)
      case S_IFSOCK: .special(.socket)
      case S_IFBLK: .special(.blockDevice)
      default: .special(.characterDevice)
      }
    device = Int64(truncatingIfNeeded: status.st_dev)
    inode = Int64(truncatingIfNeeded: status.st_ino)
    size = Int64(status.st_size)
    modifiedAt =
      Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
  }

  /// Follows symbolic links.
  static func of(_ path: LogPath) throws(LogSourceError) -> FileStatus {
    var status = stat()
    let result = path.withCString { stat($0, &status) }
    guard result == 0 else { throw LogSourceError(errno: errno, path: path) }
    return FileStatus(status)
  }

  /// Whether the path is a symbolic link, wherever it leads.
  static func isLink(_ path: LogPath) -> Bool {
    var status = stat()
    guard path.withCString({ lstat($0, &status) }) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFLNK
  }
}

/// An open file; closed with its last use. Thread rule: one thread at a time.
struct OpenFile: ~Copyable {
  let path: LogPath
  private let descriptor: Int32
  private let isOwned: Bool

  /// Opens a file to read. Never waits: not for a writer of a named pipe, nor for a device.
  init(_ path: LogPath) throws(LogSourceError) {
    // O_NONBLOCK has no meaning for the files that are read in the end.
    let opened = path.withCString { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) }
    guard opened >= 0 else { throw LogSourceError(errno: errno, path: path) }
    self.path = path
    descriptor = opened
    isOwned = true
  }

  private init(path: LogPath, borrowed: Int32) {
    self.path = path
    descriptor = borrowed
    isOwned = false
  }

  /// Standard input, which stays open.
  static func standardInput() -> OpenFile { OpenFile(path: LogPath("-"), borrowed: STDIN_FILENO) }

  deinit {
    // Read only: close has nothing to report.
    if isOwned { close(descriptor) }
  }

  func status() throws(LogSourceError) -> FileStatus {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw LogSourceError(errno: errno, path: path) }
    return FileStatus(status)
  }

  /// Whether reading is at byte 0, as it is unless whoever opened it read before.
  var isAtStart: Bool { lseek(descriptor, 0, SEEK_CUR) == 0 }

  func willReadOnce() { posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL) }

  /// Offset of the first byte at or behind `offset` that is no hole; nil if there is none.
  func dataOffset(from offset: Int64) -> Int64? {
    // SEEK_DATA, which Glibc's module map does not have.
    let found = lseek(descriptor, off_t(offset), 3)
    return found >= 0 ? Int64(found) : nil
  }

  /// Reads into `buffer` from `offset`; the count is short only at the end of the file.
  func read(
    _ buffer: UnsafeMutableRawBufferPointer, at offset: Int64
  ) throws(LogSourceError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let start = buffer.baseAddress.map { $0 + filled }
      let count = pread(descriptor, start, buffer.count - filled, off_t(offset) + off_t(filled))
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw LogSourceError(errno: errno, path: path, offset: offset + Int64(filled))
      }
      filled += count
    }
    return filled
  }

  /// Up to `count` bytes from `offset`; fewer only at the end of the file.
  func bytes(at offset: Int64, count: Int) throws(LogSourceError) -> [UInt8] {
    guard count > 0 else { return [] }
    return try [UInt8](unsafeUninitializedCapacity: count) {
      buffer, filled throws(LogSourceError) in
      filled = try read(UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
  }

  /// Reads what a stream has, waiting for it to have something; 0 at its end. Looks after
  /// cancellation while it waits.
  func readStream(_ buffer: UnsafeMutableRawBufferPointer) throws(LogSourceError) -> Int {
    while true {
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&wanted, 1, Self.cancellationCheckMillis)
      if Task.isCancelled { throw LogSourceError(code: .cancelled, path: path) }
      if ready == 0 { continue }
      if ready > 0 {
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if count >= 0 { return count }
      }
      guard errno == EINTR || errno == EAGAIN else {
        throw LogSourceError(errno: errno, path: path)
      }
    }
  }

  private static let cancellationCheckMillis: Int32 = 200
}

extension LogPath {
  /// The path as C wants it, for the time of the call.
  func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
    (bytes + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { chars in
        chars.baseAddress.map(body) ?? body("")
      }
    }
  }
}
