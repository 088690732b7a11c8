/// How often durations fell into which bucket: quantiles of any set of them within 1 %.
///
/// A DDSketch with α = 1 % and the logarithmic mapping: bucket i holds what is above γ^(i-1) and up to
/// γ^i, γ = (1 + α) / (1 - α). Merging adds the counts of equal buckets, so it gives the same sketch in
/// whatever order. Durations from 10⁻¹⁴ to 10¹⁵ ms need 3,500 buckets, so none are ever folded together.
public struct DurationSketch: Sendable, Equatable {
  /// The relative error of a quantile.
  public static let accuracy = 0.01
  /// ln γ. The functions of the schema hold the same number.
  public static let logGamma = 0.020000666706669525
  /// The bucket of durations that are 0.
  public static let zeroBucket: Int16 = .min
  /// The largest count of a bucket: the encoding has 48 bits for it.
  public static let countMax: Int64 = (1 << 47) - 1
  /// The largest bucket that is not 0's, in either direction.
  static let bucketMax: Int16 = 32_000

  /// Counts by bucket; none is 0.
  private(set) var counts: [Int16: Int64] = [:]
  /// Durations in all buckets.
  public private(set) var count: Int64 = 0

  /// An empty sketch.
  public init() {}

  /// The bucket of a duration in ms; what is below 0 counts as 0.
  public static func bucket(ofMs duration: Double) -> Int16 {
    guard duration > 0 else { return zeroBucket }
    let index = (Logarithm.ln(duration) / logGamma).rounded(.up)
    guard index < Double(bucketMax) else { return bucketMax }
    return index > -Double(bucketMax) ? Int16(index) : -bucketMax
  }

  /// The duration in ms that stands for a bucket: at most 1 % from everything that is in it.
  public static func value(of bucket: Int16) -> Double {
    guard bucket != zeroBucket else { return 0 }
    return 2 * Logarithm.exp(Double(bucket) * logGamma) / (Logarithm.exp(logGamma) + 1)
  }

  /// Adds a duration in ms, `times` times.
  public mutating func add(ms duration: Double, times: Int64 = 1) {
    add(times, to: Self.bucket(ofMs: duration))
  }

  /// Adds what `other` holds.
  public mutating func merge(_ other: Self) {
    for (bucket, count) in other.counts { add(count, to: bucket) }
  }

  /// The duration in ms below or at which the part `q` (0 … 1) of all are, by the nearest rank; nil when
  /// the sketch is empty.
  public func quantile(_ q: Double) -> Double? {
    guard count > 0, q >= 0, q <= 1 else { return nil }
    let rank = max(1, Int64((q * Double(count)).rounded(.up)))
    var seen: Int64 = 0
    for bucket in counts.keys.sorted() {
      seen += counts[bucket, default: 0]
      if seen >= rank { return Self.value(of: bucket) }
    }
    return nil
  }

  /// Adds `more` durations to a bucket; a count ends at `countMax`.
  mutating func add(_ more: Int64, to bucket: Int16) {
    guard more > 0 else { return }
    let old = counts[bucket, default: 0]
    let new = min(Self.countMax, old.addingReportingOverflow(more).partialValue)
    let kept = new < old ? Self.countMax : new
    counts[bucket] = kept
    count += kept - old
  }
}
