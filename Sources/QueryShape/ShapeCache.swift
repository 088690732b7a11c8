internal import LogModel

/// Identities by shape, bounded in number and bytes: two halves, of which the older is dropped when
/// the younger is full; what is found in the older moves to the younger.
struct ShapeCache: Sendable {
  /// What is known of a shape.
  enum Entry: Sendable {
    case identity(QueryIdentity)
    /// Its texts may have several identities.
    case sensitive
  }

  private static let bytesMax = 64 << 20

  private let entriesMax: Int
  private var young: [UInt64: Entry] = [:]
  private var old: [UInt64: Entry] = [:]
  private var youngBytes = 0

  init(entriesMax: Int) { self.entriesMax = max(2, entriesMax) }

  /// Shapes in it.
  var count: Int { young.count + old.count }

  mutating func find(_ shape: UInt64) -> Entry? {
    if let entry = young[shape] { return entry }
    guard let entry = old.removeValue(forKey: shape) else { return nil }
    insert(entry, for: shape)
    return entry
  }

  mutating func insert(_ entry: Entry, for shape: UInt64) {
    if young.count >= entriesMax / 2 || youngBytes >= Self.bytesMax / 2 {
      old = young
      young = [:]
      youngBytes = 0
    }
    young[shape] = entry
    if case .identity(let identity) = entry { youngBytes += identity.normalizedSQL.count }
  }
}
