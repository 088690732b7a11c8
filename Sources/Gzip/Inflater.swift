internal import CZlib

/// Decompresses gzip data piece by piece: members one after the other, each checked against its
/// trailer (CRC-32 and length), no memory besides zlib's window.
///
/// Names and comments in headers are skipped, never kept. Thread rule: one thread at a time.
///
///     member --trailer fits--> between --1f 8b--> member
///        |                        |-----00------> zeros --other--> garbage
///        `--anything else--> corrupt            `-other-> garbage
///
///     rest of a member, from a point on --its last block--> trailer --fits--> between
public struct Inflater: ~Copyable {
  enum Phase {
    case member
    /// Behind a point in a member: zlib sees bare deflate data, and the trailer is checked here.
    case rest
    /// So many bytes of such a member's trailer were seen.
    case trailer(seen: [UInt8])
    case between
    /// The first byte of a member's magic was seen, the second is still to come.
    case halfMagic
    case zeros
    case garbage
    case corrupt(GzipDamage.Reason)
  }

  /// The longest header that is believed: FEXTRA takes up to 64 KiB, names are a few bytes.
  private static let headerBytesMax: Int64 = 256 << 10
  /// 15 bits of window, +16: gzip's wrapping and no other.
  private static let gzipWindowBits: Int32 = 15 + 16

  // On the heap: zlib's state points back at the struct, which therefore must not move.
  let stream: UnsafeMutablePointer<z_stream>
  private let header: UnsafeMutablePointer<gz_header>
  var phase = Phase.member
  private var memberStart: Int64 = 0
  var trailingStart: Int64 = 0
  /// Of a member behind a point: what precedes the next byte in it.
  var restCRC: UInt32 = 0
  var memberBytes: Int64 = 0

  /// Bytes of the compressed file that were consumed so far.
  public internal(set) var compressedOffset: Int64 = 0
  /// Bytes that were decompressed so far.
  public internal(set) var decompressedOffset: Int64 = 0
  /// Members that ended well since the start, or the point.
  public internal(set) var memberCount = 0
  /// Where the next point is looked for: at the first place that can be one at or behind this
  /// decompressed offset; nil for nowhere.
  public var nextPointOffset: Int64?
  /// The point that was found last; whoever has taken it sets it to nil.
  public var point: InflatePoint?

  /// An inflater at the start of a file.
  public init() throws(GzipError) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    header = .allocate(capacity: 1)
    header.initialize(to: gz_header())
    let status = inflateInit2_(
      stream, Self.gzipWindowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      stream.deallocate()
      header.deallocate()
      throw GzipError(code: status == Z_VERSION_ERROR ? .wrongVersion : .outOfMemory)
    }
    inflateGetHeader(stream, header)
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    header.deallocate()
  }

  /// Whether nothing more will come out, whatever goes in.
  public var isFinished: Bool {
    switch phase {
    case .garbage, .corrupt: true
    case .member, .rest, .trailer, .between, .halfMagic, .zeros: false
    }
  }

  /// Decompresses `input` until it is used up, `output` is full, or the data ends or is damaged;
  /// what was decompressed before a damage is in `output`. Returns how many bytes of `input` were
  /// consumed. When `output` was filled, more may come out with the same or an empty input.
  public mutating func inflate(
    _ input: RawSpan, into output: inout OutputSpan<UInt8>
  ) -> Int {
    var consumed = 0
    while true {
      switch phase {
      case .corrupt:
        return consumed
      case .member, .rest:
        guard output.freeCapacity > 0 else { return consumed }
        let stopsAtBlock = isAtPointOffset
        let step = run(input.extracting(droppingFirst: consumed), into: &output)
        consumed += step.consumed
        note(step)
        // A block may end in bits that zlib has taken already.
        let isAtBlock = stopsAtBlock && stream.pointee.data_type & 128 != 0
        if step.consumed == 0, step.produced == 0, step.status == Z_BUF_ERROR, !isAtBlock {
          return consumed
        }
      case .trailer(let seen):
        guard consumed < input.byteCount else { return consumed }
        consumed += readTrailer(seen, input.extracting(droppingFirst: consumed))
      case .between, .halfMagic, .zeros, .garbage:
        guard consumed < input.byteCount else { return consumed }
        consumed += passBetween(input.extracting(droppingFirst: consumed))
      }
    }
  }

  /// What the input amounts to when it ends here.
  public var end: GzipEnd {
    switch phase {
    case .member, .rest, .trailer: .truncated
    case .between: .complete(.nothing)
    case .zeros: .complete(.zeros(offset: trailingStart))
    case .halfMagic, .garbage: .complete(.garbage(offset: trailingStart))
    case .corrupt(let reason):
      .corrupt(
        GzipDamage(
          reason: reason, compressedOffset: compressedOffset,
          decompressedOffset: decompressedOffset))
    }
  }

  private struct Step {
    var consumed: Int
    var produced: Int
    var status: Int32
    var restCRC: UInt32
  }

  private func run(_ input: RawSpan, into output: inout OutputSpan<UInt8>) -> Step {
    let stream = self.stream
    // Only at the end of a block can a point be.
    let flush = isAtPointOffset ? Z_BLOCK : Z_NO_FLUSH
    let isRest = if case .rest = phase { true } else { false }
    let crc = restCRC
    return input.withUnsafeBytes { bytes in
      output.withUnsafeMutableBufferPointer { buffer, filled in
        // A pointer is wanted even for no input.
        var nothing: UInt8 = 0
        return withUnsafeMutablePointer(to: &nothing) { nothing in
          let room = Int(UInt32(clamping: buffer.count - filled))
          let given = Int(UInt32(clamping: bytes.count))
          let start = bytes.bindMemory(to: UInt8.self).baseAddress
          stream.pointee.next_in = start.map { UnsafeMutablePointer(mutating: $0) } ?? nothing
          stream.pointee.avail_in = UInt32(given)
          stream.pointee.next_out = buffer.baseAddress.map { $0 + filled }
          stream.pointee.avail_out = UInt32(room)
          let status = CZlib.inflate(stream, flush)
          let produced = room - Int(stream.pointee.avail_out)
          // zlib takes a null pointer for "give me the initial value".
          let first = buffer.baseAddress.map { $0 + filled }
          let next = isRest && produced > 0 ? crc32_z(uLong(crc), first, produced) : uLong(crc)
          filled += produced
          return Step(
            consumed: given - Int(stream.pointee.avail_in), produced: produced, status: status,
            restCRC: UInt32(truncatingIfNeeded: next))
        }
      }
    }
  }

  private mutating func note(_ step: Step) {
    compressedOffset += Int64(step.consumed)
    decompressedOffset += Int64(step.produced)
    memberBytes += Int64(step.produced)
    restCRC = step.restCRC
    switch (step.status, phase) {
    case (Z_OK, _), (Z_BUF_ERROR, _):
      let isInHeader = header.pointee.done == 0
      if isInHeader, compressedOffset - memberStart > Self.headerBytesMax {
        phase = .corrupt(.header)
      } else if isAtPointOffset {
        takePoint()
      }
    case (Z_STREAM_END, .rest):
      phase = .trailer(seen: [])
    case (Z_STREAM_END, _):
      endMember()
    default:
      phase = .corrupt(damage())
    }
  }

  /// Behind a point no header is waited for.
  mutating func markHeaderRead() { header.pointee.done = 1 }

  /// A member ended well.
  mutating func endMember() {
    memberCount += 1
    trailingStart = compressedOffset
    phase = .between
    if isAtPointOffset { takePoint() }
    memberBytes = 0
  }

  private func damage() -> GzipDamage.Reason {
    // zlib tells these apart by its message only.
    let message = stream.pointee.msg.map { String(cString: $0) } ?? ""
    switch message {
    case "incorrect data check": return .checksum
    case "incorrect length check": return .length
    default: return header.pointee.done == 1 ? .data : .header
    }
  }

  /// Consumes bytes that belong to no member; returns how many.
  private mutating func passBetween(_ input: RawSpan) -> Int {
    let first = input.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
    var count = 1
    switch (phase, first) {
    case (.between, 0x1f): phase = .halfMagic
    case (.halfMagic, 0x8b):
      compressedOffset += 1
      beginMember()
      return 1
    case (.between, 0), (.zeros, 0):
      phase = .zeros
      while count < input.byteCount,
        input.unsafeLoad(fromByteOffset: count, as: UInt8.self) == 0
      {
        count += 1
      }
    default:
      phase = .garbage
      count = input.byteCount
    }
    compressedOffset += Int64(count)
    return count
  }

  /// Starts over behind a member whose two bytes of magic were consumed already.
  private mutating func beginMember() {
    memberStart = compressedOffset - 2
    // Behind a point zlib was set to bare deflate data.
    inflateReset2(stream, Self.gzipWindowBits)
    header.initialize(to: gz_header())
    inflateGetHeader(stream, header)
    phase = .member
    let magic: [UInt8] = [0x1f, 0x8b]
    var room: UInt8 = 0
    let stream = self.stream
    magic.withUnsafeBufferPointer { magic in
      withUnsafeMutablePointer(to: &room) { room in
        stream.pointee.next_in = magic.baseAddress.map { UnsafeMutablePointer(mutating: $0) }
        stream.pointee.avail_in = 2
        stream.pointee.next_out = room
        stream.pointee.avail_out = 0
        _ = CZlib.inflate(stream, Z_NO_FLUSH)
      }
    }
  }
}
