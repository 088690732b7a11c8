import Testing

@testable import WorkloadAnalysis

@Suite struct RecommendationLedgerTests {
  private typealias Base = RecommendationTests

  private static func made(_ causes: [FoundCause]) -> [Recommendation] {
    Base.maker.recommendations(of: causes)
  }

  /// What the store would have after `changes`.
  private static func known(_ changes: [RecommendationChange]) -> [KnownRecommendation] {
    changes.map {
      KnownRecommendation(
        key: $0.key, query: $0.query, version: $0.version, state: $0.state, since: $0.since,
        firstSeen: $0.firstSeen, lastSeen: $0.lastSeen, severity: $0.content?.severity ?? .low,
        ddl: $0.content?.ddl, queries: $0.content?.queries ?? [])
    }
  }

  private static func changes(
    _ known: [KnownRecommendation], _ causes: [FoundCause]
  ) -> [RecommendationChange] {
    RecommendationLedger.changes(known: known, found: made(causes), end: Base.hour)
  }

  @Test func theSameAgainIsNoNewVersion() throws {
    let first = Self.changes([], [Base.cause(1, ["a"])])
    #expect(first.count == 1 && first[0].isNew && first[0].version == 1 && first[0].state == .open)
    // Other figures alone replace those of the version.
    let again = Self.changes(Self.known(first), [Base.cause(1, ["a"], saving: 20_000)])
    #expect(again.count == 1 && !again[0].isNew && again[0].version == 1)
    let more = Self.changes(Self.known(first), [Base.cause(1, ["a"]), Base.cause(2, ["a"])])
    #expect(more.count == 1 && more[0].isNew && more[0].version == 2)
  }

  @Test func aWiderIndexGoesOnUnderTheFirstKey() {
    let first = Self.changes([], [Base.cause(1, ["a"]), Base.cause(2, ["c"])])
    let wide = Self.changes(
      Self.known(first),
      [Base.cause(3, ["a", "b"], equal: 2), Base.cause(1, ["a"]), Base.cause(2, ["c"])])
    #expect(wide.map(\.key).sorted() == ["index t (a)", "index t (c)"])
    let grown = wide.first { $0.key == "index t (a)" }
    #expect(grown?.version == 2 && grown?.content?.ddl == "CREATE INDEX CONCURRENTLY ON t (a, b)")
  }

  @Test func whatIsMergedOrGoneIsResolved() throws {
    let apart = Self.known(
      Self.changes([], [Base.cause(1, ["a"])])
        + Self.changes([], [Base.cause(2, ["b", "a"], equal: 2)]))
    let both = Self.changes(apart, [Base.cause(1, ["a"]), Base.cause(2, ["b", "a"], equal: 2)])
    let merged = try #require(both.first { $0.content == nil })
    #expect(both.count == 2 && merged.state == .resolved)
    #expect(merged.reason?.hasPrefix("part of: index t") == true && merged.version == 2)
    let gone = Self.changes(apart, [])
    #expect(gone.allSatisfy { $0.state == .resolved && $0.reason == "not found any more" })
    #expect(gone.count == 2)
    // Once resolved it is not told again.
    #expect(Self.changes(Self.known(gone), []).isEmpty)
  }

  @Test func whatComesBackHasRegressed() throws {
    let open = Self.changes([], [Base.cause(1, ["a"])])
    var later = Base.cause(1, ["a"])
    later.history = [.init(time: 100 * Base.hour, runs: 10, firings: 10)]
    var resolved = Self.known(open)
    resolved[0].state = .resolved
    let back = Self.changes(resolved, [later])
    #expect(back.count == 1 && back[0].state == .regressed && back[0].version == 2)
    // It stays so, and the same evidence alone brings nothing back.
    #expect(Self.changes(Self.known(back), [later]).map(\.state) == [.regressed])
    #expect(Self.changes(resolved, [Base.cause(1, ["a"])]).map(\.state) == [.resolved])
  }

  @Test func whatWasDismissedStaysSo() {
    var known = Self.known(Self.changes([], [Base.cause(1, ["a"])]))
    known[0].state = .dismissed
    let again = Self.changes(known, [Base.cause(1, ["a"], saving: 90_000)])
    #expect(again.map(\.state) == [.dismissed] && again.map(\.isNew) == [false])
    #expect(Self.changes(known, []).isEmpty)
  }

  @Test func whatWasOverBeforeItWasToldIsLeftOut() {
    var over = Base.cause(1, ["a"])
    over.history.append(.init(time: Base.hour, runs: 100, firings: 0))
    #expect(Self.made([over]).map(\.standing.state) == [.resolved])
    #expect(Self.changes([], [over]).isEmpty)
  }
}
