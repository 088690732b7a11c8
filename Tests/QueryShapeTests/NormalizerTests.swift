import LogModel
import QueryShape
import Testing

@Suite("Normalizer: ids, upserts and open sessions of batches")
struct NormalizerTests {
  private let session = SessionID(start: 1, process: 2)

  /// A batch whose texts are `texts`, at those times.
  private func batch(_ texts: [(String, Int64)]) -> FactBatch {
    var batch = FactBatch(file: 1, startOffset: 0, endOffset: 0, bytes: [], rawCount: 0)
    for (text, time) in texts {
      let start = batch.bytes.count
      batch.bytes += Array(text.utf8)
      batch.texts.append(
        BatchText(
          key: key(text), range: ByteRange(start: start, end: batch.bytes.count),
          time: LogTime(microseconds: time), mark: 0))
    }
    return batch
  }

  private func key(_ text: String) -> TextKey {
    Array(text.utf8).withUnsafeBufferPointer { TextKey($0) }
  }

  private func id(_ text: String) -> Int64 {
    var identifier = QueryIdentifier()
    return Array(text.utf8).withUnsafeBufferPointer { identifier.identify($0).id }
  }

  private func row(_ text: String?, at time: Int64, settled: Bool = true) -> ExecutionRow {
    var row = ExecutionRow(
      key: FactKey(file: 1, offset: time), text: text.map { key($0) } ?? .none,
      executedAt: LogTime(microseconds: time), kind: .statement, isExtended: false,
      session: session, line: time, process: 2)
    row.isSettled = settled
    return row
  }

  private func snapshot(_ texts: [String], isOver: Bool = false) -> SessionSnapshot {
    SessionSnapshot(
      session: session, firstLine: 1, firstFile: 1, lastLine: 9, storedLastLine: nil,
      lastTime: LogTime(microseconds: 9), missingLines: 0, state: [1], texts: texts.map { key($0) },
      openRecords: 0, isOver: isOver)
  }

  @Test("rows, totals, times and example of a query")
  func figures() throws {
    var normalizer = Normalizer(samples: .raw)
    var batch = batch([("select 2", 20), ("select 1", 20), ("select 0", 30), ("begin", 5)])
    var nested = row("select 1", at: 10)
    nested.nesting = 1
    batch.executions = [
      row("select 2", at: 21), row("select 1", at: 40, settled: false), nested, row(nil, at: 7),
    ]
    batch.amendments = [
      Amendment(
        stored: ProvisionalKey(
          key: FactKey(file: 1, offset: 3), text: key("begin"), executedAt: LogTime(microseconds: 3)
        ),
        row: row("begin", at: 6))
    ]
    normalizer.normalize(&batch)
    #expect(batch.executions.map(\.queryID) == [id("select 1"), id("select 1"), id("select 1"), 0])
    #expect(batch.amendments[0].stored.queryID == id("begin"))
    #expect(batch.queries.map(\.identity.id) == [id("select 1"), id("begin"), 0].sorted())
    let query = try #require(batch.queries.first { $0.identity.id == id("select 1") })
    #expect(query.executions == 1)
    #expect(query.firstSeenAt.microseconds == 10)
    #expect(query.lastSeenAt.microseconds == 40)
    #expect(query.example == Array("select 1".utf8))
    #expect(query.exampleAt.microseconds == 20)
    let none = try #require(batch.queries.first { $0.identity.id == 0 })
    #expect(none.executions == 1 && none.identity.statementKind.isEmpty && none.example == nil)
    #expect(batch.queries.first { $0.identity.id == id("begin") }?.executions == 1)
    #expect(normalizer.unresolvedKeys == 0)
  }

  @Test("samples", arguments: SamplePolicy.allCases)
  func samples(policy: SamplePolicy) {
    var normalizer = Normalizer(samples: policy)
    let text = "alter role a password 'S3cret'"
    var batch = batch([(text, 1)])
    batch.executions = [row(text, at: 1)]
    normalizer.normalize(&batch)
    let example = batch.queries.first?.example.map { String(decoding: $0, as: UTF8.self) }
    #expect(example == (policy == .raw ? "alter role a password '********'" : nil))
  }

  @Test("a text of an open session is known in later batches, and no longer than that")
  func openSessions() {
    var normalizer = Normalizer(samples: .raw)
    var first = batch([("select 1", 1)])
    first.sessions = [snapshot(["select 1"])]
    normalizer.normalize(&first)
    #expect(first.sessions[0].queryIDs == [id("select 1")])
    // The query is written although no row names it yet, and without times.
    #expect(first.queries.map(\.identity.id) == [id("select 1")])
    #expect(first.queries.allSatisfy { $0.firstSeenAt > $0.lastSeenAt && $0.executions == 0 })

    var second = batch([])
    second.executions = [row("select 1", at: 2)]
    second.sessions = [snapshot([], isOver: true)]
    normalizer.normalize(&second)
    #expect(second.executions[0].queryID == id("select 1"))
    #expect(second.queries.first?.identity.normalizedSQL == Array("select $1".utf8))
    #expect(second.queries.first?.example == nil)

    var third = batch([])
    third.executions = [row("select 1", at: 3)]
    normalizer.normalize(&third)
    #expect(third.executions[0].queryID == 0)
    #expect(normalizer.unresolvedKeys == 1)
  }

  @Test("texts of stored segments are known by id only")
  func adoption() {
    var normalizer = Normalizer(samples: .raw)
    normalizer.adopt(keys: [key("select 1"), .none], ids: [77, 0])
    var first = batch([])
    first.executions = [row("select 1", at: 2)]
    first.sessions = [snapshot(["select 1"])]
    normalizer.normalize(&first)
    #expect(first.executions[0].queryID == 77)
    #expect(first.sessions[0].queryIDs == [77])
    #expect(first.queries.map(\.identity.id) == [77])
    #expect(first.queries.allSatisfy { $0.identity.statementKind.isEmpty && $0.executions == 1 })

    // The session's next segment in the same row gives the old texts back one by one.
    var second = batch([])
    second.plans = []
    second.retractions = [
      ProvisionalKey(
        key: FactKey(file: 1, offset: 2), text: key("select 1"),
        executedAt: LogTime(microseconds: 2))
    ]
    second.sessions = [snapshot([], isOver: true)]
    normalizer.normalize(&second)
    #expect(second.retractions[0].queryID == 77)
    #expect(second.queries.isEmpty)
  }

  /// Whether the store's session was adopted before or after the other one began.
  @Test("a stored session keeps its text beside others that name it", arguments: [true, false])
  func sharedAdoption(isFirst: Bool) {
    var normalizer = Normalizer(samples: .raw)
    if isFirst { normalizer.adopt(keys: [key("select 1")], ids: [id("select 1")]) }
    var first = batch([("select 1", 1)])
    first.sessions = [snapshot(["select 1"])]
    normalizer.normalize(&first)
    if !isFirst { normalizer.adopt(keys: [key("select 1")], ids: [id("select 1")]) }
    var second = batch([])
    second.sessions = [snapshot([], isOver: true)]
    normalizer.normalize(&second)

    var third = batch([])
    third.amendments = [
      Amendment(
        stored: ProvisionalKey(
          key: FactKey(file: 1, offset: 3), text: key("select 1"),
          executedAt: LogTime(microseconds: 3)),
        row: row("select 1", at: 4))
    ]
    normalizer.normalize(&third)
    #expect(third.amendments[0].stored.queryID == id("select 1"))
    #expect(third.amendments[0].row.queryID == id("select 1"))
    #expect(normalizer.unresolvedKeys == 0)
  }
}
