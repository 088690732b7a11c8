import LogModel

/// The health file's content.
enum HealthReport {
  /// `state` as JSON.
  static func json(
    _ state: TailState, processID: Int32, version: String, at time: LogTime
  ) -> String {
    var document = Document()
    document.add(
      record: [
        (.init("state"), .text(state.condition.rawValue)),
        (.init("since"), .text(text(state.since))),
        (.init("problem"), .maybe(state.problem)),
        (.init("pid"), .count(Int64(processID))),
        (.init("version"), .text(version)),
        (.init("updated_at"), .text(text(time))),
      ])
    let columns = ["source", "state", "since", "logs", "problem", "problem_at"]
    document.add(
      table: columns.map { .init($0) },
      state.sources.sorted { $0.key < $1.key }.map { name, source in
        [
          .text(name), .text(source.condition.rawValue), .text(text(source.since)),
          .count(Int64(source.logs)), .maybe(source.problem),
          .maybe(source.problemAt.map { text($0) }),
        ]
      }, name: "sources")
    return JSONWriter.document(document)
  }

  /// RFC 3339 in UTC, with milliseconds.
  static func text(_ time: LogTime) -> String {
    let milliseconds = floored(time.microseconds, 1000)
    let seconds = floored(milliseconds, 1000)
    let days = floored(seconds, 86_400)
    let date = CivilDate.civil(days: Int(days))
    let ofDay = Int(seconds - days * 86_400)
    let day = "\(digits(date.year, 4))-\(digits(date.month, 2))-\(digits(date.day, 2))"
    let clock = [ofDay / 3600, ofDay / 60 % 60, ofDay % 60].map { digits($0, 2) }
      .joined(separator: ":")
    return "\(day)T\(clock).\(digits(Int(milliseconds - seconds * 1000), 3))Z"
  }

  private static func floored(_ value: Int64, _ divisor: Int64) -> Int64 {
    value / divisor - (value % divisor < 0 ? 1 : 0)
  }

  private static func digits(_ value: Int, _ count: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }
}
