internal import LogModel
internal import LogSource
internal import LogStore
import Synchronization

/// The notes of where this process began to read: one a file. After the first commit of a file a note
/// is not needed, as the next run begins elsewhere; a run that ends in order without one takes its note
/// back.
final class ReadingAttempts: Sendable {
  /// Files are gone on with in small batches: a tail that was ended by a record is begun again at once.
  private let isResuming: Bool
  private let begun = Mutex<Set<Int64>>([])

  init(isResuming: Bool) { self.isResuming = isResuming }

  /// How a file is read on from where the store has it, which is noted there first where there is
  /// something to read.
  func begin(
    _ generation: Generation, _ facts: InputFacts?, in store: Store
  ) async throws -> ReadingCare? {
    if let facts, facts.form == .plain, facts.size == generation.committedOffset { return nil }
    guard begun.withLock({ $0.insert(generation.id).inserted }) else { return nil }
    let first: ReadingCare = generation.committedOffset > 0 && isResuming ? .pieces : .whole
    let care = ReadingCare.next(
      at: generation.committedOffset, after: generation.attempt, first: first)
    try await store.begin(reading: generation, care)
    return care
  }
}
