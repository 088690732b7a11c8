/// Buffers, I/O times and WAL, of a node, a worker or the planner.
enum UsageLines {
  private static let kinds = ["Shared", "Local", "Temp"]

  /// Takes the figures out of `fields`, so that they can be written after everything else.
  static func split(_ fields: inout Fields) -> Fields {
    fields.extract { key in
      key.hasSuffix(" Blocks") && kinds.contains { key.hasPrefix($0) }
        || key.hasSuffix("I/O Read Time") || key.hasSuffix("I/O Write Time")
        || key.hasPrefix("WAL ")
    }
  }

  /// Adds the lines for what is in `fields` and not zero.
  static func add(_ fields: inout Fields, to lines: inout TextLines) {
    buffers(&fields, &lines)
    times(&fields, &lines)
    let figures = [
      ("records", fields.positive("WAL Records")), ("fpi", fields.positive("WAL FPI")),
      ("bytes", fields.positive("WAL Bytes")), ("fpi bytes", fields.positive("WAL FPI Bytes")),
      ("buffers full", fields.positive("WAL Buffers Full")),
    ]
    if let text = joined(figures) { lines.line("WAL: \(text)") }
  }

  private static func joined(_ figures: [(name: String, value: String?)]) -> String? {
    let parts = figures.compactMap { figure in figure.value.map { "\(figure.name)=\($0)" } }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  private static func buffers(_ fields: inout Fields, _ lines: inout TextLines) {
    var groups: [String] = []
    for kind in kinds {
      let figures = [
        ("hit", fields.positive("\(kind) Hit Blocks")),
        ("read", fields.positive("\(kind) Read Blocks")),
        ("dirtied", fields.positive("\(kind) Dirtied Blocks")),
        ("written", fields.positive("\(kind) Written Blocks")),
      ]
      if let text = joined(figures) { groups.append("\(kind.lowercased()) \(text)") }
    }
    if !groups.isEmpty { lines.line("Buffers: \(groups.joined(separator: ", "))") }
  }

  /// Before PostgreSQL 15 one pair of times, in 15 and 16 one for shared and local blocks together
  /// and one for temporary ones, from 17 on one each.
  private static func times(_ fields: inout Fields, _ lines: inout TextLines) {
    var groups: [String] = []
    let pair = fields.has("Temp I/O Read Time") ? "shared/local " : ""
    let both = [
      ("read", fields.positive("I/O Read Time")), ("write", fields.positive("I/O Write Time")),
    ]
    if let text = joined(both) { groups.append(pair + text) }
    for kind in kinds {
      let figures = [
        ("read", fields.positive("\(kind) I/O Read Time")),
        ("write", fields.positive("\(kind) I/O Write Time")),
      ]
      if let text = joined(figures) { groups.append("\(kind.lowercased()) \(text)") }
    }
    if !groups.isEmpty { lines.line("I/O Timings: \(groups.joined(separator: ", "))") }
  }
}
