import Dispatch
import Glibc
import Gzip
import LogModel
import LogSource
import TestSupport
import Testing

/// Standard input belongs to the process: one test at a time.
@Suite(.serialized) struct StandardInputTests {
  /// Runs `body` while standard input is a pipe that gives `bytes`.
  private func withPipe<R>(_ bytes: [UInt8], _ body: () async throws -> R) async throws -> R {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { preconditionFailure("no pipe") }
    let (source, sink) = (ends[0], ends[1])
    dup2(source, STDIN_FILENO)
    close(source)
    signal(SIGPIPE, SIG_IGN)
    let written = DispatchGroup()
    DispatchQueue(label: "writer").async(group: written) {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(sink, $0.baseAddress, $0.count) }
        if count <= 0 { break }
        rest = rest.dropFirst(count)
      }
      close(sink)
    }
    let result: R
    do { result = try await body() } catch {
      closeInput()
      throw error
    }
    closeInput()
    return result
  }

  private func closeInput() {
    let null = open("/dev/null", O_RDONLY)
    dup2(null, STDIN_FILENO)
    close(null)
  }

  private func known(_ log: [UInt8], _ offset: Int, id: Int64 = 1) -> Generation {
    var trail = ContentTrail()
    trail.absorb(log, count: offset)
    return Generation(
      id: id, source: 1, path: "/nowhere", committedOffset: Int64(offset), epoch: 0,
      mark: trail.mark(), state: .active, device: 0, inode: 0)
  }

  private func read(
    _ input: [UInt8], among candidates: [Generation] = []
  ) async throws -> (decision: IdentityDecision, bytes: [UInt8], end: InputEnd?) {
    try await withPipe(input) {
      let reader = LogReader(.standardInput)
      _ = try await reader.open()
      let decision = try await reader.identify(among: candidates)
      if case .shorter = decision { return (decision, [], await reader.end) }
      var generation: Generation?
      if case .same(let id, _) = decision { generation = candidates.first { $0.id == id } }
      _ = try await reader.start(at: generation)
      var bytes: [UInt8] = []
      while let block = try await reader.next() {
        #expect(block.offset == (generation?.committedOffset ?? 0) + Int64(bytes.count))
        bytes += block.bytes
      }
      return (decision, bytes, await reader.end)
    }
  }

  @Test(arguments: [0, 1, 5000, 3_000_000]) func readsStreams(size: Int) async throws {
    let log = Array(sampleLog(bytes: size).prefix(size))
    let plain = try await read(log)
    #expect(plain.bytes == log)
    #expect(plain.end == .mayGrow)
    let compressed = try await read(gzipped(log))
    #expect(compressed.bytes == log)
    #expect(compressed.end == .complete(.nothing))
  }

  @Test func goesOnWhereTheFileWasLeft() async throws {
    let log = sampleLog(bytes: 3_000_000)
    for input in [log, gzipped(log)] {
      let result = try await read(input, among: [known(log, 2_000_000)])
      #expect(result.decision == .same(generation: 1, offset: 2_000_000))
      #expect(result.bytes == Array(log[2_000_000...]))
    }
  }

  @Test func goesBackWhenItIsAnother() async throws {
    let log = sampleLog(bytes: 3_000_000)
    let other = sampleLog(bytes: 3_000_000, seed: 2)
    let one = try await read(log, among: [known(other, 2_000_000)])
    #expect(one.decision == .new(.otherBody(generation: 1)))
    #expect(one.bytes == log)
    let two = try await read(log, among: [known(other, 2_000_000), known(log, 6000, id: 2)])
    #expect(two.decision == .same(generation: 2, offset: 6000))
    #expect(two.bytes == Array(log[6000...]))
  }

  @Test func aStreamThatIsShorterHasNothingToRead() async throws {
    let log = sampleLog(bytes: 300_000)
    let result = try await read(Array(log[..<200_000]), among: [known(log, 300_000)])
    #expect(result.decision == .shorter(generation: 1, .unverified))
  }

  @Test func saysWhenItCannotGoBack() async throws {
    let piece = sampleLog(bytes: 1 << 20)
    let log = (0..<70).reduce(into: []) { log, _ in log += piece }
    var long = known(log, log.count - 10)
    long.mark.crc ^= 1
    let error = await #expect(throws: LogSourceError.self) {
      _ = try await read(log, among: [long])
    }
    #expect(error?.code == .notRewindable)
  }

  @Test func refusesWhatIsNoLog() async throws {
    let error = await #expect(throws: LogSourceError.self) {
      _ = try await read([0x28, 0xB5, 0x2F, 0xFD, 0])
    }
    #expect(error?.code == .unusable(.packed(.zstd)))
    #expect(error?.description == "-: packed by zstd; unpack it: … | zstd -dc | pgtrawl import -")
  }

  @Test func aWaitIsGivenUpWhenCancelled() async throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { preconditionFailure("no pipe") }
    dup2(ends[0], STDIN_FILENO)
    close(ends[0])
    let task = Task { try await LogReader(.standardInput).open() }
    task.cancel()
    let error = await #expect(throws: LogSourceError.self) { _ = try await task.value }
    #expect(error?.code == .cancelled)
    close(ends[1])
    closeInput()
  }
}
