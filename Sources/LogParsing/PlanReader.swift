import LogModel

/// Reads what auto_explain wrote after `plan:`, in whichever of its four formats.
enum PlanReader {
  /// Facts of the plan in `[from, end)`; the unescaped query text, if it is not simply a range of
  /// those bytes, is appended to `rewritten`, and its range then starts at `rewrittenBase`.
  static func read(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int, rewritten: inout [UInt8], rewrittenBase: Int
  ) -> (facts: PlanFacts, queryText: Range<Int>?) {
    var at = from
    while at < end, base[at] <= 32 { at += 1 }
    let first = at < end ? base[at] : 0
    if first == UInt8(ascii: "{") {
      let answer = PlanScanner.scan(base, from: from, end: end)
      guard let text = answer.queryText else { return (answer.facts, nil) }
      guard text.hasEscapes else { return (answer.facts, text.range) }
      let start = rewritten.count
      JSONStringReader.append(
        base, from: text.range.lowerBound, end: text.range.upperBound, to: &rewritten)
      return (answer.facts, (rewrittenBase + start)..<(rewrittenBase + rewritten.count))
    }
    if first == UInt8(ascii: "<") {
      return xml(base, from: from, end: end, rewritten: &rewritten, rewrittenBase: rewrittenBase)
    }
    if first == UInt8(ascii: "-") || Bytes.starts(base, at: at, end: end, with: "Query Text: \"") {
      return yaml(base, from: at, end: end, rewritten: &rewritten, rewrittenBase: rewrittenBase)
    }
    return text(base, from: from, end: end)
  }

  private static func text(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int
  ) -> (facts: PlanFacts, queryText: Range<Int>?) {
    var facts = PlanFacts(format: .text, body: .none)
    facts.unfitReason = "the plan is in text format"
    guard Bytes.starts(base, at: from, end: end, with: "Query Text: "),
      let plan = TextPlan(base, from: from + 12, end: end)
    else { return (facts, nil) }
    facts.hasModifyTable = plan.modifies
    if let figures = plan.figures { facts.setRoot(rows: figures.rows, loops: figures.loops) }
    return (facts, plan.queryText)
  }

  private static func xml(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int, rewritten: inout [UInt8], rewrittenBase: Int
  ) -> (facts: PlanFacts, queryText: Range<Int>?) {
    var facts = PlanFacts(format: .xml, body: .none)
    facts.unfitReason = "the plan is in XML format"
    facts.hasModifyTable =
      Bytes.find("<Node-Type>ModifyTable<", base, from: from, end: end) != nil
    // Texts have no `<`, and a node says what it did before it names its children.
    if let root = Bytes.find("<Plan>", base, from: from, end: end) {
      let rootEnd =
        Bytes.find("<Plans>", base, from: root, end: end)
        ?? Bytes.find("</Plan>", base, from: root, end: end) ?? end
      if let rows = number("<Actual-Rows>", base, from: root, end: rootEnd),
        let loops = number("<Actual-Loops>", base, from: root, end: rootEnd)
      {
        facts.setRoot(rows: rows, loops: loops)
      }
    }
    guard let open = Bytes.find("<Query-Text>", base, from: from, end: end),
      let close = Bytes.find("</Query-Text>", base, from: open, end: end)
    else { return (facts, nil) }
    let start = rewritten.count
    var at = open + 12
    while at < close {
      let entity = Bytes.find(UInt8(ascii: "&"), base, from: at, end: close)
      rewritten.append(contentsOf: UnsafeBufferPointer(start: base + at, count: entity - at))
      at = entity
      guard at < close else { break }
      let (byte, length) = entityValue(base, at: at, end: close)
      rewritten.append(byte)
      at += length
    }
    return (facts, (rewrittenBase + start)..<(rewrittenBase + rewritten.count))
  }

  private static func entityValue(
    _ base: UnsafePointer<UInt8>, at: Int, end: Int
  ) -> (byte: UInt8, length: Int) {
    let known: [(StaticString, UInt8)] = [
      ("&lt;", 60), ("&gt;", 62), ("&amp;", 38), ("&quot;", 34), ("&apos;", 39), ("&#x0d;", 13),
    ]
    for (name, byte) in known where Bytes.starts(base, at: at, end: end, with: name) {
      return (byte, name.utf8CodeUnitCount)
    }
    return (UInt8(ascii: "&"), 1)
  }

  private static func yaml(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int, rewritten: inout [UInt8], rewrittenBase: Int
  ) -> (facts: PlanFacts, queryText: Range<Int>?) {
    var facts = PlanFacts(format: .yaml, body: .none)
    facts.unfitReason = "the plan is in YAML format"
    if let figures = yamlFigures(base, from: from, end: end) {
      facts.setRoot(rows: figures.rows, loops: figures.loops)
    }
    facts.hasModifyTable =
      Bytes.find("Node Type: \"ModifyTable\"", base, from: from, end: end) != nil
    guard let key = Bytes.find("Query Text: \"", base, from: from, end: end),
      let string = JSONStringReader.check(base, start: key + 12, end: end)
    else { return (facts, nil) }
    let start = rewritten.count
    JSONStringReader.append(base, from: key + 13, end: string.end - 1, to: &rewritten)
    return (facts, (rewrittenBase + start)..<(rewrittenBase + rewritten.count))
  }
  /// Rows and loops of the root: the lines below `Plan:` that are as far to the right as the first.
  /// Texts are written with escapes, so a line of the record is one of the document.
  private static func yamlFigures(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int
  ) -> (rows: Double, loops: Double)? {
    func next(_ line: Int) -> Int {
      min(end, Bytes.find(UInt8(ascii: "\n"), base, from: line, end: end) + 1)
    }
    func indent(_ line: Int) -> Int {
      var at = line
      while at < end, base[at] == 32 { at += 1 }
      return at - line
    }
    var line = from
    while line < end, !Bytes.starts(base, at: line + indent(line), end: end, with: "Plan:") {
      line = next(line)
    }
    line = next(line)
    let depth = indent(line)
    var (rows, loops): (Double?, Double?)
    while line < end, depth > 0, indent(line) >= depth {
      if indent(line) == depth {
        let stop = next(line)
        rows = rows ?? number("Actual Rows: ", base, at: line + depth, end: stop)
        loops = loops ?? number("Actual Loops: ", base, at: line + depth, end: stop)
      }
      line = next(line)
    }
    guard let rows, let loops else { return nil }
    return (rows, loops)
  }

  /// The number behind the first `word` in `[from, end)`.
  static func number(
    _ word: StaticString, _ base: UnsafePointer<UInt8>, from: Int, end: Int
  ) -> Double? {
    Bytes.find(word, base, from: from, end: end).flatMap {
      number(word, base, at: $0, end: end)
    }
  }

  /// The number behind `word`, which stands at `at`; nil when something else stands there.
  static func number(
    _ word: StaticString, _ base: UnsafePointer<UInt8>, at: Int, end: Int
  ) -> Double? {
    guard Bytes.starts(base, at: at, end: end, with: word) else { return nil }
    let start = at + word.utf8CodeUnitCount
    var stop = start
    while stop < end, base[stop] >= 48 && base[stop] <= 57 || base[stop] == UInt8(ascii: ".") {
      stop += 1
    }
    let digits = UnsafeBufferPointer(start: base + start, count: stop - start)
    return Double(String(decoding: digits, as: UTF8.self))
  }
}
