/// How the bytes of an input have to be read.
public enum LogForm: Sendable, Hashable {
  /// As they are.
  case plain
  /// gzip, with any number of members.
  case gzip
}

/// One log to read.
public struct LogInput: Sendable, Hashable {
  /// The path as it was named or found; `-` for standard input.
  public var path: LogPath
  /// Whether it is standard input.
  public var isStandardInput: Bool
  /// How it is stored, as far as known; standard input is looked at when it is opened.
  public var form: LogForm
  /// Bytes of the file as stored; 0 for standard input.
  public var storedBytes: Int64
  /// Local time of its first record as it is written (`2026-11-24 12:00:00.123`); nil when it has
  /// no whole one yet, and for standard input.
  public var firstTime: String?
  /// Device of the file; 0 for standard input.
  public var device: Int64 = 0
  /// Inode of the file; 0 for standard input.
  public var inode: Int64 = 0
  /// When it was written last: nanoseconds since the Unix epoch by the file system's clock; 0 for
  /// standard input.
  public var modifiedAt: Int64 = 0

  /// An input.
  public init(
    path: LogPath, isStandardInput: Bool = false, form: LogForm, storedBytes: Int64,
    firstTime: String?
  ) {
    self.path = path
    self.isStandardInput = isStandardInput
    self.form = form
    self.storedBytes = storedBytes
    self.firstTime = firstTime
  }

  /// Standard input.
  public static let standardInput = LogInput(
    path: LogPath("-"), isStandardInput: true, form: .plain, storedBytes: 0, firstTime: nil)
}
