import LogSource
import Testing

@testable import Ingest

/// When logs that could not be read are tried again.
@Suite struct TroublesTests {
  private let start = ContinuousClock.now
  private let a = LogPath("/l/a")
  private let b = LogPath("/l/b")

  @Test func pausesGrowUpToALimit() {
    var troubles = Troubles()
    #expect(troubles.mayTry(a, at: start))
    let isNew = troubles.note("x", at: a, start)
    #expect(isNew)
    #expect(!troubles.mayTry(a, at: start + .milliseconds(499)))
    #expect(troubles.mayTry(a, at: start + .milliseconds(500)))
    let isNewAgain = troubles.note("x", at: a, start)
    #expect(!isNewAgain)
    #expect(troubles.nextTry == start + .seconds(1))
    for _ in 0..<10 { _ = troubles.note("x", at: a, start) }
    #expect(troubles.nextTry == start + Troubles.pauseMax)
    #expect(troubles.isLasting(a))
  }

  @Test func whatHasNothingNewWaitsTogether() {
    var troubles = Troubles()
    _ = troubles.note("x", at: a, start)
    _ = troubles.note("x", at: b, start + .milliseconds(300))
    let look = start + .milliseconds(500)
    troubles.rest(a, at: look)
    troubles.rest(b, at: look)
    // The one was due, and waits for twice as long from now on.
    #expect(!troubles.mayTry(a, at: look + .milliseconds(999)))
    #expect(troubles.mayTry(a, at: look + .seconds(1)))
    #expect(!troubles.mayTry(b, at: look + .milliseconds(499)))
    #expect(troubles.mayTry(b, at: look + .milliseconds(500)))
    troubles.rest(LogPath("/l/c"), at: look)
    #expect(troubles.mayTry(LogPath("/l/c"), at: look))
  }

  @Test func whatHasSomethingNewIsTriedAtOnce() {
    var troubles = Troubles()
    for _ in 0..<10 { _ = troubles.note("x", at: a, start) }
    troubles.retry(a, at: start)
    #expect(troubles.mayTry(a, at: start))
    #expect(!troubles.isLasting(a))
    let isNew = troubles.note("x", at: a, start)
    #expect(!isNew)
  }
}
