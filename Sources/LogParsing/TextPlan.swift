import LogModel

/// Where the parts of a plan in text format are.
///
/// The query text stands before the plan as it was written, so it may hold lines that look like a
/// plan. The plan is the last place from which on every line is one that PostgreSQL writes there.
struct TextPlan {
  /// A query text with more lines like a plan's first one is not searched any further.
  private static let triesMax = 64

  /// The query text, without what follows it.
  let queryText: Range<Int>
  /// Start of the first line of the plan.
  let root: Int
  /// Rows and loops of the root node; loops are 0 for one that was never executed, both are nil
  /// without figures of an execution.
  let figures: Figures?
  /// Whether a node of the plan changes rows.
  let modifies: Bool

  /// The parts of the plan in `[from, end)`, of which the query text begins at `from`; nil when no line
  /// is the first one of a plan.
  init?(_ base: UnsafePointer<UInt8>, from: Int, end: Int) {
    let lines = Lines(base, end: end)
    var roots: [(start: Int, figures: Figures?)] = []
    var line = lines.next(after: from)
    while line < end {
      let next = lines.next(after: line)
      if case .root(let figures) = lines.kind(line, lines.end(of: line)) {
        roots.append((line, figures))
      }
      line = next
    }
    guard let last = roots.last else { return nil }
    // Where none will do, a name has a quotation mark that nothing closes.
    let root =
      roots.suffix(Self.triesMax).last { lines.isPlan($0.start) } ?? last
    self.root = root.start
    figures = root.figures
    modifies = lines.modifies(root.start)
    queryText = from..<max(from, lines.parameters(from, root.start) - 1)
  }

  /// What a node says of its execution.
  typealias Figures = (rows: Double, loops: Double)

  /// Whether a line can be the first one of a plan.
  private enum LineKind { case root(Figures?), other }

  /// The lines of a record.
  private struct Lines {
    let base: UnsafePointer<UInt8>
    let end: Int

    init(_ base: UnsafePointer<UInt8>, end: Int) {
      self.base = base
      self.end = end
    }

    func end(of line: Int) -> Int { Bytes.find(UInt8(ascii: "\n"), base, from: line, end: end) }

    func next(after line: Int) -> Int { min(end(of: line) + 1, end) }

    func kind(_ line: Int, _ lineEnd: Int) -> LineKind {
      guard line < lineEnd, base[line] >= UInt8(ascii: "A"), base[line] <= UInt8(ascii: "Z") else {
        return .other
      }
      var from = line
      while let cost = Bytes.find("  (cost=", base, from: from, end: lineEnd) {
        if let rest = estimateEnd(cost + 8, lineEnd) {
          if rest == lineEnd { return .root(nil) }
          if Bytes.starts(base, at: rest, end: lineEnd, with: " (never executed)") {
            return .root((0, 0))
          }
          if Bytes.starts(base, at: rest, end: lineEnd, with: " (actual "),
            let rows = PlanReader.number("rows=", base, from: rest, end: lineEnd),
            let loops = PlanReader.number("loops=", base, from: rest, end: lineEnd)
          {
            return .root((rows, loops))
          }
        }
        from = cost + 8
      }
      return .other
    }

    /// The end of `0.00..35.50 rows=2550 width=4)`, which begins at `start`; nil when it is not that.
    private func estimateEnd(_ start: Int, _ lineEnd: Int) -> Int? {
      var at = start
      func figure(_ before: StaticString) -> Bool {
        guard Bytes.starts(base, at: at, end: lineEnd, with: before) else { return false }
        at += before.utf8CodeUnitCount
        let first = at
        while at < lineEnd, base[at] >= 48, base[at] <= 57 { at += 1 }
        return at > first
      }
      guard figure(""), figure("."), figure(".."), figure("."), figure(" rows="),
        figure(" width="), Bytes.starts(base, at: at, end: lineEnd, with: ")")
      else { return nil }
      return at + 1
    }

    /// Whether all lines from this one on are lines of a plan: below the root they are indented, or
    /// they are of the summary. A literal or a name may go on in the next line.
    func isPlan(_ root: Int) -> Bool {
      var quote: UInt8 = 0
      var line = root
      while line < end {
        guard line == root || quote != 0 || isIndented(line) || isSummary(line) else {
          return false
        }
        quote = quoteOpen(quote, line)
        line = next(after: line)
      }
      return quote == 0
    }

    private func isIndented(_ line: Int) -> Bool {
      Bytes.starts(base, at: line, end: end, with: "  ")
    }

    /// `Settings: …`, `Query Identifier: …`, `JIT:`, `Trigger …: time=…`, and what a later version or
    /// an extension may add like them.
    private func isSummary(_ line: Int) -> Bool {
      base[line] >= UInt8(ascii: "A") && base[line] <= UInt8(ascii: "Z")
        && Bytes.find(UInt8(ascii: ":"), base, from: line, end: end(of: line)) < end(of: line)
    }

    /// The quotation mark that is open at the end of the line when `quote` is at its start, 0 = none.
    /// A doubled one closes and opens; PostgreSQL writes no other escape that has one.
    private func quoteOpen(_ quote: UInt8, _ line: Int) -> UInt8 {
      var quote = quote
      for at in line..<end(of: line) {
        let byte = base[at]
        if byte == quote {
          quote = 0
        } else if quote == 0, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
          quote = byte
        }
      }
      return quote
    }

    /// Whether a node from the root on is an insert, update, delete or merge.
    func modifies(_ root: Int) -> Bool {
      var quote: UInt8 = 0
      var line = root
      while line < end {
        var at = line
        if quote == 0, line != root {
          while at < end, base[at] == 32 { at += 1 }
          let isNode = Bytes.starts(base, at: at, end: end, with: "->  ")
          at = isNode ? at + 4 : end
        } else if quote != 0 {
          at = end
        }
        for word: StaticString in ["Insert on ", "Update on ", "Delete on ", "Merge on "]
        where Bytes.starts(base, at: at, end: end, with: word) {
          return true
        }
        quote = quoteOpen(quote, line)
        line = next(after: line)
      }
      return false
    }

    /// Where the query's parameters begin, which stand between its text and the root; the root where it
    /// has none.
    func parameters(_ from: Int, _ root: Int) -> Int {
      var line = next(after: from)
      while line < root {
        if Bytes.starts(base, at: line, end: root, with: "Query Parameters: "),
          parametersEnd(line + 18, root) == root - 1
        {
          return line
        }
        line = next(after: line)
      }
      return root
    }

    /// The end of `$1 = 'a', $2 = NULL`.
    private func parametersEnd(_ start: Int, _ limit: Int) -> Int {
      var at = start
      while Bytes.starts(base, at: at, end: limit, with: "$") {
        at += 1
        while at < limit, base[at] >= 48, base[at] <= 57 { at += 1 }
        guard Bytes.starts(base, at: at, end: limit, with: " = ") else { return at }
        at += 3
        if Bytes.starts(base, at: at, end: limit, with: "NULL") {
          at += 4
        } else {
          while at < limit, base[at] == UInt8(ascii: "'") {
            at = min(limit, Bytes.find(UInt8(ascii: "'"), base, from: at + 1, end: limit) + 1)
          }
        }
        guard Bytes.starts(base, at: at, end: limit, with: ", ") else { return at }
        at += 2
      }
      return at
    }
  }
}
