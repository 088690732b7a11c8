public import LogModel

/// Joins segments of one session that were read in another order than they were written: the head of
/// the later one is taken again, on the state that the earlier one ended with.
public enum SegmentJoin {
  /// The changes that make of each pair one segment, as a batch of `file` without records, and how
  /// many pairs that are.
  ///
  /// `left` ends with the line before the first of `right`, and `right` has a head; each segment
  /// occurs once. What the heads' rows became before is amended or taken back. A pair whose state is
  /// of another version is left out: to the correlator its sessions are not known either.
  public static func batch(
    joining pairs: [(left: SessionSnapshot, right: SessionSnapshot)], file: Int64, at offset: Int64
  ) -> (batch: FactBatch, joined: Int) {
    let (batch, joined) = BatchBuilder.withoutRecords(file: file, at: offset) { builder in
      var joined = 0
      for pair in pairs {
        guard let ends = Ends(pair.left, pair.right) else { continue }
        join(ends, pair.right, &builder)
        joined += 1
      }
      return joined
    }
    return (batch, joined)
  }

  /// Two segments next to each other, decoded.
  private struct Ends {
    var state: SessionState
    var head: SegmentRecording
    var later: SessionState

    /// Nil when one of them cannot be read.
    init?(_ left: SessionSnapshot, _ right: SessionSnapshot) {
      guard let stored = right.head else { return nil }
      do throws(StateDecodingError) {
        head = try SegmentRecording(stored, right.session)
        later = try SessionState(right)
        state = try SessionState(left)
      } catch {
        return nil
      }
    }
  }

  private static func join(
    _ ends: Ends, _ right: SessionSnapshot, _ builder: inout BatchBuilder
  ) {
    let head = ends.head
    var (state, later) = (ends.state, ends.later)
    let missing = state.missingLines + later.missingLines
    let isEnded = state.ends.union(later.ends).contains(.serverStart)
    state.reopen(&builder)
    if !head.isComplete { later.reopen(&builder) }
    replay(head, later, on: &state, &builder)
    var joined = state
    if head.isComplete, !head.isClosing {
      // From the end of its head on the later segment does not depend on what precedes it.
      state.takeBackProvisional(&builder)
      joined = later
      joined.firstLine = state.firstLine
      joined.firstFile = state.firstFile
      joined.storedLastLine = state.storedLastLine
      joined.storedEnds = state.storedEnds
      joined.isLeftUnknown = state.isLeftUnknown
      joined.head = state.head
      joined.headTexts = state.headTexts
      joined.isHeadNew = state.isHeadNew
    }
    let wasTakenAsOver = joined.isTakenAsOver
    joined.ends = isEnded && !joined.isClosed ? later.ends.union(.serverStart) : later.ends
    if !head.isClosing, !head.isComplete || joined.isTakenAsOver != wasTakenAsOver {
      joined.writeProvisional(&builder)
    }
    joined.lastLine = later.lastLine
    joined.lastTime = max(state.lastTime, later.lastTime)
    joined.missingLines = missing
    if joined.passage.file == later.passage.file {
      joined.passage.rejectedBytes = later.passage.rejectedBytes
      joined.passage.reportsOutlier = later.passage.reportsOutlier
    }
    builder.append(joined.snapshot())
    var gone = right
    gone.storedLastLine = right.lastLine
    gone.storedEnds = right.ends
    gone.isOver = true
    gone.head = nil
    builder.append(gone)
  }

  private static func replay(
    _ head: SegmentRecording, _ later: SessionState, on state: inout SessionState,
    _ builder: inout BatchBuilder
  ) {
    state.provisional += head.rows
    state.provisionalLinks += head.links
    state.storedEvents += head.events
    if !head.isComplete {
      state.storedEvents += later.storedEvents
      state.provisional += later.provisional
      state.provisionalLinks += later.provisionalLinks
    }
    for (file, counts) in head.dispositions {
      builder.count(file) { $0.takeBack(counts) }
    }
    for record in head.records { state.take(record, &builder) }
    if head.isClosing || !head.isComplete {
      state.enter(
        file: later.passage.file, isAnew: later.passage.records == 0 && !later.passage.isSettled)
    }
    if head.isClosing {
      state.finish(&builder)
    } else if head.isComplete, !state.passage.isSettled {
      // The record that showed it is the first one behind the head.
      state.settlePassage(at: state.lastStatementLine, &builder)
    }
  }
}

extension Dispositions {
  /// Counts of parse and bind records that are counted anew.
  fileprivate mutating func takeBack(_ counts: Dispositions) {
    executionRecords -= counts.executionRecords
    executionBytes -= counts.executionBytes
    eventRecords -= counts.eventRecords
    eventBytes -= counts.eventBytes
    openRecords -= counts.openRecords
    openBytes -= counts.openBytes
  }
}
