import LogModel
import TestSupport
import Testing

/// Ends of sessions that a log tells without a record of theirs, a server's start and lines that were
/// left out, give the same tables in whatever order and pieces files are read. The long tests let others
/// in between.
@Suite struct EndInvarianceTests {
  private static let logs = [
    "special/small.csv", "special/statement_and_duration.csv", "special/plans_only.csv",
    "csvlog/shop.001.csv",
  ]

  /// A log of which every tenth record was left out and in which a server started at two places, also
  /// where sessions from before go on.
  private static func changed(_ bytes: [UInt8], seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    let ends = OrderInvarianceTests.recordEnds(of: bytes)
    let starts = Set(ends.indices.shuffled(using: &random).prefix(2))
    var changed: [UInt8] = []
    var begin = 0
    for (index, end) in ends.enumerated() {
      if Int.random(in: 0..<10, using: &random) > 0 { changed += bytes[begin..<end] }
      begin = end
      guard starts.contains(index) else { continue }
      let start = CSVLogLine.serverStart(session: "7fffffff.\(index + 1)")
      changed += Array(start.text.utf8)
    }
    return changed
  }

  @Test(arguments: logs)
  func filesInAnyOrder(name: String) async throws {
    let bytes = try Fixture.bytes(name)
    for seed in OrderInvarianceTests.seeds(bytes) {
      try OrderInvarianceTests.expectAnyOrderGivesTheSame(
        Self.changed(bytes, seed: seed), seed: seed)
      await Task.yield()
    }
  }

  @Test(arguments: logs)
  func filesThatTakeTurns(name: String) async throws {
    let bytes = try Fixture.bytes(name)
    for seed in OrderInvarianceTests.seeds(bytes) {
      try OrderInvarianceTests.expectTurnsGiveTheSame(Self.changed(bytes, seed: seed), seed: seed)
      await Task.yield()
    }
  }

  @Test(arguments: logs)
  func cutsAndRestarts(name: String) async throws {
    let bytes = try Fixture.bytes(name)
    for seed in OrderInvarianceTests.seeds(bytes) {
      var random = SeededGenerator(seed: seed)
      let log = Self.changed(bytes, seed: seed)
      let whole = try TableImage(log)
      let cuts = (0..<40).map { _ in Int.random(in: 0...log.count, using: &random) }.sorted()
      for restarts in [false, true] {
        let other = try TableImage(log, cuts: cuts, restarts: restarts)
        OrderInvarianceTests.expectSame(other, whole, "seed \(seed), restarts \(restarts)")
        await Task.yield()
      }
    }
  }

  /// Records of a log that were dealt to three files: each has lines that the others leave out.
  @Test(arguments: logs)
  func recordsDealtToFiles(name: String) async throws {
    let bytes = try Fixture.bytes(name)
    for seed in OrderInvarianceTests.seeds(bytes) {
      try Self.expectDealtGivesTheSame(bytes, seed: seed)
      await Task.yield()
    }
  }

  static func expectDealtGivesTheSame(_ bytes: [UInt8], seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let files = dealt(bytes, to: 3, &random)
    let inOrder = try OrderInvarianceTests.read(files, order: [0, 1, 2], joinsAtOnce: true)
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      let other = try OrderInvarianceTests.read(
        files, order: order, joinsAtOnce: Bool.random(using: &random))
      OrderInvarianceTests.expectSame(other, inOrder, "seed \(seed), order \(order)")
    }
  }

  private static func dealt(
    _ bytes: [UInt8], to count: Int, _ random: inout SeededGenerator
  ) -> [[UInt8]] {
    var files = [[UInt8]](repeating: [], count: count)
    var (begin, file) = (0, 0)
    for end in OrderInvarianceTests.recordEnds(of: bytes) {
      if Int.random(in: 0..<4, using: &random) == 0 {
        file = Int.random(in: 0..<count, using: &random)
      }
      files[file] += bytes[begin..<end]
      begin = end
    }
    return files
  }

  /// A plan whose session went through another file before it, with a nested statement only, is as open
  /// as the first of its file.
  @Test func aNestedPlanInAnotherFileParts() throws {
    func plan(_ line: Int, in transaction: Int, isNested: Bool = false) -> String {
      CSVLogLine(
        "duration: 0.100 ms  plan:\n"
          + #"{"Query Text": "SELECT \#(line)", "Plan": {"Node Type": "Result", "Actual Loops": 1}}"#,
        line: line
      ) {
        $0.vxid = "3/\(transaction)"
        if isNested { $0.context = "SQL statement \"SELECT \(line)\"" }
      }.text
    }
    let lines = [
      3: plan(3, in: 383), 4: plan(4, in: 384), 5: plan(5, in: 385, isNested: true),
      6: plan(6, in: 385, isNested: true), 7: plan(7, in: 385), 8: plan(8, in: 386),
    ]
    let files = [[6], [4, 5, 7, 8], [3]].map { file in
      file.flatMap { Array((lines[$0] ?? "").utf8) }
    }
    let inOrder = try OrderInvarianceTests.read(files, order: [2, 1, 0], joinsAtOnce: true)
    #expect(inOrder.executions.count == 6)
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1]] {
      let other = try OrderInvarianceTests.read(files, order: order, joinsAtOnce: true)
      OrderInvarianceTests.expectSame(other, inOrder, "order \(order)")
    }
  }

  /// A bind that waits is an event while the session is taken as over, and part of its execution as soon
  /// as another file has that.
  @Test func whatASessionThatIsOverWaitsForCanStillCome() throws {
    let start = CSVLogLine.serverStart()
    let bind = CSVLogLine("duration: 0.100 ms  bind S_1: select 1", line: 1) { $0.tag = "BIND" }
    let execute = CSVLogLine("duration: 0.200 ms  execute S_1: select 1", line: 2)
    var image = TableImage()
    var first = LogReading(Array((bind.text + start.text).utf8), file: 1)
    try first.step(&image)
    #expect(image.events.count == 2)
    #expect(image.total.openRecords == 0)
    var second = LogReading(Array(execute.text.utf8), file: 2)
    try second.step(&image)
    #expect(image.events.count == 1)
    #expect(image.ordered.map(\.records) == [2])
    #expect(image.ordered.map(\.isSettled) == [true])
    #expect(image.total.executionRecords == 2)
  }

  /// Behind so many holes that lines were filtered out, what is open in a session is bounded.
  @Test func segmentsOfASessionAreBounded() throws {
    let log = stride(from: 1, through: 4001, by: 2).map {
      CSVLogLine("duration: 0.100 ms  statement: select \($0)", line: $0).text
    }.joined()
    let whole = try TableImage(Array(log.utf8))
    #expect(whole.sessions.values.map(\.count) == [257])
    #expect(whole.executions.count == 2001)
    #expect(whole.missingLines == 1744)
    let cuts = Array(stride(from: 1000, to: log.utf8.count, by: 3000))
    for restarts in [false, true] {
      let other = try TableImage(Array(log.utf8), cuts: cuts, restarts: restarts)
      OrderInvarianceTests.expectSame(other, whole, "restarts \(restarts)")
    }
  }
}
