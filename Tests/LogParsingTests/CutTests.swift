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
