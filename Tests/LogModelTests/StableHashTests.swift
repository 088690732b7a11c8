import LogModel
import Testing

@Suite struct StableHashTests {
  /// Values of the reference implementation of XXH64.
  @Test(
    arguments: [
      ("", 0, 0xEF46_DB37_51D8_E999), ("a", 0, 0xD24E_C4F1_A98C_6E5B),
      ("abc", 0, 0x44BC_2CF5_AD77_0999),
      ("Nobody inspects the spammish repetition", 0, 0xFBCE_A83C_8A37_8BF1),
    ] as [(String, UInt64, UInt64)])
  func referenceValues(text: String, seed: UInt64, expected: UInt64) {
    let bytes = Array(text.utf8)
    #expect(bytes.withUnsafeBufferPointer { StableHash.hash($0, seed: seed) } == expected)
  }

  @Test func everyLengthAndByteMatters() {
    var seen: Set<UInt64> = []
    for count in 0..<200 {
      let bytes = [UInt8](repeating: 7, count: count)
      seen.insert(bytes.withUnsafeBufferPointer { StableHash.hash($0) })
      for index in 0..<count {
        var other = bytes
        other[index] = 8
        seen.insert(other.withUnsafeBufferPointer { StableHash.hash($0) })
      }
    }
    #expect(seen.count == 200 + 199 * 200 / 2)
  }
}

@Suite struct SmallTypeTests {
  @Test(arguments: ["6b049016.6783", "0.1", "ffffffffffffffff.ffffffff"])
  func sessionIDsKeepTheirSpelling(text: String) {
    let bytes = Array(text.utf8)
    #expect(bytes.withUnsafeBufferPointer { SessionID($0)?.description } == text)
  }

  @Test(arguments: ["", "6b04", "06b.1", "6B.1", "x.1", "1.", ".1", "1.123456789"])
  func otherSpellingsAreNone(text: String) {
    let bytes = Array(text.utf8)
    #expect(bytes.withUnsafeBufferPointer { SessionID($0) } == nil)
  }

  @Test func daysAndDatesAgree() {
    for days in stride(from: -800_000, through: 3_000_000, by: 997) {
      let date = CivilDate.civil(days: days)
      #expect(CivilDate.days(year: date.year, month: date.month, day: date.day) == days)
    }
    #expect(CivilDate.days(year: 2000, month: 2, day: 29) == 11016)
  }
}
