import LogModel
import LogSource
import LogStore
import Synchronization
import TestSupport
import Testing

@testable import Ingest

/// Random schedules of writing, rotation, kills and outages against the tail's own decisions: every byte
/// is committed once, or its loss is recorded where no reader could have avoided it.
@Suite(.serialized) struct TailSimulationTests {
  private static let batches = 50

  @Test(arguments: 0..<batches)
  func randomSchedulesLoseNothing(batch: Int) async throws {
    let perBatch = max(1, TestAmount.schedules / Self.batches)
    let first = TestAmount.seed &* 1_000_003 &+ UInt64(batch * perBatch)
    let seeds =
      TestAmount.schedule < 0
      ? first..<(first + UInt64(perBatch))
      : UInt64(TestAmount.schedule)..<UInt64(TestAmount.schedule + (batch == 0 ? 1 : 0))
    for seed in seeds {
      let schedule = TailSchedule(seed: seed)
      await schedule.run()
      // Nothing in a simulation waits: others have their turn here.
      await Task.yield()
      let breaches = schedule.breaches()
      #expect(
        breaches.isEmpty,
        "PGTRAWL_TEST_SCHEDULE=\(seed):\n\(breaches.joined(separator: "\n"))\n\(schedule.story)")
      guard breaches.isEmpty else { return }
    }
  }
}
