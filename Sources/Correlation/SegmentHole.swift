import LogModel

/// Lines of a session that a file leaves out between two of its records: they stand in another file,
/// or nowhere.
///
///     a name that was appended to again        a file with bytes that cannot be read
///
///     A: 1 2 3 . . 6 7   B: 4 5                A: 1 2 3 [rejected] 6 7
///        segment │ hole, segment                  one segment, two lines missing
///
/// Over a hole nothing is brought together. Within a file it shows that the segment before it is over,
/// unless another file has the lines: what is open there is settled, and kept. Where bytes were rejected in between that are enough for
/// the lines, these were the lines, and the session goes on.
extension SessionState {
  /// No record of a csvlog is shorter: it has 22 commas and a time.
  private static let recordBytesMin: Int64 = 48

  /// Whether a record of file `builder.file` begins a segment of its own, because lines between the
  /// state's last one and it can stand in another file.
  func isInterrupted(before line: Int64, _ builder: BatchBuilder) -> Bool {
    let missing = line - lastLine - 1
    guard missing > 0 else { return false }
    guard passage.file == builder.file else { return true }
    let rejected = builder.rejectedBytes - passage.rejectedBytes
    return rejected / Self.recordBytesMin < missing
  }

  /// Segments of a session within one file at most: where more lines are left out, they were filtered
  /// out, and no other file is waited for.
  static let segmentsMax = 256

  /// Settles everything: behind the hole the segment goes on as one of which nothing is known.
  mutating func settleBeforeHole(_ builder: inout BatchBuilder) {
    reopen(&builder)
    settlePassage(at: lastLine, &builder)
    while !pending.isEmpty { dropPending(at: 0, &builder) }
    takeBackProvisional(&builder)
  }

  /// The segment that begins behind the hole.
  func interrupted(by record: LogRecord, _ builder: inout BatchBuilder) -> SessionState {
    builder.leaveOut(record.line - lastLine - 1)
    return SessionState(
      session: session, firstLine: record.line, firstFile: builder.file, time: record.time)
  }
}
