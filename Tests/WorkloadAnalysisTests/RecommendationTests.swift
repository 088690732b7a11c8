import Testing

@testable import WorkloadAnalysis

@Suite struct RecommendationTests {
  static func index(_ columns: [String], _ equal: Int, table: String = "t") -> IndexProposal {
    guard let index = IndexProposal(table: table, columns: columns, equalCount: equal) else {
      preconditionFailure("an index has columns")
    }
    return index
  }

  /// Two indexes with how many columns are compared for equality, and what serves both.
  typealias Pair = (a: ([String], Int), b: ([String], Int), merged: [String]?)

  static let pairs: [Pair] = [
    ((["a"], 1), (["a", "b"], 2), ["a", "b"]),
    // Equality has no order of its own.
    ((["b"], 1), (["a", "b"], 2), ["b", "a"]),
    ((["a", "b"], 2), (["b", "a"], 2), ["b", "a"]),
    // A range, or an order, comes last.
    ((["a", "t"], 1), (["a"], 1), ["a", "t"]),
    ((["t"], 0), (["a", "t"], 1), nil),
    ((["a", "t"], 1), (["a", "b"], 2), nil),
    // The range of one is the next equality of the other.
    ((["a", "b"], 2), (["a", "b"], 1), ["a", "b"]),
    ((["a", "b", "c"], 3), (["c", "b"], 1), ["c", "b", "a"]),
    ((["a"], 1), (["b"], 1), nil),
    ((["a", "b", "c"], 1), (["a", "c"], 1), nil),
  ]

  @Test(arguments: pairs.indices) func indexesThatServeBoth(place: Int) {
    let pair = Self.pairs[place]
    let (a, b) = (Self.index(pair.a.0, pair.a.1), Self.index(pair.b.0, pair.b.1))
    #expect(a.merged(with: b)?.columns == pair.merged)
    #expect(b.merged(with: a).map { Set($0.columns) } == pair.merged.map(Set.init))
  }

  @Test func aSettledOrderStays() throws {
    let wide = Self.index(["a", "b", "c"], 3)
    let first = try #require(wide.merged(with: Self.index(["c"], 1)))
    #expect(first.columns == ["c", "a", "b"])
    #expect(first.merged(with: Self.index(["b"], 1)) == nil)
    #expect(
      try #require(first.merged(with: Self.index(["b", "c"], 2))).columns == ["c", "b", "a"])
    #expect(Self.index(["a"], 1).merged(with: Self.index(["a"], 1, table: "u")) == nil)
    #expect(IndexProposal(table: "t", columns: [], equalCount: 0) == nil)
    #expect(Self.index(["a", "b", "c", "d"], 4).columns == ["a", "b", "c"])
  }

  // MARK: - Life cycle

  static let hour: Int64 = 3_600_000_000

  /// Steps of an hour each from 0 on: executions and how often it was found.
  static func history(_ steps: [(runs: Double, firings: Double)], idle: Int64 = 0) -> CauseHistory {
    CauseHistory(
      steps.enumerated().map { place, step in
        CauseHistory.Step(time: Int64(place) * hour, runs: step.runs, firings: step.firings)
      }, end: (Int64(steps.count) + idle) * hour)
  }

  typealias Life = (
    steps: [(runs: Double, firings: Double)], state: CauseHistory.State, since: Int64
  )

  static let lives: [Life] = [
    ([(10, 10), (10, 10)], .open, 0),
    // Four findings are missing, then five.
    ([(10, 10), (4, 0)], .open, 0), ([(10, 10), (4, 0), (1, 0)], .resolved, 2),
    // One run in ten had it: 49 runs say nothing, 50 do.
    ([(100, 10), (49, 0)], .open, 0), ([(100, 10), (50, 0)], .resolved, 1),
    // What it was found in counts for both sides.
    ([(10, 10), (4, 0), (4, 0)], .resolved, 2), ([(10, 10), (4, 0), (1, 1), (4, 0)], .open, 0),
    ([(10, 10), (10, 0), (3, 3)], .regressed, 2),
    ([(10, 10), (10, 0), (3, 3), (5, 0)], .resolved, 3),
    ([(10, 10), (10, 0), (3, 3), (5, 0), (1, 1)], .regressed, 4),
    // Not logged as executions, only as plans.
    ([(0, 3), (0, 2)], .open, 0),
  ]

  @Test(arguments: lives.indices) func lifeCycle(place: Int) throws {
    let life = Self.lives[place]
    let standing = try #require(Self.history(life.steps).standing)
    #expect(standing.state == life.state && standing.since == life.since * Self.hour)
    #expect((standing.reason != nil) == (life.state == .resolved))
    #expect(standing.firstSeen == 0)
  }

  @Test func whatDoesNotRunForAWeekIsGone() throws {
    #expect(try #require(Self.history([(10, 10)], idle: 160).standing).state == .open)
    let gone = try #require(Self.history([(10, 10)], idle: 168).standing)
    #expect(gone.state == .resolved && gone.reason?.contains("week") == true)
    #expect(Self.history([(10, 0)]).standing == nil)
    // It came back after more than a week.
    let back = CauseHistory(
      [
        .init(time: 0, runs: 1, firings: 1), .init(time: 200 * Self.hour, runs: 1, firings: 1),
      ], end: 201 * Self.hour)
    #expect(try #require(back.standing).state == .regressed)
  }

  // MARK: - Making

  static func cause(
    _ query: Int64, _ columns: [String] = [], equal: Int = 1, saving: Double = 10_000,
    severity: FindingSeverity = .medium, ddl: String? = nil,
    rule: String = "seq-scan-selective-filter"
  ) -> FoundCause {
    var cause = FoundCause(
      query: query, rule: rule, subject: "Seq Scan on t", firings: 10, samples: 10,
      savingMs: saving, severity: severity, confidence: 0.8, explanation: "It is read whole.",
      remedy: "An index may help.")
    cause.ddl = ddl
    if !columns.isEmpty {
      cause.index = index(columns, equal)
      cause.ddl = cause.index?.ddl
    }
    cause.history = [.init(time: 0, runs: 10, firings: 10)]
    return cause
  }

  static let maker = RecommendationMaker(days: 2, totalMs: 1_000_000, end: hour)

  @Test func indexesAreMergedOverQueries() throws {
    let made = Self.maker.recommendations(of: [
      Self.cause(1, ["a"]), Self.cause(2, ["b", "a"], equal: 2, saving: 30_000),
      Self.cause(3, ["c"], saving: 4_000),
    ])
    #expect(
      made.map(\.ddl) == [
        "CREATE INDEX CONCURRENTLY ON t (a, b)", "CREATE INDEX CONCURRENTLY ON t (c)",
      ])
    let first = try #require(made.first)
    #expect(first.queries == [1, 2] && first.query == 2 && first.savingMsPerDay == 20_000)
    #expect(first.key == "index t (a, b)" && first.summary.contains("may help 2 queries"))
    #expect(first.details.contains("hypopg_create_index('CREATE INDEX ON t (a, b)')"))
    #expect(first.evidence.json.contains("\"saving_ms\":30000"))
  }

  @Test func otherStatementsAreOneCauseEach() {
    let made = Self.maker.recommendations(of: [
      Self.cause(1, ddl: "ANALYZE t", rule: "stale-statistics"),
      Self.cause(2, ddl: "ANALYZE t", rule: "misestimate-origin"),
      Self.cause(3, saving: 7_000, rule: "sort-spill"),
      Self.cause(4, saving: 6_000, rule: "sort-spill"),
    ])
    #expect(
      made.map(\.key) == [
        "statement ANALYZE t", "sort-spill 0000000000000003 Seq Scan on t",
        "sort-spill 0000000000000004 Seq Scan on t",
      ])
  }

  @Test func whatGainsNothingIsNotTold() {
    var unsure = Self.cause(1, ["a"])
    unsure.confidence = 0.39
    let made = Self.maker.recommendations(of: [
      unsure, Self.cause(2, ["b"], severity: .info), Self.cause(3, ["c"], saving: 199),
    ])
    #expect(made.isEmpty)
  }

  @Test func whatHoldsATenthOfTheTimeIsCritical() {
    let severities = [90_000.0, 110_000].map { saving in
      Self.maker.recommendations(of: [Self.cause(1, ["a"], saving: saving, severity: .high)])
        .first?.severity
    }
    #expect(severities == [.high, .critical])
  }

  @Test func aProofIsSaid() throws {
    var proven = Self.cause(1, ["a"])
    proven.isProven = true
    let made = try #require(Self.maker.recommendations(of: [proven]).first)
    #expect(made.summary.contains("helps a query") && !made.summary.contains("may"))
  }

  @Test func manySamplesAreSurerThanOne() {
    let one = FoundCause.confidence(single: 0.5, firings: 1, samples: 1)
    let many = FoundCause.confidence(single: 0.5, firings: 100, samples: 100)
    let rare = FoundCause.confidence(single: 0.5, firings: 1, samples: 100)
    #expect((one - 0.5).magnitude < 1e-9 && many > 0.74 && many < 0.75 && rare < 0.02)
  }
}
