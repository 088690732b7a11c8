import Gzip
import TestSupport
import Testing

@Suite struct InflatePointTests {
  /// Inflates to the end, noting every point; `from` begins at one.
  private func inflate(
    _ file: [UInt8], at point: InflatePoint? = nil, notes: Bool = false, piece: Int = 5000
  ) throws -> (bytes: [UInt8], points: [InflatePoint], end: GzipEnd, members: Int) {
    guard let point else {
      var inflater = try Inflater()
      return try run(&inflater, file, from: 0, notes: notes, piece: piece)
    }
    let last = file[Int(point.compressedOffset) - 1]
    guard var inflater = try Inflater(at: point, lastByte: last) else {
      throw TestFailure("the point is none")
    }
    return try run(
      &inflater, file, from: Int(point.compressedOffset), notes: notes, piece: piece)
  }

  private func run(
    _ inflater: inout Inflater, _ file: [UInt8], from start: Int, notes: Bool, piece: Int
  ) throws -> (bytes: [UInt8], points: [InflatePoint], end: GzipEnd, members: Int) {
    var bytes: [UInt8] = []
    var points: [InflatePoint] = []
    var at = start
    while !inflater.isFinished {
      if notes { inflater.nextPointOffset = inflater.decompressedOffset }
      let given = Array(file[at..<min(at + piece, file.count)])
      var used = 0
      let output = [UInt8](capacity: 3000) { output in
        used = inflater.inflate(given.span.bytes, into: &output)
      }
      at += used
      bytes += output
      if let point = inflater.point {
        points.append(point)
        inflater.point = nil
      }
      if used == 0, output.isEmpty, given.isEmpty { break }
    }
    #expect(inflater.compressedOffset == Int64(at))
    return (bytes, points, inflater.end, inflater.memberCount)
  }

  /// Two members, and what may stand behind them.
  private func file(_ content: [UInt8], behind: [UInt8] = []) -> [UInt8] {
    let half = content.count / 2
    return gzipped(Array(content[..<half])) + gzipped(Array(content[half...])) + behind
  }

  @Test(arguments: [1, 700, 1 << 20])
  func goesOnAtEveryPointAsFromTheStart(piece: Int) throws {
    let content = sampleBytes(600_000)
    let file = file(content)
    let whole = try inflate(file, notes: true, piece: piece)
    #expect(whole.bytes == content)
    #expect(whole.end == .complete(.nothing))
    #expect(whole.points.count > 8)
    // Blocks end at any bit, and one point is between the members.
    #expect(Set(whole.points.map(\.unusedBits)).count > 2)
    #expect(whole.points.contains { $0.memberBytes == 0 })
    for point in whole.points {
      let rest = try inflate(file, at: point, notes: true, piece: piece)
      #expect(rest.bytes == Array(content[Int(point.decompressedOffset)...]))
      #expect(rest.end == .complete(.nothing))
      let later = whole.points.filter { $0.decompressedOffset > point.decompressedOffset }
      #expect(rest.points == later)
    }
  }

  @Test func theTrailerCoversWhatPrecedesThePoint() throws {
    let content = sampleBytes(300_000)
    var file = gzipped(content)
    let points = try inflate(file, notes: true).points
    let point = try #require(points.last { $0.memberBytes > 0 })
    var other = point
    other.memberCRC ^= 1
    guard case .corrupt(let damage) = try inflate(file, at: other).end else {
      Issue.record("another CRC was not noticed")
      return
    }
    #expect(damage.reason == .checksum)
    other = point
    other.memberBytes += 1
    guard case .corrupt(let short) = try inflate(file, at: other).end else {
      Issue.record("another length was not noticed")
      return
    }
    #expect(short.reason == .length)
    #expect(try inflate(Array(file.dropLast(3)), at: point).end == .truncated)
    file += [0, 0]
    #expect(
      try inflate(file, at: point).end == .complete(.zeros(offset: Int64(file.count - 2))))
  }

  @Test func noPointIsTakenUnasked() throws {
    #expect(try inflate(gzipped(sampleBytes(300_000))).points == [])
  }
}
