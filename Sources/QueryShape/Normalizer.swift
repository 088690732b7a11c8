public import LogModel
internal import SQLText

/// Fills in the query ids of a batch and makes its upserts of `queries`.
///
/// Batches come in the order of the correlator; texts that open sessions refer to are remembered
/// from one to the next.
public struct Normalizer: Sendable {
  /// An example is stored up to here, in bytes.
  public static let exampleBytesMax = 64 << 10

  private let samples: SamplePolicy
  private var identifier: QueryIdentifier
  private var held = HeldTexts()
  /// Keys that no text was known for; their rows have query 0. Above 0 an adoption is missing.
  public private(set) var unresolvedKeys = 0

  /// A normalizer with an empty memory.
  public init(samples: SamplePolicy, identifier: QueryIdentifier = QueryIdentifier()) {
    self.samples = samples
    self.identifier = identifier
  }

  /// Texts of segments that were read from the store (`open_sessions.text_hashes`, `.query_ids`):
  /// to be called before the batch whose rows may name them.
  public mutating func adopt(keys: [TextKey], ids: [Int64]) {
    for (key, id) in zip(keys, ids) where !key.isNone { held.adopt(key, id) }
  }

  /// Resolves every key of `batch` and fills in `queries`, ordered by id.
  ///
  /// An upsert whose `identity.statementKind` is empty names a query that the store has already (it
  /// is 0, or known from a stored segment): only its figures count. Where `firstSeenAt` is later
  /// than `lastSeenAt` the batch has no row of the query yet, only an open session names it.
  public mutating func normalize(_ batch: inout FactBatch) {
    var pass = NormalizerPass(held: held, samples: samples)
    let texts = batch.texts
    batch.bytes.withUnsafeBufferPointer { bytes in
      for text in texts where !text.key.isNone {
        let range = text.range.indices.clamped(to: 0..<bytes.count)
        pass.add(
          text, identifier.identify(UnsafeBufferPointer(rebasing: bytes[range])))
      }
    }
    pass.fillRows(&batch)
    pass.fillSessions(&batch)
    for snapshot in batch.sessions { held.hold(snapshot, pass.sessionTexts) }
    unresolvedKeys += pass.unresolved
    batch.queries = batch.bytes.withUnsafeBufferPointer { pass.upserts($0) }
  }
}
