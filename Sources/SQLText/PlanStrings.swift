/// Gives every string of a plan to a function and puts what it returns in its place, in the escapes
/// of the plan's format; what stands around the strings stays as it is, or is checked.
///
/// `rewrite` gets the key that the string is the value of (in XML with blanks, as in the others) and
/// the string without escapes.
struct PlanStrings {
  typealias Rewrite = (_ key: UnsafeBufferPointer<UInt8>, _ value: [UInt8]) -> [UInt8]

  private let plan: UnsafeBufferPointer<UInt8>
  /// Masks what stands around the strings and is neither a figure nor structure.
  private let isStrict: Bool
  private let rewrite: Rewrite
  private var out: [UInt8] = []

  private init(_ plan: UnsafeBufferPointer<UInt8>, isStrict: Bool, _ rewrite: @escaping Rewrite) {
    self.plan = plan
    self.isStrict = isStrict
    self.rewrite = rewrite
    out.reserveCapacity(plan.count + 64)
  }

  private func part(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: plan[range])
  }

  private mutating func append(_ range: Range<Int>) { out.append(contentsOf: plan[range]) }

  // MARK: - JSON

  /// A valid document stays one. A string that the end cuts off is closed.
  static func json(
    _ plan: UnsafeBufferPointer<UInt8>, isStrict: Bool, _ rewrite: @escaping Rewrite
  ) -> [UInt8] {
    var pass = PlanStrings(plan, isStrict: isStrict, rewrite)
    var key: Range<Int> = 0..<0
    var at = 0
    while at < plan.count {
      let quote = plan[at...].firstIndex(of: 0x22) ?? plan.count
      pass.appendBetween(at..<quote)
      guard quote < plan.count else { break }
      let end = pass.stringEnd(quote + 1)
      let next = min(end + 1, plan.count)
      pass.out.append(0x22)
      if pass.isKey(next) {
        key = quote + 1..<end
        pass.append(key)
      } else {
        let value = JSONEscapes.unescaped(pass.part(quote + 1..<end))
        JSONEscapes.escape(rewrite(pass.part(key), value), to: &pass.out)
      }
      pass.out.append(0x22)
      at = next
    }
    return pass.out
  }

  /// The quote that closes a string whose first byte is at `from`, or the end.
  private func stringEnd(_ from: Int) -> Int {
    var at = from
    while at < plan.count, plan[at] != 0x22 { at += plan[at] == 0x5C ? 2 : 1 }
    return min(at, plan.count)
  }

  private func isKey(_ from: Int) -> Bool {
    var at = from
    while at < plan.count, plan[at] == 0x20 || (0x09...0x0D).contains(plan[at]) { at += 1 }
    return at < plan.count && plan[at] == 0x3A
  }

  private mutating func appendBetween(_ range: Range<Int>) {
    guard isStrict else { return append(range) }
    var at = range.lowerBound
    while at < range.upperBound {
      guard !Self.isStructure(plan[at]) else {
        out.append(plan[at])
        at += 1
        continue
      }
      let start = at
      while at < range.upperBound, !Self.isStructure(plan[at]) { at += 1 }
      if Self.isFigure(part(start..<at)) { append(start..<at) } else { out.append(0x3F) }
    }
  }

  private static func isStructure(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == 0x7B || byte == 0x7D || byte == 0x5B || byte == 0x5D || byte == 0x2C
      || byte == 0x3A
  }

  /// A number, `true`, `false` or `null`.
  private static func isFigure(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
    for known: StaticString in ["true", "false", "null"]
    where word.elementsEqual(
      UnsafeBufferPointer(start: known.utf8Start, count: known.utf8CodeUnitCount))
    {
      return true
    }
    return !word.isEmpty
      && word.allSatisfy {
        $0 &- 0x30 < 10 || $0 == 0x2D || $0 == 0x2B || $0 == 0x2E || $0 | 0x20 == 0x65
      }
  }

  // MARK: - YAML

  /// Every string of PostgreSQL's YAML stands in quotes with JSON's escapes, on one line.
  static func yaml(
    _ plan: UnsafeBufferPointer<UInt8>, isStrict: Bool, _ rewrite: @escaping Rewrite
  ) -> [UInt8] {
    var pass = PlanStrings(plan, isStrict: isStrict, rewrite)
    var at = 0
    while at < plan.count {
      let end = plan[at...].firstIndex(of: 0x0A) ?? plan.count
      pass.yamlLine(at..<end)
      if end < plan.count { pass.out.append(0x0A) }
      at = end + 1
    }
    return pass.out
  }

  private mutating func yamlLine(_ line: Range<Int>) {
    var start = line.lowerBound
    while start < line.upperBound, plan[start] == 0x20 || plan[start] == 0x2D { start += 1 }
    append(line.lowerBound..<start)
    var key = start..<start
    if start < line.upperBound, plan[start] != 0x22 {
      let colon = plan[start..<line.upperBound].firstIndex(of: 0x3A)
      guard let colon else {
        if !isStrict { append(start..<line.upperBound) } else { out.append(0x3F) }
        return
      }
      key = start..<colon
      start = colon + 1
      while start < line.upperBound, plan[start] == 0x20 { start += 1 }
      append(key.lowerBound..<start)
    }
    guard start < line.upperBound, plan[start] == 0x22 else {
      return appendBetween(start..<line.upperBound)
    }
    let end = min(stringEnd(start + 1), line.upperBound)
    out.append(0x22)
    let value = JSONEscapes.unescaped(part(start + 1..<end))
    JSONEscapes.escape(rewrite(part(key), value), to: &out)
    out.append(0x22)
    if end + 1 < line.upperBound { appendBetween(end + 1..<line.upperBound) }
  }

  // MARK: - XML

  /// Texts between tags; figures are texts as well. Outside of every element nothing is expected.
  static func xml(
    _ plan: UnsafeBufferPointer<UInt8>, isStrict: Bool, _ rewrite: @escaping Rewrite
  ) -> [UInt8] {
    var pass = PlanStrings(plan, isStrict: isStrict, rewrite)
    var key: [UInt8] = []
    var at = 0
    while at < plan.count {
      let open = plan[at...].firstIndex(of: 0x3C) ?? plan.count
      pass.xmlText(at..<open, key)
      guard open < plan.count else { break }
      let close = plan[open...].firstIndex(of: 0x3E) ?? plan.count - 1
      let isEnd = open + 1 < plan.count && plan[open + 1] == 0x2F
      key =
        isEnd || open >= close
        ? [] : plan[open + 1..<close].prefix { $0 != 0x20 }.map { $0 == 0x2D ? 0x20 : $0 }
      pass.append(open..<close + 1)
      at = close + 1
    }
    return pass.out
  }

  private mutating func xmlText(_ range: Range<Int>, _ key: [UInt8]) {
    guard plan[range].contains(where: { $0 > 0x20 }) else { return append(range) }
    let isExpression = Self.expressionEnds.contains { key.reversed().starts(with: $0) }
    if !isExpression, Self.isFigure(part(range)) { return append(range) }
    if isStrict, key.isEmpty {
      out.append(0x3F)
      return
    }
    let value = XMLEscapes.unescaped(part(range))
    XMLEscapes.escape(key.withUnsafeBufferPointer { rewrite($0, value) }, to: &out)
  }

  // A value of these that looks like a figure is a constant of the statement. Backwards.
  private static let expressionEnds: [[UInt8]] = [
    "Item", "Text", "Parameters", "Cond", "Filter", "Key", "Call", "SQL", "Recheck",
  ].map { $0.utf8.reversed() }
}
