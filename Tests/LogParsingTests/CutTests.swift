import LogModel
import LogParsing
import TestSupport
import Testing

/// What is read does not depend on how the bytes arrive.
@Suite struct CutTests {
  @Test(arguments: ["special/small_20k.csv", "special/torn_middle.csv", "special/latin1.csv"])
  func everyCutGivesTheSame(name: String) throws {
    let bytes = try Fixture.bytes(name)
    let whole = try ParsedLog(bytes)
    #expect(whole.tiles(bytes.count))
    for cut in stride(from: 1, to: bytes.count, by: 7) {
      #expect(try ParsedLog(bytes, cuts: [cut]) == whole, "cut at byte \(cut)")
    }
  }

  @Test(arguments: [
    "csvlog/shop.001.csv", "special/torn_middle.csv", "special/nul_byte.csv",
    "special/more_columns.csv", "special/plans_as_text.csv",
  ])
  func randomCutsGiveTheSame(name: String) throws {
    let bytes = try Fixture.bytes(name)
    let whole = try ParsedLog(bytes)
    #expect(whole.tiles(bytes.count))
    for seed in 1...6 {
      var random = SeededGenerator(seed: UInt64(seed))
      let cuts = (0..<50).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
      #expect(try ParsedLog(bytes, cuts: cuts) == whole, "seed \(seed)")
    }
  }

  @Test func aRecordBeyondTheLimitIsRejectedInTheSamePiecesWhereverItIsCut() throws {
    let limit = CSVLogParser.rejectBytesMax + (1 << 19)
    func bytes(ofLength length: Int) -> [UInt8] {
      let excess = length - CSVLogLine("", line: 2).text.utf8.count
      return Array(CSVLogLine(String(repeating: "x", count: excess), line: 2).text.utf8)
    }
    let first = Array(CSVLogLine("one").text.utf8)
    let last = Array(CSVLogLine("three", line: 3).text.utf8)
    let longest = try ParsedLog(first + bytes(ofLength: limit) + last, recordBytesMax: limit)
    #expect(longest.records.map(\.length) == [first.count, limit, last.count])
    #expect(longest.rejects.isEmpty)
    for length in [limit + 1, limit + (1 << 20)] {
      let content = first + bytes(ofLength: length) + last
      let whole = try ParsedLog(content, recordBytesMax: limit)
      #expect(whole.records.map(\.line) == [1, 3])
      #expect(whole.rejects.first?.reason == "a record of more than 1 MiB")
      #expect(whole.rejects.map(\.length).reduce(0, +) == length)
      #expect(whole.tiles(content.count))
      for seed in 1...6 {
        var random = SeededGenerator(seed: UInt64(seed))
        let cuts = (0..<6).map { _ in Int.random(in: 0...content.count, using: &random) }.sorted()
        #expect(
          try ParsedLog(content, cuts: cuts, recordBytesMax: limit) == whole, "seed \(seed)")
      }
      let edges = [first.count + limit, first.count + limit + 1]
      #expect(try ParsedLog(content, cuts: edges, recordBytesMax: limit) == whole)
    }
  }

  @Test func damageAnywhereLosesNoByteAndFewNeighbours() throws {
    let bytes = try Fixture.bytes("special/small_20k.csv")
    let count = try ParsedLog(bytes).records.count
    var random = SeededGenerator(seed: 7)
    for _ in 0..<300 {
      var damaged = bytes
      damaged[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
        in: 0...255, using: &random)
      let log = try ParsedLog(damaged, ending: .finished)
      #expect(log.tiles(bytes.count))
      #expect(log.records.count >= count - 2)
    }
  }
}
