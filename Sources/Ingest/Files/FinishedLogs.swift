internal import LogSource

/// Tells which logs nobody writes any more: a server writes one log at a time, so those are over in
/// whose directory another one was written to a good while later.
enum FinishedLogs {
  /// How much later: a name that is used anew, or several servers in one directory, write closer
  /// together than that.
  static let marginNanoseconds: Int64 = 60_000_000_000

  /// The plain files among `inputs` that are over.
  static func among(_ inputs: [LogInput]) -> [LogInput] {
    var newest: [LogPath: Int64] = [:]
    for input in inputs where input.form == .plain {
      newest[input.path.parent] = max(newest[input.path.parent] ?? 0, input.modifiedAt)
    }
    return inputs.filter {
      $0.form == .plain && !$0.isStandardInput
        && $0.modifiedAt < (newest[$0.path.parent] ?? 0) - marginNanoseconds
    }
  }
}
