/// What makes two plans the same: three hashes, the same for EXPLAIN and auto_explain, with and
/// without
/// ANALYZE, VERBOSE and BUFFERS.
///
/// A hash is the first eight bytes of SHA-256 over a text with a line a node. The pure core has no
/// cryptography, and a plan's id stands for years in stores that merge: so SHA-256 is handed in
/// (the
/// program has libcrypto's) and the core's own 64-bit hash, for which collisions can be made, is
/// not used.
public struct PlanIdentity: Sendable, Equatable {
  /// SHA-256 of bytes: 32 bytes.
  public typealias Digest = @Sendable ([UInt8]) -> [UInt8]

  /// The operators, relations and indexes.
  public let shape: UInt64
  /// The shape with its conditions and keys, constants left out.
  public let plan: UInt64
  /// The plan with its estimates to two digits: for storing equal plans once.
  public let dedup: UInt64
  /// Whether a parameter of the statement stands in it: a generic plan.
  public let isGeneric: Bool

  /// Computes them.
  public init(_ tree: PlanTree, digest: Digest) {
    var writer = CanonicalPlan(tree)
    writer.write()
    shape = Self.hash(writer.shape, digest)
    plan = Self.hash(writer.plan, digest)
    dedup = Self.hash(writer.plan + [10] + writer.estimates, digest)
    isGeneric = writer.isGeneric
  }

  /// A hash as 16 hex digits.
  public static func hex(_ hash: UInt64) -> String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func hash(_ text: [UInt8], _ digest: Digest) -> UInt64 {
    digest(Array("pf1\n".utf8) + text).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
