import LogModel
import LogSource
import Synchronization
import Testing

@testable import Ingest

/// A tail that finds more new logs than it can take up at once.
@Suite struct ManyNewLogsTests {
  @Test func whatIsWrittenToComesFirst() async throws {
    let disk = SimulatedDisk()
    let store = SimulatedRegistry(before: {}, tell: { _ in })
    let isDelayed = Mutex(true)
    let world = SimulatedWorld(
      disk, store, isWatched: true, time: ContinuousClock.now, meanwhile: {},
      isDelayed: { isDelayed.withLock { $0 } })
    var round = TailRound(
      world: world, settings: IngestSettings(), heldMax: 8, takingTimeMax: .zero
    ) { _ in }
    let names = ["a.csv", "b.csv", "c.csv", "d.csv"]
    let inodes = disk.with { state in
      names.enumerated().map { life, name in
        state.lives.append(SimulatedDisk.Life())
        let file = SimulatedDisk.File(content: Array("\(name): first\n".utf8), life: life)
        return state.create(name, file, reusing: false)
      }
    }
    try await round.step(isWhole: true, at: world.now())
    #expect(round.isStarted)
    #expect(round.followed.isEmpty)
    #expect(round.away.count + round.backlog.count == names.count)

    // One that waits, and the newest, which is next to be read beside.
    for at in [0, 3] { disk.with { $0.write(Array("second\n".utf8), to: inodes[at]) } }
    try await round.step(isWhole: false, at: world.now())
    #expect(round.followed.values.map(\.path.escaped).sorted() == ["/log/a.csv", "/log/d.csv"])
    #expect(Set(store.state.withLock { $0.files.values.map(\.committedOffset) }) == [20])

    isDelayed.withLock { $0 = false }
    for _ in 0..<6 { try await round.step(isWhole: false, at: world.now()) }
    #expect(round.followed.count == names.count)
    #expect(round.backlog.isEmpty && round.away.isEmpty)
    #expect(store.state.withLock { $0.files.count } == names.count)
    await round.close()
  }
}
