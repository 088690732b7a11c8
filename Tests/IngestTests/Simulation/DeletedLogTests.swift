import LogModel
import LogSource
import Synchronization
import Testing

@testable import Ingest

/// A log that is deleted while it is followed is read to its end; what is no whole record there is lost, and
/// known to be.
@Suite struct DeletedLogTests {
  @Test(arguments: ["", "half a rec"]) func itsUnfinishedRecordIsAGap(rest: String) async throws {
    let disk = SimulatedDisk()
    let store = SimulatedRegistry(before: {}, tell: { _ in })
    let world = SimulatedWorld(
      disk, store, isWatched: true, time: ContinuousClock.now, meanwhile: {}, isDelayed: { false })
    var round = TailRound(world: world, settings: IngestSettings(), heldMax: 8) { _ in }
    let whole = "first record\nsecond record\n"
    disk.with { state in
      state.lives.append(SimulatedDisk.Life())
      let file = SimulatedDisk.File(content: Array((whole + rest).utf8), life: 0)
      state.create("a.csv", file, reusing: false)
    }
    try await round.step(isWhole: true, at: world.now())
    disk.with { $0.remove("a.csv") }
    for _ in 0..<3 {
      try await round.step(isWhole: true, at: world.now())
      world.advance(FollowedLog<SimulatedLog>.holdTime)
    }
    #expect(round.followed.isEmpty)
    let (gaps, state) = store.state.withLock { ($0.gaps, $0.files[1]?.state) }
    if rest.isEmpty {
      #expect(gaps.isEmpty)
      #expect(state == .done)
    } else {
      let from = Int64(whole.utf8.count)
      #expect(
        gaps == [SimulatedRegistry.Gap(file: 1, from: from, to: from + Int64(rest.utf8.count))])
      #expect(state == .lost)
    }
    await round.close()
  }
}
