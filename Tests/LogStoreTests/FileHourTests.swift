import LogModel
import LogStore
import Migrations
import Postgres
import TestSupport
import Testing

/// Which hours of which file have changed.
@Suite struct FileHourTests {
  /// Hours of files and whether their number is another one than at the last look.
  private func hours(_ fixture: StoreFixture) async throws -> [String: Int64] {
    let rows = try await fixture.sql.query(
      """
      SELECT log_file_id || ' ' || to_char(hour AT TIME ZONE 'UTC', 'DD HH24'), change
      FROM pgtrawl.file_hours
      """)
    var hours: [String: Int64] = [:]
    for row in rows { hours[row.string(0) ?? ""] = row.int(1) }
    return hours
  }

  @Test func everyCommitRaisesTheHoursOfItsRows() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    let row = builder.execution(query: 5, at: 1, settled: false)
    builder.event("x", at: 3700)
    builder.plan(LoadTests.plan, query: 5, at: 7300, of: row)
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    let first = try await hours(fixture)
    #expect(Set(first.keys) == ["1 24 00", "1 24 01", "1 24 02"])

    // The row turns out to have ended two hours later: both hours have changed.
    var next = BatchBuilder(generation, from: batch.endOffset, firstLine: 10)
    next.execution(query: 6, at: 3_600 * 5)
    next.edit {
      var settled = row
      settled.isSettled = true
      settled.executedAt = BatchBuilder.time(3_600 * 3)
      $0.amendments = [Amendment(stored: ProvisionalKey(row), row: settled)]
    }
    next.seen(5, BatchBuilder.time(3_600 * 3), executions: 1)
    let (more, after) = next.finished()
    #expect(try await fixture.store.load(more, after) == .committed(refusedRows: 0))
    let second = try await hours(fixture)
    let changed = second.filter { first[$0.key] != $0.value }.keys
    #expect(Set(changed) == ["1 24 00", "1 24 03", "1 24 05"])
    #expect(second.allSatisfy { $0.value >= first[$0.key] ?? 0 })
  }

  @Test func whatForgetSettlesElsewhereIsNoted() async throws {
    let fixture = try await StoreFixture()
    let first = try await fixture.register(path: "a.csv")
    var builder = BatchBuilder(first)
    builder.execution(query: 5, at: 1, settled: false)
    builder.snapshot(last: 1)
    var (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    let second = try await fixture.register(path: "b.csv")
    builder = BatchBuilder(second, firstLine: 2)
    builder.execution(query: 7, at: 4000)
    builder.snapshot(firstFile: first.id, last: 2, stored: 1)
    (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    let before = try await hours(fixture)
    #expect(Set(before.keys) == ["1 24 00", "2 24 01"])

    try await fixture.store.forget(file: second.id)
    #expect(
      try await fixture.value("SELECT bool_and(settled) FROM pgtrawl.query_executions") == "t")
    let after = try await hours(fixture)
    #expect(Set(after.keys) == ["1 24 00"])
    #expect(after["1 24 00"] ?? 0 > before["1 24 00"] ?? 0)
  }

  @Test func theMigrationFindsTheHoursOfWhatIsThere() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    let row = builder.execution(query: 5, at: 1)
    builder.event("x", at: 3700)
    builder.plan(LoadTests.plan, query: 5, at: 7300, of: row)
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    let loaded = try await hours(fixture)
    let migrator = Migrator(connection: fixture.sql)
    _ = try await migrator.down(layer: .core, number: 7)
    _ = try await migrator.up()
    #expect(try await Set(hours(fixture).keys) == Set(loaded.keys))
  }
}
