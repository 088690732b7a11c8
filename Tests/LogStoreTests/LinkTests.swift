import LogModel
import LogStore
import Postgres
import TestSupport
import Testing

/// Which execution a plan belongs to is a matter of positions, not of session lines.
@Suite struct LinkTests {
  /// Where plans and their executions stand.
  private func links(_ fixture: StoreFixture) async throws -> String? {
    try await fixture.value(
      """
      SELECT string_agg(plan_id || ' of ' || execution_id, ', ' ORDER BY plan_id)
      FROM pgtrawl.execution_plans
      """)
  }

  private func load(_ builder: BatchBuilder, _ fixture: StoreFixture) async throws -> Int64 {
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    return checkpoint.to
  }

  @Test func filesThatOverlapDoNotMix() async throws {
    let fixture = try await StoreFixture()
    let whole = try await fixture.register(path: "whole.csv")
    var first = BatchBuilder(whole)
    let row = first.execution(query: 5, at: 1)
    first.plan(LoadTests.plan, query: 5, at: 2, of: row)
    first.snapshot(last: 2)
    _ = try await load(first, fixture)
    let alone = try await fixture.dump()

    // The same lines of the same session again, behind something else.
    let part = try await fixture.register(path: "part.csv")
    var second = BatchBuilder(part, firstLine: 0)
    second.reject("torn")
    let same = second.execution(query: 5, at: 1)
    second.plan(LoadTests.plan, query: 5, at: 2, of: same)
    second.snapshot(last: 2)
    let end = try await load(second, fixture)
    #expect(same.line == row.line)
    #expect(try await fixture.store.verify() == [])
    #expect(try await links(fixture) == "1-12 of 1-0, 2-17 of 2-5")
    #expect(try await fixture.value("SELECT sum(calls) FROM pgtrawl.calls") == "2")
    let segments = try await fixture.store.segments(
      source: part.source, endingAt: [(second.session, 2)])
    #expect(segments.map(\.firstFile).sorted() == [whole.id, part.id])

    // Each goes on by itself.
    var third = BatchBuilder(part, from: end, firstLine: 3)
    third.execution(query: 5, at: 3)
    third.snapshot(last: 3, stored: 2)
    _ = try await load(third, fixture)
    #expect(try await fixture.store.verify() == [])
    try await fixture.store.forget(file: part.id)
    #expect(try await fixture.dump() == alone)
  }

  @Test func aProvisionalLinkIsReplacedOrTakenBack() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var first = BatchBuilder(generation)
    let one = first.execution(query: 5, at: 1)
    let wrong = first.plan(LoadTests.plan, query: 5, at: 2, of: one)
    let none = first.plan(LoadTests.plan, query: 5, at: 3, of: one)
    first.edit { $0.plans[1].ran = false }
    let end = try await load(first, fixture)
    #expect(try await links(fixture)?.contains("\(none.key.offset) of 1-0") == true)

    var second = BatchBuilder(generation, from: end, firstLine: 4)
    let right = second.execution(query: 5, at: 4)
    second.edit { batch in
      batch.links = [
        LinkRow(
          plan: wrong.key, execution: right.key, session: right.session, planLine: wrong.line,
          executionLine: right.line, replacesStored: true)
      ]
      batch.linkRetractions = [none.key]
    }
    _ = try await load(second, fixture)
    #expect(try await links(fixture) == "1-\(wrong.key.offset) of 1-\(right.key.offset)")
    #expect(try await fixture.store.verify() == [])
  }

  @Test func aLinkThatIsThereAlreadyStopsNothing() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    let row = builder.execution(query: 5, at: 1)
    let plan = builder.plan(LoadTests.plan, query: 5, at: 2, of: row)
    try await fixture.sql.query(
      "INSERT INTO pgtrawl.plan_links VALUES ($1, $2, 7, 7, 7, 7, 7, 'x')",
      [.int(plan.key.file), .int(plan.key.offset)])
    _ = try await load(builder, fixture)
    #expect(try await links(fixture) == "1-12 of 1-0")
    #expect(try await fixture.store.verify() == [])
  }

  @Test func aPlanOutlivesTheFileOfItsExecution() async throws {
    let fixture = try await StoreFixture()
    let late = try await fixture.register(path: "late.csv")
    let early = try await fixture.register(path: "early.csv")
    var first = BatchBuilder(early)
    let row = first.execution(query: 5, at: 1)
    _ = try await load(first, fixture)
    var second = BatchBuilder(late, firstLine: 2)
    second.plan(LoadTests.plan, query: 5, at: 2, of: row)
    _ = try await load(second, fixture)
    #expect(try await links(fixture) == "1-0 of 2-0")
    #expect(try await fixture.store.verify() == [])

    #expect(try await fixture.store.forget(file: early.id) == 1)
    #expect(try await links(fixture) == "1-0 of 1-0")
    #expect(
      try await fixture.value("SELECT kind || plan_ms FROM pgtrawl.query_executions")
        == "plan_only1")
    #expect(try await fixture.store.verify() == [])
    try await fixture.store.forget(file: late.id)
    #expect(try await fixture.value("SELECT count(*) FROM pgtrawl.plan_links") == "0")
    #expect(try await fixture.store.verify() == [])
  }

  @Test func aSessionThatIsSharedWithAForgottenFileIsSettled() async throws {
    let fixture = try await StoreFixture()
    let kept = try await fixture.register(path: "kept.csv")
    let gone = try await fixture.register(path: "gone.csv")
    var first = BatchBuilder(kept)
    first.execution(query: 5, at: 1, settled: false)
    first.snapshot(last: 1)
    _ = try await load(first, fixture)
    var second = BatchBuilder(gone, firstLine: 2)
    second.execution(query: 6, at: 2, settled: false)
    second.snapshot(firstFile: kept.id, last: 2, stored: 1)
    let (batch, checkpoint) = second.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    #expect(try await fixture.store.verify() == [])

    try await fixture.store.forget(file: gone.id)
    #expect(try await fixture.store.verify() == [])
    #expect(
      try await fixture.value(
        "SELECT string_agg(query_id::text || settled, ',') FROM pgtrawl.query_executions"
      ) == "5true")
    // The file can be read anew, under whatever id.
    let again = try await fixture.register(path: "again.csv")
    var third = BatchBuilder(again, firstLine: 2)
    third.execution(query: 6, at: 2, settled: false)
    third.snapshot(first: 2, last: 2)
    _ = try await load(third, fixture)
    #expect(try await fixture.store.verify() == [])
  }

  @Test func aSegmentLeftOfAForgottenFileIsInNobodysWay() async throws {
    let fixture = try await StoreFixture()
    let other = try await fixture.register(path: "b.csv")
    let last = try await fixture.register(path: "c.csv")
    // With open records, so that it cannot be settled.
    for (generation, first) in [(last, Int64(1)), (other, 2)] {
      var builder = BatchBuilder(generation, firstLine: first)
      builder.execution(query: 5, at: first)
      builder.snapshot(firstFile: last.id, last: first, stored: first == 1 ? nil : 1)
      builder.edit { $0.sessions[0].openRecords = 1 }
      _ = try await load(builder, fixture)
    }
    try await fixture.store.forget(file: last.id)
    let again = try await fixture.register(path: "c.csv")
    #expect(again.id == last.id)
    var builder = BatchBuilder(again)
    builder.execution(query: 5, at: 1)
    builder.snapshot(last: 1)
    _ = try await load(builder, fixture)
    #expect(
      try await fixture.value("SELECT count(*) FROM pgtrawl.open_sessions WHERE first_file_id < 0")
        == "1")
  }
}
