/// The shape of a text: a seeded hash of its tokens without what the canonical text leaves out, in
/// one pass and without an allocation.
///
/// Invariant: texts of equal shape have equal canonical texts, as far as 64 bits hold; one
/// canonical text may have several shapes. So a shape finds an identity in a cache, and is nothing
/// to keep: it differs with the seed.
public struct ShapeHasher: Sendable {
  private let seed: UInt64

  /// A hasher; texts that an attacker chose collide only for one who knows the seed.
  public init(seed: UInt64) { self.seed = seed }

  /// The shape of `text`.
  public func shape(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var pass = ShapePass(text, seed: seed)
    return pass.run()
  }
}
