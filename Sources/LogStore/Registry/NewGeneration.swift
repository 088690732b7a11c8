public import LogModel

/// The first bytes of a file as they are compared: how many, and their SHA-256.
public struct ContentHead: Sendable, Hashable {
  /// How many bytes, at most 4096.
  public var length: Int
  /// SHA-256 of them, 32 bytes.
  public var hash: [UInt8]

  /// The head of `length` bytes with the SHA-256 `hash`.
  public init(length: Int, hash: [UInt8]) {
    self.length = length
    self.hash = hash
  }
}

/// A file that is to become a generation.
public struct NewGeneration: Sendable {
  /// `sources.id`
  public var source: Int32
  /// Path where it was seen.
  public var path: String
  /// Format, as `csv`.
  public var format: String
  /// Its state.
  public var state: GenerationState
  /// What is known of its content: up to `startOffset`, nothing of it is committed yet.
  public var mark: ContentMark
  /// Where it begins; what precedes was read as part of the file that it was before it was cut.
  public var startOffset: Int64 = 0
  /// Device of the file.
  public var device: Int64
  /// Inode of the file.
  public var inode: Int64

  /// A new generation that begins at offset 0.
  public init(
    source: Int32, path: String, format: String, state: GenerationState, mark: ContentMark,
    device: Int64, inode: Int64
  ) {
    self.source = source
    self.path = path
    self.format = format
    self.state = state
    self.mark = mark
    self.device = device
    self.inode = inode
  }
}

/// What changes about a generation without anything of it being committed.
public struct GenerationSighting: Sendable {
  /// `log_files.id`
  public var file: Int64
  /// Path where it was seen now.
  public var path: String
  /// Its state.
  public var state: GenerationState
  /// Device of the file.
  public var device: Int64
  /// Inode of the file.
  public var inode: Int64
  /// Size of its decompressed stream as far as seen; nil = not known.
  public var sizeSeen: Int64?
  /// Bytes behind the committed offset that are no whole record yet.
  public var pendingBytes: Int64

  /// A sighting of `file`.
  public init(
    file: Int64, path: String, state: GenerationState, device: Int64, inode: Int64,
    sizeSeen: Int64?, pendingBytes: Int64
  ) {
    self.file = file
    self.path = path
    self.state = state
    self.device = device
    self.inode = inode
    self.sizeSeen = sizeSeen
    self.pendingBytes = pendingBytes
  }
}
