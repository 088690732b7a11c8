internal import LogSource

/// Logs that could not be read: when each is tried again. A pure state machine.
struct Troubles: Sendable {
  /// Pauses, doubled from the first to the last.
  static let pauseMin = Duration.milliseconds(500)
  static let pauseMax = Duration.seconds(30)

  private struct Trouble {
    var text: String
    var pause: Duration
    var due: ContinuousClock.Instant
  }

  private var all: [LogPath: Trouble] = [:]

  /// Whether none is left.
  var isEmpty: Bool { all.isEmpty }

  /// Notes a problem; whether it is one that has not been told.
  mutating func note(
    _ text: String, at path: LogPath, _ time: ContinuousClock.Instant
  ) -> Bool {
    let old = all[path]
    let pause = old.map { min($0.pause * 2, Self.pauseMax) } ?? Self.pauseMin
    all[path] = Trouble(text: text, pause: pause, due: time + pause)
    return old?.text != text
  }

  /// Whether a path may be tried at this time.
  func mayTry(_ path: LogPath, at time: ContinuousClock.Instant) -> Bool {
    all[path].map { $0.due <= time } ?? true
  }

  /// Whether a path was tried several times in vain: what is there does not become readable by itself.
  func isLasting(_ path: LogPath) -> Bool { all[path]?.pause == Self.pauseMax }

  /// There is nothing new about a path: it waits on, from now on, so that those of many are looked at
  /// together.
  mutating func rest(_ path: LogPath, at time: ContinuousClock.Instant) {
    guard var trouble = all[path] else { return }
    if trouble.due <= time { trouble.pause = min(trouble.pause * 2, Self.pauseMax) }
    trouble.due = time + trouble.pause
    all[path] = trouble
  }

  /// There is something new about a path: it is tried at once.
  mutating func retry(_ path: LogPath, at time: ContinuousClock.Instant) {
    all[path]?.pause = Self.pauseMin
    all[path]?.due = time
  }

  /// It could be read.
  mutating func clear(_ path: LogPath) { all[path] = nil }

  /// Forgets paths that lead to nothing any more.
  mutating func keep(_ paths: (LogPath) -> Bool) { all = all.filter { paths($0.key) } }

  /// When one is to be tried next.
  var nextTry: ContinuousClock.Instant? { all.values.map(\.due).min() }
}
