/// Writes results for people.
struct TableWriter {
  let terminal: TerminalState

  /// Columns that an elastic one keeps at least.
  static let elasticColumnsMin = 20

  /// All parts with their titles, an empty line between them.
  func write(_ document: Document) -> String {
    document.parts.map(write).filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func write(_ part: Document.Part) -> String {
    let title = part.title.map { strong(SafeText.line($0)) + "\n" } ?? ""
    switch part.content {
    case .table(let columns, let rows):
      guard !rows.isEmpty else {
        return part.emptyNote.map { title + $0 + "\n" } ?? ""
      }
      return title + table(columns, rows)
    case .record(let values): return title + record(values)
    case .block(let cell): return title + block(cell)
    }
  }

  private func block(_ cell: Cell) -> String {
    switch cell {
    case .block(let text), .text(let text), .json(let text):
      let safe = SafeText.block(text)
      return safe.hasSuffix("\n") ? safe : safe + "\n"
    default: return cell.shown + "\n"
    }
  }

  private func record(_ values: [(Document.Column, Cell)]) -> String {
    let shown = values.filter { !$0.0.isHidden && $0.1 != .none }
    let width = shown.map { DisplayWidth.of($0.0.heading) }.max() ?? 0
    return shown.map { column, cell in
      strong(padded(column.heading, to: width, isRight: false)) + "  " + cell.shown + "\n"
    }.joined()
  }

  private func table(_ columns: [Document.Column], _ rows: [[Cell]]) -> String {
    let visible = columns.indices.filter { !columns[$0].isHidden }
    let isRight = visible.map { index in
      rows.contains { $0[index].isNumber }
        && rows.allSatisfy { $0[index].isNumber || $0[index] == .none }
    }
    let headings = visible.map { columns[$0].heading }
    var texts = rows.map { row in visible.map { row[$0].shown } }
    var widths = headings.indices.map { index in
      max(DisplayWidth.of(headings[index]), texts.map { DisplayWidth.of($0[index]) }.max() ?? 0)
    }
    fit(&widths, isElastic: visible.map { columns[$0].isElastic })
    for row in texts.indices {
      for index in widths.indices {
        texts[row][index] = DisplayWidth.cut(texts[row][index], to: widths[index])
      }
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    return strong(line(headings, widths, isRight)) + "\n" + rule + "\n"
      + texts.map { line($0, widths, isRight) + "\n" }.joined()
  }

  /// Makes elastic columns narrower until the table fits, the widest first.
  private func fit(_ widths: inout [Int], isElastic: [Bool]) {
    let elastic = widths.indices.filter { isElastic[$0] }
    guard let columns = terminal.columns else {
      for index in elastic { widths[index] = min(widths[index], TerminalState.freeTextColumns) }
      return
    }
    var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - columns
    while excess > 0 {
      guard let widest = elastic.max(by: { widths[$0] < widths[$1] }),
        widths[widest] > Self.elasticColumnsMin
      else { return }
      let step = min(excess, widths[widest] - Self.elasticColumnsMin)
      let others = elastic.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
      let even = max(1, min(step, widths[widest] - max(others, Self.elasticColumnsMin)))
      widths[widest] -= even
      excess -= even
    }
  }

  private func line(_ texts: [String], _ widths: [Int], _ isRight: [Bool]) -> String {
    let last = texts.count - 1
    return texts.indices.map { index in
      index == last && !isRight[index]
        ? texts[index] : padded(texts[index], to: widths[index], isRight: isRight[index])
    }.joined(separator: "  ")
  }

  private func padded(_ text: String, to width: Int, isRight: Bool) -> String {
    let space = String(repeating: " ", count: max(0, width - DisplayWidth.of(text)))
    return isRight ? space + text : text + space
  }

  private func strong(_ text: String) -> String {
    terminal.hasColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text
  }
}
