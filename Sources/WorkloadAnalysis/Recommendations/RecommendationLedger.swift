/// What is known of a recommendation from the last time.
public struct KnownRecommendation: Sendable, Equatable {
  /// Its key.
  public var key: String
  /// The query under which it stands.
  public var query: Int64
  /// Its last version.
  public var version: Int64
  /// How it stands.
  public var state: CauseHistory.State
  /// Since when, in µs since 1970.
  public var since: Int64
  /// When it was found first, in µs since 1970.
  public var firstSeen: Int64
  /// When it was found last.
  public var lastSeen: Int64
  /// How much it matters.
  public var severity: FindingSeverity
  /// The statement.
  public var ddl: String?
  /// All that gain, ascending.
  public var queries: [Int64]

  /// What is known, by its parts.
  public init(
    key: String, query: Int64, version: Int64, state: CauseHistory.State, since: Int64,
    firstSeen: Int64, lastSeen: Int64, severity: FindingSeverity, ddl: String?, queries: [Int64]
  ) {
    self.key = key
    self.query = query
    self.version = version
    self.state = state
    self.since = since
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.severity = severity
    self.ddl = ddl
    self.queries = queries
  }
}

/// What is to be written of one recommendation.
public struct RecommendationChange: Sendable, Equatable {
  /// Its content; nil where nothing of it is found any more, and only its state changes.
  public var content: Recommendation?
  /// Its key.
  public var key: String
  /// The query under which it stands.
  public var query: Int64
  /// The version to write.
  public var version: Int64
  /// Whether that version is new; the figures of the last one are replaced otherwise.
  public var isNew: Bool
  /// How it stands from now on.
  public var state: CauseHistory.State
  /// Since when, in µs since 1970.
  public var since: Int64
  /// Why it is resolved.
  public var reason: String?
  /// When it was found first.
  public var firstSeen: Int64
  /// When it was found last.
  public var lastSeen: Int64
}

/// Brings what is recommended now together with what is known from the last time.
public enum RecommendationLedger {
  /// What has to be written, in the order of `found`, then by key. `end` is the end of the log in µs since 1970.
  ///
  /// What people dismissed stays dismissed. What was resolved without ever having been told is left out.
  public static func changes(
    known: [KnownRecommendation], found: [Recommendation], end: Int64
  ) -> [RecommendationChange] {
    var left = known.sorted { ($0.firstSeen, $0.key) < ($1.firstSeen, $1.key) }
    var changes: [RecommendationChange] = []
    var merged: [String: String] = [:]
    for one in found {
      let place =
        left.firstIndex { $0.key == one.key } ?? left.firstIndex { isAkin($0, one) }
      let before = place.map { left.remove(at: $0) }
      if before == nil, one.standing.state == .resolved { continue }
      if one.index != nil {
        for other in left where isAkin(other, one) { merged[other.key] = before?.key ?? one.key }
      }
      changes.append(change(one, before))
    }
    for gone in left where gone.state == .open || gone.state == .regressed {
      let other = merged[gone.key]
      changes.append(
        RecommendationChange(
          content: nil, key: gone.key, query: gone.query, version: gone.version + 1, isNew: true,
          state: .resolved, since: other == nil ? end : gone.lastSeen,
          reason: other.map { "part of: \($0)" } ?? "not found any more",
          firstSeen: gone.firstSeen, lastSeen: gone.lastSeen))
    }
    return changes
  }

  private static func isAkin(_ known: KnownRecommendation, _ one: Recommendation) -> Bool {
    guard let index = one.index, let columns = columns(known.key, table: index.table) else {
      return false
    }
    return index.isAkin(to: columns)
  }

  /// The columns of a key of an index on this table.
  private static func columns(_ key: String, table: String) -> [String]? {
    let prefix = "index \(table) ("
    guard key.hasPrefix(prefix), key.hasSuffix(")") else { return nil }
    let list = key.dropFirst(prefix.count).dropLast()
    // A quoted name may hold what separates columns: it is then known by the whole key alone.
    guard !list.contains("\"") else { return nil }
    return list.split(separator: ",").map { column in
      String(column.drop { $0 == " " })
    }
  }

  private static func change(
    _ one: Recommendation, _ before: KnownRecommendation?
  ) -> RecommendationChange {
    var state = one.standing.state
    var since = one.standing.since
    guard let before else {
      return RecommendationChange(
        content: one, key: one.key, query: one.query, version: 1, isNew: true, state: state,
        since: since, reason: one.standing.reason, firstSeen: one.standing.firstSeen,
        lastSeen: one.standing.lastSeen)
    }
    switch before.state {
    case .dismissed:
      (state, since) = (.dismissed, before.since)
    case .resolved where state == .open && one.standing.lastSeen > before.lastSeen:
      // What showed it resolved is not in the window any more.
      (state, since) = (.regressed, max(one.standing.firstSeen, before.since))
    case .resolved where state == .open:
      (state, since) = (.resolved, before.since)
    case .regressed where state == .open:
      (state, since) = (.regressed, before.since)
    case .open where state == .open: since = min(since, before.since)
    default: break
    }
    let isNew =
      before.state != state || before.severity != one.severity || before.ddl != one.ddl
      || before.queries != one.queries
    return RecommendationChange(
      content: one, key: before.key, query: before.query,
      version: before.version + (isNew ? 1 : 0), isNew: isNew, state: state, since: since,
      reason: state == .resolved ? one.standing.reason : nil,
      firstSeen: min(before.firstSeen, one.standing.firstSeen),
      lastSeen: max(before.lastSeen, one.standing.lastSeen))
  }
}
