public import LogModel

/// Ends segments of sessions that began before a server's start which stands in another file.
public enum SegmentEnding {
  /// The changes that settle what is open in the segments, as a batch of `file` without records, and
  /// how many that are. The segments are kept: yet another file can have more of their sessions. One
  /// whose state is of another version is left out.
  public static func batch(
    ending segments: [SessionSnapshot], file: Int64, at offset: Int64
  ) -> (batch: FactBatch, ended: Int) {
    let (batch, ended) = BatchBuilder.withoutRecords(file: file, at: offset) { builder in
      var ended = 0
      for segment in segments {
        guard var state = try? SessionState(segment) else { continue }
        state.ends.insert(.serverStart)
        state.writeProvisional(&builder)
        builder.append(state.snapshot())
        ended += 1
      }
      return ended
    }
    return (batch, ended)
  }
}
