/// How carefully a file is read, because a record in it may end the program: `log_files.attempt_level`.
///
///     whole ──▶ pieces ──▶ records ──▶ refusal
///
/// A run notes where it begins to read and how. One that finds such a note at the very offset where it
/// begins knows that the run before ended before its first commit, and is more careful by one step: the
/// third run reads record by record, and the fourth tries the record that stands there, and refuses it
/// if it ends the program. Behind the reach of one step it goes on with the one before. A run that was ended from outside costs the next one small batches, and
/// nothing else.
public enum ReadingCare: Int16, Sendable, Comparable {
  /// Batches as large as is best.
  case whole = 1
  /// Small batches, one after the other.
  case pieces = 2
  /// Each record a batch.
  case records = 3
  /// The first record is a reject if it ends the program; then record by record.
  case refusal = 4

  /// How a file is read on from `offset` when a run's note may stand there. `first` is the care of a
  /// run that finds none.
  public static func next(
    at offset: Int64, after attempt: ReadingAttempt?, first: ReadingCare
  ) -> ReadingCare {
    guard let attempt, attempt.offset == offset else { return first }
    return max(first, ReadingCare(rawValue: attempt.care.rawValue + 1) ?? .refusal)
  }

  /// Bytes after which a batch ends; nil = no bound of its own.
  public var batchBytesMax: Int? {
    switch self {
    case .whole: nil
    case .pieces: 64 << 10
    case .records, .refusal: 1
    }
  }

  /// Bytes of the file that are read so: batches that were under way when a run ended lie within.
  public var reachBytes: Int64 {
    switch self {
    case .whole: 0
    case .pieces: 16 << 20
    case .records, .refusal: 128 << 10
    }
  }

  /// How what stands `distance` bytes behind the begin of a run with this care is read.
  public func at(_ distance: Int64) -> ReadingCare {
    if self >= .records, distance < ReadingCare.records.reachBytes { return self }
    return self >= .pieces && distance < ReadingCare.pieces.reachBytes ? .pieces : .whole
  }

  /// By care.
  public static func < (a: ReadingCare, b: ReadingCare) -> Bool { a.rawValue < b.rawValue }
}

/// A run's note of where it begins to read a file, and how.
public struct ReadingAttempt: Sendable, Equatable {
  /// Offset in the decompressed stream.
  public var offset: Int64
  /// How.
  public var care: ReadingCare

  /// A note.
  public init(offset: Int64, care: ReadingCare) {
    self.offset = offset
    self.care = care
  }
}
