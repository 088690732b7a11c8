internal import LogModel

/// Identities by shape, bounded in number and bytes: two halves, of which the older is dropped when
/// the younger is full; what is found in the older moves to the younger.
struct ShapeCache: Sendable {
  private static let bytesMax = 64 << 20

  private let entriesMax: Int
  private var young: [UInt64: QueryIdentity] = [:]
  private var old: [UInt64: QueryIdentity] = [:]
  private var youngBytes = 0

  init(entriesMax: Int) { self.entriesMax = max(2, entriesMax) }

  /// Shapes in it.
  var count: Int { young.count + old.count }

  mutating func find(_ shape: UInt64) -> QueryIdentity? {
    if let identity = young[shape] { return identity }
    guard let identity = old.removeValue(forKey: shape) else { return nil }
    insert(identity, for: shape)
    return identity
  }

  mutating func insert(_ identity: QueryIdentity, for shape: UInt64) {
    if young.count >= entriesMax / 2 || youngBytes >= Self.bytesMax / 2 {
      old = young
      young = [:]
      youngBytes = 0
    }
    young[shape] = identity
    youngBytes += identity.normalizedSQL.count
  }
}
