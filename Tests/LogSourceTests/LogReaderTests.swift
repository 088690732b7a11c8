import Gzip
import LogModel
import LogSource
import TestSupport
import Testing

@Suite struct LogReaderTests {
  struct Reading: Equatable {
    var decision: IdentityDecision
    var bytes: [UInt8]
    var end: InputEnd?
    var mark: ContentMark
  }

  /// Opens, identifies, and reads what the decision says is to be read.
  private func read(_ path: LogPath, among candidates: [Generation] = []) async throws -> Reading {
    let reader = LogReader(LogInput(path: path, form: .plain, storedBytes: 0, firstTime: nil))
    _ = try await reader.open()
    let decision = try await reader.identify(among: candidates)
    var generation: Generation?
    switch decision {
    case .new, .empty: break
    case .same(let id, let offset):
      generation = candidates.first { $0.id == id }
      #expect(generation?.committedOffset == offset)
    case .alias, .shorter:
      let end = await reader.end
      return Reading(decision: decision, bytes: [], end: end, mark: ContentTrail().mark())
    }
    var trail = try await reader.start(at: generation)
    var offset = generation?.committedOffset ?? 0
    var bytes: [UInt8] = []
    while let block = try await reader.next() {
      #expect(block.offset == offset)
      #expect(!block.bytes.isEmpty && block.bytes.count <= LogBlock.bytesMax)
      offset += Int64(block.bytes.count)
      bytes += block.bytes
      trail.absorb(block.bytes, count: block.bytes.count)
    }
    let end = await reader.end
    await reader.close()
    return Reading(decision: decision, bytes: bytes, end: end, mark: trail.mark())
  }

  /// The generation of the first `offset` bytes of a log.
  private func generation(
    _ log: [UInt8], _ offset: Int, id: Int64 = 1, path: LogPath = LogPath("/nowhere"),
    device: Int64 = 0, inode: Int64 = 0
  ) -> Generation {
    var trail = ContentTrail()
    trail.absorb(log, count: offset)
    return Generation(
      id: id, source: 1, path: path.escaped, committedOffset: Int64(offset), epoch: 0,
      mark: trail.mark(), state: .active, device: device, inode: inode)
  }

  private func mark(_ log: [UInt8]) -> ContentMark { generation(log, log.count).mark }

  private func facts(_ path: LogPath) async throws -> InputFacts {
    try await LogReader(LogInput(path: path, form: .plain, storedBytes: 0, firstTime: nil)).open()
  }

  @Test(arguments: [0, 1, 5000, 1 << 20, 3_000_000])
  func readsWholeFiles(size: Int) async throws {
    let log = Array(sampleLog(bytes: size).prefix(size))
    let scratch = Scratch()
    let plain = try await read(scratch.write("a.csv", log))
    #expect(plain.bytes == log)
    #expect(plain.end == .mayGrow)
    #expect(plain.decision == (size == 0 ? .empty : .new(.unknown)))
    #expect(plain.mark == mark(log))
    let compressed = try await read(scratch.write("a.csv.gz", gzipped(log)))
    #expect(compressed.bytes == log)
    #expect(compressed.end == .complete(.nothing))
    #expect(compressed.mark == plain.mark)
  }

  @Test(arguments: [1, 300, 4096, 5000, 1_500_000])
  func goesOnInTheSameFile(offset: Int) async throws {
    let log = sampleLog(bytes: 2_500_000)
    let scratch = Scratch()
    let path = scratch.write("a.csv", log)
    let facts = try await facts(path)
    let known = generation(
      log, offset, device: try #require(facts.device), inode: try #require(facts.inode))
    let result = try await read(path, among: [known])
    #expect(result.decision == .same(generation: 1, offset: Int64(offset)))
    #expect(result.bytes == Array(log[offset...]))
    #expect(result.mark == mark(log))
  }

  @Test(arguments: [1, 300, 4096, 5000, 1_500_000])
  func goesOnInACopyAndInItsGzip(offset: Int) async throws {
    let log = sampleLog(bytes: 2_500_000)
    let scratch = Scratch()
    let half = log.count / 2
    let files = [
      scratch.write("copy.csv", log), scratch.write("a.gz", gzipped(log)),
      scratch.write("b.gz", gzipped(Array(log[..<half])) + gzipped(Array(log[half...]))),
    ]
    for path in files {
      let result = try await read(path, among: [generation(log, offset)])
      #expect(result.decision == .same(generation: 1, offset: Int64(offset)))
      #expect(result.bytes == Array(log[offset...]))
      #expect(result.mark == mark(log))
    }
  }

  @Test func knowsFinishedFilesAgain() async throws {
    let log = sampleLog(bytes: 50_000)
    let scratch = Scratch()
    let known = generation(log, log.count)
    for path in [scratch.write("copy.csv", log), scratch.write("a.gz", gzipped(log))] {
      #expect(try await read(path, among: [known]).decision == .alias(generation: 1))
    }
  }

  /// The data of such a gzip is never looked at.
  @Test func theTrailerSparesInflating() async throws {
    let log = sampleLog(bytes: 500_000)
    var file = gzipped(log)
    for index in (file.count - 2000)..<(file.count - 8) { file[index] = 0 }
    let scratch = Scratch()
    let path = scratch.write("a.gz", file)
    let known = generation(log, log.count)
    #expect(try await read(path, among: [known]).decision == .alias(generation: 1))
    // Another known file with the same head asks for the data, which does not come to its end.
    let other = generation(log, log.count - 1)
    let result = try await read(path, among: [other])
    #expect(result.decision == .shorter(generation: 1, .unverified))
    #expect(result.end?.state == .incomplete)
  }

  @Test func equalHeadsAreNotEqualFiles() async throws {
    let first = sampleLog(bytes: 50_000, seed: 1)
    let second = sampleLog(bytes: 60_000, seed: 2)
    let third = sampleLog(bytes: 40_000, seed: 3)
    let scratch = Scratch()
    let original = scratch.write("first.csv", first)
    let known = generation(first, first.count, path: original)
    for (name, log) in [("second", second), ("third", third)] {
      for path in [scratch.write(name, log), scratch.write("\(name).gz", gzipped(log))] {
        let result = try await read(path, among: [known])
        #expect(result.decision == .new(.otherBody(generation: 1)), "\(path.escaped)")
        #expect(result.bytes == log)
      }
    }
  }

  @Test func anIncompleteCopyHasNothingToRead() async throws {
    let log = sampleLog(bytes: 50_000)
    let scratch = Scratch()
    let original = scratch.write("a.csv", log)
    let facts = try await facts(original)
    let part = Array(log[..<20_000])
    for path in [
      scratch.write("part.csv", part), scratch.write("part.gz", Array(gzipped(log).prefix(3000))),
    ] {
      let there = generation(log, log.count, path: original)
      #expect(try await read(path, among: [there]).decision == .shorter(generation: 1, .copy))
      let gone = generation(log, log.count)
      #expect(try await read(path, among: [gone]).decision == .shorter(generation: 1, .unverified))
    }
    scratch.truncate("a.csv", to: 20_000)
    let cut = generation(
      log, log.count, path: original, device: try #require(facts.device),
      inode: try #require(facts.inode))
    #expect(try await read(original, among: [cut]).decision == .shorter(generation: 1, .cut))
  }

  @Test func aFileThatWasWrittenAnewIsNew() async throws {
    let log = sampleLog(bytes: 50_000)
    let scratch = Scratch()
    let path = scratch.write("a.csv", log)
    let facts = try await facts(path)
    let known = generation(
      log, log.count, device: try #require(facts.device), inode: try #require(facts.inode))
    let anew = Array((record(59, "after the cut") + String(decoding: log, as: UTF8.self)).utf8)
    scratch.write(path, anew)
    let result = try await read(path, among: [known])
    #expect(result.decision == .new(.rewritten(generation: 1)))
    #expect(result.bytes == anew)
  }

  @Test func ofTwoWithEqualHeadsTheRightOneGoesOn() async throws {
    let first = sampleLog(bytes: 50_000, seed: 1)
    let second = sampleLog(bytes: 90_000, seed: 2)
    let scratch = Scratch()
    let copy = scratch.write("b.gz", gzipped(second))
    let candidates = [
      generation(first, 50_000, id: 1), generation(second, 30_000, id: 2),
      generation(first, 20_000, id: 3),
    ]
    let result = try await read(copy, among: candidates)
    #expect(result.decision == .same(generation: 2, offset: 30_000))
    #expect(result.bytes == Array(second[30_000...]))
  }

  @Test func cutGzipsGiveWhatIsThere() async throws {
    let log = sampleLog(bytes: 6000)
    let file = gzipped(log)
    let scratch = Scratch()
    for cut in stride(from: 10, to: file.count, by: 7) {
      let result = try await read(scratch.write("a.gz", Array(file[..<cut])))
      #expect(log.starts(with: result.bytes))
      #expect(result.end == .truncatedGzip, "cut at \(cut)")
      #expect(result.end?.state == .incomplete)
    }
  }

  /// A cut gzip that is completed goes on where it ended.
  @Test func aCompletedGzipGoesOn() async throws {
    let log = sampleLog(bytes: 100_000)
    let file = gzipped(log)
    let scratch = Scratch()
    let first = try await read(scratch.write("a.gz", Array(file[..<(file.count / 2)])))
    let known = generation(log, first.bytes.count)
    #expect(first.mark == known.mark)
    let second = try await read(scratch.write("a.gz", file), among: [known])
    #expect(second.decision == .same(generation: 1, offset: Int64(first.bytes.count)))
    #expect(first.bytes + second.bytes == log)
    #expect(second.end == .complete(.nothing))
  }

  @Test func damagedGzipsGiveWhatIsBefore() async throws {
    let log = sampleLog(bytes: 200_000)
    var file = gzipped(log)
    file[file.count - 5] ^= 0x40
    let scratch = Scratch()
    let result = try await read(scratch.write("a.gz", file))
    #expect(result.bytes == log)
    guard case .corruptGzip(let damage) = result.end else {
      Issue.record("not noticed: \(String(describing: result.end))")
      return
    }
    #expect(damage.reason == .checksum)
    #expect(damage.decompressedOffset == Int64(log.count))
    #expect(result.end?.state == .corrupt)
  }

  @Test func trailingBytesAreFlagged() async throws {
    let log = sampleLog(bytes: 10_000)
    let file = gzipped(log)
    let scratch = Scratch()
    let zeros = try await read(scratch.write("z.gz", file + [0, 0, 0]))
    #expect(zeros.bytes == log)
    #expect(zeros.end == .complete(.zeros(offset: Int64(file.count))))
    let garbage = try await read(scratch.write("g.gz", file + Array("garbage".utf8)))
    #expect(garbage.bytes == log)
    #expect(garbage.end == .complete(.garbage(offset: Int64(file.count))))
  }

  @Test func aFileThatIsCutOrOverwrittenWhileReadIsNoticed() async throws {
    let log = sampleLog(bytes: 3_000_000)
    for overwrite in [false, true] {
      let scratch = Scratch()
      let path = scratch.write("a.csv", log)
      let reader = LogReader(LogInput(path: path, form: .plain, storedBytes: 0, firstTime: nil))
      _ = try await reader.open()
      _ = try await reader.start(at: nil)
      let first = try #require(try await reader.next())
      #expect(first.bytes == Array(log[..<LogBlock.bytesMax]))
      scratch.truncate("a.csv", to: 0)
      if overwrite { scratch.write(path, sampleLog(bytes: 4_000_000, seed: 9)) }
      let error = await #expect(throws: LogSourceError.self) { _ = try await reader.next() }
      #expect(error?.code == .contentChanged)
      #expect(error?.offset == Int64(LogBlock.bytesMax))
    }
  }

  @Test func whatIsAppendedWhileReadingIsReadOnce() async throws {
    let log = sampleLog(bytes: 1_200_000)
    let scratch = Scratch()
    let path = scratch.write("a.csv", log)
    let reader = LogReader(LogInput(path: path, form: .plain, storedBytes: 0, firstTime: nil))
    _ = try await reader.open()
    _ = try await reader.start(at: nil)
    var bytes = try #require(try await reader.next()).bytes
    let more = Array(record(3).utf8)
    scratch.write(path, more, append: true)
    while let block = try await reader.next() { bytes += block.bytes }
    #expect(bytes == log + more)
  }

  @Test func opensOnlyLogs() async throws {
    let scratch = Scratch()
    let cases: [(LogPath, LogSourceError.Code)] = [
      (scratch.path("missing"), .notFound),
      (scratch.fifo("pipe"), .unusable(.specialFile(.fifo))),
      (scratch.write("a.log", "2026-11-24 12:00:00.123 UTC [77] LOG:  x\n"), .unusable(.stderrLog)),
      (scratch.write("a.zst", [0x28, 0xB5, 0x2F, 0xFD]), .unusable(.packed(.zstd))),
    ]
    for (path, code) in cases {
      let error = await #expect(throws: LogSourceError.self) { _ = try await facts(path) }
      #expect(error?.code == code)
      #expect(error?.path == path)
      #expect(error?.description.hasPrefix(path.escaped) == true)
    }
  }
}
