internal import Glibc

/// Why an input could not be read, or a setting of this target not be used. Damage inside of a log
/// is no error, see `InputEnd`.
public struct LogSourceError: Error, Sendable, Equatable {
  /// What went wrong.
  public enum Code: Sendable, Equatable {
    /// The path names nothing, or a link to nothing.
    case notFound
    /// The system refuses to open it.
    case permissionDenied
    /// Links that lead in a circle.
    case symlinkLoop
    /// It can be named, but not be read as a log; says what it is.
    case unusable(InputProblem.Kind)
    /// The process or the system has no file descriptor left.
    case tooManyOpenFiles
    /// The system failed to read; see `errno`.
    case readFailed
    /// The file was cut, overwritten or replaced while it was read.
    case contentChanged
    /// Gzip data that is damaged at `offset`, though all that precedes is known.
    case damagedGzip
    /// A stream that cannot be read twice would have to be.
    case notRewindable
    /// No memory for decompression.
    case outOfMemory
    /// The task was cancelled while it waited for input.
    case cancelled
    /// The time zone database has no such zone; close names.
    case unknownTimeZone(name: String, similar: [String])
    /// There is no time zone database where it was looked for.
    case noTimeZoneDatabase
    /// A file of the time zone database is damaged.
    case damagedTimeZone(name: String)
  }

  /// What went wrong.
  public var code: Code
  /// The file that it is about.
  public var path: LogPath?
  /// The system's number, where the system gave one.
  public var errno: Int32?
  /// Offset in the decompressed stream.
  public var offset: Int64?

  /// An error.
  public init(code: Code, path: LogPath? = nil, errno: Int32? = nil, offset: Int64? = nil) {
    self.code = code
    self.path = path
    self.errno = errno
    self.offset = offset
  }

  /// Whether the same may succeed later without anyone's help.
  public var isRetriable: Bool {
    switch code {
    case .tooManyOpenFiles, .contentChanged, .outOfMemory, .readFailed: true
    case .notFound, .permissionDenied, .symlinkLoop, .unusable, .damagedGzip, .notRewindable,
      .cancelled, .unknownTimeZone, .noTimeZoneDatabase, .damagedTimeZone:
      false
    }
  }

  /// The error for a system call on `path` that failed with `number`.
  init(errno number: Int32, path: LogPath, offset: Int64? = nil) {
    let code: Code =
      switch number {
      case ENOENT, ENOTDIR, ENAMETOOLONG: .notFound
      case EACCES, EPERM: .permissionDenied
      case ELOOP: .symlinkLoop
      case EMFILE, ENFILE: .tooManyOpenFiles
      case ENOMEM: .outOfMemory
      default: .readFailed
      }
    self.init(code: code, path: path, errno: number, offset: offset)
  }
}

extension LogSourceError: CustomStringConvertible {
  /// For the user: the thing, the cause, the next step.
  public var description: String {
    let name = path?.escaped ?? "input"
    let place = offset.map { " at offset \($0)" } ?? ""
    return switch code {
    case .notFound: "\(name): no such file or directory"
    case .permissionDenied:
      "\(name): permission denied; run as a user who may read it (often: postgres, or group adm)"
    case .symlinkLoop: "\(name): its symbolic links lead in a circle"
    case .unusable(let kind): "\(name): \(kind.explanation(path: path ?? LogPath("-")))"
    case .tooManyOpenFiles: "\(name): too many open files; raise the limit (ulimit -n)"
    case .readFailed: "\(name): cannot be read\(place): \(Self.reason(errno))"
    case .contentChanged:
      "\(name): was cut or overwritten while it was read\(place); import it again"
    case .damagedGzip:
      "\(name): the gzip data is damaged\(place); what precedes is in the store already. Copy the file"
        + " again from its origin"
    case .notRewindable:
      "\(name): begins like a log that is known and goes on differently\(place);"
        + " save it to a file and import that"
    case .outOfMemory: "\(name): no memory to decompress it; try again with fewer jobs"
    case .cancelled: "\(name): stopped while waiting for input"
    case .unknownTimeZone(let zone, let similar):
      "unknown time zone \"\(LogPath(zone).escaped)\""
        + (similar.isEmpty
          ? "; give a name like Europe/Berlin"
          : "; did you mean \(similar.joined(separator: ", "))?")
    case .noTimeZoneDatabase:
      "\(name): no time zone database there; install tzdata, or set TZDIR"
    case .damagedTimeZone(let zone): "\(name): time zone \(zone) cannot be read; reinstall tzdata"
    }
  }

  private static func reason(_ number: Int32?) -> String {
    guard let number else { return "the data ends too early" }
    var buffer = [CChar](repeating: 0, count: 128)
    // `strerror` has one buffer for all threads; this one is ours.
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
