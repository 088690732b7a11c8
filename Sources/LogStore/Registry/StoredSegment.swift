public import LogModel

/// One row of `open_sessions`: consecutive lines of a session that were read, and what is open in
/// them.
public struct StoredSegment: Sendable {
  /// The session.
  public var session: SessionID
  /// First line of the segment.
  public var firstLine: Int64
  /// `log_files.id` of the file that the first line stands in; negative when that was forgotten.
  public var firstFile: Int64
  /// Last line of the segment.
  public var lastLine: Int64
  /// Log time of the last line.
  public var lastTime: LogTime
  /// Lines that are missing within the segment.
  public var missingLines: Int64
  /// Records that wait in it.
  public var openRecords: Int32
  /// The session is over: no later line goes on with it.
  public var isClosed: Bool
  /// What has shown that it is over; empty = nothing.
  public var ends: SegmentEnds
  /// Its first records, see `SessionSnapshot`; nil when the session's beginning is known.
  public var head: [UInt8]?
  /// The correlator's state.
  public var state: [UInt8]
  /// Texts that state and head refer to.
  public var texts: [TextKey]
  /// The identities of `texts`, in the same order.
  public var queryIDs: [Int64]
  /// The files that its lines stand in.
  public var files: [Int64]
}
