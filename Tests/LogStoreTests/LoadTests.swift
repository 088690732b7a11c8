import LogModel
import LogStore
import Postgres
import TestSupport
import Testing

@Suite struct LoadTests {
  static let plan = #"{"Query Text": "select 5", "Plan": {"Node Type": "Result"}}"#

  /// Executions, plan, event, reject: one of everything.
  private func everything(_ generation: Generation, from start: Int64 = 0) -> BatchBuilder {
    var builder = BatchBuilder(generation, from: start)
    let row = builder.execution(
      query: 5, at: 1, parameters: #"$1 = 'it''s "x"\', $2 = NULL, $3 = ''"#)
    builder.plan(Self.plan, query: 5, at: 2, of: row)
    builder.event("relation \"t\" does not exist", query: 6, at: 3)
    builder.reject("torn,record")
    builder.execution(query: 0, at: 4)
    builder.snapshot(last: 5)
    return builder
  }

  @Test func storesEverythingThatABatchHolds() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    let (batch, checkpoint) = everything(generation).finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    #expect(try await fixture.store.verify() == [])
    let row = try await fixture.sql.query(
      """
      SELECT id, source, query_id, executed_at, kind, protocol, duration_ms, parse_ms, session_id,
        parameters, database_name, client_addr FROM pgtrawl.executions WHERE query_id = 5
      """)
    #expect(
      (0..<12).map { row[0].string($0) } == [
        "1-0", "default", "5", "2024-05-24 00:00:01+00", "execute", "extended", "1.5", nil,
        "66500000.2a", #"{"it's \"x\"\\",NULL,""}"#, "app", nil,
      ])
    #expect(
      try await fixture.value("SELECT plan->'Plan'->>'Node Type' FROM pgtrawl.execution_plans")
        == "Result")
    #expect(
      try await fixture.value("SELECT fields::text || sqlstate || severity FROM pgtrawl.events")
        == #"{"pid": 7, "bytes": 12}42P01ERROR"#)
    #expect(
      try await fixture.value(
        "SELECT count(*) FROM pgtrawl.rejected_records WHERE sha256 = sha256('torn,record')")
        == "1")
    #expect(
      try await fixture.value(
        "SELECT string_agg(calls || '*' || native_query_id, ',') FROM pgtrawl.calls")
        == "1*50")
    let segments = try await fixture.store.segments(
      source: generation.source, endingAt: [(everything(generation).session, 5)])
    #expect(segments.map(\.state) == [[1, 2, 3]])
    #expect(segments.first?.texts == [TextKey(hash: .max)])
    #expect(segments.first?.queryIDs == [5])
    let known = try await fixture.store.generation(id: generation.id)
    #expect(known?.committedOffset == checkpoint.to)
    #expect(known?.mark == checkpoint.mark)
  }

  @Test func aBatchIsStoredOnce() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    let (batch, checkpoint) = everything(generation).finished()
    let other = Store(conninfo: fixture.conninfo)
    async let first = fixture.store.load(batch, checkpoint)
    async let second = other.load(batch, checkpoint)
    let outcomes = try await [first, second]
    #expect(outcomes.contains(.committed(refusedRows: 0)))
    #expect(outcomes.contains(.lostRace(committedOffset: checkpoint.to)))
    #expect(try await fixture.store.verify() == [])
  }

  @Test func aChangedSessionIsNoticed() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    builder.execution(query: 5, at: 1)
    builder.snapshot(last: 1, stored: 3)
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .sessionConflict)
    #expect(try await fixture.value("SELECT count(*) FROM pgtrawl.query_executions") == "0")

    // Nor is a segment begun twice: its state would be lost.
    var first = BatchBuilder(generation)
    first.execution(query: 5, at: 1)
    first.snapshot(last: 1)
    let (stored, end) = first.finished()
    #expect(try await fixture.store.load(stored, end) == .committed(refusedRows: 0))
    var again = BatchBuilder(generation, from: end.to)
    again.execution(query: 5, at: 2)
    again.snapshot(last: 1)
    let (rest, restEnd) = again.finished()
    #expect(try await fixture.store.load(rest, restEnd) == .sessionConflict)
    #expect(try await fixture.value("SELECT count(*) FROM pgtrawl.query_executions") == "1")
  }

  @Test func provisionalRowsAreAmendedAndRetracted() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var first = BatchBuilder(generation)
    let open = first.execution(query: 5, at: 1, settled: false, parameters: "$1 = '1'")
    let wrong = first.execution(query: 6, at: 2, settled: false)
    first.snapshot(last: 2)
    let (batch, checkpoint) = first.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    #expect(try await fixture.store.verify() == [])

    var second = BatchBuilder(generation, from: checkpoint.to, firstLine: 3)
    // The record of a month later is folded into the first row; the second row was none.
    let record = second.record("the rest")
    var settled = open
    settled.isSettled = true
    settled.records = 3
    settled.executedAt = BatchBuilder.time(40 * 86_400)
    settled.durationMicros = 9_000
    settled.parameters = .none
    let storedOpen = ProvisionalKey(open)
    let storedWrong = ProvisionalKey(wrong)
    second.edit { batch in
      batch.amendments = [Amendment(stored: storedOpen, row: settled)]
      batch.retractions = [storedWrong]
      batch.dispositions[batch.file, default: Dispositions()].executionRecords += 1
      batch.dispositions[batch.file, default: Dispositions()].executionBytes += record.length
    }
    second.seen(5, settled.executedAt, executions: 1)
    second.snapshot(last: 3, stored: 2, isOver: true)
    let (rest, end) = second.finished()
    #expect(try await fixture.store.load(rest, end) == .committed(refusedRows: 0))
    #expect(try await fixture.store.verify() == [])
    let row = try await fixture.sql.query(
      """
      SELECT settled, records, duration_ms, executed_at, parameters::text
      FROM pgtrawl.query_executions
      """)
    #expect(row.rowCount == 1)
    #expect(
      (0..<5).map { row[0].string($0) } == ["t", "3", "9", "2024-07-03 00:00:00+00", "{1}"])
    #expect(
      try await fixture.value(
        "SELECT string_agg(id || ':' || first_seen_at || ':' || total_executions, ',') FROM pgtrawl.queries WHERE id <> 0"
      ) == "5:2024-07-03 00:00:00+00:1")
    #expect(try await fixture.value("SELECT count(*) FROM pgtrawl.open_sessions") == "0")
  }

  @Test func aPlanGetsItsOwnStatement() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var first = BatchBuilder(generation)
    let row = first.execution(query: 5, at: 1)
    let plan = first.plan(Self.plan, query: 5, at: 2, of: row)
    let (batch, checkpoint) = first.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    var second = BatchBuilder(generation, from: checkpoint.to, firstLine: 3)
    second.execution(query: 9, at: 9)
    second.seen(7, plan.executedAt, executions: 0)
    second.edit { batch in
      var stored = ProvisionalKey(key: plan.key, text: plan.text, executedAt: plan.executedAt)
      stored.queryID = 5
      var amendment = PlanAmendment(stored: stored, text: TextKey(hash: 7))
      amendment.queryID = 7
      batch.planAmendments = [amendment]
    }
    let (rest, end) = second.finished()
    #expect(try await fixture.store.load(rest, end) == .committed(refusedRows: 0))
    #expect(try await fixture.store.verify() == [])
    #expect(try await fixture.value("SELECT query_id FROM pgtrawl.query_plans") == "7")
    #expect(
      try await fixture.value("SELECT last_seen_at FROM pgtrawl.queries WHERE id = 5")
        == "2024-05-24 00:00:01+00")
  }

  @Test func whatTheServerRefusesIsIsolated() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    var row = builder.execution(query: 5, at: 0)
    builder.plan(Self.plan, query: 5, at: 0, of: row)
    for second in 1..<20 {
      row = builder.execution(query: 5, at: Int64(second))
      builder.plan(Self.plan, query: 5, at: Int64(second), of: row)
    }
    let unfit = builder.plan(#"{"Query Text": "\ud800"}"#, query: 5, at: 30, of: row)
    builder.edit { batch in
      // Times before the first that a timestamptz can hold.
      batch.executions[7].executedAt = LogTime(microseconds: -9_000_000_000_000_000_000)
      batch.executions[19].executedAt = LogTime(microseconds: -9_000_000_000_000_000_000)
      batch.plans[3].executedAt = LogTime(microseconds: -9_000_000_000_000_000_000)
    }
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 3))
    #expect(try await fixture.store.verify() == [])
    let rejects = try await fixture.sql.query(
      """
      SELECT r.log_offset, r.refused_row, r.sqlstate, r.reason, encode(r.bytes, 'escape')
      FROM pgtrawl.rejected_records r ORDER BY refused_row, log_offset
      """)
    #expect(rejects.map { $0.string(1) } == ["execution", "execution", "plan"])
    #expect(rejects.map { $0.string(2) } == ["22008", "22008", "22008"])
    #expect(rejects.map { $0.string(3) } == .init(repeating: "timestamp out of range", count: 3))
    let first = try #require(rejects.first)
    #expect(first.string(4) == "execution 5\n")
    #expect(first.int(0) == batch.executions[7].key.offset)
    // Not lost, and not in the way of the others: a text.
    let kept = try await fixture.sql.query(
      "SELECT log_offset, plan_text, unfit_reason FROM pgtrawl.query_plans WHERE plan IS NULL")
    #expect(kept.map { $0.int(0) } == [unfit.key.offset])
    #expect(kept.first?.string(1) == #"{"Query Text": "\ud800"}"#)
    #expect(
      try await fixture.value("SELECT total_executions FROM pgtrawl.queries WHERE id = 5") == "18")
    #expect(
      try await fixture.value(
        "SELECT records_rejected || '/' || records_execution || '/' || records_plan FROM pgtrawl.log_files"
      ) == "3/18/20")
  }

  @Test func aBrokenConnectionIsResolvedByTheCheckpoint() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    let (batch, checkpoint) = everything(generation).finished()
    try await fixture.sql.query(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
      """)
    // Depending on when the end is noticed, the batch is sent to a new connection or to be redone.
    var outcome = try await fixture.store.load(batch, checkpoint)
    if outcome == .lostRace(committedOffset: 0) {
      outcome = try await fixture.store.load(batch, checkpoint)
    }
    #expect(outcome == .committed(refusedRows: 0))
    #expect(try await fixture.store.verify() == [])
    #expect(
      try await fixture.store.load(batch, checkpoint) == .lostRace(committedOffset: checkpoint.to))
  }

  @Test func everyRowIsStoredOnceWhileConnectionsAreEnded() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    let session = SessionID(start: 7, process: 7)
    try await withThrowingTaskGroup(of: Void.self) { group in
      let killer = try await PostgresConnection.open(conninfo: fixture.conninfo)
      let looker = try await fixture.sql.query("SELECT pg_backend_pid()").first?.int(0) ?? 0
      group.addTask {
        while !Task.isCancelled {
          try await killer.query(
            """
            SELECT pg_sleep(0.02), count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), $1)
              AND state <> 'idle' AND random() < 0.3
            """, [.int(looker)])
        }
      }
      var offset: Int64 = 0
      for number in 0..<10 {
        while true {
          var builder = BatchBuilder(
            generation, from: offset, firstLine: Int64(number * 50 + 1), session: session)
          for row in 0..<50 { builder.execution(query: Int64(row % 5 + 1), at: Int64(row)) }
          let (batch, checkpoint) = builder.finished()
          do throws(LoadError) {
            let outcome = try await fixture.store.load(batch, checkpoint)
            // A lost COMMIT is never sent again: what is in the store decides.
            guard outcome == .lostRace(committedOffset: checkpoint.from) else {
              offset = checkpoint.to
              break
            }
          } catch {
            #expect(error.isRetriable, "\(error)")
          }
        }
      }
      group.cancelAll()
    }
    #expect(
      try await fixture.value("SELECT count(*) FROM pgtrawl.query_executions") == "500")
    let other = Store(conninfo: fixture.conninfo)
    #expect(try await other.verify() == [])
  }

  @Test func timesOutOfReachAreOutliersUntilTheirMonthComes() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    builder.execution(query: 5, at: -900_000_000)
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    #expect(
      try await fixture.value("SELECT count(*) FROM pgtrawl.query_executions_outlier") == "1")
    // As if the row had been an outlier once.
    try await fixture.sql.execute(
      "UPDATE pgtrawl.query_executions SET executed_at = '2001-02-28 23:00+00'")
    #expect(try await fixture.value("SELECT pgtrawl.ensure_partition('2001-02-03')") == "t")
    #expect(
      try await fixture.value("SELECT count(*) FROM pgtrawl.query_executions_y2001m02") == "1")
    #expect(try await fixture.value("SELECT pgtrawl.ensure_partition('1999-12-31')") == "f")
  }
}
