public import LogModel

/// The correlator stage: records of one file become rows. Log lines are not executions; which lines
/// are one execution is decided for each session by its own state machine (`SessionState`).
///
/// - Invariant: the rows after the last batch depend on the records alone, not on where batches
///   were cut: what is open at the end of a batch is written provisional and amended later.
/// - Invariant: state holds keys, hashes and figures, no text, and is bounded in number.
public struct Correlator: Sendable {
  /// Sessions held at most; the one longest without a record is given up: settled as it is.
  public static let sessionsMax = 4096

  private var sessions: [SessionID: SessionState] = [:]
  private let plausibleTimes: ClosedRange<LogTime>
  /// Bytes of the file so far that no record could be read from.
  private var rejectedBytes: Int64
  /// Sessions taken over of which the file has had no record yet.
  private var awaited: Set<SessionID> = []
  /// Segments of sessions with holes in the file, but for the first.
  private var holes: [SessionID: Int] = [:]

  /// A correlator that knows no session, for a file of which `rejectedBytes` were rejected before the
  /// first batch. Log times outside `plausibleTimes` are kept as they are, and an event says so, once
  /// a session.
  public init(
    plausibleTimes: ClosedRange<LogTime> = LogTime(
      microseconds: .min)...LogTime(microseconds: .max), rejectedBytes: Int64 = 0
  ) {
    self.plausibleTimes = plausibleTimes
    self.rejectedBytes = rejectedBytes
  }

  /// Sessions of a batch that begin in the middle and are not known here: whoever has read their
  /// previous line (`line` - 1) left its state in the store.
  public func unknownSessions(
    in batch: RecordBatch
  ) -> [(session: SessionID, line: Int64)] {
    var seen: Set<SessionID> = []
    var unknown: [(session: SessionID, line: Int64)] = []
    for record in batch.records where sessions[record.session] == nil {
      if seen.insert(record.session).inserted, record.line > 1 {
        unknown.append((record.session, record.line))
      }
    }
    return unknown
  }

  /// Takes over a session whose state was in the store; with `isOwn`, one that the file has had lines
  /// of already. State of another version is refused.
  public mutating func adopt(
    _ snapshot: SessionSnapshot, isOwn: Bool = false
  ) throws(StateDecodingError) {
    sessions[snapshot.session] = try SessionState(snapshot)
    if !isOwn { awaited.insert(snapshot.session) }
  }

  /// Notes how many segments of a session the store has with lines of the file.
  public mutating func noteSegments(_ count: Int, of session: SessionID) {
    holes[session] = count > 1 ? count - 1 : nil
  }

  /// Correlates the next batch of file `file`.
  public mutating func correlate(_ records: consuming RecordBatch, file: Int64) -> FactBatch {
    var result = FactBatch(
      file: file, startOffset: records.startOffset, endOffset: records.endOffset, bytes: [],
      rawCount: records.rawCount)
    result.rejects = records.rejects
    let bytes = records.bytes
    let items = records.records
    let plans = records.plans
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      var builder = BatchBuilder(batch: result, base: base, plans: plans)
      builder.rejectedBytes = rejectedBytes
      run(items, &builder)
      result = builder.batch
    }
    for reject in result.rejects {
      result.dispositions[file, default: Dispositions()].rejectedRecords += 1
      result.dispositions[file, default: Dispositions()].rejectedBytes += Int64(reject.length)
      rejectedBytes += Int64(reject.length)
    }
    result.firstTime = items.map(\.time).min()
    result.lastTime = items.map(\.time).max()
    result.bytes = bytes
    return result
  }

  private mutating func run(_ records: [LogRecord], _ builder: inout BatchBuilder) {
    var touched: Set<SessionID> = []
    var over: [SessionID: SessionState] = [:]
    var rejects = builder.batch.rejects[...]
    for record in records {
      while let reject = rejects.first, reject.offset < record.offset {
        builder.rejectedBytes += Int64(reject.length)
        rejects.removeFirst()
      }
      if Self.startsServer(record, builder) {
        endSessions(before: record, &touched)
        builder.startServer(at: record.session.start)
      }
      var isChanged = !touched.insert(record.session).inserted
      awaited.remove(record.session)
      if sessions[record.session] == nil {
        // What ended in this batch is not in the store as it is now.
        isChanged = isChanged || over[record.session] != nil
        if sessions.count >= Self.sessionsMax { giveUpOldest(&over, &builder) }
        // A session that ended within this batch, and more of it: its row is deleted only once.
        sessions[record.session] =
          over.removeValue(forKey: record.session)
          ?? SessionState(
            session: record.session, firstLine: record.line, firstFile: builder.file,
            time: record.time)
      }
      if sessions[record.session]?.isInterrupted(before: record.line, builder) == true {
        interrupt(before: record, isChanged: isChanged, &builder)
      }
      let isPlausible = plausibleTimes.contains(record.time)
      sessions[record.session]?.read(record, isPlausible: isPlausible, &builder)
      if builder.starts(record.message, with: "disconnection: "), record.kind == .other,
        !record.hasStatement, var state = sessions.removeValue(forKey: record.session)
      {
        state.finish(&builder)
        over[record.session] = state
        holes[record.session] = nil
      }
    }
    for session in touched.sorted(by: Self.inOrder) {
      guard over[session] == nil else { continue }
      guard var state = sessions.removeValue(forKey: session) else { continue }
      state.writeProvisional(&builder)
      builder.append(state.snapshot())
      sessions[session] = state
    }
    for (_, var state) in over.sorted(by: { Self.inOrder($0.key, $1.key) }) {
      builder.append(state.snapshot())
    }
  }

  /// Leaves a session's segment as it is, and begins another one behind the lines that the file
  /// leaves out.
  private mutating func interrupt(
    before record: LogRecord, isChanged: Bool, _ builder: inout BatchBuilder
  ) {
    guard var earlier = sessions.removeValue(forKey: record.session) else { return }
    let isWithinFile = earlier.passage.file == builder.file
    if isWithinFile, !earlier.isClosed {
      guard holes[record.session, default: 0] < SessionState.segmentsMax else {
        earlier.settleBeforeHole(&builder)
        sessions[record.session] = earlier
        return
      }
      holes[record.session, default: 0] += 1
      earlier.ends.insert(.hole)
    }
    sessions[record.session] = earlier.interrupted(by: record, &builder)
    // What the batch has not changed stands in the store as it is.
    guard isChanged || earlier.ends.contains(.hole) else { return }
    if !earlier.isClosed { earlier.writeProvisional(&builder) }
    builder.append(earlier.snapshot())
  }

  private static func inOrder(_ a: SessionID, _ b: SessionID) -> Bool {
    (a.start, a.process) < (b.start, b.process)
  }

  /// A starting server: no session from before it can go on.
  private static func startsServer(_ record: LogRecord, _ builder: BatchBuilder) -> Bool {
    record.isWorker && record.kind == .other && !record.hasStatement && record.severity == .log
      && builder.starts(record.message, with: "starting PostgreSQL ")
  }

  /// What is known of the sessions is all that there is, unless another file has more.
  private mutating func endSessions(before record: LogRecord, _ touched: inout Set<SessionID>) {
    for (session, state) in sessions where session.start < record.session.start {
      guard !state.isClosed, !state.ends.contains(.serverStart), !awaited.contains(session)
      else { continue }
      sessions[session]?.ends.insert(.serverStart)
      touched.insert(session)
    }
  }

  /// Bounds the number of sessions: the quarter that is longest without a record is given up.
  private mutating func giveUpOldest(
    _ over: inout [SessionID: SessionState], _ builder: inout BatchBuilder
  ) {
    let oldest = sessions.sorted { a, b in
      (a.value.lastTime, a.key.start, a.key.process)
        < (b.value.lastTime, b.key.start, b.key.process)
    }
    for (session, var state) in oldest.prefix(Self.sessionsMax / 4) {
      sessions.removeValue(forKey: session)
      awaited.remove(session)
      state.finish(&builder)
      over[session] = state
      holes[session] = nil
    }
  }
}
