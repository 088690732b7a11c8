/// Rows in the binary format of COPY, with the place of each: any range of them can be sent by
/// itself, so that a row which the server refuses is found by bisection without encoding anew.
struct RowBuffer {
  /// Signature, flags and the length of the header's extension.
  static let header: [UInt8] = [
    0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00, 0, 0, 0, 0, 0, 0, 0, 0,
  ]
  /// The field count that ends the rows.
  static let trailer: [UInt8] = [0xFF, 0xFF]

  /// The header and the rows; bytes from `used` on are free.
  private(set) var storage: [UInt8]
  private(set) var used: Int
  /// Where each row ends in `storage`.
  private(set) var rowEnds: [Int] = []
  /// Texts that stand in the batch's bytes only: before which byte of `storage`, and where in the batch.
  private var outside: [(at: Int, range: Range<Int>)] = []

  /// From this length on a text is not copied into the rows: a record may have 128 MiB.
  static let outsideBytesMin = 1 << 20

  /// How many bytes of a text of `count` bytes are copied into a row.
  @inline(__always)
  static func inside(_ count: Int) -> Int { count < outsideBytesMin ? count : 0 }

  /// An empty buffer with room for `rows` rows of `bytesPerRow`.
  init(rows: Int, bytesPerRow: Int) {
    storage = Self.header
    storage.reserveCapacity(Self.header.count + rows * bytesPerRow)
    used = Self.header.count
    rowEnds.reserveCapacity(rows)
  }

  /// Number of rows.
  var rowCount: Int { rowEnds.count }
  /// Whether there is no row.
  var isEmpty: Bool { rowEnds.isEmpty }

  /// Appends one row of `columns` fields; `bytesMax` bounds what `write` puts into it.
  @inline(__always)
  mutating func append(columns: Int16, bytesMax: Int, _ write: (inout RowWriter) -> Void) {
    let needed = used + bytesMax + 2
    if needed > storage.count { grow(to: needed) }
    let start = used
    let texts: [RowWriter.OutsideText]
    (used, texts) = storage.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return (start, []) }
      var writer = RowWriter(at: base + start)
      writer.raw(columns)
      write(&writer)
      let end = writer.at - base
      precondition(end <= bytes.count, "a row is longer than its bound")
      return (end, writer.outside)
    }
    for text in texts { outside.append((start + text.at, text.range)) }
    rowEnds.append(used)
  }

  /// A COPY of `rows` in pieces: header, rows, trailer; `bytes` are the batch's, with the texts that
  /// are too long for the rows. No copy is made.
  func pieces(of rows: Range<Int>, beside bytes: [UInt8] = []) -> [ArraySlice<UInt8>] {
    let start = rows.lowerBound == 0 ? Self.header.count : rowEnds[rows.lowerBound - 1]
    let end = rows.isEmpty ? start : rowEnds[rows.upperBound - 1]
    var pieces = [Self.header[...]]
    var at = start
    for text in outside where text.at > start && text.at <= end {
      pieces.append(storage[at..<text.at])
      pieces.append(bytes[text.range])
      at = text.at
    }
    return pieces + [storage[at..<end], Self.trailer[...]]
  }

  private mutating func grow(to needed: Int) {
    let size = max(needed, storage.count * 2, 64 * 1024)
    storage.append(contentsOf: repeatElement(0, count: size - storage.count))
  }
}

/// Writes the fields of one row: a length and the value in its type's binary form.
///
/// Unchecked: `RowBuffer.append` made room for the bound that its caller gave.
struct RowWriter {
  /// A text of the batch's bytes that comes before the row's byte `at`.
  struct OutsideText {
    var at: Int
    var range: Range<Int>
  }

  private(set) var at: UnsafeMutableRawPointer
  private let start: UnsafeMutableRawPointer
  private(set) var outside: [OutsideText] = []

  init(at: UnsafeMutableRawPointer) {
    self.at = at
    start = at
  }

  /// The integer in network order, without a length.
  @inline(__always)
  mutating func raw<T: FixedWidthInteger>(_ value: T) {
    at.storeBytes(of: value.bigEndian, as: T.self)
    at += MemoryLayout<T>.size
  }

  /// An int2, int4 or int8.
  @inline(__always)
  mutating func int<T: FixedWidthInteger>(_ value: T) {
    raw(Int32(MemoryLayout<T>.size))
    raw(value)
  }

  /// An int8, NULL for nil.
  @inline(__always)
  mutating func int(orNull value: Int64?) {
    guard let value else { return null() }
    int(value)
  }

  /// NULL.
  @inline(__always)
  mutating func null() { raw(Int32(-1)) }

  /// A boolean.
  @inline(__always)
  mutating func bool(_ value: Bool) {
    raw(Int32(1))
    raw(value ? UInt8(1) : 0)
  }

  /// A float8 in milliseconds of a figure in microseconds, NULL for nil.
  @inline(__always)
  mutating func milliseconds(_ micros: Int64?) {
    guard let micros else { return null() }
    int((Double(micros) / 1000).bitPattern)
  }

  /// A timestamptz: microseconds since 2000-01-01 UTC.
  @inline(__always)
  mutating func time(_ microsSince1970: Int64) {
    int(microsSince1970 &- 946_684_800_000_000)
  }

  /// A text, or a bytea.
  @inline(__always)
  mutating func bytes(_ value: UnsafeRawBufferPointer) {
    raw(Int32(truncatingIfNeeded: value.count))
    copy(value)
  }

  /// A text, NULL when it is empty.
  @inline(__always)
  mutating func bytes(orNull value: UnsafeRawBufferPointer) {
    if value.isEmpty { null() } else { bytes(value) }
  }

  /// A text that the program itself knows.
  @inline(__always)
  mutating func text(_ value: StaticString) {
    bytes(UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
  }

  /// A jsonb: version 1 and the document as text, which the server parses.
  @inline(__always)
  mutating func jsonb(_ value: UnsafeRawBufferPointer) {
    raw(Int32(truncatingIfNeeded: value.count + 1))
    raw(UInt8(1))
    copy(value)
  }

  /// A text at a place of the batch's bytes; a very long one stays there.
  @inline(__always)
  mutating func text(_ range: Range<Int>, of bytes: UnsafeRawBufferPointer) {
    raw(Int32(truncatingIfNeeded: range.count))
    body(range, of: bytes)
  }

  /// As `text(_:of:)`, NULL when it is empty.
  @inline(__always)
  mutating func text(orNull range: Range<Int>, of bytes: UnsafeRawBufferPointer) {
    if range.isEmpty { null() } else { text(range, of: bytes) }
  }

  /// As `text(_:of:)`, as a jsonb.
  @inline(__always)
  mutating func jsonb(_ range: Range<Int>, of bytes: UnsafeRawBufferPointer) {
    raw(Int32(truncatingIfNeeded: range.count + 1))
    raw(UInt8(1))
    body(range, of: bytes)
  }

  @inline(__always)
  private mutating func body(_ range: Range<Int>, of bytes: UnsafeRawBufferPointer) {
    if range.count < RowBuffer.outsideBytesMin {
      copy(UnsafeRawBufferPointer(rebasing: bytes[range]))
    } else {
      outside.append(OutsideText(at: at - start, range: range))
    }
  }

  /// The bytes alone, without a length.
  @inline(__always)
  mutating func copy(_ value: UnsafeRawBufferPointer) {
    guard let start = value.baseAddress, !value.isEmpty else { return }
    at.copyMemory(from: start, byteCount: value.count)
    at += value.count
  }

  /// Leaves room for an int4 that is known later; see `fill`.
  @inline(__always)
  mutating func placeholder() -> UnsafeMutableRawPointer {
    let place = at
    at += 4
    return place
  }

  /// Writes the number of bytes behind the placeholder into it.
  @inline(__always)
  mutating func fill(_ place: UnsafeMutableRawPointer) {
    place.storeBytes(of: Int32(truncatingIfNeeded: at - place - 4).bigEndian, as: Int32.self)
  }
}
