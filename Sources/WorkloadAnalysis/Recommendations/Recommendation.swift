/// What to do about one cause, for all the queries that have it.
public struct Recommendation: Sendable, Equatable {
  /// The cause: the same from night to night.
  public var key: String
  /// The query that gains most.
  public var query: Int64
  /// All that gain, ascending.
  public var queries: [Int64]
  /// How much it matters.
  public var severity: FindingSeverity
  /// 0 … 1
  public var confidence: Double
  /// What it would save a day at most, in ms.
  public var savingMsPerDay: Double
  /// One sentence.
  public var summary: String
  /// Why, and what to do.
  public var details: String
  /// The statement that does it.
  public var ddl: String?
  /// The index that it makes.
  public var index: IndexProposal?
  /// The findings it rests on.
  public var evidence: Evidence
  /// How it stands.
  public var standing: CauseHistory.Standing
}

extension FoundCause {
  /// Errors and the like: what they cost is no time.
  var isUrgent: Bool { subject.isEmpty && severity >= .medium && savingMs == 0 }
}

/// Makes recommendations of what was found in a source.
public struct RecommendationMaker: Sendable {
  /// Findings that are named as evidence, those that save most.
  static let evidenceMax = 20
  /// Raised when the same findings give other recommendations.
  public static let version = 1
  /// What is less sure is not told.
  public static let confidenceMin = 0.4
  /// What would save less a day is not told.
  public static let savingMsPerDayMin = 100.0
  /// What holds a tenth of the time of the database cannot wait.
  static let criticalShare = 0.1

  private let days: Double
  private let msPerDay: Double
  private let end: Int64

  /// Over `days` of log in which all queries took `totalMs`; `end` is the end of the log in µs since 1970.
  public init(days: Double, totalMs: Double, end: Int64) {
    self.days = max(days, 1.0 / 24)
    msPerDay = totalMs / self.days
    self.end = end
  }

  /// One recommendation a cause, the most rewarding first.
  public func recommendations(of causes: [FoundCause]) -> [Recommendation] {
    let told = causes.filter {
      $0.confidence >= Self.confidenceMin && $0.severity >= .low && ($0.savingMs > 0 || $0.isUrgent)
    }.sorted(by: Self.isBefore)
    var groups = Self.indexes(told.filter { $0.index != nil })
    for cause in told where cause.index == nil {
      let key = Self.key(of: cause)
      if let place = groups.firstIndex(where: { $0.key == key }) {
        groups[place].causes.append(cause)
      } else {
        groups.append(Group(index: nil, key: key, causes: [cause]))
      }
    }
    return groups.compactMap(recommendation)
      .sorted { ($1.savingMsPerDay, $0.key) < ($0.savingMsPerDay, $1.key) }
  }

  /// What one recommendation is made of.
  private struct Group {
    var index: IndexProposal?
    var key: String
    var causes: [FoundCause]
  }

  /// As few indexes as serve all.
  private static func indexes(_ causes: [FoundCause]) -> [Group] {
    var groups: [Group] = []
    // The widest first: narrower ones find their place within them.
    let widest = causes.sorted {
      let (a, b) = ($0.index?.columns.count ?? 0, $1.index?.columns.count ?? 0)
      return a != b ? a > b : isBefore($0, $1)
    }
    for cause in widest {
      guard let index = cause.index else { continue }
      let merged = groups.indices.lazy.compactMap { place in
        groups[place].index?.merged(with: index).map { (place: place, index: $0) }
      }.first
      if let merged {
        groups[merged.place].index = merged.index
        groups[merged.place].causes.append(cause)
      } else {
        groups.append(Group(index: index, key: "", causes: [cause]))
      }
    }
    return groups.map { group in
      var group = group
      group.key =
        group.index.map { "index \($0.table) (\($0.columns.joined(separator: ", ")))" } ?? ""
      group.causes.sort(by: isBefore)
      return group
    }
  }

  private static func isBefore(_ a: FoundCause, _ b: FoundCause) -> Bool {
    (b.savingMs, a.query, a.rule, a.subject) < (a.savingMs, b.query, b.rule, b.subject)
  }

  /// Statements help all queries that ask for them; everything else is about a query.
  private static func key(of cause: FoundCause) -> String {
    if let ddl = cause.ddl { return "statement \(ddl)" }
    let subject = cause.subject.isEmpty ? "" : " \(cause.subject)"
    return "\(cause.rule) \(WorkloadRule.hex(cause.query))\(subject)"
  }

  private func recommendation(_ group: Group) -> Recommendation? {
    let (index, causes) = (group.index, group.causes)
    guard let first = causes.first else { return nil }
    let history = CauseHistory(causes.flatMap(\.history), end: end)
    guard let standing = history.standing else { return nil }
    let saving = causes.reduce(0) { $0 + $1.savingMs } / days
    guard
      saving >= Self.savingMsPerDayMin || standing.state == .resolved
        || causes.contains(where: \.isUrgent)
    else { return nil }
    var severity = causes.map(\.severity).max() ?? .low
    if severity == .high, msPerDay > 0, saving / msPerDay >= Self.criticalShare {
      severity = .critical
    }
    let queries = Set(causes.map(\.query)).sorted()
    // One certain witness is enough; others do not make it less so.
    let confidence = causes.map(\.confidence).max() ?? 0
    let isProven = causes.contains(where: \.isProven)
    return Recommendation(
      key: group.key, query: first.query, queries: queries, severity: severity,
      confidence: confidence,
      savingMsPerDay: saving,
      summary: Self.summary(first, index, queries: queries.count, isProven: isProven),
      details: Self.details(first, index), ddl: index?.ddl ?? first.ddl, index: index,
      evidence: evidence(causes, isProven: isProven), standing: standing)
  }

  private static func summary(
    _ first: FoundCause, _ index: IndexProposal?, queries: Int, isProven: Bool
  ) -> String {
    guard let index else { return first.remedy }
    let columns = index.columns.joined(separator: ", ")
    let whom = queries == 1 ? "a query" : "\(queries) queries"
    return "An index on \(index.table) (\(columns)) \(isProven ? "helps" : "may help") \(whom)"
      + (isProven ? ": plans with an index take at most half the time." : ".")
  }

  private static func details(_ first: FoundCause, _ index: IndexProposal?) -> String {
    var text = first.explanation
    if first.remedy != text { text += (text.isEmpty ? "" : " ") + first.remedy }
    if let index {
      let plain = "CREATE INDEX ON \(index.table) (\(index.columns.joined(separator: ", ")))"
      let quoted = plain.split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "''")
      text += " With HypoPG it can be tried before: SELECT * FROM hypopg_create_index('\(quoted)');"
    }
    return text
  }

  private func evidence(_ causes: [FoundCause], isProven: Bool) -> Evidence {
    let found = causes.prefix(Self.evidenceMax).map { cause -> Evidence in
      var one: Evidence = [
        "rule": .text(cause.rule), "query_id": .text(WorkloadRule.hex(cause.query)),
        "found": .count(cause.firings), "of": .count(cause.samples),
        "saving_ms": .number(cause.savingMs), "confidence": .number(cause.confidence),
      ]
      if !cause.place.isEmpty { one.append("node", .text(cause.place)) }
      if let example = cause.example { one.append("example", .text(example)) }
      return one
    }
    var evidence: Evidence = [
      "days": .number(days), "causes": .count(Int64(causes.count)), "findings": .list(found),
    ]
    if isProven { evidence.append("proven", .count(1)) }
    return evidence
  }
}
