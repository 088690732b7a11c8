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
      window: found.window, checkLength: length, checkHash: SHA256Hash.of(check))
  }

  /// Goes to a point of a gzip file; false, and the position is undefined, when the file does not have
  /// there what it had.
  func resume(at point: GzipPoint) throws(LogSourceError) -> Bool {
    guard isFile, form == .gzip, point.checkLength > 0, point.offset > 0,
      point.checkLength <= Self.checkBytesMax,
      point.compressedOffset >= Int64(point.checkLength), point.memberBytes >= 0
    else { return false }
    let check = try file.bytes(
      at: point.compressedOffset - Int64(point.checkLength), count: point.checkLength)
    guard check.count == point.checkLength, SHA256Hash.of(check) == point.checkHash,
      let last = check.last
    else { return false }
    let place = InflatePoint(
      compressedOffset: point.compressedOffset, unusedBits: point.unusedBits,
      decompressedOffset: point.offset, memberCRC: point.memberCRC,
      memberBytes: point.memberBytes, window: point.window)
    do throws(GzipError) {
      guard let resumed = try Inflater(at: place, lastByte: last) else { return false }
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
    return true
  }
}
