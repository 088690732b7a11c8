/// Writes results as CSV (RFC 4180, lines end with a newline).
struct CSVWriter {
  /// Harmful characters are escaped where a terminal would get them; a file gets them as they are.
  let isTerminal: Bool

  /// A document of one table is its header and its rows; any other one is written long, as
  /// `part,row,name,value`.
  func write(_ document: Document) -> String {
    if let only = document.parts.first, document.parts.count == 1 {
      switch only.content {
      case .table(let columns, let rows):
        return line(columns.map { .text($0.name) }) + rows.map(line).joined()
      case .record(let values):
        return line(values.map { .text($0.0.name) }) + line(values.map(\.1))
      case .block: break
      }
    }
    return line([.text("part"), .text("row"), .text("name"), .text("value")])
      + document.parts.map(long).joined()
  }

  private func long(_ part: Document.Part) -> String {
    let name = Cell.text(part.name ?? "main")
    switch part.content {
    case .table(let columns, let rows):
      return rows.enumerated().map { index, row in
        zip(columns, row).map { line([name, .count(Int64(index)), .text($0.name), $1]) }.joined()
      }.joined()
    case .record(let values):
      return values.map { line([name, .count(0), .text($0.0.name), $0.1]) }.joined()
    case .block(let cell): return line([name, .count(0), name, cell])
    }
  }

  private func line(_ row: [Cell]) -> String {
    row.map(field).joined(separator: ",") + "\n"
  }

  private func field(_ cell: Cell) -> String {
    switch cell {
    case .none: ""
    case .text(let text), .block(let text): quoted(text)
    case .list(let list): quoted(list.map { $0 ?? "NULL" }.joined(separator: "; "))
    case .json(let json): quoted(json)
    case .count, .ms, .share, .flag: JSONWriter.value(cell)
    }
  }

  /// Text that a spreadsheet would take for a formula gets an apostrophe before it.
  private func quoted(_ text: String) -> String {
    var text = isTerminal ? SafeText.block(text) : text
    if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) {
      text = "'" + text
    }
    let needsQuotes = text.unicodeScalars.contains { ",\"\n\r".unicodeScalars.contains($0) }
    guard needsQuotes else { return text }
    var out = "\"".unicodeScalars
    for scalar in text.unicodeScalars {
      if scalar == "\"" { out.append(scalar) }
      out.append(scalar)
    }
    out.append("\"")
    return String(out)
  }
}
