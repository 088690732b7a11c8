import LogModel
import LogParsing
import TestSupport
import Testing

/// The tables do not depend on the order in which files were read, nor on what was read meanwhile.
@Suite struct OrderInvarianceTests {
  static let logs = CutInvarianceTests.logs + ["csvlog/shop.001.csv"]

  /// Fewer of a large log.
  static func seeds(_ bytes: [UInt8]) -> ClosedRange<UInt64> {
    1...UInt64(max(1, bytes.count > 200_000 ? TestAmount.orders / 8 : TestAmount.orders))
  }

  @Test(arguments: logs)
  func filesInAnyOrderGiveTheSame(name: String) async throws {
    let bytes = try Fixture.bytes(name)
    for seed in Self.seeds(bytes) {
      try Self.expectAnyOrderGivesTheSame(bytes, seed: seed)
      await Task.yield()
    }
  }

  static func expectAnyOrderGivesTheSame(_ bytes: [UInt8], seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let files = files(of: bytes, atMost: 6, &random)
    let inOrder = try read(files, order: Array(files.indices), joinsAtOnce: true)
    var order = Array(files.indices)
    order.shuffle(using: &random)
    let other = try read(files, order: order, joinsAtOnce: Bool.random(using: &random))
    expectSame(other, inOrder, "seed \(seed), order \(order), \(files.map(\.count))")
  }

  @Test(arguments: logs)
  func filesAtTheSameTimeGiveTheSame(name: String) async throws {
    let bytes = try Fixture.bytes(name)
    for seed in Self.seeds(bytes) {
      var random = SeededGenerator(seed: seed)
      let files = Self.files(of: bytes, atMost: 4, &random)
      let inOrder = try Self.read(files, order: Array(files.indices), joinsAtOnce: true)
      var image = TableImage()
      var readings = files.enumerated().map { index, bytes in
        let cuts = (0..<Int.random(in: 0...8, using: &random)).map { _ in
          Int.random(in: 0...bytes.count, using: &random)
        }
        return LogReading(
          bytes, file: Int64(index + 1), cuts: cuts.sorted(),
          restarts: Bool.random(using: &random))
      }
      while let index = readings.indices.filter({ !readings[$0].isDone }).randomElement(
        using: &random)
      {
        try readings[index].step(&image)
        if Int.random(in: 0..<4, using: &random) == 0 { try image.joinSegments() }
      }
      try image.joinSegments()
      Self.expectSame(image, inOrder, "seed \(seed), \(files.map(\.count))")
      await Task.yield()
    }
  }

  /// A name that is appended to again after another log was written: each file has the lines that the
  /// other leaves out.
  @Test(arguments: logs)
  func filesThatTakeTurnsGiveTheSame(name: String) async throws {
    let bytes = try Fixture.bytes(name)
    for seed in Self.seeds(bytes) {
      try Self.expectTurnsGiveTheSame(bytes, seed: seed)
      await Task.yield()
    }
  }

  static func expectTurnsGiveTheSame(_ bytes: [UInt8], seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pieces = files(of: bytes, atMost: 6, &random)
    let inOrder = try readInTurns(pieces, afterEach: Int64.max)
    let files = [0, 1].map { turn in
      pieces.enumerated().filter { $0.offset % 2 == turn }.flatMap(\.element)
    }
    for order in [[0, 1], [1, 0]] {
      let other = try read(files, order: order, joinsAtOnce: Bool.random(using: &random))
      expectSame(other, inOrder, "seed \(seed), order \(order), \(pieces.map(\.count))")
    }
    let late = try readInTurns(pieces, afterEach: Int64.random(in: 1...6, using: &random))
    expectSame(late, inOrder, "seed \(seed), late, \(pieces.map(\.count))")
  }

  /// Two files that were written by turns, as they were written; the second one is read one piece late
  /// from its `late`th on.
  private static func readInTurns(_ pieces: [[UInt8]], afterEach late: Int64) throws -> TableImage {
    var image = TableImage()
    var readings = [0, 1].map { turn in
      let own = pieces.enumerated().filter { $0.offset % 2 == turn }.map(\.element)
      var ends: [Int] = []
      for piece in own { ends.append((ends.last ?? 0) + piece.count) }
      return LogReading(own.flatMap { $0 }, file: Int64(turn + 1), cuts: ends.dropLast())
    }
    var order = pieces.indices.map { $0 % 2 }
    if late < Int64(order.count) / 2,
      let index = order.indices.filter({ order[$0] == 1 }).dropFirst(Int(late) - 1).first
    {
      order.remove(at: index)
      order.append(1)
    }
    for turn in order where !readings[turn].isDone {
      try readings[turn].step(&image)
      try image.joinSegments()
    }
    for turn in [0, 1] {
      while !readings[turn].isDone { try readings[turn].step(&image) }
    }
    try image.joinSegments()
    return image
  }

  /// Offsets behind the records of a log.
  static func recordEnds(of bytes: [UInt8]) -> [Int] {
    var isQuoted = false
    var ends: [Int] = []
    for (index, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if byte == UInt8(ascii: "\n"), !isQuoted { ends.append(index + 1) }
    }
    return ends
  }

  /// Cuts a log at random ends of records.
  private static func files(
    of bytes: [UInt8], atMost: Int, _ random: inout SeededGenerator
  ) -> [[UInt8]] {
    let cuts = recordEnds(of: bytes).shuffled(using: &random).prefix(atMost - 1).sorted()
    var files: [[UInt8]] = []
    var start = 0
    for cut in cuts + [bytes.count] where cut > start {
      files.append(Array(bytes[start..<cut]))
      start = cut
    }
    return files
  }

  static func read(
    _ files: [[UInt8]], order: [Int], joinsAtOnce: Bool
  ) throws -> TableImage {
    var image = TableImage()
    for index in order {
      var reading = LogReading(files[index], file: Int64(index + 1))
      while !reading.isDone { try reading.step(&image) }
      if joinsAtOnce { try image.joinSegments() }
    }
    try image.joinSegments()
    return image
  }

  static func expectSame(_ a: TableImage, _ b: TableImage, _ what: String) {
    guard a != b || a.sessions != b.sessions else { return }
    for key in Set(a.executions.keys).union(b.executions.keys)
    where a.executions[key] != b.executions[key] {
      Issue.record(
        """
        \(what): execution \(key)
        \(a.executions[key].map { "\($0)" } ?? "-")
        \(b.executions[key].map { "\($0)" } ?? "-")
        """)
    }
    for key in Set(a.links.keys).union(b.links.keys) where a.links[key] != b.links[key] {
      Issue.record("\(what): link \(key) \(a.links[key] ?? 0) \(b.links[key] ?? 0)")
    }
    for key in Set(a.events.keys).union(b.events.keys) where a.events[key] != b.events[key] {
      Issue.record("\(what): event \(key) \(a.events[key] ?? "-") \(b.events[key] ?? "-")")
    }
    for key in Set(a.plans.keys).union(b.plans.keys) where a.plans[key] != b.plans[key] {
      Issue.record("\(what): plan \(key) \(a.plans[key] ?? "-") \(b.plans[key] ?? "-")")
    }
    if a.dispositions != b.dispositions {
      Issue.record("\(what): dispositions \(a.dispositions) \(b.dispositions)")
    }
    if a.missingLines != b.missingLines {
      Issue.record("\(what): missing \(a.missingLines) \(b.missingLines)")
    }
    for key in Set(a.sessions.keys).union(b.sessions.keys) where a.sessions[key] != b.sessions[key]
    {
      Issue.record(
        "\(what): session \(key)\n\(describe(a.sessions[key]))\n\(describe(b.sessions[key]))")
    }
  }

  private static func describe(_ segments: [TableImage.Segment]?) -> String {
    (segments ?? []).map {
      "\($0.firstLine)-\($0.lastLine) of \($0.firstFile) \($0.files.sorted()) closed \($0.snapshot.isClosed)"
        + " ends \($0.snapshot.ends.rawValue)"
        + " missing \($0.snapshot.missingLines) state \($0.snapshot.state)"
        + " head \($0.snapshot.head ?? [])"
    }.joined(separator: "; ")
  }
}
