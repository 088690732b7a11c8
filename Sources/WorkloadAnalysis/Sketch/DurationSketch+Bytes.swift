extension DurationSketch {
  /// Why bytes are no sketch.
  public struct BytesError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Bytes that were there.
    public let byteCount: Int

    /// What is wrong and what to do.
    public var description: String {
      "a sketch of \(byteCount) bytes is damaged; run 'pgtrawl analyze --rebuild'"
    }
  }

  private static let entryBytes = 8

  /// Eight bytes a bucket, ascending: two of the bucket (signed), six of its count, big-endian. Equal
  /// sketches have equal bytes, and several behind each other can be read as one.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(counts.count * Self.entryBytes)
    for bucket in counts.keys.sorted() {
      let entry =
        UInt64(UInt16(bitPattern: bucket)) << 48 | UInt64(counts[bucket, default: 0])
      for shift in stride(from: UInt64(56), through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: entry >> shift))
      }
    }
    return bytes
  }

  /// The sketch that `bytes` hold; entries may stand in any order, and more than once.
  public init(bytes: [UInt8]) throws(BytesError) {
    self.init()
    guard bytes.count % Self.entryBytes == 0 else { throw BytesError(byteCount: bytes.count) }
    for start in stride(from: 0, to: bytes.count, by: Self.entryBytes) {
      var entry: UInt64 = 0
      for byte in bytes[start..<start + Self.entryBytes] { entry = entry << 8 | UInt64(byte) }
      let count = Int64(entry & 0xFFFF_FFFF_FFFF)
      guard 1...Self.countMax ~= count else { throw BytesError(byteCount: bytes.count) }
      add(count, to: Int16(truncatingIfNeeded: entry >> 48))
    }
  }
}
