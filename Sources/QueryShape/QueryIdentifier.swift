public import LogModel
internal import Digest
internal import SQLText

/// Gives texts their identity: the hash of the canonical text (see `CanonicalText`), found by shape
/// in a bounded cache, by the grammar and SHA-256 on a miss.
///
/// The id depends on the canonical text alone: it is the same in every process, whether constants
/// or parameters stand in the text, and whether the grammar accepts it. Not for two tasks at once;
/// each may have its own.
public struct QueryIdentifier: Sendable {
  /// The version of these rules, `queries.identity_version`.
  public static let identityVersion: Int16 = 1
  /// A canonical text is stored up to here, in bytes; its id is that of the whole.
  public static let storedTextBytesMax = 64 << 10
  /// Texts above this size, in bytes, are not shown to the grammar.
  public static let grammarBytesMax = 1 << 20

  private let hasher: ShapeHasher
  private var cache: ShapeCache
  /// Texts that the cache did not know.
  public private(set) var misses = 0

  /// An identifier whose cache holds at most `entriesMax` shapes (and 64 MiB of texts). The seed is
  /// random in every process; a fixed one is for tests.
  public init(entriesMax: Int = 20_000, seed: UInt64 = .random(in: .min ... .max)) {
    hasher = ShapeHasher(seed: seed)
    cache = ShapeCache(entriesMax: entriesMax)
  }

  /// The identity of `text`, one statement or several. The bytes are borrowed for the call.
  public mutating func identify(_ text: UnsafeBufferPointer<UInt8>) -> QueryIdentity {
    let shape = hasher.shape(text)
    switch cache.find(shape) {
    case .identity(let identity): return identity
    case .sensitive: return identifySensitive(text)
    case nil: break
    }
    let canonical = SQLText.canonical(text)
    guard !SensitiveText.mayBe(canonical.bytes) else {
      cache.insert(.sensitive, for: shape)
      return identifySensitive(text)
    }
    misses += 1
    let identity = Self.read(text, canonical, isSensitive: false)
    cache.insert(.identity(identity), for: shape)
    return identity
  }

  /// As `identify`, by more than the shape.
  private mutating func identifySensitive(_ text: UnsafeBufferPointer<UInt8>) -> QueryIdentity {
    var hash = Hasher()
    SensitiveText.neutral(text).withUnsafeBytes { hash.combine(bytes: $0) }
    hash.combine(text.count > Self.grammarBytesMax)
    let key = UInt64(bitPattern: Int64(hash.finalize()))
    if case .identity(let identity) = cache.find(key) { return identity }
    misses += 1
    let identity = Self.read(text, SQLText.canonical(text), isSensitive: true)
    cache.insert(.identity(identity), for: key)
    return identity
  }

  /// The id of a canonical text: the first eight bytes of its SHA-256, highest first; never 0.
  public static func id(ofCanonical text: [UInt8]) -> Int64 {
    let digest = SHA256Hash.of(text)
    let value = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return value == 0 ? 1 : Int64(bitPattern: value)
  }

  /// The identity of a text that no cache knows.
  private static func read(
    _ text: UnsafeBufferPointer<UInt8>, _ tokens: CanonicalText, isSensitive: Bool
  ) -> QueryIdentity {
    var canonical = tokens
    var reading: GrammarReading?
    var status = ParseStatus.lexed
    if canonical.isTruncated {
      status = .truncated
    } else if text.count > grammarBytesMax {
      status = .oversize
    } else {
      reading = GrammarReading.read(text)
      if reading != nil { status = .parsed }
    }
    // Where the grammar accepts a text, passwords are constants; elsewhere they may be anything.
    // Constants are left out either way, and what they hold must not hide or change what is not.
    if isSensitive, status != .parsed {
      let neutral = SensitiveText.neutral(text)
      if let scrubbed = neutral.withUnsafeBufferPointer({ CredentialScrubber.scrub($0) }) {
        canonical = scrubbed.withUnsafeBufferPointer { SQLText.canonical($0) }
      }
    }
    // A name that holds a password is another name, but not shown.
    let shown = isSensitive ? SensitiveText.maskingNames(canonical.bytes) : canonical.bytes
    return QueryIdentity(
      id: id(ofCanonical: canonical.bytes), family: reading?.family ?? 0,
      normalizedSQL: TextLimit.cut(shown, to: storedTextBytesMax),
      statementKind: SQLText.kind(text), relations: reading?.relations ?? [], parseStatus: status)
  }
}
