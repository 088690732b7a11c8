import ArgumentParser

/// How results are written.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case table, json, ndjson, csv

  /// `document` in this format, ending with a newline unless it is empty.
  func write(_ document: Document, terminal: TerminalState) -> String {
    switch self {
    case .table: TableWriter(terminal: terminal).write(document)
    case .json: JSONWriter.document(document)
    case .ndjson: JSONWriter.lines(document)
    case .csv: CSVWriter(isTerminal: terminal.isTerminal).write(document)
    }
  }
}
