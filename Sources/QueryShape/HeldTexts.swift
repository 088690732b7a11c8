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
  // Read from the store and not yet referred to; the older half goes when the younger is full.
  private var adopted: [TextKey: KnownText] = [:]
  private var adoptedBefore: [TextKey: KnownText] = [:]

  func find(_ key: TextKey) -> KnownText? {
    known[key] ?? adopted[key] ?? adoptedBefore[key]
  }

  mutating func adopt(_ key: TextKey, _ id: Int64) {
    guard find(key) == nil else { return }
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
      if let text = texts[key] {
        known[key] = text
        adopted[key] = nil
        adoptedBefore[key] = nil
      }
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
