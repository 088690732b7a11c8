public import LogModel

extension LiteralRedactor {
  /// A plan with the constants taken out of its expressions (Filter, Index Cond, Output, …), "Query
  /// Text" and "Query Parameters": of every string that is no name and no fixed word. Figures stay.
  public static func redactPlan(
    _ plan: UnsafeBufferPointer<UInt8>, _ format: PlanFormat
  ) -> [UInt8] {
    switch format {
    case .json: redactPlanJSON(plan)
    case .yaml: PlanStrings.yaml(plan, isStrict: true, redactPlanString)
    case .xml: PlanStrings.xml(plan, isStrict: true, redactPlanString)
    case .text: redactPlanText(plan)
    }
  }

  /// `redactPlan` of JSON: a valid document stays one. What stands outside of strings and is no JSON
  /// is masked; a string that the end of the text cuts off is redacted and closed.
  public static func redactPlanJSON(_ plan: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    PlanStrings.json(plan, isStrict: true, redactPlanString)
  }

  private static func redactPlanString(
    _ key: UnsafeBufferPointer<UInt8>, _ value: [UInt8]
  ) -> [UInt8] {
    if CredentialScrubber.isCommand(key) { return CredentialScrubber.maskBytes }
    return isPlain(key) ? value : value.withUnsafeBufferPointer { redactSQL($0) }
  }

  private static func isPlain(_ key: UnsafeBufferPointer<UInt8>) -> Bool {
    plainKeys.contains { word in
      key.elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }
  }

  // Keys whose values are names or words of PostgreSQL's own.
  private static let plainKeys: [StaticString] = [
    "Node Type", "Parent Relationship", "Relation Name", "Schema", "Alias", "Index Name",
    "Join Type", "Strategy", "Partial Mode", "Command", "Operation", "Scan Direction",
    "Sort Method", "Sort Space Type", "CTE Name", "Function Name", "Subplan Name", "Trigger Name",
    "Constraint Name", "Relation", "Cache Mode", "Storage", "Custom Plan Provider",
    "Tuplestore Name", "Table Function Name", "Conflict Resolution", "Conflict Arbiter Indexes",
    "Format", "Sort Methods Used", "Group Key Type",
  ]

  // MARK: - Text

  /// Constants in quotes go wherever they stand; numbers stay in lines that hold PostgreSQL's own
  /// figures, behind the query's text.
  private static func redactPlanText(_ plan: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    let start = planStart(plan)
    var out: [UInt8] = []
    out.reserveCapacity(plan.count)
    var lexer = SQLLexer(plan)
    var end = 0
    var line = 0..<0
    while true {
      let token = lexer.next()
      let gap = plan[end..<token.start]
      if gap.contains(where: { $0 == 0x2D || $0 == 0x2F }) {
        out.append(gap.contains(0x0A) ? 0x0A : 0x20)
      } else {
        out.append(contentsOf: gap)
      }
      end = token.end
      switch token.kind {
      case .endOfText:
        return out.withUnsafeBufferPointer { CredentialScrubber.scrub($0) } ?? out
      case .string: out.append(contentsOf: [0x27, 0x3F, 0x27])
      case .number:
        if token.start >= line.upperBound { line = lineRange(plan, token.start) }
        if token.start >= start, isFigureLine(UnsafeBufferPointer(rebasing: plan[line])) {
          out.append(contentsOf: plan[token.start..<token.end])
        } else {
          out.append(0x3F)
        }
      default: out.append(contentsOf: plan[token.start..<token.end])
      }
    }
  }

  /// Where the first node stands: the last line at the left edge, behind the query's text, that has
  /// costs. The query's text, and a constant, may hold such lines too: where in doubt, more goes.
  private static func planStart(_ plan: UnsafeBufferPointer<UInt8>) -> Int {
    var start = plan.count
    var at = 0
    while at < plan.count {
      let line = lineRange(plan, at)
      let text = UnsafeBufferPointer(rebasing: plan[line])
      if let first = text.first, first > 0x20, contains(text, "  (cost="),
        !starts(text, "Query Text: ")
      {
        start = at
      }
      at = line.upperBound + 1
    }
    return start
  }

  private static func lineRange(
    _ plan: UnsafeBufferPointer<UInt8>, _ at: Int
  ) -> Range<Int> {
    let start = plan[..<at].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let end = plan[at...].firstIndex(of: 0x0A) ?? plan.count
    return start..<end
  }

  private static func isFigureLine(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    // What looks like a figure may be part of a constant.
    if line.contains(0x27) { return false }
    if contains(line, "(cost=") || contains(line, "(actual ") { return !isProperty(line) }
    let indent = line.firstIndex { $0 > 0x20 } ?? line.count
    let text = UnsafeBufferPointer(rebasing: line[indent...])
    return figureLines.contains { starts(text, $0) }
  }

  /// `Filter: …`: a name and a colon before the first parenthesis.
  private static func isProperty(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    let name = UnsafeBufferPointer(rebasing: line.prefix { $0 != 0x28 })
    return contains(name, ": ")
      && !figureLines.contains { word in
        starts(UnsafeBufferPointer(rebasing: name.drop { $0 <= 0x20 }), word)
      }
  }

  private static let figureLines: [StaticString] = [
    "Rows Removed by ", "Heap Blocks: ", "Heap Fetches: ", "Buffers: ", "I/O Timings: ",
    "Sort Method: ", "Batches: ", "Buckets: ", "Workers ", "Worker ", "Planning", "Execution ",
    "JIT:", "Functions: ", "Timing: ", "WAL: ", "Hits: ", "Conflicting Tuples: ",
    "Tuples Inserted: ", "Planned Partitions: ", "Subplans Removed: ", "Query Identifier: ",
    "Trigger ", "Full-sort Groups: ", "Pre-sorted Groups: ", "Storage: ", "Index Searches: ",
  ]

  private static func contains(
    _ text: UnsafeBufferPointer<UInt8>, _ word: StaticString
  ) -> Bool {
    var at = 0
    while at + word.utf8CodeUnitCount <= text.count {
      if starts(UnsafeBufferPointer(rebasing: text[at...]), word) { return true }
      at += 1
    }
    return false
  }
}

extension CredentialScrubber {
  static let maskBytes = Array("\(mask)".utf8)

  /// Whether the value of a plan's key is a command of the shell: that of a foreign table of file_fdw.
  static func isCommand(_ key: UnsafeBufferPointer<UInt8>) -> Bool {
    key.elementsEqual("Foreign Program".utf8)
  }

  /// A plan without passwords; nil when there are none. JSON that is valid (`isValid`) stays so.
  ///
  /// Where one string of it gives away a password, or takes one as a parameter, the constants of all
  /// its expressions go: Output and Filter hold the value without the name that told it in the query.
  public static func scrubPlan(
    _ plan: UnsafeBufferPointer<UInt8>, _ format: PlanFormat, isValid: Bool
  ) -> [UInt8]? {
    guard isSuspect(plan) else { return nil }
    var isChanged = false
    var hasSecret = false
    let rewrite: PlanStrings.Rewrite = { key, value in
      if isCommand(key), !value.isEmpty {
        isChanged = true
        return maskBytes
      }
      if let end = value.withUnsafeBufferPointer({ scrub($0) }) {
        hasSecret = true
        return end
      }
      if value.withUnsafeBufferPointer({ isSuspect($0) && !secretParameters($0).isEmpty }) {
        hasSecret = true
      }
      guard namesSecret(key), !value.isEmpty else { return value }
      isChanged = true
      return maskBytes
    }
    let out: [UInt8]
    switch format {
    case .json where isValid: out = PlanStrings.json(plan, isStrict: false, rewrite)
    case .yaml: out = PlanStrings.yaml(plan, isStrict: false, rewrite)
    case .xml: out = PlanStrings.xml(plan, isStrict: false, rewrite)
    case .json, .text:
      guard let scrubbed = scrub(plan) else {
        return secretParameters(plan).isEmpty ? nil : LiteralRedactor.redactPlan(plan, format)
      }
      out = scrubbed
      hasSecret = true
    }
    if hasSecret {
      // First what quotes do not mark, such as an unquoted value of a comment.
      return out.withUnsafeBufferPointer { LiteralRedactor.redactPlan($0, format) }
    }
    return isChanged ? out : nil
  }
}
