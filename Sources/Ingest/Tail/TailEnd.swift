internal import LogSource
internal import Synchronization

/// Asks a tail to come to its end: what was written until then is read and committed first. Cancelling
/// its task ends it at once.
public final class TailEnd: Sendable {
  /// Ends the tail's sleep.
  let wake = Wake()
  private let state = Mutex(false)

  /// Nothing asked yet.
  public init() {}

  /// Whether the end is asked for.
  public var isAsked: Bool { state.withLock { $0 } }

  /// Asks for the end.
  public func ask() {
    state.withLock { $0 = true }
    wake.raise()
  }
}
