internal import LogModel

/// The texts that open sessions refer to, with their identities: a row of a later batch names them
/// by key only.
struct HeldTexts: Sendable {
  /// A segment of a session.
  private struct Segment: Hashable, Sendable {
    var session: SessionID
    var firstLine: Int64
  }

  private static let adoptedMax = 65_536

  private var segments: [Segment: [TextKey]] = [:]
  private var references: [TextKey: Int] = [:]
  private var known: [TextKey: KnownText] = [:]
  // Read from the store, for sessions of which some may not have gone on yet; the older half goes when
  // the younger is full.
  private var adopted: [TextKey: KnownText] = [:]
  private var adoptedBefore: [TextKey: KnownText] = [:]

  func find(_ key: TextKey) -> KnownText? {
    known[key] ?? adopted[key] ?? adoptedBefore[key]
  }

  mutating func adopt(_ key: TextKey, _ id: Int64) {
    // Also a text that is known: the sessions that it is known of may be over before this one goes on.
    guard adopted[key] == nil else { return }
    if adopted.count >= Self.adoptedMax {
      adoptedBefore = adopted
      adopted = [:]
    }
    adopted[key] = KnownText(id: id, identity: nil)
  }

  /// Replaces what the segment of `snapshot` holds.
  mutating func hold(_ snapshot: SessionSnapshot, _ texts: [TextKey: KnownText]) {
    let segment = Segment(session: snapshot.session, firstLine: snapshot.firstLine)
    let keys = snapshot.isOver ? [] : snapshot.texts
    for key in keys {
      references[key, default: 0] += 1
      // What was adopted stays so: other sessions that the store has may name the same text, and have
      // not been seen here yet.
      if let text = texts[key] { known[key] = text }
    }
    for key in segments[segment] ?? [] {
      let left = (references[key] ?? 1) - 1
      references[key] = left > 0 ? left : nil
      if left <= 0 { known[key] = nil }
    }
    segments[segment] = keys.isEmpty ? nil : keys
  }
}

/// What is known of a text: its id, and what it is unless only the store knows that.
struct KnownText: Sendable {
  var id: Int64
  var identity: QueryIdentity?
}
