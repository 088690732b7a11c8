import LogModel

/// The head of a segment that begins in the middle of its session: its first records, and what they
/// became without those before them. Replayed on the state that the lines before left, it becomes
/// what it would have been in order.
struct SegmentRecording: Sendable {
  /// Records at most, over all files that a head can reach into.
  static let recordsMax = 1024

  /// Nothing from before the segment can reach beyond the records here.
  var isComplete = false
  /// The session ended within it.
  var isClosing = false
  var records: [Observation] = []
  /// Settled rows that they became.
  var rows: [StoredRow] = []
  /// Links of those.
  var links: [StoredLink] = []
  /// Events that they became: parse and bind records that nothing executed.
  var events: [EventKey] = []
  /// What was counted of their parse and bind records.
  var dispositions: [Int64: Dispositions] = [:]

  /// Every text that is referred to, each once.
  var texts: [TextKey] {
    var keys: [TextKey] = []
    var seen: Set<TextKey> = [.none]
    for record in records {
      for key in [record.identity] + record.parts where seen.insert(key).inserted {
        keys.append(key)
      }
    }
    for row in rows where seen.insert(row.key.text).inserted { keys.append(row.key.text) }
    return keys
  }
}
