internal import CZlib

extension Inflater {
  /// An inflater that goes on at a point; `lastByte` is the byte of the file before it. Nil when the
  /// point can't be one.
  public init?(at point: InflatePoint, lastByte: UInt8) throws(GzipError) {
    try self.init()
    compressedOffset = point.compressedOffset
    decompressedOffset = point.decompressedOffset
    memberBytes = point.memberBytes
    if point.memberBytes == 0 {
      trailingStart = compressedOffset
      phase = .between
      return
    }
    // Bare deflate data: no header comes.
    guard (0...7).contains(point.unusedBits), point.window.count <= 1 << 15,
      inflateReset2(stream, -15) == Z_OK
    else { return nil }
    if point.unusedBits > 0 {
      let bits = Int32(lastByte >> UInt8(8 - point.unusedBits))
      guard inflatePrime(stream, Int32(point.unusedBits), bits) == Z_OK else { return nil }
    }
    let status = point.window.withUnsafeBufferPointer {
      inflateSetDictionary(stream, $0.baseAddress, UInt32($0.count))
    }
    guard status == Z_OK else { return nil }
    restCRC = point.memberCRC
    phase = .rest
    markHeaderRead()
  }

  /// Whether a point is looked for here.
  var isAtPointOffset: Bool { nextPointOffset.map { decompressedOffset >= $0 } ?? false }

  /// Takes a point where zlib stands, if one can be here.
  mutating func takePoint() {
    // Of `data_type`: 128 at the end of a block, 64 in the last one, below it the bits left over.
    let type = stream.pointee.data_type
    let isRest: Bool
    switch phase {
    case .between: isRest = false
    case .member where type & 128 != 0 && type & 64 == 0 && memberBytes > 0: isRest = false
    case .rest where type & 128 != 0 && type & 64 == 0 && memberBytes > 0: isRest = true
    default: return
    }
    let window = window()
    guard window.count >= InflatePoint.windowBytesMin else { return }
    let isBetween = if case .between = phase { true } else { false }
    point = InflatePoint(
      compressedOffset: compressedOffset, unusedBits: isBetween ? 0 : Int(type & 7),
      decompressedOffset: decompressedOffset,
      memberCRC: isBetween
        ? 0 : isRest ? restCRC : UInt32(truncatingIfNeeded: stream.pointee.adler),
      memberBytes: isBetween ? 0 : memberBytes, window: window)
    nextPointOffset = nil
  }

  private func window() -> [UInt8] {
    let stream = self.stream
    return [UInt8](unsafeUninitializedCapacity: 1 << 15) { buffer, count in
      var length: UInt32 = 0
      if inflateGetDictionary(stream, buffer.baseAddress, &length) == Z_OK { count = Int(length) }
    }
  }

  /// Takes bytes of the trailer behind a member that was gone on with at a point; returns how many.
  mutating func readTrailer(_ seen: [UInt8], _ input: RawSpan) -> Int {
    var seen = seen
    let count = min(GzipTrailer.byteCount - seen.count, input.byteCount)
    for at in 0..<count { seen.append(input.unsafeLoad(fromByteOffset: at, as: UInt8.self)) }
    compressedOffset += Int64(count)
    guard let trailer = GzipTrailer(lastBytes: seen) else {
      phase = .trailer(seen: seen)
      return count
    }
    if trailer.crc != restCRC {
      phase = .corrupt(.checksum)
    } else if trailer.size != UInt32(truncatingIfNeeded: memberBytes) {
      phase = .corrupt(.length)
    } else {
      endMember()
    }
    return count
  }
}
