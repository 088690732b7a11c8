/// Blocks (of the server's block size, 8 kB as a rule) and WAL of a node, over all loops and
/// processes.
///
/// A hit counts an access, not a distinct page.
public struct BufferCounts: Sendable, Equatable {
  /// In the order of `fields`.
  var lanes = SIMD16<Int64>()

  static let fields: [PlanField] = [
    .sharedHitBlocks, .sharedReadBlocks, .sharedDirtiedBlocks, .sharedWrittenBlocks,
    .localHitBlocks, .localReadBlocks, .localDirtiedBlocks, .localWrittenBlocks,
    .tempReadBlocks, .tempWrittenBlocks, .walRecords, .walFpi, .walBytes,
  ]

  /// Nothing.
  public static let zero = BufferCounts()

  /// Blocks of tables and indexes found in shared buffers.
  public var sharedHit: Int64 { lanes[0] }
  /// Blocks of tables and indexes read from below shared buffers.
  public var sharedRead: Int64 { lanes[1] }
  /// Blocks changed for the first time since they were written.
  public var sharedDirtied: Int64 { lanes[2] }
  /// Blocks that the backend itself had to write.
  public var sharedWritten: Int64 { lanes[3] }
  /// Blocks of temporary tables, found or read.
  public var localAccessed: Int64 { lanes[4] &+ lanes[5] }
  /// Blocks of temporary files read.
  public var tempRead: Int64 { lanes[8] }
  /// Blocks of temporary files written.
  public var tempWritten: Int64 { lanes[9] }
  /// WAL records made.
  public var walRecords: Int64 { lanes[10] }
  /// WAL records with a full page image.
  public var walFullPageImages: Int64 { lanes[11] }
  /// Bytes of WAL.
  public var walBytes: Int64 { lanes[12] }

  /// Accesses to blocks of tables and indexes, temporary tables too.
  public var accessed: Int64 { sharedHit &+ sharedRead &+ localAccessed }
  /// Blocks of temporary files read and written.
  public var temp: Int64 { tempRead &+ tempWritten }

  /// The least of all figures: not below zero in a sum that is right.
  package var least: Int64 { lanes.min() }

  /// Whether no figure is below that of `other`.
  func covers(_ other: BufferCounts) -> Bool { (self - other).least >= 0 }

  package static func + (a: BufferCounts, b: BufferCounts) -> BufferCounts {
    BufferCounts(lanes: a.lanes &+ b.lanes)
  }

  static func - (a: BufferCounts, b: BufferCounts) -> BufferCounts {
    BufferCounts(lanes: a.lanes &- b.lanes)
  }

  package static func += (a: inout BufferCounts, b: BufferCounts) { a = a + b }
  static func -= (a: inout BufferCounts, b: BufferCounts) { a = a - b }
}

/// Time spent on reading and writing blocks, in ms over all processes (track_io_timing).
public struct IOTimes: Sendable, Equatable {
  /// Reads of tables and indexes; up to 14 of temporary files too.
  public var read = 0.0
  /// Writes of tables and indexes; up to 14 of temporary files too.
  public var write = 0.0
  /// Reads and writes of temporary files, from 15 on.
  public var temp = 0.0

  /// No time.
  public static let zero = IOTimes()

  /// All of it.
  public var total: Double { read + write + temp }

  static func + (a: IOTimes, b: IOTimes) -> IOTimes {
    IOTimes(read: a.read + b.read, write: a.write + b.write, temp: a.temp + b.temp)
  }

  static func - (a: IOTimes, b: IOTimes) -> IOTimes {
    IOTimes(read: a.read - b.read, write: a.write - b.write, temp: a.temp - b.temp)
  }

  static func += (a: inout IOTimes, b: IOTimes) { a = a + b }
  static func -= (a: inout IOTimes, b: IOTimes) { a = a - b }
}
