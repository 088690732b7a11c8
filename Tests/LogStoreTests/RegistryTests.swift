import LogModel
import LogStore
import Postgres
import TestSupport
import Testing

@Suite struct RegistryTests {
  @Test func sourcesKeepWhatReadingNeeds() async throws {
    let fixture = try await StoreFixture()
    #expect(try await fixture.store.source("shop", creating: false) == nil)
    let made = try await fixture.store.source("shop", creating: true)
    let id = try #require(made?.id)
    try await fixture.store.update(
      source: id, timezones: ["Europe/Berlin", "UTC"], encoding: "LATIN2")
    #expect(
      try await fixture.store.sources() == [
        LogServer(
          id: id, name: "shop", timezones: ["Europe/Berlin", "UTC"], encoding: "LATIN2")
      ])
    let settings = [
      ServerSetting(
        name: "work_mem", setting: "4096", unit: "kB", validFromMicros: nil, origin: .file),
      ServerSetting(
        name: "work_mem", setting: "8192", unit: nil, validFromMicros: 1_000_001, origin: .log),
    ]
    try await fixture.store.record(settings: settings, ofSource: id)
    try await fixture.store.record(settings: settings, ofSource: id)
    #expect(try await fixture.store.settings(ofSource: id) == settings)
  }

  @Test func filesAreFoundByTheirContent() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    builder.execution(query: 5, at: 1)
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    let head = ContentHead(length: checkpoint.mark.headLength, hash: checkpoint.mark.headHash)
    let store = fixture.store
    func found(_ search: GenerationSearch) async throws -> [Int64] {
      let (last, found) = try await store.candidates(source: generation.source, search)
      #expect(last == 1)
      return found.map(\.id)
    }
    #expect(try await found(GenerationSearch(heads: [head], paths: [], headsAbove: nil)) == [1])
    #expect(try await found(GenerationSearch(heads: [], paths: ["a.csv"], headsAbove: nil)) == [1])
    #expect(
      try await found(GenerationSearch(heads: [], paths: [], headsAbove: head.length - 1)) == [1])
    let other = ContentHead(length: head.length, hash: Array(head.hash.reversed()) + [0])
    #expect(
      try await found(
        GenerationSearch(heads: [other], paths: ["b"], headsAbove: head.length)) == [])
    let elsewhere = try #require(try await store.source("other", creating: true)?.id)
    #expect(
      try await store.generationsElsewhere(heads: [head], besides: elsewhere).map(\.source)
        == ["default"])
    try await store.note([
      GenerationSighting(
        file: 1, path: "b.csv.gz", state: .done, device: 3, inode: 4, sizeSeen: 99,
        pendingBytes: 1)
    ])
    let seen = try #require(try await store.generation(id: 1))
    #expect(seen.path == "b.csv.gz")
    #expect(seen.state == .done)
    #expect(seen.committedOffset == checkpoint.to)
  }

  @Test func whoRegistersAFileLaterIsTold() async throws {
    let fixture = try await StoreFixture()
    let first = try await fixture.register(path: "a")
    let new = NewGeneration(
      source: first.source, path: "b", format: "csv", state: .active, mark: first.mark, device: 0,
      inode: 0)
    #expect(try await fixture.store.register(new, lastSeen: 0) == nil)
    #expect(try await fixture.store.register(new, lastSeen: first.id)?.id == first.id + 1)
  }

  @Test func forgettingLeavesWhatWasThereWithoutTheFile() async throws {
    let fixture = try await StoreFixture()
    let kept = try await fixture.register(path: "kept")
    var builder = BatchBuilder(kept)
    let row = builder.execution(query: 5, at: 10)
    builder.plan(LoadTests.plan, query: 5, at: 11, of: row)
    builder.snapshot(last: 2)
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    let before = try await fixture.dump()

    let mistake = try await fixture.register(path: "mistake")
    var wrong = BatchBuilder(mistake, session: SessionID(start: 1, process: 1))
    let other = wrong.execution(query: 5, at: 20)
    wrong.plan(LoadTests.plan, query: 5, at: 21, of: other)
    wrong.execution(query: 8, at: 5)
    wrong.event("odd", query: 5, at: 50)
    wrong.reject("torn")
    wrong.snapshot(last: 5)
    let (mistaken, end) = wrong.finished()
    #expect(try await fixture.store.load(mistaken, end) == .committed(refusedRows: 0))
    #expect(try await fixture.dump() != before)

    #expect(try await fixture.store.forget(file: mistake.id) == 4)
    #expect(try await fixture.dump() == before)
    let breaches = try await fixture.store.verify()
    #expect(breaches.isEmpty, "\(breaches)")
    #expect(try await fixture.store.load(mistaken, end) == .fenced)
    // The id is free again; who still reads the old file must not write into the new one.
    let again = try await fixture.register(path: "again")
    #expect(again.id == mistake.id)
    #expect(try await fixture.store.load(mistaken, end) == .fenced)
  }

  @Test func theOnlyExampleGoesWithItsFile() async throws {
    let fixture = try await StoreFixture()
    for (path, second) in [("early", Int64(1)), ("late", 2)] {
      let generation = try await fixture.register(path: path)
      var builder = BatchBuilder(
        generation, session: SessionID(start: UInt64(second), process: 1))
      builder.execution(query: 5, at: second)
      let (batch, checkpoint) = builder.finished()
      #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    }
    #expect(
      try await fixture.value("SELECT example_log_file_id FROM pgtrawl.queries WHERE id = 5") == "1"
    )
    try await fixture.store.forget(file: 1)
    #expect(
      try await fixture.value("SELECT raw_example_sql FROM pgtrawl.queries WHERE id = 5") == nil)
    let breaches = try await fixture.store.verify()
    #expect(breaches.isEmpty, "\(breaches)")
  }

  @Test func examplesOfOneTimeAreChosenByTheirRecords() async throws {
    var chosen: Set<String?> = []
    for order in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] as [[UInt64]] {
      let fixture = try await StoreFixture()
      for session in order {
        let generation = try await fixture.register(path: "of session \(session)")
        var builder = BatchBuilder(generation, session: SessionID(start: session, process: 1))
        builder.execution(query: 5, at: 1)
        let (batch, checkpoint) = builder.finished()
        #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
      }
      chosen.insert(
        try await fixture.value(
          """
          SELECT f.path FROM pgtrawl.queries q JOIN pgtrawl.log_files f
            ON f.id = q.example_log_file_id WHERE q.id = 5
          """))
    }
    #expect(chosen.count == 1 && !chosen.contains(nil), "\(chosen)")
  }

  @Test func aForgottenSourceLeavesNothing() async throws {
    let fixture = try await StoreFixture()
    let empty = try await fixture.dump()
    for path in ["a", "b"] {
      let generation = try await fixture.register(path: path)
      var builder = BatchBuilder(
        generation, session: SessionID(start: UInt64(generation.id), process: 1))
      builder.execution(query: 5, at: 1)
      builder.snapshot(last: 1)
      let (batch, checkpoint) = builder.finished()
      #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    }
    #expect(try await fixture.store.forget(source: "default") == 2)
    #expect(try await fixture.dump() == empty)
    #expect(try await fixture.store.forget(source: "default") == nil)
  }

  @Test func aKilledForgetGoesOn() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    builder.execution(query: 5, at: 1)
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    // As a forget that was killed after its first transaction.
    try await fixture.sql.execute(
      "UPDATE pgtrawl.log_files SET forgotten_at = now(), epoch = nextval('pgtrawl.epochs')")
    #expect(try await fixture.store.generation(id: generation.id) == nil)
    #expect(try await fixture.store.load(batch, checkpoint) == .fenced)
    #expect(try await fixture.store.finishForgetting(source: generation.source) == 1)
    let breaches = try await fixture.store.verify()
    #expect(breaches.isEmpty, "\(breaches)")
    #expect(try await fixture.value("SELECT count(*) FROM pgtrawl.query_executions") == "0")
  }

  /// What is open in a session that is kept no longer is settled; a bind that waits is counted in its file.
  @Test func sessionsInWhichNothingWaitsArePruned() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var offset: Int64 = 0
    for number in 1...3 {
      var builder = BatchBuilder(
        generation, from: offset, session: SessionID(start: UInt64(number), process: 1))
      builder.execution(query: 5, at: 1, settled: number != 2)
      let bind = number == 1 ? builder.record("bind") : nil
      builder.snapshot(last: bind == nil ? 1 : 2)
      if let bind {
        builder.edit { batch in
          batch.sessions[0].openRecords = 1
          batch.dispositions[batch.file, default: Dispositions()].openRecords += 1
          batch.dispositions[batch.file, default: Dispositions()].openBytes += bind.length
        }
      }
      let (batch, checkpoint) = builder.finished()
      #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
      offset = checkpoint.to
    }
    #expect(try await fixture.store.pruneSegments(source: generation.source, keeping: 0) == 2)
    #expect(
      try await fixture.store.segments(source: generation.source, limit: 9).map(\.session.start)
        == [1])
    #expect(
      try await fixture.value("SELECT count(*) FROM pgtrawl.query_executions WHERE settled") == "3")
    #expect(
      try await fixture.value("SELECT total_executions FROM pgtrawl.queries WHERE id = 5") == "3")
    let breaches = try await fixture.store.verify()
    #expect(breaches.isEmpty, "\(breaches)")
  }

  /// What a session misses is known from its segments: when they go, it is counted.
  @Test func holesOfPrunedSessionsStayCounted() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation, from: 0)
    builder.event("an event", at: 1)
    _ = builder.execution(query: 5, at: 1, settled: false)
    builder.snapshot(last: 4)
    builder.snapshot(first: 8, last: 9)
    builder.snapshot(first: 10, last: 12)
    builder.snapshot(first: 14, last: 14)
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 0))
    let holes = """
      SELECT string_agg(first_line || '-' || last_line || ' ' || lines, ',' ORDER BY first_line)
      FROM pgtrawl.session_holes
      """
    #expect(try await fixture.value(holes) == "5-7 3,13-13 1")
    #expect(try await fixture.store.pruneSegments(source: generation.source, keeping: 4) == 0)
    let settled = "SELECT count(*) FROM pgtrawl.query_executions WHERE settled"
    let total = "SELECT total_executions FROM pgtrawl.queries WHERE id = 5"
    #expect(try await fixture.value(settled) == "0")
    #expect(try await fixture.value(total) == "0")
    #expect(try await fixture.store.pruneSegments(source: generation.source, keeping: 3) == 4)
    #expect(try await fixture.value(settled) == "1")
    #expect(try await fixture.value(total) == "1")
    #expect(try await fixture.value(holes) == nil)
    #expect(try await fixture.value("SELECT missing_lines FROM pgtrawl.log_files") == "4")
    #expect(try await fixture.value("SELECT sum(lines) FROM pgtrawl.missing_lines") == "4")
    let breaches = try await fixture.store.verify()
    #expect(breaches.isEmpty, "\(breaches)")
  }

  @Test func aStoreThatCannotBeUsedSaysWhy() async throws {
    let cluster = try await TestCluster.shared()
    let absent = Store(conninfo: "host=/nonexistent user=postgres dbname=postgres")
    await #expect { try await absent.open() } throws: { ($0 as? LoadError)?.code == .down }
    let nobody = Store(conninfo: cluster.conninfo(database: "no_such_database"))
    await #expect { try await nobody.open() } throws: { ($0 as? LoadError)?.code == .auth }
    let latin = Store(conninfo: try await cluster.createDatabase(encoding: "LATIN1"))
    await #expect { try await latin.open() } throws: { ($0 as? LoadError)?.code == .encoding }
    let fixed = Store(
      conninfo: cluster.conninfo() + " options='-c default_transaction_read_only=on'")
    await #expect { try await fixed.open() } throws: { error in
      let error = error as? LoadError
      return error?.code == .readOnly && error?.isRetriable == true
    }
    struct Odd: Error {}
    let odd = Store(conninfo: cluster.conninfo()) { _ in throw Odd() }
    await #expect { try await odd.open() } throws: { ($0 as? LoadError)?.code == .schema }
  }
}
