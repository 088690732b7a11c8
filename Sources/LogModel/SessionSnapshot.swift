/// The state of one session at the end of a batch, as `open_sessions` holds it. A row there is a
/// *segment*: consecutive lines of one session that were read.
public struct SessionSnapshot: Sendable {
  /// The session.
  public var session: SessionID
  /// First line of the segment; (source, session, firstLine, firstFile) is the key of the row.
  public var firstLine: Int64
  /// `log_files.id` of the file that the first line was read from: files that overlap have segments
  /// of their own.
  public var firstFile: Int64
  /// Log time of the first line; used when the row is new.
  public var firstTime: LogTime?
  /// Last line of the segment.
  public var lastLine: Int64
  /// `lastLine` of the stored row that this one replaces, nil if there is none yet: if the store
  /// has another, someone else went on with the session, and the batch must be done anew.
  public var storedLastLine: Int64?
  /// Log time of the last line.
  public var lastTime: LogTime
  /// Lines that are missing within the segment, because their bytes could not be read.
  public var missingLines: Int64
  /// The correlator's state, opaque to the store; hashes, keys and figures, no text. Empty when the
  /// session has ended: the row is deleted.
  public var state: [UInt8]
  /// Texts that the state and the head refer to.
  public var texts: [TextKey]
  /// The identities of `texts`, filled in by the normalizer.
  public var queryIDs: [Int64] = []
  /// Records that wait in it, and their bytes.
  public var openRecords: Int32
  /// The session has ended or was given up: the stored row is deleted.
  public var isOver: Bool
  /// Nothing can follow, but what precedes may still come: the row stays, and no later line goes on
  /// with it.
  public var isClosed = false
  /// What has shown that it is over; empty = nothing.
  public var ends: SegmentEnds = []
  /// `ends` of the stored row that this one replaces; compared as `storedLastLine` is.
  public var storedEnds: SegmentEnds = []
  /// What the segment's first records were, when the lines before them are not known: if those come,
  /// these are correlated anew. The correlator's, opaque to the store; hashes, keys and figures, no
  /// text. Nil leaves what is stored.
  public var head: [UInt8]?

  /// A snapshot.
  public init(
    session: SessionID, firstLine: Int64, firstFile: Int64, lastLine: Int64,
    storedLastLine: Int64?, lastTime: LogTime, missingLines: Int64, state: [UInt8],
    texts: [TextKey], openRecords: Int32, isOver: Bool
  ) {
    self.session = session
    self.firstLine = firstLine
    self.firstFile = firstFile
    self.lastLine = lastLine
    self.storedLastLine = storedLastLine
    self.lastTime = lastTime
    self.missingLines = missingLines
    self.state = state
    self.texts = texts
    self.openRecords = openRecords
    self.isOver = isOver
  }
}
