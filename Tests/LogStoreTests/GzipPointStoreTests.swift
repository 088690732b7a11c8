import LogModel
import LogStore
import TestSupport
import Testing

/// Where inflating goes on is stored with the checkpoint, and goes when the file is complete.
@Suite struct GzipPointStoreTests {
  private func point(_ offset: Int64) -> GzipPoint {
    GzipPoint(
      offset: offset, compressedOffset: offset * 2, unusedBits: 5, memberCRC: .max,
      memberBytes: offset - 1, hiddenWindow: (0..<32768).map { UInt8(truncatingIfNeeded: $0) },
      checkLength: 4096, checkHash: .init(repeating: 7, count: 32))
  }

  /// Commits a batch with a point, or without.
  private func commit(
    _ fixture: StoreFixture, _ generation: Generation, from: Int64 = 0, _ point: GzipPoint?
  ) async throws -> Int64 {
    var builder = BatchBuilder(generation, from: from, firstLine: from + 1)
    builder.execution(query: 5, at: 1)
    let (batch, plain) = builder.finished()
    var checkpoint = plain
    checkpoint.point = point
    let outcome = try await fixture.store.load(batch, checkpoint)
    return outcome == .committed(refusedRows: 0) ? checkpoint.to : -1
  }

  @Test func theLatestPointStaysUntilTheFileIsComplete() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    let first = try await commit(fixture, generation, point(1))
    #expect(try await fixture.store.points(files: [generation.id]) == [generation.id: point(1)])
    let second = try await commit(fixture, generation, from: first, point(2))
    _ = try await commit(fixture, generation, from: second, nil)
    #expect(try await fixture.store.points(files: [generation.id]) == [generation.id: point(2)])
    #expect(try await fixture.store.verify() == [])

    var sighting = GenerationSighting(
      file: generation.id, path: "/a.gz", state: .incomplete, device: 1, inode: 2, sizeSeen: nil,
      pendingBytes: 0)
    try await fixture.store.note([sighting])
    #expect(try await fixture.store.points(files: [generation.id]).count == 1)
    sighting.state = .done
    try await fixture.store.note([sighting])
    #expect(try await fixture.store.points(files: [generation.id]).isEmpty)
    #expect(try await fixture.value("SELECT state FROM pgtrawl.log_files") == "done")
  }

  @Test func aBatchThatLosesStoresNoPoint() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    _ = try await commit(fixture, generation, nil)
    #expect(try await commit(fixture, generation, point(1)) == -1)
    #expect(try await fixture.store.points(files: [generation.id]).isEmpty)
  }

  @Test func aForgottenFileLeavesNoPoint() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    _ = try await commit(fixture, generation, point(1))
    #expect(try await fixture.store.forget(file: generation.id) == 1)
    #expect(try await fixture.value("SELECT count(*) FROM pgtrawl.gzip_points") == "0")
  }
}
