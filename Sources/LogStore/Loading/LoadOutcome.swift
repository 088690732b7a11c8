/// What became of a batch.
public enum LoadOutcome: Sendable, Equatable {
  /// The batch is in the store, but for the rows that the server refused; those stand in
  /// `rejected_records` with its reason.
  case committed(refusedRows: Int)
  /// Nothing of the batch was stored: the file's committed offset is another than the batch starts
  /// from, or a COMMIT was lost without effect. Read on from `committedOffset`, with the state that
  /// the store has.
  case lostRace(committedOffset: Int64)
  /// Nothing was stored: a session of the batch is not in the store as the batch found it, because
  /// someone else went on with it, or because the batch took one for new that this file has already.
  /// Fetch the segments anew, those of every session of the batch, and redo it from the file.
  case sessionConflict
  /// Nothing was stored: the file was forgotten, or its epoch was raised, since reading began.
  case fenced
}
