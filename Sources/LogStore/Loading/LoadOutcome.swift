/// What became of a batch.
public enum LoadOutcome: Sendable, Equatable {
  /// The batch is in the store, but for the rows that the server refused; those stand in
  /// `rejected_records` with its reason.
  case committed(refusedRows: Int)
  /// Nothing of the batch was stored: the file's committed offset is another than the batch starts
  /// from, or a COMMIT was lost without effect. Read on from `committedOffset`, with the state that
  /// the store has.
  case lostRace(committedOffset: Int64)
  /// Nothing was stored: someone else went on with a session of the batch. Fetch the segments anew
  /// and redo the batch from the file.
  case sessionConflict
  /// Nothing was stored: the file was forgotten, or its epoch was raised, since reading began.
  case fenced
}
