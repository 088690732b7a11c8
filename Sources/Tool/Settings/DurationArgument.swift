/// A length of time as users write it: `100ms`, `1.5s`, `10min`.
enum DurationArgument {
  /// The length that `text` names; a bare number is milliseconds. Nil when it is none.
  static func parse(_ text: String) -> Duration? {
    if let milliseconds = Int64(text), 0...86_400_000 ~= milliseconds {
      return .milliseconds(milliseconds)
    }
    return TimeArgument.span(text).map { .microseconds($0) }
  }

  /// The length that stands behind the setting `name`; nil when nothing does. Throws `usage`.
  static func read(
    _ name: String, _ text: String?, in range: ClosedRange<Duration>
  ) throws(ToolError) -> Duration? {
    guard let text else { return nil }
    guard let duration = parse(text), range ~= duration else {
      throw ToolError(
        .usage, name,
        "'\(text)' is no length of time from \(shown(range.lowerBound)) to \(shown(range.upperBound))",
        next: "Write 100ms or 1s")
    }
    return duration
  }

  /// `duration`, whole milliseconds, as it is typed: `10ms`, `60s`.
  static func shown(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    return attoseconds == 0
      ? "\(seconds)s" : "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms"
  }
}
