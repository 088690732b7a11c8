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

  /// `Query Text: …`, possibly over several lines, up to the first line that is a plan node at the
  /// left edge (`Seq Scan on t  (cost=…`) or `Query Parameters: `.
  private static func text(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int
  ) -> (facts: PlanFacts, queryText: Range<Int>?) {
    var facts = PlanFacts(format: .text, body: .none)
    facts.unfitReason = "the plan is in text format"
    facts.hasActualLoops = Bytes.find("(actual ", base, from: from, end: end) != nil
    facts.hasModifyTable =
      ["Insert on ", "Update on ", "Delete on ", "Merge on "].contains {
        Bytes.find($0, base, from: from, end: end) != nil
      }
    guard Bytes.starts(base, at: from, end: end, with: "Query Text: ") else { return (facts, nil) }
    let start = from + 12
    var line = Bytes.find(UInt8(ascii: "\n"), base, from: start, end: end)
    while line < end {
      let next = Bytes.find(UInt8(ascii: "\n"), base, from: line + 1, end: end)
      let isParameters = Bytes.starts(base, at: line + 1, end: end, with: "Query Parameters: ")
      let isNode =
        line + 1 < end && base[line + 1] > 32
        && Bytes.find("  (cost=", base, from: line + 1, end: next) != nil
      if isParameters || isNode { return (facts, start..<line) }
      line = next
    }
    return (facts, nil)
  }

  private static func xml(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int, rewritten: inout [UInt8], rewrittenBase: Int
  ) -> (facts: PlanFacts, queryText: Range<Int>?) {
    var facts = PlanFacts(format: .xml, body: .none)
    facts.unfitReason = "the plan is in XML format"
    facts.hasActualLoops = Bytes.find("<Actual-Loops>", base, from: from, end: end) != nil
    facts.hasModifyTable = Bytes.find(">ModifyTable<", base, from: from, end: end) != nil
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
    facts.hasActualLoops = Bytes.find("Actual Loops:", base, from: from, end: end) != nil
    facts.hasModifyTable =
      Bytes.find("Node Type: \"ModifyTable\"", base, from: from, end: end) != nil
    guard let key = Bytes.find("Query Text: \"", base, from: from, end: end),
      let string = JSONStringReader.check(base, start: key + 12, end: end)
    else { return (facts, nil) }
    let start = rewritten.count
    JSONStringReader.append(base, from: key + 13, end: string.end - 1, to: &rewritten)
    return (facts, (rewrittenBase + start)..<(rewrittenBase + rewritten.count))
  }
}
