internal import Synchronization

/// Tells whether a tail makes progress, for whoever watches it: it waits for something, or it has done
/// something lately.
public final class TailPulse: Sendable {
  /// A statement may wait for locks for longer than a look should take.
  static let silenceMax = Duration.seconds(300)

  private struct State {
    var beats: Int64 = 0
    var isResting = true
    var lastBeats: Int64 = -1
    var lastChange: ContinuousClock.Instant?
  }

  /// What was committed counts too.
  let progress = ImportProgress()
  private let state = Mutex(State())

  /// The pulse of a tail that has not begun.
  init() {}

  /// Whether it is at work as it should be. To be asked now and then.
  public func isAlive(at time: ContinuousClock.Instant = .now) -> Bool {
    let bytes = progress.now.bytesDone
    return state.withLock { state in
      let beats = state.beats &+ bytes
      if beats != state.lastBeats || state.lastChange == nil {
        state.lastBeats = beats
        state.lastChange = time
      }
      return state.isResting || state.lastChange.map { time - $0 < Self.silenceMax } ?? true
    }
  }

  /// It does something; between two it rests when `isResting`.
  func beat(isResting: Bool) {
    state.withLock {
      $0.beats &+= 1
      $0.isResting = isResting
    }
  }
}
