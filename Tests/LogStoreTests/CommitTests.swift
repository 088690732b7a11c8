import LogModel
import LogStore
import Postgres
import TestSupport
import Testing

/// What becomes of a batch when the connection breaks at its COMMIT, or others hold its locks.
@Suite struct CommitTests {
  @Test(arguments: CommitProxy.Break.allCases)
  func aRowIsStoredOnceWhenTheConnectionBreaksAtCommit(_ moment: CommitProxy.Break) async throws {
    let fixture = try await StoreFixture()
    let proxy = try CommitProxy(try await TestCluster.shared())
    defer { proxy.close() }
    // The last host that is named counts.
    let store = Store(conninfo: fixture.conninfo + " host=\(proxy.host)")
    let generation = try await fixture.register()
    var first = BatchBuilder(generation)
    first.execution(query: 5, at: 1)
    // The months of the second batch are known then: its only COMMIT is its own.
    let (batch, checkpoint) = first.finished()
    #expect(try await store.load(batch, checkpoint) == .committed(refusedRows: 0))

    var second = BatchBuilder(generation, from: checkpoint.to, firstLine: 2)
    let row = second.execution(query: 5, at: 2)
    second.plan(LoadTests.plan, query: 5, at: 3, of: row)
    second.snapshot(first: 2, last: 3)
    let (rest, end) = second.finished()
    proxy.breakNextCommit(moment)
    let outcome = try await store.load(rest, end)
    #expect(!proxy.isArmed)
    if moment == .beforeCommit {
      #expect(outcome == .lostRace(committedOffset: end.from))
      #expect(try await store.load(rest, end) == .committed(refusedRows: 0))
    } else {
      #expect(outcome == .committed(refusedRows: 0))
    }
    #expect(try await store.load(rest, end) == .lostRace(committedOffset: end.to))
    #expect(
      try await fixture.value(
        """
        SELECT concat_ws('/', (SELECT count(*) FROM pgtrawl.query_executions),
          (SELECT count(*) FROM pgtrawl.query_plans), (SELECT count(*) FROM pgtrawl.plan_links))
        """) == "2/1/1")
    #expect(try await fixture.store.verify() == [])
  }

  @Test func aLockThatIsNotToBeHadIsTriedAgain() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    let store = Store(conninfo: fixture.conninfo) { connection in
      try await connection.execute("SET lock_timeout = '1s'")
    }
    var builder = BatchBuilder(generation)
    builder.execution(query: 5, at: 1)
    let (batch, checkpoint) = builder.finished()
    try await fixture.sql.execute("BEGIN; SELECT FROM pgtrawl.log_files FOR UPDATE")
    async let outcome = store.load(batch, checkpoint)
    // It waited, and gave up: nobody waits, and what it had written was rolled back.
    try await fixture.wait(untilWaitingForLocks: true)
    try await fixture.wait(untilWaitingForLocks: false)
    try await fixture.sql.execute("COMMIT")
    #expect(try await outcome == .committed(refusedRows: 0))
    #expect(try await fixture.value("SELECT count(*) FROM pgtrawl.query_executions") == "1")
    #expect(try await fixture.store.verify() == [])
  }

  @Test func aLockThatNeverComesIsAnErrorThatLaterRunsCanHeal() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    let store = Store(conninfo: fixture.conninfo) { connection in
      try await connection.execute("SET lock_timeout = '1ms'")
    }
    var builder = BatchBuilder(generation)
    builder.execution(query: 5, at: 1)
    let (batch, checkpoint) = builder.finished()
    try await fixture.sql.execute("BEGIN; SELECT FROM pgtrawl.log_files FOR UPDATE")
    let error = await #expect(throws: LoadError.self) {
      try await store.load(batch, checkpoint)
    }
    #expect(error?.code == .contended)
    #expect(error?.isRetriable == true)
    try await fixture.sql.execute("COMMIT")
    #expect(try await store.load(batch, checkpoint) == .committed(refusedRows: 0))
    #expect(try await fixture.store.verify() == [])
  }

  @Test func aDeadlockIsTriedAgain() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var first = BatchBuilder(generation)
    first.execution(query: 5, at: 1)
    let (batch, checkpoint) = first.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))

    var second = BatchBuilder(generation, from: checkpoint.to, firstLine: 2)
    second.execution(query: 5, at: 2)
    let (rest, end) = second.finished()
    // The other side never looks for deadlocks in time: the loader is the one that is ended.
    try await fixture.sql.execute("SET deadlock_timeout = '10min'")
    try await fixture.sql.execute(
      "BEGIN; SELECT FROM pgtrawl.queries WHERE id = 5 FOR UPDATE")
    async let outcome = fixture.store.load(rest, end)
    try await fixture.wait(untilWaitingForLocks: true)
    // The loader has the file and waits for the query.
    try await fixture.sql.execute("SELECT FROM pgtrawl.log_files FOR UPDATE")
    try await fixture.sql.execute("COMMIT")
    #expect(try await outcome == .committed(refusedRows: 0))
    #expect(try await fixture.value("SELECT count(*) FROM pgtrawl.query_executions") == "2")
    #expect(try await fixture.store.verify() == [])
  }
}
