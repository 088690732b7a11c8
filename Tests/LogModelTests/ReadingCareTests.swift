import LogModel
import Testing

@Suite struct ReadingCareTests {
  @Test func eachRunThatEndsAtOnceMakesTheNextOneMoreCareful() {
    var attempt: ReadingAttempt?
    var cares: [ReadingCare] = []
    for _ in 0..<5 {
      let care = ReadingCare.next(at: 7, after: attempt, first: .whole)
      cares.append(care)
      attempt = ReadingAttempt(offset: 7, care: care)
    }
    #expect(cares == [.whole, .pieces, .records, .refusal, .refusal])
  }

  @Test func aRunThatCommittedIsNotHeldAgainstTheNext() {
    let attempt = ReadingAttempt(offset: 7, care: .records)
    #expect(ReadingCare.next(at: 8, after: attempt, first: .whole) == .whole)
    #expect(ReadingCare.next(at: 8, after: nil, first: .pieces) == .pieces)
    #expect(
      ReadingCare.next(at: 8, after: ReadingAttempt(offset: 8, care: .whole), first: .pieces)
        == .pieces)
  }
}
