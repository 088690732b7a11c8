import Gzip
import LogModel
import LogSource
import TestSupport
import Testing

/// Going on in a gzip file where a run before was ended.
@Suite struct GzipPointTests {
  private static let log = sampleLog(bytes: 9_500_000)
  private static let file = gzipped(log)

  private func reader(_ path: LogPath) -> LogReader {
    LogReader(LogInput(path: path, form: .gzip, storedBytes: 0, firstTime: nil))
  }

  /// Reads a file from its start and gives the points that were noted.
  private func points(_ path: LogPath) async throws -> [GzipPoint] {
    let reader = reader(path)
    _ = try await reader.open()
    _ = try await reader.start(at: nil)
    var points: [GzipPoint] = []
    while let block = try await reader.next() {
      guard let point = block.point else { continue }
      #expect(point.offset <= block.offset + Int64(block.bytes.count))
      points.append(point)
    }
    return points
  }

  private func generation(_ log: [UInt8], _ offset: Int, _ point: GzipPoint?) -> Generation {
    var trail = ContentTrail()
    trail.absorb(log, count: offset)
    var generation = Generation(
      id: 1, source: 1, path: "/nowhere", committedOffset: Int64(offset), epoch: 0,
      mark: trail.mark(), state: .active, device: 0, inode: 0)
    generation.point = point
    return generation
  }

  private func rest(
    _ path: LogPath, _ generation: Generation
  ) async throws -> (decision: IdentityDecision, bytes: [UInt8], end: InputEnd?, crc: UInt32) {
    let reader = reader(path)
    _ = try await reader.open()
    let decision = try await reader.identify(among: [generation])
    guard case .same = decision else { return (decision, [], await reader.end, 0) }
    var trail = try await reader.start(at: generation)
    #expect(trail.offset == generation.committedOffset)
    var bytes: [UInt8] = []
    while let block = try await reader.next() {
      bytes += block.bytes
      trail.absorb(block.bytes, count: block.bytes.count)
    }
    return (decision, bytes, await reader.end, trail.mark().crc)
  }

  @Test func pointsAreNotedEveryFewMegabytes() async throws {
    let scratch = Scratch()
    let noted = try await points(scratch.write("a.gz", Self.file))
    #expect(noted.count == 2)
    #expect(noted.allSatisfy { $0.hiddenWindow.count == 32 << 10 && $0.checkLength == 4096 })
  }

  /// The log says the same in every line, so any run of it that stood in clear would be found.
  @Test func aPointShowsNothingOfTheLog() async throws {
    let scratch = Scratch()
    for point in try await points(scratch.write("a.gz", Self.file)) {
      let text = Self.log[(Int(point.offset) - point.hiddenWindow.count)..<Int(point.offset)]
      let equal = zip(text, point.hiddenWindow).count { $0 == $1 }
      // 1 of 256 bytes is the same by chance: 128, and never 400.
      #expect(equal < 400)
    }
  }

  @Test func goesOnWithTheSameBytes() async throws {
    let scratch = Scratch()
    let path = scratch.write("a.gz", Self.file)
    for point in try await points(path) {
      for offset in [Int(point.offset), Int(point.offset) + 10, Self.log.count - 1] {
        let rest = try await rest(path, generation(Self.log, offset, point))
        #expect(rest.decision == .same(generation: 1, offset: Int64(offset)))
        #expect(rest.bytes == Array(Self.log[offset...]))
        #expect(rest.end == .complete(.nothing))
        #expect(rest.crc == Checksum.crc32(0, Self.log))
      }
    }
  }

  @Test func whatPrecedesThePointIsNotInflated() async throws {
    let scratch = Scratch()
    let point = try #require(try await points(scratch.write("a.gz", Self.file)).last)
    // Far before the point: the file's head and what the point covers are as they were.
    var file = Self.file
    file[file.count / 4] ^= 0xff
    let offset = Int(point.offset) + 5000
    let rest = try await rest(
      scratch.write("b.gz", file), generation(Self.log, offset, point))
    #expect(rest.bytes == Array(Self.log[offset...]))
    #expect(rest.end == .complete(.nothing))
  }

  @Test func aPointThatDoesNotFitLeadsToTheStart() async throws {
    let scratch = Scratch()
    let path = scratch.write("a.gz", Self.file)
    let points = try await points(path)
    let (first, last) = (try #require(points.first), try #require(points.last))
    let offset = Int(last.offset) + 100
    var changed: [GzipPoint] = []
    for change: (inout GzipPoint) -> Void in [
      { $0.checkHash[0] ^= 1 }, { $0.checkLength -= 1 }, { $0.compressedOffset += 1 },
      { $0.hiddenWindow[$0.hiddenWindow.count - 1] ^= 1 }, { $0.hiddenWindow = [] },
      { $0.memberCRC ^= 1 }, { $0.offset += 1 },
      { $0.offset = Int64(offset) + 1 }, { $0.compressedOffset = 1 << 40 },
      { $0.unusedBits = 9 }, { $0.unusedBits = ($0.unusedBits + 3) % 8 },
      { [first] in
        let offset = $0.offset
        $0 = first
        $0.offset = offset
      },
    ] {
      var point = last
      change(&point)
      changed.append(point)
    }
    for point in changed {
      let rest = try await rest(path, generation(Self.log, offset, point))
      #expect(rest.decision == .same(generation: 1, offset: Int64(offset)))
      #expect(rest.bytes == Array(Self.log[offset...]))
      #expect(rest.end == .complete(.nothing))
    }
  }

  @Test func anotherLogWithTheSameHeadIsAnother() async throws {
    let scratch = Scratch()
    let point = try #require(try await points(scratch.write("a.gz", Self.file)).last)
    let offset = Int(point.offset) + 100
    var other = Self.log
    for at in stride(from: 5_000_000, to: 6_000_000, by: 100) { other[at] = UInt8(ascii: "y") }
    let rest = try await rest(
      scratch.write("b.gz", gzipped(other)), generation(Self.log, offset, point))
    #expect(rest.decision == .new(.otherBody(generation: 1)))
  }
}
