import LogModel
import LogStore
import Migrations
import TestSupport
import Testing

/// Lines that sessions miss are counted for the file in which the line behind them stands.
@Suite struct MissingLinesTests {
  private func batch(
    _ generation: Generation, from start: Int64, last: Int64, stored: Int64?, missing: Int64,
    more: Int64, isOver: Bool = false
  ) -> (FactBatch, Checkpoint) {
    var builder = BatchBuilder(generation, from: start)
    builder.event("an event", at: start + 1)
    builder.snapshot(first: 1, firstFile: 1, last: last, stored: stored, isOver: isOver)
    builder.edit {
      $0.sessions[0].missingLines = missing
      if more > 0 { $0.missingLines = [Self.hour: more] }
    }
    return builder.finished()
  }

  /// 2026-03-01 00:00:00.
  private static let hour: Int64 = 1_772_323_200_000_000

  private static let counts =
    "SELECT string_agg(missing_lines::text, ',' ORDER BY id) FROM pgtrawl.log_files"

  @Test func onlyWhatABatchFindsItselfIsAdded() async throws {
    let fixture = try await StoreFixture()
    let a = try await fixture.register()
    let (first, one) = batch(a, from: 0, last: 5, stored: nil, missing: 2, more: 2)
    #expect(try await fixture.store.load(first, one) == .committed(refusedRows: 0))
    #expect(try await fixture.value(Self.counts) == "2")
    let (second, two) = batch(a, from: one.to, last: 9, stored: 5, missing: 2, more: 0)
    #expect(try await fixture.store.load(second, two) == .committed(refusedRows: 0))
    #expect(try await fixture.value(Self.counts) == "2")

    let b = try await fixture.register(path: "b.csv")
    let (third, three) = batch(b, from: 0, last: 20, stored: 9, missing: 5, more: 3)
    #expect(try await fixture.store.load(third, three) == .committed(refusedRows: 0))
    #expect(try await fixture.value(Self.counts) == "2,3")
    let (fourth, four) = batch(
      b, from: three.to, last: 30, stored: 20, missing: 6, more: 1, isOver: true)
    #expect(try await fixture.store.load(fourth, four) == .committed(refusedRows: 0))
    #expect(try await fixture.value(Self.counts) == "2,4")
    #expect(
      try await fixture.value(
        "SELECT string_agg(lines || ' at ' || hour, ',' ORDER BY log_file_id) FROM pgtrawl.missing_lines"
      )
        == "2 at 2026-03-01 00:00:00+00,4 at 2026-03-01 00:00:00+00")
    #expect(try await fixture.value("SELECT count(*) FROM pgtrawl.open_sessions") == "0")
    #expect(try await fixture.store.verify() == [])
  }

  @Test func aBatchThatIsRefusedAddsNothing() async throws {
    let fixture = try await StoreFixture()
    let a = try await fixture.register()
    let (first, one) = batch(a, from: 0, last: 5, stored: nil, missing: 2, more: 2)
    #expect(try await fixture.store.load(first, one) == .committed(refusedRows: 0))
    let (second, two) = batch(a, from: one.to, last: 9, stored: 4, missing: 3, more: 1)
    #expect(try await fixture.store.load(second, two) == .sessionConflict)
    #expect(try await fixture.value(Self.counts) == "2")
  }

  @Test func openSessionsOfAnEarlierSchemaAreCounted() async throws {
    let fixture = try await StoreFixture()
    let a = try await fixture.register()
    let (first, one) = batch(a, from: 0, last: 5, stored: nil, missing: 2, more: 2)
    #expect(try await fixture.store.load(first, one) == .committed(refusedRows: 0))
    let migrator = Migrator(connection: fixture.sql)
    try await migrator.down(layer: .core, number: 3)
    try await migrator.up(through: .core)
    #expect(try await fixture.value(Self.counts) == "2")
  }
}
