import Synchronization

/// How far a run is, for a progress line. Read at any time from any task.
public final class ImportProgress: Sendable {
  /// A look at it.
  public struct Snapshot: Sendable {
    /// Stored bytes of all inputs; 0 = not known.
    public var bytesTotal: Int64 = 0
    /// Stored bytes of the inputs that are done, and of the open ones as far as they are.
    public var bytesDone: Int64 = 0
    /// Records decided about.
    public var records: Int64 = 0
    /// Inputs that are done.
    public var filesDone = 0
  }

  private let state = Mutex(Snapshot())

  /// Nothing done yet.
  public init() {}

  /// How far it is now.
  public var now: Snapshot { state.withLock { $0 } }

  func begin(bytesTotal: Int64) { state.withLock { $0.bytesTotal = bytesTotal } }

  func advance(bytes: Int64, records: Int64) {
    state.withLock {
      $0.bytesDone += bytes
      $0.records += records
    }
  }

  func finishFile() { state.withLock { $0.filesDone += 1 } }
}
