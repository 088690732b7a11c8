import LogModel

/// One pass over a plan in JSON: is it valid by the server's rules and kept by `jsonb` without loss,
/// which query is it of, and what does its root say. No tree is built, nothing is allocated but the
/// stack of open objects.
struct PlanScanner {
  /// Deeper documents are valid JSON, but the server's own parser may run out of stack.
  static let depthMax = 512
  /// `jsonb` refuses a container of 256 MB; what comes near it stays text.
  static let jsonbBytesMax = 128 << 20
  /// Numbers longer than this are left to the text: `numeric` has limits of its own.
  static let numberBytesMax = 64

  private let base: UnsafePointer<UInt8>
  private let end: Int
  private var at: Int
  private var facts: PlanFacts
  private var queryText: (range: Range<Int>, hasEscapes: Bool)?
  private var levels: [Level] = []
  private var unfit: StaticString = ""
  private var root = Root()
  private var shape: UInt64 = 0xCBF2_9CE4_8422_2325

  /// An open object or array.
  private struct Level {
    var isObject: Bool
    /// How many levels of "Plan" or "Plans" objects enclose this one; 1 for the root node.
    var planDepth: Int
    /// This level is the plan node itself.
    var isNode: Bool
    var keys: [UInt64] = []
    var key: Range<Int> = 0..<0
  }

  /// Figures of the root node and of the child that feeds a ModifyTable.
  private struct Root {
    var rows: Double?
    var loops: Double?
    var isModifyTable = false
    var childRows: Double?
    var childLoops: Double?
    var tuplesInserted: Int64?
  }

  private init(_ base: UnsafePointer<UInt8>, from: Int, end: Int) {
    self.base = base
    self.end = end
    at = from
    facts = PlanFacts(format: .json, body: .none)
  }

  /// Scans `[from, end)`. The query text is returned as a range of the same bytes; where it has
  /// escapes its value has yet to be read with `JSONStringReader.append`.
  static func scan(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int
  ) -> (facts: PlanFacts, queryText: (range: Range<Int>, hasEscapes: Bool)?) {
    var scanner = PlanScanner(base, from: from, end: end)
    let isValid = scanner.document()
    return scanner.result(isValid: isValid, bytes: end - from)
  }

  private mutating func result(
    isValid: Bool, bytes: Int
  ) -> (facts: PlanFacts, queryText: (range: Range<Int>, hasEscapes: Bool)?) {
    if !isValid { note("the document is not valid JSON") }
    if bytes > Self.jsonbBytesMax { note("the document is too large") }
    facts.unfitReason = unfit
    facts.fitsJSONB = unfit.utf8CodeUnitCount == 0
    facts.hasActualLoops = (root.loops ?? 0) > 0
    if let rows = root.rows, let loops = root.loops { facts.setRoot(rows: rows, loops: loops) }
    if root.isModifyTable {
      if let inserted = root.tuplesInserted {
        facts.rowsAffected = inserted
      } else if let rows = root.childRows, let loops = root.childLoops {
        facts.rowsAffected = Self.rounded(rows * loops)
      }
    }
    facts.shape = facts.nodes == 0 ? 0 : Int64(bitPattern: shape)
    return (facts, queryText)
  }

  private static func rounded(_ value: Double) -> Int64? {
    value.isFinite && abs(value) < 9e18 ? Int64(value.rounded()) : nil
  }

  private mutating func note(_ reason: StaticString) {
    if unfit.utf8CodeUnitCount == 0 { unfit = reason }
  }

  // MARK: grammar, without recursion

  private mutating func document() -> Bool {
    blanks()
    guard at < end, base[at] == UInt8(ascii: "{") else { return false }
    push(isObject: true)
    while let level = levels.last {
      guard level.isObject ? member() : element() else { return false }
    }
    blanks()
    return at == end
  }

  /// The next `"key": value` of the open object, or its end.
  private mutating func member() -> Bool {
    blanks()
    guard at < end else { return false }
    let top = levels.count &- 1
    let isFirst = levels[top].keys.isEmpty
    if base[at] == UInt8(ascii: "}") {
      at &+= 1
      levels.removeLast()
      return true
    }
    if !isFirst {
      guard base[at] == UInt8(ascii: ",") else { return false }
      at &+= 1
      blanks()
    }
    guard at < end, base[at] == UInt8(ascii: "\""),
      let key = JSONStringReader.check(base, start: at, end: end)
    else { return false }
    if !key.fitsJSONB { note("a key holds a character that jsonb has not") }
    let range = (at &+ 1)..<(key.end &- 1)
    let hash = keyHash(range, hasEscapes: key.hasEscapes)
    if levels[top].keys.contains(hash) { note("an object has the same key twice") }
    // Objects with very many keys: the search above would be quadratic.
    if levels[top].keys.count < 512 {
      levels[top].keys.append(hash)
    } else {
      note("an object has more than 512 keys")
    }
    levels[top].key = range
    at = key.end
    blanks()
    guard at < end, base[at] == UInt8(ascii: ":") else { return false }
    at &+= 1
    return value()
  }

  /// `"\u0061"` is the key `"a"`.
  private func keyHash(_ range: Range<Int>, hasEscapes: Bool) -> UInt64 {
    guard hasEscapes else { return StableHash.hash(UnsafeBufferPointer(rebasing: buffer(range))) }
    var key: [UInt8] = []
    JSONStringReader.append(base, from: range.lowerBound, end: range.upperBound, to: &key)
    return key.withUnsafeBufferPointer { StableHash.hash($0) }
  }

  /// The next element of the open array, or its end.
  private mutating func element() -> Bool {
    blanks()
    guard at < end else { return false }
    let top = levels.count &- 1
    if base[at] == UInt8(ascii: "]") {
      at &+= 1
      levels.removeLast()
      return true
    }
    if !levels[top].keys.isEmpty {
      guard base[at] == UInt8(ascii: ",") else { return false }
      at &+= 1
    } else {
      levels[top].keys.append(0)
    }
    return value()
  }

  private mutating func value() -> Bool {
    blanks()
    guard at < end else { return false }
    switch base[at] {
    case UInt8(ascii: "{"):
      push(isObject: true)
      return levels.count <= Self.depthMax
    case UInt8(ascii: "["):
      push(isObject: false)
      return levels.count <= Self.depthMax
    case UInt8(ascii: "\""):
      guard let string = JSONStringReader.check(base, start: at, end: end) else { return false }
      if !string.fitsJSONB { note("a text holds a character that jsonb has not") }
      sawString((at &+ 1)..<(string.end &- 1), hasEscapes: string.hasEscapes)
      at = string.end
      return true
    case UInt8(ascii: "t"): return word("true")
    case UInt8(ascii: "f"): return word("false")
    case UInt8(ascii: "n"): return word("null")
    default: return number()
    }
  }

  private mutating func push(isObject: Bool) {
    at &+= 1
    var level = Level(isObject: isObject, planDepth: 0, isNode: false)
    if let parent = levels.last {
      level.planDepth = parent.planDepth
      let isPlan = parent.isObject && keyIs("Plan") || !parent.isObject && parent.isNode
      if isObject, isPlan {
        level.planDepth += 1
        level.isNode = true
      } else if !isObject, parent.isObject, keyIs("Plans") {
        level.isNode = true  // an array of nodes
      }
    }
    levels.append(level)
  }

  private mutating func word(_ text: StaticString) -> Bool {
    guard Bytes.starts(base, at: at, end: end, with: text) else { return false }
    at &+= text.utf8CodeUnitCount
    return true
  }

  private mutating func number() -> Bool {
    let start = at
    if base[at] == UInt8(ascii: "-") { at &+= 1 }
    let whole = at
    digits()
    guard at > whole, base[whole] != UInt8(ascii: "0") || at == whole &+ 1 else { return false }
    var hasExponent = false
    if at < end, base[at] == UInt8(ascii: ".") {
      at &+= 1
      let fraction = at
      digits()
      guard at > fraction else { return false }
    }
    if at < end, base[at] | 0x20 == UInt8(ascii: "e") {
      at &+= 1
      if at < end, base[at] == UInt8(ascii: "+") || base[at] == UInt8(ascii: "-") { at &+= 1 }
      let exponent = at
      digits()
      guard at > exponent else { return false }
      hasExponent = true
      if at &- exponent > 3 { note("a number has a very large exponent") }
    }
    if at &- start > Self.numberBytesMax { note("a number is very long") }
    sawNumber(start..<at, isInteger: !hasExponent)
    return true
  }

  @inline(__always)
  private mutating func digits() {
    while at < end, base[at] >= 48, base[at] <= 57 { at &+= 1 }
  }

  @inline(__always)
  private mutating func blanks() {
    while at < end, base[at] == 32 || base[at] == 10 || base[at] == 13 || base[at] == 9 {
      at &+= 1
    }
  }

  // MARK: what is looked for

  @inline(__always)
  private func keyIs(_ word: StaticString) -> Bool {
    guard let key = levels.last?.key, key.count == word.utf8CodeUnitCount else { return false }
    return Bytes.starts(base, at: key.lowerBound, end: key.upperBound, with: word)
  }

  private mutating func sawString(_ range: Range<Int>, hasEscapes: Bool) {
    guard let level = levels.last else { return }
    if levels.count == 1 {
      if keyIs("Query Text") { queryText = (range, hasEscapes) }
      return
    }
    guard level.isNode, level.isObject else { return }
    if keyIs("Node Type") {
      facts.nodes += 1
      mix(UInt64(level.planDepth))
      if Bytes.starts(base, at: range.lowerBound, end: range.upperBound, with: "ModifyTable") {
        facts.hasModifyTable = true
        if level.planDepth == 1 { root.isModifyTable = true }
      }
    } else if !isPartOfShape() {
      return
    }
    mix(range)
  }

  /// The texts besides the node's type that make two plans different ones.
  private func isPartOfShape() -> Bool {
    keyIs("Relation Name") || keyIs("Index Name") || keyIs("Join Type") || keyIs("Strategy")
      || keyIs("Parent Relationship") || keyIs("Operation") || keyIs("Schema")
      || keyIs("Subplan Name") || keyIs("CTE Name") || keyIs("Function Name")
      || keyIs("Scan Direction") || keyIs("Partial Mode")
  }

  private mutating func sawNumber(_ range: Range<Int>, isInteger: Bool) {
    guard let level = levels.last else { return }
    if levels.count == 1 {
      guard keyIs("Query Identifier") else { return }
      facts.queryIdentifier = Bytes.signedDecimal(
        base, from: range.lowerBound, end: range.upperBound)
      return
    }
    guard level.isNode, level.isObject, level.planDepth <= 2 else { return }
    if keyIs("Actual Rows") {
      if level.planDepth == 1 {
        root.rows = double(range)
      } else if root.childRows == nil {
        root.childRows = double(range)
      }
    } else if keyIs("Actual Loops") {
      if level.planDepth == 1 {
        root.loops = double(range)
      } else if root.childLoops == nil {
        root.childLoops = double(range)
      }
    } else if level.planDepth == 1, keyIs("Tuples Inserted") {
      root.tuplesInserted = Bytes.decimal(base, from: range.lowerBound, end: range.upperBound)
    }
  }

  private func double(_ range: Range<Int>) -> Double? {
    Double(String(decoding: UnsafeBufferPointer(rebasing: buffer(range)), as: UTF8.self))
  }

  private func buffer(_ range: Range<Int>) -> Slice<UnsafeBufferPointer<UInt8>> {
    UnsafeBufferPointer(start: base, count: end)[range]
  }

  private mutating func mix(_ range: Range<Int>) {
    mix(StableHash.hash(UnsafeBufferPointer(rebasing: buffer(range))))
  }

  private mutating func mix(_ value: UInt64) {
    shape = (shape ^ value) &* 0x9E37_79B1_85EB_CA87
    shape ^= shape >> 29
  }
}
