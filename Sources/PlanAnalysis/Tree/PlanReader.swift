/// One pass over a plan's JSON: its values as a flat list, its nodes with an index of their fields.
///
/// Iterative, so that depth costs memory and not stack. Strict by RFC 8259: what the server would
/// not accept as `jsonb` is an error with its offset.
struct PlanReader {
  private let base: UnsafePointer<UInt8>
  private let end: Int
  private var at = 0
  private var open: [Level] = []
  private(set) var values: [PlanValue] = []
  private(set) var nodes: [PlanNode] = []
  /// For the document and each node, where the value of each field is; 0 = it has none.
  private(set) var slots = [Int32](repeating: 0, count: PlanReader.slotsPerNode)
  /// Unescaped texts; they stand after the document in the tree's bytes.
  private(set) var rewritten: [UInt8] = []
  private var offsetOfPlan = -1

  static let slotsPerNode = PlanField.allCases.count

  /// An open object or array.
  private struct Level {
    var value: Int
    var isObject: Bool
    /// What its members belong to: a node's index, or -1 for the document, -2 for neither.
    var owner: Int
    /// An array whose objects are the child nodes of `owner`.
    var holdsNodes = false
    var isEmpty = true
  }

  init(_ base: UnsafePointer<UInt8>, count: Int) {
    self.base = base
    end = count
    values.reserveCapacity(count / 24)
  }

  private func failure(_ code: PlanAnalysisError.Code = .invalidJSON) -> PlanAnalysisError {
    PlanAnalysisError(code: code, offset: at)
  }

  mutating func read() throws(PlanAnalysisError) {
    blanks()
    guard at < end, base[at] == UInt8(ascii: "{") || base[at] == UInt8(ascii: "[") else {
      throw failure()
    }
    try push(keyStart: 0, keyEnd: 0, field: nil)
    while let level = open.last {
      if level.isObject { try member() } else { try element() }
    }
    blanks()
    guard at == end else { throw failure() }
    guard !nodes.isEmpty else { throw failure(.noPlan) }
  }

  // MARK: grammar

  private mutating func member() throws(PlanAnalysisError) {
    let top = open.count &- 1
    blanks()
    guard at < end else { throw failure() }
    if base[at] == UInt8(ascii: "}") { return try close() }
    if !open[top].isEmpty {
      guard base[at] == UInt8(ascii: ",") else { throw failure() }
      at &+= 1
      blanks()
    }
    open[top].isEmpty = false
    guard at < end, base[at] == UInt8(ascii: "\"") else { throw failure() }
    let key = try string()
    blanks()
    guard at < end, base[at] == UInt8(ascii: ":") else { throw failure() }
    at &+= 1
    // A key with escapes is none of PostgreSQL's.
    let field =
      key.upperBound <= end
      ? PlanField.of(base, from: key.lowerBound, end: key.upperBound) : nil
    try value(key: key, field: field)
  }

  private mutating func element() throws(PlanAnalysisError) {
    let top = open.count &- 1
    blanks()
    guard at < end else { throw failure() }
    if base[at] == UInt8(ascii: "]") { return try close() }
    if !open[top].isEmpty {
      guard base[at] == UInt8(ascii: ",") else { throw failure() }
      at &+= 1
    }
    open[top].isEmpty = false
    try value(key: 0..<0, field: nil)
  }

  private mutating func value(key: Range<Int>, field: PlanField?) throws(PlanAnalysisError) {
    blanks()
    guard at < end else { throw failure() }
    let start = at
    switch base[at] {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      try push(keyStart: key.lowerBound, keyEnd: key.upperBound, field: field)
    case UInt8(ascii: "\""):
      let text = try string()
      try add(.string, key, field, from: text.lowerBound, to: text.upperBound)
    case UInt8(ascii: "t"):
      try word("true")
      try add(.true, key, field, from: start, to: at)
    case UInt8(ascii: "f"):
      try word("false")
      try add(.false, key, field, from: start, to: at)
    case UInt8(ascii: "n"):
      try word("null")
      try add(.null, key, field, from: start, to: at)
    default:
      let decimal = try number()
      try add(.number, key, field, from: start, to: at, decimal)
    }
  }

  private mutating func add(
    _ kind: PlanValue.Kind, _ key: Range<Int>, _ field: PlanField?, from start: Int, to stop: Int,
    _ decimal: PlanDecimal? = nil
  ) throws(PlanAnalysisError) {
    guard values.count < PlanTree.valuesMax else { throw failure(.tooLarge) }
    let index = values.count
    values.append(
      PlanValue(
        kind: kind, field: field, key: key, text: start..<stop, next: index &+ 1, decimal: decimal))
    guard let field, let level = open.last, level.owner >= -1 else { return }
    let slot = (level.owner &+ 1) &* Self.slotsPerNode &+ Int(field.rawValue)
    if slots[slot] == 0 { slots[slot] = Int32(truncatingIfNeeded: index) }
  }

  /// Opens an object or array; one that is a plan node gets its entry among the nodes.
  private mutating func push(
    keyStart: Int, keyEnd: Int, field: PlanField?
  ) throws(PlanAnalysisError) {
    guard open.count < PlanTree.depthMax else { throw failure(.tooDeep) }
    let isObject = base[at] == UInt8(ascii: "{")
    let index = values.count
    try add(isObject ? .object : .array, keyStart..<keyEnd, field, from: at, to: at &+ 1)
    var level = Level(value: index, isObject: isObject, owner: -2)
    if let parent = open.last {
      if isObject, parent.isObject, parent.owner == -1, field == .plan {
        guard nodes.isEmpty else { throw failure(.severalPlans) }
        level.owner = try addNode(at: index, parent: -1)
      } else if isObject, parent.holdsNodes {
        level.owner = try addNode(at: index, parent: parent.owner)
      } else if !isObject, parent.isObject, parent.owner >= 0, field == .plans {
        level.owner = parent.owner
        level.holdsNodes = true
      } else if isObject, !parent.isObject, open.count == 1 {
        level.owner = -1
      }
    } else if isObject {
      level.owner = -1
    }
    at &+= 1
    open.append(level)
  }

  private mutating func addNode(at value: Int, parent: Int) throws(PlanAnalysisError) -> Int {
    guard nodes.count < PlanTree.nodesMax else { throw failure(.tooLarge) }
    let index = nodes.count
    nodes.append(
      PlanNode(
        index: index, parent: parent, depth: parent < 0 ? 0 : nodes[parent].depth &+ 1, value: value
      ))
    slots.append(contentsOf: repeatElement(0, count: Self.slotsPerNode))
    return index
  }

  private mutating func close() throws(PlanAnalysisError) {
    at &+= 1
    let level = open.removeLast()
    values[level.value].text = values[level.value].text.lowerBound..<at
    values[level.value].next = values.count
    guard level.isObject, level.owner >= 0 else { return }
    nodes[level.owner].end = nodes.count
    let first = (level.owner &+ 1) &* Self.slotsPerNode
    let type = Int(slots[first &+ Int(PlanField.nodeType.rawValue)])
    guard type > 0, values[type].kind == .string else { throw failure(.noNodeType) }
    nodes[level.owner].kind = NodeKind.byName[text(values[type])] ?? .other
    let relationship = Int(slots[first &+ Int(PlanField.parentRelationship.rawValue)])
    guard relationship > 0 else { return }
    nodes[level.owner].relationship =
      NodeRelationship(rawValue: text(values[relationship])) ?? .none
  }

  private func text(_ value: PlanValue) -> String {
    value.text.upperBound <= end
      ? String(
        decoding: UnsafeBufferPointer(start: base + value.text.lowerBound, count: value.text.count),
        as: UTF8.self)
      : String(
        decoding: rewritten[(value.text.lowerBound &- end)..<(value.text.upperBound &- end)],
        as: UTF8.self)
  }

  // MARK: tokens

  @inline(__always)
  private mutating func blanks() {
    while at < end, base[at] <= 32,
      base[at] == 32 || base[at] == 10 || base[at] == 13 || base[at] == 9
    {
      at &+= 1
    }
  }

  private mutating func word(_ word: StaticString) throws(PlanAnalysisError) {
    let count = word.utf8CodeUnitCount
    guard count <= end &- at else { throw failure() }
    for index in 0..<count where base[at &+ index] != word.utf8Start[index] { throw failure() }
    at &+= count
  }

  /// Where the string's unescaped text is: in the document, or behind it in `rewritten`.
  private mutating func string() throws(PlanAnalysisError) -> Range<Int> {
    at &+= 1
    let start = at
    skipPlain()
    guard at < end, base[at] >= 32 else { throw failure() }
    if base[at] == UInt8(ascii: "\"") {
      at &+= 1
      return start..<(at &- 1)
    }
    let first = rewritten.count
    rewritten.append(contentsOf: UnsafeBufferPointer(start: base + start, count: at &- start))
    while at < end, base[at] != UInt8(ascii: "\"") {
      guard base[at] >= 32 else { throw failure() }
      if base[at] == UInt8(ascii: "\\") {
        try escape()
      } else {
        rewritten.append(base[at])
        at &+= 1
      }
    }
    guard at < end else { throw failure() }
    at &+= 1
    return (end &+ first)..<(end &+ rewritten.count)
  }

  /// Goes to the next quote, backslash or control character, eight bytes a step.
  @inline(__always)
  private mutating func skipPlain() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    while at &+ 8 <= end {
      let word = UInt64(
        littleEndian: UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self))
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      // The lowest bit that is set is right; above it there may be others that are not.
      let hit =
        ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash
          | (word &- ones &* 0x20) & ~word) & highs
      if hit != 0 {
        at &+= hit.trailingZeroBitCount >> 3
        return
      }
      at &+= 8
    }
    while at < end, base[at] != 0x22, base[at] != 0x5C, base[at] >= 32 { at &+= 1 }
  }

  private mutating func escape() throws(PlanAnalysisError) {
    at &+= 1
    guard at < end else { throw failure() }
    let simple: UInt8
    switch base[at] {
    case UInt8(ascii: "n"): simple = 10
    case UInt8(ascii: "t"): simple = 9
    case UInt8(ascii: "r"): simple = 13
    case UInt8(ascii: "b"): simple = 8
    case UInt8(ascii: "f"): simple = 12
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): simple = base[at]
    case UInt8(ascii: "u"):
      var unit = try hex()
      if unit & 0xFC00 == 0xD800, end &- at >= 6, base[at] == UInt8(ascii: "\\"),
        base[at &+ 1] == UInt8(ascii: "u")
      {
        at &+= 1
        let low = try hex()
        let isPair = low & 0xFC00 == 0xDC00
        unit = isPair ? 0x10000 &+ (unit & 0x3FF) << 10 &+ (low & 0x3FF) : 0xFFFD
      }
      // A lone surrogate is no character.
      let scalar = Unicode.Scalar(unit) ?? "\u{FFFD}"
      rewritten.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      return
    default: throw failure()
    }
    rewritten.append(simple)
    at &+= 1
  }

  /// The four digits after the `u` that stands here.
  private mutating func hex() throws(PlanAnalysisError) -> UInt32 {
    guard end &- at >= 5 else { throw failure() }
    var unit: UInt32 = 0
    for offset in 1...4 {
      let byte = base[at &+ offset]
      switch byte {
      case 48...57: unit = unit << 4 | UInt32(byte &- 48)
      case 65...70: unit = unit << 4 | UInt32(byte &- 55)
      case 97...102: unit = unit << 4 | UInt32(byte &- 87)
      default: throw failure()
      }
    }
    at &+= 5
    return unit
  }

  /// The number that stands here; nil when it has more digits than a decimal holds.
  private mutating func number() throws(PlanAnalysisError) -> PlanDecimal? {
    let isNegative = base[at] == UInt8(ascii: "-")
    if isNegative { at &+= 1 }
    let whole = at
    var mantissa: Int64 = 0
    var digits = 0
    try scanDigits(&mantissa, &digits)
    guard base[whole] != UInt8(ascii: "0") || at == whole &+ 1 else { throw failure() }
    var scale = 0
    if at < end, base[at] == UInt8(ascii: ".") {
      at &+= 1
      let fraction = at
      try scanDigits(&mantissa, &digits)
      scale = at &- fraction
    }
    var exponent = 0
    if at < end, base[at] | 0x20 == UInt8(ascii: "e") {
      at &+= 1
      let isSmall = at < end && base[at] == UInt8(ascii: "-")
      if at < end, isSmall || base[at] == UInt8(ascii: "+") { at &+= 1 }
      var value: Int64 = 0
      var count = 0
      try scanDigits(&value, &count)
      exponent = count > 4 ? 10_000 : Int(isSmall ? -value : value)
    }
    guard digits <= 18 else { return nil }
    scale -= exponent
    while scale < 0, abs(mantissa) < 100_000_000_000_000_000 {
      mantissa *= 10
      scale += 1
    }
    guard scale >= 0, scale <= 18 else { return nil }
    return PlanDecimal(mantissa: isNegative ? -mantissa : mantissa, scale: UInt8(scale))
  }

  /// One digit or more; leading zeros do not count, and from the 19th digit on the value is no use.
  private mutating func scanDigits(
    _ mantissa: inout Int64, _ digits: inout Int
  ) throws(PlanAnalysisError) {
    let start = at
    while at < end, base[at] >= 48, base[at] <= 57 {
      if mantissa != 0 || base[at] != 48 { digits += 1 }
      if digits <= 18 { mantissa = mantissa &* 10 &+ Int64(base[at] &- 48) }
      at &+= 1
    }
    guard at > start else { throw failure() }
  }
}
