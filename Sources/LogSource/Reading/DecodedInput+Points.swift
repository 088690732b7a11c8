internal import Digest
internal import Gzip
internal import LogModel

/// Points from which a gzip file is inflated on after a run that did not come to its end.
extension DecodedInput {
  /// Decompressed bytes between two points. What is inflated twice after a kill is half of this on
  /// average; a point is 32 KiB in the store.
  static let pointInterval: Int64 = 4 << 20
  private static let checkBytesMax = 4096

  /// From here on points are noted.
  func notePoints() {
    guard isFile, form == .gzip else { return }
    inflater?.nextPointOffset = position + Self.pointInterval
  }

  /// The point that was found since the last call.
  func takePoint() throws(LogSourceError) -> GzipPoint? {
    guard let found = inflater?.point else { return nil }
    inflater?.point = nil
    inflater?.nextPointOffset = found.decompressedOffset + Self.pointInterval
    let length = Int(min(found.compressedOffset, Int64(Self.checkBytesMax)))
    let check = try file.bytes(at: found.compressedOffset - Int64(length), count: length)
    guard check.count == length else { return nil }
    return GzipPoint(
      offset: found.decompressedOffset, compressedOffset: found.compressedOffset,
      unusedBits: found.unusedBits, memberCRC: found.memberCRC, memberBytes: found.memberBytes,
      hiddenWindow: KeyedStream.apply(Self.key(check, found.memberCRC), to: found.window),
      checkLength: length, checkHash: SHA256Hash.of(check))
  }

  /// The key of a point's window. The bytes of the file before the point say nothing of what is further
  /// back in the window, the checksum does: with both, one key has one window.
  private static func key(_ check: [UInt8], _ crc: UInt32) -> [UInt8] {
    var bytes = Array("pgtrawl: window of a gzip point".utf8)
    withUnsafeBytes(of: crc.littleEndian) { bytes += $0 }
    return SHA256Hash.of(bytes + check)
  }

  /// Goes to a point of a gzip file and gives the window there; nil, and the position is undefined,
  /// when the file does not have there what it had.
  func resume(at point: GzipPoint) throws(LogSourceError) -> [UInt8]? {
    guard isFile, form == .gzip, point.checkLength > 0, point.offset > 0,
      point.checkLength <= Self.checkBytesMax,
      point.compressedOffset >= Int64(point.checkLength), point.memberBytes >= 0
    else { return nil }
    let check = try file.bytes(
      at: point.compressedOffset - Int64(point.checkLength), count: point.checkLength)
    guard check.count == point.checkLength, SHA256Hash.of(check) == point.checkHash,
      let last = check.last
    else { return nil }
    let window = KeyedStream.apply(Self.key(check, point.memberCRC), to: point.hiddenWindow)
    let place = InflatePoint(
      compressedOffset: point.compressedOffset, unusedBits: point.unusedBits,
      decompressedOffset: point.offset, memberCRC: point.memberCRC,
      memberBytes: point.memberBytes, window: window)
    do throws(GzipError) {
      guard let resumed = try Inflater(at: place, lastByte: last) else { return nil }
      inflater = consume resumed
    } catch {
      throw LogSourceError(code: .outOfMemory, path: path)
    }
    raw = []
    rawUsed = 0
    rawPosition = point.compressedOffset
    isLimitFinal = false
    sourceEnd = nil
    position = point.offset
    return window
  }
}
