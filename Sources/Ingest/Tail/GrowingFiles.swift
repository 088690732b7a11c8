internal import LogSource

/// Compressed files that may still be written: reading one before it is complete would inflate it from
/// its start again and again. A pure state machine.
struct GrowingFiles: Sendable {
  /// How long a file has to keep its size.
  static let quietTime = Duration.seconds(1)
  /// A file that was not written to for so long is not waited for.
  static let ageMax = Duration.seconds(10)
  /// A file that grows for longer is read as it is.
  static let patience = Duration.seconds(60)

  private struct Growth {
    var size: Int64
    var since: ContinuousClock.Instant
    var first: ContinuousClock.Instant
  }

  private var files: [FileKey: Growth] = [:]

  /// Whether a file may still grow. `age` is how long ago it was written to by the system's clock, where
  /// that says anything.
  mutating func isGrowing(
    _ key: FileKey, size: Int64, age: Duration, at time: ContinuousClock.Instant
  ) -> Bool {
    guard files[key] != nil || age < Self.ageMax else { return false }
    guard let known = files[key] else {
      files[key] = Growth(size: size, since: time, first: time)
      return true
    }
    if known.size == size, time - known.since >= Self.quietTime {
      files[key] = nil
      return false
    }
    guard time - known.first < Self.patience else {
      files[key] = Growth(size: size, since: time, first: time)
      return false
    }
    if known.size != size { files[key] = Growth(size: size, since: time, first: known.first) }
    return true
  }

  /// Forgets a file that was read; whether it was written to before that was over.
  mutating func forget(_ key: FileKey) -> Bool { files.removeValue(forKey: key) != nil }

  /// Forgets files that are not there any more.
  mutating func keep(_ keys: (FileKey) -> Bool) { files = files.filter { keys($0.key) } }

  /// When one may have come to its end; nil without any.
  var nextLook: ContinuousClock.Instant? {
    files.values.map(\.since).min().map { $0 + Self.quietTime }
  }
}
