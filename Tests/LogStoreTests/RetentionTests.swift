import LogModel
import LogStore
import Migrations
import Postgres
import TestSupport
import Testing

/// Months that are dropped: what goes, what stays, and that everything still adds up.
@Suite(.serialized) struct RetentionTests {
  /// 2024-06-01 00:00 UTC, in seconds of `BatchBuilder.time`.
  private static let june: Int64 = 8 * 86_400
  private static let juneBegins = BatchBuilder.time(june)

  /// Executions, plans, events and samples of May and June in one file, sessions that are open in both.
  private func filled(
    lateLink: Bool = true, analysis: Bool = false
  ) async throws -> (StoreFixture, Generation) {
    let fixture = try await StoreFixture()
    if !analysis { _ = try await Migrator(connection: fixture.sql).down(layer: .analysis) }
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    let may = builder.execution(query: 5, at: 1)
    builder.plan(LoadTests.plan, query: 5, at: 1, of: may)
    builder.execution(query: 6, at: 2)
    builder.execution(query: 6, at: 3, settled: false)
    builder.event("odd", query: 7, at: 9)
    builder.reject("torn")
    let june = builder.execution(query: 5, at: Self.june)
    builder.execution(query: 5, at: Self.june + 1)
    // An execution of May whose plan is logged in June.
    let late = builder.execution(query: 8, at: Self.june - 1)
    if lateLink { builder.plan(LoadTests.plan, query: 8, at: Self.june, of: late) }
    builder.plan(LoadTests.plan, query: 5, at: Self.june, of: june)
    builder.event("odd", query: 5, at: Self.june + 9)
    builder.snapshot(last: 20)
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    #expect(try await fixture.store.verify() == [])
    return (fixture, generation)
  }

  private func dropMay(_ fixture: StoreFixture) async throws -> Int64? {
    try await fixture.store.gatherStrays(before: Self.juneBegins)
    let may = try #require(try await fixture.store.oldMonths(before: Self.juneBegins).first)
    try await fixture.store.leaveSessions(through: may)
    return try await fixture.store.drop(may)
  }

  @Test func aMonthGoesAndTheRestAddsUp() async throws {
    let (fixture, _) = try await filled()
    // May has not ended a moment before June.
    let before = LogTime(microseconds: Self.juneBegins.microseconds - 1)
    #expect(try await fixture.store.oldMonths(before: before) == [])
    let old = try await fixture.store.oldMonths(before: Self.juneBegins)
    #expect(old.map(\.firstDay) == ["2024-05-01"] && old.allSatisfy { $0.bytes > 0 })

    let seen = "SELECT first_seen_at || ' ' || total_executions FROM pgtrawl.queries WHERE id = "
    let of5 = try await fixture.value(seen + "5")
    // Four executions, a plan, an event.
    #expect(try await dropMay(fixture) == 6)
    #expect(try await fixture.store.verify() == [])
    #expect(try await fixture.store.oldMonths(before: Self.juneBegins) == [])

    let left = { (table: String, time: String) in
      try await fixture.value(
        "SELECT count(*)::text FROM pgtrawl.\(table) WHERE \(time) < '2024-06-01Z'")
    }
    for (table, time) in [
      ("query_executions", "executed_at"), ("query_plans", "executed_at"),
      ("log_events", "occurred_at"), ("query_samples", "executed_at"), ("file_hours", "hour"),
    ] {
      #expect(try await left(table, time) == "0", "\(table)")
    }
    #expect(try await fixture.value("SELECT count(*)::text FROM pgtrawl.plan_links") == "2")
    // Queries live on, those without rows too; what was not settled counts as it was.
    #expect(try await fixture.value(seen + "5") == of5)
    let totals =
      "SELECT string_agg(id || ':' || total_executions, ' ' ORDER BY id) FROM pgtrawl.queries"
    #expect(try await fixture.value(totals) == "0:0 5:3 6:2 7:0 8:1")
    #expect(
      try await fixture.value(
        "SELECT (executed_at AT TIME ZONE 'UTC')::date::text FROM pgtrawl.query_samples WHERE query_id = 5"
      )
        == "2024-06-01")
    #expect(try await fixture.value("SELECT count(*)::text FROM pgtrawl.open_sessions") == "0")
  }

  @Test(.disabled(if: TestLayers.isCoreAlone))
  func whatIsNotSummedUpYetStays() async throws {
    let (fixture, _) = try await filled(analysis: true)
    #expect(try await dropMay(fixture) == nil)
    let rows =
      "SELECT count(*)::text FROM pgtrawl.query_executions WHERE executed_at < '2024-06-01Z'"
    #expect(try await fixture.value(rows) == "4")
    #expect(try await fixture.store.verify() == [])
  }

  @Test func rowsOfADroppedMonthComeAgainAndGoAgain() async throws {
    let (fixture, _) = try await filled()
    #expect(try await dropMay(fixture) == 6)
    let other = try await fixture.register(path: "b.csv")
    var builder = BatchBuilder(other, session: SessionID(start: 0x6650_0001, process: 43))
    builder.execution(query: 5, at: 4)
    builder.execution(query: 9, at: 5)
    let (batch, checkpoint) = builder.finished()
    // This loader has seen the month's partition, and looks no more.
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    #expect(try await fixture.store.verify() == [])
    #expect(try await dropMay(fixture) == 2)
    #expect(try await fixture.store.verify() == [])
    #expect(
      try await fixture.value("SELECT total_executions::text FROM pgtrawl.queries WHERE id = 5")
        == "4")
  }

  @Test func forgetTakesBackWhatWasDropped() async throws {
    let (fixture, generation) = try await filled()
    #expect(try await dropMay(fixture) == 6)
    try await fixture.store.forget(file: generation.id)
    #expect(try await fixture.store.verify() == [])
    for table in ["queries WHERE id <> 0", "dropped_rows", "dropped_queries", "query_samples"] {
      #expect(
        try await fixture.value("SELECT count(*)::text FROM pgtrawl.\(table)") == "0", "\(table)")
    }
  }

  @Test func whatDoesNotAddUpIsNamedStill() async throws {
    let (fixture, _) = try await filled()
    #expect(try await dropMay(fixture) == 6)
    for (sql, checks) in [
      (
        "UPDATE pgtrawl.dropped_rows SET rows = rows + 1 WHERE facts = 'log_events'",
        ["rows of file"]
      ),
      (
        "UPDATE pgtrawl.dropped_rows SET records = 9 WHERE facts = 'query_plans'",
        ["records of source"]
      ),
      ("UPDATE pgtrawl.dropped_queries SET executions = 9 WHERE query_id = 5", ["total of query"]),
      (
        "UPDATE pgtrawl.dropped_queries SET first_at = now() WHERE query_id = 5", ["times of query"]
      ),
      (
        "DELETE FROM pgtrawl.dropped_queries WHERE query_id = 7",
        ["query without rows", "times of query"]
      ),
      (
        "UPDATE pgtrawl.dropped_queries SET log_file_id = 99 WHERE query_id = 5",
        ["file unknown"]
      ),
    ] {
      try await fixture.sql.execute("BEGIN")
      try await fixture.sql.execute(sql)
      let breaches = try await fixture.sql.query("SELECT * FROM pgtrawl.verify()")
      #expect(Set(breaches.map { $0.string(0) ?? "" }) == Set(checks), "\(sql)")
      try await fixture.sql.execute("ROLLBACK")
    }
  }

  /// As when a parse waits in the session, which keeps it from being given up.
  @Test func whatIsNotSettledCountsAsItIs() async throws {
    let (fixture, _) = try await filled()
    let may = try #require(try await fixture.store.oldMonths(before: Self.juneBegins).first)
    #expect(try await fixture.store.drop(may) == 6)
    #expect(try await fixture.store.verify() == [])
    let total = "SELECT total_executions::text FROM pgtrawl.queries WHERE id = 6"
    #expect(try await fixture.value(total) == "2")
  }

  /// A transaction that does not come to its end has done nothing.
  @Test func aDropThatEndsTooEarlyIsNone() async throws {
    let (fixture, _) = try await filled()
    let before = try await fixture.dump()
    let other = try await PostgresConnection.open(conninfo: fixture.conninfo)
    try await other.execute("BEGIN; SELECT pgtrawl.drop_month('2024-05-31')")
    await other.close()
    #expect(try await fixture.dump() == before)
    #expect(try await fixture.store.verify() == [])
    #expect(try await dropMay(fixture) == 6)
  }

  @Test func loadsOfOtherMonthsGoOnWhileOneIsHeld() async throws {
    let (fixture, generation) = try await filled()
    let other = try await PostgresConnection.open(conninfo: fixture.conninfo)
    try await other.execute("BEGIN; SELECT pgtrawl.hold_month('2024-05-01')")
    let start = try await fixture.value("SELECT committed_offset::text FROM pgtrawl.log_files")
    var builder = BatchBuilder(generation, from: Int64(start ?? "") ?? 0, firstLine: 20)
    builder.execution(query: 5, at: Self.june + 60)
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    await other.close()
    #expect(try await fixture.store.verify() == [])
  }

  @Test func theWayBackLeavesAHealthyStore() async throws {
    let (fixture, _) = try await filled(lateLink: false)
    #expect(try await dropMay(fixture) == 6)
    let migrator = Migrator(connection: fixture.sql)
    let number = try #require(Migrations.all.first { $0.name == "drop_old_months" }?.number)
    _ = try await migrator.down(layer: .core, number: number - 1)
    let breaches = try await fixture.sql.query("SELECT * FROM pgtrawl.verify()")
    #expect(breaches.isEmpty, "\(breaches.map { $0.string(0) ?? "" })")
    _ = try await migrator.up()
    #expect(try await fixture.store.verify() == [])
  }
}
