import Gzip
import TestSupport
import Testing

@Suite struct InflaterTests {
  /// Feeds `input` in pieces of `piece` bytes and takes the output in pieces of `room`.
  private func inflate(
    _ input: [UInt8], piece: Int = 1000, room: Int = 777
  ) throws -> (bytes: [UInt8], end: GzipEnd, members: Int, consumed: Int64) {
    var inflater = try Inflater()
    var bytes: [UInt8] = []
    var at = 0
    while !inflater.isFinished {
      let given = Array(input[at..<min(at + piece, input.count)])
      var used = 0
      let output = [UInt8](capacity: room) { output in
        used = inflater.inflate(given.span.bytes, into: &output)
      }
      at += used
      bytes += output
      if used == 0, output.isEmpty, given.isEmpty { break }
    }
    #expect(inflater.decompressedOffset == Int64(bytes.count))
    return (bytes, inflater.end, inflater.memberCount, inflater.compressedOffset)
  }

  @Test(arguments: [(1, 1), (1, 4096), (3, 7), (4096, 1), (100_000, 100_000)])
  func inflatesInAnyPieces(piece: Int, room: Int) throws {
    let content = sampleBytes(5000)
    let file = gzipped(content)
    let result = try inflate(file, piece: piece, room: room)
    #expect(result.bytes == content)
    #expect(result.end == .complete(.nothing))
    #expect(result.consumed == Int64(file.count))
  }

  @Test(arguments: [1, 2, 5, 10_000])
  func joinsMembers(piece: Int) throws {
    let parts = [
      sampleBytes(3000, seed: 1), [], sampleBytes(1, seed: 2), sampleBytes(900, seed: 3),
    ]
    let result = try inflate(parts.flatMap(gzipped), piece: piece)
    #expect(result.bytes == parts.flatMap { $0 })
    #expect(result.members == 4)
    #expect(result.end == .complete(.nothing))
  }

  @Test func tellsEveryCutFromAnEnd() throws {
    let content = sampleBytes(300)
    let file = gzipped(content)
    for cut in 0..<file.count {
      let result = try inflate(Array(file[..<cut]))
      #expect(result.end == .truncated, "cut at \(cut)")
      #expect(content.starts(with: result.bytes), "cut at \(cut)")
    }
  }

  @Test func aCutInTheSecondMemberIsTruncatedToo() throws {
    let first = gzipped(sampleBytes(200))
    let file = first + gzipped(sampleBytes(200, seed: 2))
    for cut in (first.count + 2)..<file.count {
      #expect(try inflate(Array(file[..<cut])).end == .truncated, "cut at \(cut)")
    }
    // Half of the magic cannot be told from garbage.
    let half = try inflate(Array(file[...first.count]))
    #expect(half.end == .complete(.garbage(offset: Int64(first.count))))
  }

  @Test(
    arguments: [
      ([0, 0, 0], true), ([0], true), ([0, 0, 7], false), (Array("tail".utf8), false),
      ([0x1f, 0], false),
    ] as [([UInt8], Bool)])
  func acceptsAndNamesTrailingBytes(trailing: [UInt8], isZeros: Bool) throws {
    let content = sampleBytes(500)
    let file = gzipped(content)
    for piece in [1, 4096] {
      let result = try inflate(file + trailing, piece: piece)
      #expect(result.bytes == content)
      let offset = Int64(file.count)
      #expect(
        result.end == .complete(isZeros ? .zeros(offset: offset) : .garbage(offset: offset)))
    }
  }

  /// Flips each bit of the data and of the trailer: complete only where the content is the same
  /// (the last byte of the data has bits that mean nothing).
  @Test func noFlippedBitPassesUnnoticed() throws {
    let content = sampleBytes(200)
    let file = gzipped(content)
    for byte in 10..<file.count {
      for bit in 0..<8 {
        var damaged = file
        damaged[byte] ^= 1 << bit
        let result = try inflate(damaged)
        guard case .complete = result.end else { continue }
        #expect(result.bytes == content, "byte \(byte), bit \(bit)")
      }
    }
  }

  @Test func namesWhatIsDamagedAndWhere() throws {
    let content = sampleBytes(5000)
    let file = gzipped(content)
    var checksum = file
    checksum[file.count - 8] ^= 1
    var length = file
    length[file.count - 1] ^= 1
    let first = try inflate(checksum)
    #expect(first.bytes == content)
    #expect(
      first.end
        == .corrupt(
          GzipDamage(
            reason: .checksum, compressedOffset: Int64(file.count - 4), decompressedOffset: 5000)))
    guard case .corrupt(let second) = try inflate(length).end else {
      Issue.record("a wrong length is not noticed")
      return
    }
    #expect(second.reason == .length)
    #expect(second.decompressedOffset == 5000)
    guard case .corrupt(let third) = try inflate(Array("no gzip".utf8)).end else {
      Issue.record("no header is not noticed")
      return
    }
    #expect(third.reason == .header)
    #expect(third.decompressedOffset == 0)
  }

  /// FEXTRA of 64 KiB and a name that is a path: skipped.
  @Test func skipsLargeHeaders() throws {
    let content = sampleBytes(100)
    let plain = gzipped(content)
    var file: [UInt8] = [0x1f, 0x8b, 8, 0x04 | 0x08, 0, 0, 0, 0, 0, 3, 0xff, 0xff]
    file += [UInt8](repeating: 7, count: 0xffff) + Array("../../etc/passwd".utf8) + [0]
    file += plain[10...]
    let result = try inflate(file)
    #expect(result.bytes == content)
    #expect(result.end == .complete(.nothing))
  }

  @Test func givesUpOnAnEndlessComment() throws {
    let file: [UInt8] =
      [0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 0, 3] + [UInt8](repeating: 65, count: 1 << 20)
    let result = try inflate(file)
    guard case .corrupt(let damage) = result.end else {
      Issue.record("read on: \(result.end)")
      return
    }
    #expect(damage.reason == .header)
    #expect(damage.compressedOffset < 300 << 10)
  }

  @Test func aBombFillsNoMoreThanTheRoomGiven() throws {
    let file = gzipped([UInt8](repeating: 0, count: 4 << 20))
    var inflater = try Inflater()
    let output = [UInt8](capacity: 1000) { output in
      _ = inflater.inflate(file.span.bytes, into: &output)
    }
    #expect(output.count == 1000)
  }
}

@Suite struct ChecksumTests {
  @Test func knownValue() {
    #expect(Checksum.crc32(0, Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(Checksum.crc32(0, []) == 0)
  }

  @Test func continues() {
    let bytes = sampleBytes(1000)
    for cut in [0, 1, 500, 1000] {
      let first = Checksum.crc32(0, Array(bytes[..<cut]))
      #expect(Checksum.crc32(first, Array(bytes[cut...])) == Checksum.crc32(0, bytes))
    }
  }

  @Test func theTrailerIsTheLastEightBytes() {
    let content = sampleBytes(1234)
    let file = gzipped(content)
    let expected = GzipTrailer(crc: Checksum.crc32(0, content), size: 1234)
    #expect(GzipTrailer(lastBytes: file) == expected)
    #expect(GzipTrailer(lastBytes: Array(file.suffix(8))) == expected)
    #expect(GzipTrailer(lastBytes: Array(file.suffix(7))) == nil)
  }
}
