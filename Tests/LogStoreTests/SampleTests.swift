import LogModel
import LogStore
import Migrations
import Postgres
import TestSupport
import Testing

/// Which executions are samples, and what of them is kept.
@Suite(.serialized) struct SampleTests {
  /// The samples as `query time duration sqlstate reasons sql`, without the places in files.
  private func samples(_ fixture: StoreFixture) async throws -> [String] {
    try await fixture.sql.query(
      """
      SELECT concat_ws(' ', query_id, to_char(executed_at, 'DD HH24:MI:SS'), session_id,
        session_line, duration_ms, sqlstate, reasons::text, sql, parameters::text)
      FROM pgtrawl.samples ORDER BY query_id, executed_at, session_id, session_line
      """
    ).map { $0.string(0) ?? "" }
  }

  private func load(
    _ builder: BatchBuilder, _ fixture: StoreFixture, by store: Store? = nil
  ) async throws -> Int64 {
    let (batch, checkpoint) = builder.finished()
    let outcome = try await (store ?? fixture.store).load(batch, checkpoint)
    #expect(outcome == .committed(refusedRows: 0))
    return checkpoint.to
  }

  // MARK: which rows stand

  /// An execution of the contest.
  private struct Run: Sendable {
    var query: Int64
    var second: Int64
    var micros: Int64?
    var failed: Bool
  }

  /// Of which the order by spelling is not that by number.
  private static func session(_ number: Int) -> SessionID {
    SessionID(start: [0x9, 0x10, 0xA, 0x8][number], process: 10)
  }

  /// Sessions with executions of few queries, durations and days, so that much is equal.
  private static func runs(seed: UInt64) -> [[Run]] {
    var generator = SeededGenerator(seed: seed)
    return (0..<4).map { _ in
      (0..<60).map { _ in
        let day = Int64.random(in: 0..<2, using: &generator)
        let micros = Int64.random(in: 0..<9, using: &generator)
        return Run(
          query: .random(in: 0..<4, using: &generator),
          second: day * 86_400 + .random(in: 0..<20, using: &generator),
          micros: micros == 0 ? nil : micros * 1000,
          failed: .random(in: 0..<10, using: &generator) == 0)
      }
    }
  }

  /// Appends executions `lines` of a session; their texts are known to the batch.
  private static func append(_ runs: ArraySlice<Run>, to builder: inout BatchBuilder) {
    for run in runs {
      builder.execution(query: run.query, at: run.second)
      builder.edit { batch in
        let index = batch.executions.count - 1
        batch.executions[index].durationMicros = run.micros
        if run.failed { batch.executions[index].sqlstate = SQLState("23505") }
      }
    }
  }

  @Test("the rows depend on the executions alone, not on files, cuts and their order")
  func order() async throws {
    let sessions = Self.runs(seed: 11)
    var images: [[String]] = []
    for (order, size) in [([0, 1, 2, 3], 60), ([3, 1, 0, 2], 7), ([2, 3, 1, 0], 1)] {
      let fixture = try await StoreFixture()
      for number in order {
        let generation = try await fixture.register(path: "\(number).csv")
        var offset: Int64 = 0
        for start in stride(from: 0, to: 60, by: size) {
          var builder = BatchBuilder(
            generation, from: offset, firstLine: Int64(start + 1),
            session: Self.session(number))
          Self.append(sessions[number][start..<min(start + size, 60)], to: &builder)
          offset = try await load(builder, fixture)
        }
      }
      #expect(try await fixture.store.verify() == [])
      images.append(try await samples(fixture))
    }
    #expect(images[0] == Self.expected(sessions))
    #expect(images[1] == images[0])
    #expect(images[2] == images[0])
  }

  /// The same by sorting: as `samples` prints them, without texts.
  private static func expected(_ sessions: [[Run]]) -> [String] {
    struct Entry {
      var run: Run
      var session: Int
      var line: Int
      var reasons: [String] = []
    }
    var entries: [Entry] = []
    for (session, runs) in sessions.enumerated() {
      for (index, run) in runs.enumerated() where run.query != 0 {
        entries.append(Entry(run: run, session: session, line: index + 1))
      }
    }
    let names = (0..<4).map { session($0).description }
    entries.sort {
      ($0.run.query, $0.run.second, names[$0.session], $0.line)
        < ($1.run.query, $1.run.second, names[$1.session], $1.line)
    }
    for query in Set(entries.map(\.run.query)) {
      let all = entries.indices.filter { entries[$0].run.query == query }
      for index in all where entries[index].run.failed { entries[index].reasons = ["failed"] }
      let fine = all.filter { !entries[$0].run.failed }
      if let first = fine.first { entries[first].reasons = ["first"] }
      for day in 0..<Int64(2) {
        let slowest = fine.filter {
          entries[$0].run.second / 86_400 == day && entries[$0].run.micros != nil
        }.sorted {
          (-(entries[$0].run.micros ?? 0), $0) < (-(entries[$1].run.micros ?? 0), $1)
        }
        for index in slowest.prefix(5) { entries[index].reasons.append("slow") }
      }
    }
    return entries.filter { !$0.reasons.isEmpty }.map { entry in
      let run = entry.run
      let day = run.second / 86_400 + 24
      let second = run.second % 86_400
      let time = "\(day) 00:00:\(second < 10 ? "0" : "")\(second)"
      let parts: [String?] = [
        "\(run.query)", time, names[entry.session], "\(entry.line)",
        run.micros.map { "\($0 / 1000)" }, run.failed ? "23505" : nil,
        "{\(entry.reasons.joined(separator: ","))}",
      ]
      return parts.compactMap { $0 }.joined(separator: " ")
    }
  }

  @Test func loadersBesideEachOtherDoNotOverlookEachOther() async throws {
    let fixture = try await StoreFixture()
    let sessions = Self.runs(seed: 12)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<4 {
        let generation = try await fixture.register(path: "\(number).csv")
        group.addTask {
          let store = Store(conninfo: fixture.conninfo)
          var offset: Int64 = 0
          for start in stride(from: 0, to: 60, by: 4) {
            var builder = BatchBuilder(
              generation, from: offset, firstLine: Int64(start + 1),
              session: Self.session(number))
            Self.append(sessions[number][start..<start + 4], to: &builder)
            offset = try await load(builder, fixture, by: store)
          }
          await store.close()
        }
      }
      try await group.waitForAll()
    }
    #expect(try await samples(fixture) == Self.expected(sessions))
    #expect(try await fixture.store.verify() == [])
  }

  // MARK: what is kept

  /// Gives the batch the text of a query.
  private func text(
    _ text: String, of query: Int64, in builder: inout BatchBuilder, kept: Bool = true
  ) {
    builder.edit { batch in
      let start = batch.bytes.count
      batch.bytes += Array(text.utf8)
      batch.texts.append(
        BatchText(
          key: TextKey(hash: UInt64(query)), range: ByteRange(start: start, end: batch.bytes.count),
          time: BatchBuilder.time(0), mark: 0))
      batch.keepsStatements = kept
    }
  }

  @Test func textsAndParametersAreCut() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    let long = String(repeating: "x", count: 16_383) + "äöü"
    let values = (1...40).map { "$\($0) = '\(String(repeating: "ä", count: 999 + $0))'" }
    builder.execution(query: 5, at: 1, parameters: values.joined(separator: ", "))
    builder.execution(
      query: 6, at: 1, parameters: "$1 = '\(String(repeating: "y", count: 16000))', $2 = NULL")
    text(long, of: 5, in: &builder)
    _ = try await load(builder, fixture)
    let row = try await fixture.sql.query(
      """
      SELECT octet_length(sql), sql_bytes, cardinality(parameters), length(parameters[1]),
        length(parameters[2]), parameters[3] LIKE 'ää%ää...'
      FROM pgtrawl.query_samples ORDER BY query_id
      """)
    // 16,384 bytes would end within the ä; a value that is cut ends in three dots.
    #expect((0..<6).map { row[0].string($0) } == ["16383", "16389", "8", "1000", "1003", "t"])
    #expect((0..<4).map { row[1].string($0) } == [nil, nil, "2", "16000"])
    #expect(try await fixture.store.verify() == [])
  }

  @Test func withoutSamplesARowHasNoText() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    builder.execution(query: 5, at: 1)
    text("select 'canary'", of: 5, in: &builder, kept: false)
    _ = try await load(builder, fixture)
    #expect(try await samples(fixture) == ["5 24 00:00:01 66500000.2a 1 1.5 {first,slow}"])
  }

  @Test func aTextOfAnEarlierBatchGoesWithItsRow() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var first = BatchBuilder(generation)
    let open = first.execution(query: 5, at: 1, settled: false)
    let plan = first.execution(query: 6, at: 2, settled: false)
    first.snapshot(last: 2)
    text("select 'five'", of: 5, in: &first)
    text("select 'six'", of: 6, in: &first)
    let end = try await load(first, fixture)
    #expect(
      try await samples(fixture) == [
        "5 24 00:00:01 66500000.2a 1 1.5 {open} select 'five'",
        "6 24 00:00:02 66500000.2a 2 1.5 {open} select 'six'",
      ])
    #expect(try await fixture.store.verify() == [])

    // The one becomes slower, the other was none: its text is that of the row that now comes.
    var second = BatchBuilder(generation, from: end, firstLine: 3)
    _ = second.record("the rest")
    second.execution(query: 6, at: 4)
    var settled = open
    settled.isSettled = true
    settled.records = 2
    settled.executedAt = BatchBuilder.time(3)
    settled.durationMicros = 9_000
    second.edit { batch in
      batch.amendments = [Amendment(stored: ProvisionalKey(open), row: settled)]
      batch.retractions = [ProvisionalKey(plan)]
      batch.dispositions[batch.file, default: Dispositions()].executionBytes += 9
    }
    second.seen(5, settled.executedAt, executions: 1)
    second.snapshot(last: 4, stored: 2, isOver: true)
    _ = try await load(second, fixture)
    #expect(try await fixture.store.verify() == [])
    #expect(
      try await samples(fixture) == [
        "5 24 00:00:03 66500000.2a 1 9 {first,slow} select 'five'",
        "6 24 00:00:04 66500000.2a 4 1.5 {first,slow} select 'six'",
      ])
  }

  @Test func theNextTakesThePlaceOfARowThatIsRefused() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    for second in 1...7 { builder.execution(query: 5, at: Int64(second)) }
    builder.edit { batch in
      for index in 0..<7 { batch.executions[index].durationMicros = Int64(7 - index) * 1000 }
      // No text of PostgreSQL holds a NUL.
      let start = batch.bytes.count
      batch.bytes += [0x61, 0]
      batch.executions[1].error = ByteRange(start: start, end: start + 2)
    }
    let (batch, checkpoint) = builder.finished()
    #expect(try await fixture.store.load(batch, checkpoint) == .committed(refusedRows: 1))
    #expect(try await fixture.store.verify() == [])
    #expect(
      try await fixture.value(
        "SELECT string_agg(duration_ms::text, ',' ORDER BY duration_ms) FROM pgtrawl.samples")
        == "2,3,4,5,7")
  }

  // MARK: taken back

  @Test func forgettingLetsTheNextBestComeBack() async throws {
    let fixture = try await StoreFixture()
    let sessions = Self.runs(seed: 13)
    for number in 0..<4 {
      let generation = try await fixture.register(path: "\(number).csv")
      var builder = BatchBuilder(
        generation, session: Self.session(number))
      Self.append(sessions[number][...], to: &builder)
      _ = try await load(builder, fixture)
    }
    #expect(try await samples(fixture) == Self.expected(sessions))
    for number in [1, 3] {
      try await fixture.store.forget(file: Int64(number + 1))
      #expect(try await fixture.store.verify() == [])
    }
    #expect(
      try await samples(fixture) == Self.expected([sessions[0], [], sessions[2], []]))
    try await fixture.store.forget(source: "default")
    #expect(try await samples(fixture) == [])
  }

  @Test func whatComesBackHasItsParametersButNoText() async throws {
    let fixture = try await StoreFixture()
    var files: [Int64] = []
    for (path, second) in [("fast", Int64(9)), ("slow", 1)] {
      let generation = try await fixture.register(path: path)
      files.append(generation.id)
      var builder = BatchBuilder(generation, session: SessionID(start: UInt64(second), process: 1))
      for row in 0..<6 {
        builder.execution(query: 5, at: second, parameters: "$1 = '\(path)'")
        builder.edit { $0.executions[row].durationMicros = 1000 * (second == 1 ? 9 : 1) }
      }
      text("select '\(path)'", of: 5, in: &builder)
      _ = try await load(builder, fixture)
    }
    #expect(
      try await fixture.value("SELECT string_agg(DISTINCT sql, ',') FROM pgtrawl.samples")
        == "select 'slow'")
    try await fixture.store.forget(file: files[1])
    #expect(try await fixture.store.verify() == [])
    #expect(
      try await fixture.value(
        "SELECT concat_ws(' ', count(*), count(sql), min(parameters::text)) FROM pgtrawl.samples")
        == "5 0 {fast}")
  }

  @Test func anEarlierSchemasRowsGetTheirSamples() async throws {
    let fixture = try await StoreFixture()
    let sessions = Self.runs(seed: 14)
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation, session: Self.session(0))
    Self.append(sessions[0][...], to: &builder)
    _ = try await load(builder, fixture)
    let migrator = Migrator(connection: fixture.sql)
    _ = try await migrator.down(layer: .core, number: 4)
    _ = try await migrator.up()
    #expect(try await samples(fixture) == Self.expected([sessions[0], [], [], []]))
    #expect(try await fixture.store.verify() == [])
  }

  @Test func whatIsNoLongerAmongTheSlowestIsNamed() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    for second in 1...9 { builder.execution(query: 5, at: Int64(second)) }
    _ = try await load(builder, fixture)
    #expect(try await fixture.value("SELECT count(*) FROM pgtrawl.query_samples") == "5")
    try await fixture.sql.execute(
      """
      INSERT INTO pgtrawl.query_samples (query_id, executed_at, log_file_id, log_offset, session_line,
        duration_ms, source_id, settled, session_id)
      SELECT query_id, executed_at, log_file_id, log_offset, session_line, duration_ms, source_id,
        settled, session_id
      FROM pgtrawl.query_executions ORDER BY executed_at DESC LIMIT 1
      """)
    #expect(try await fixture.store.verify().map(\.check) == ["sample not wanted"])
  }

  @Test func theProgramKnowsHowManyTheSchemaKeeps() async throws {
    let fixture = try await StoreFixture()
    let generation = try await fixture.register()
    var builder = BatchBuilder(generation)
    let max = Int(try await fixture.value("SELECT pgtrawl.slow_samples_max()") ?? "") ?? 0
    for second in 0...Int64(max) { builder.execution(query: 5, at: second) }
    _ = try await load(builder, fixture)
    #expect(try await fixture.value("SELECT count(*) FROM pgtrawl.query_samples") == "\(max)")
  }
}
