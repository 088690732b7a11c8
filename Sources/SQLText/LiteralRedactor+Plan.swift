extension LiteralRedactor {
  /// A plan's JSON with the constants taken out of its expressions (Filter, Index Cond, Output, …),
  /// "Query Text" and "Query Parameters": of every string that is no name and no fixed word.
  ///
  /// What is no JSON comes out as it goes in up to the next string; a string that the end of the
  /// text cuts off is redacted and closed.
  public static func redactPlanJSON(_ plan: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(plan.count)
    var key: Range<Int> = 0..<0
    var at = 0
    while at < plan.count {
      guard plan[at] == 0x22 else {
        out.append(plan[at])
        at += 1
        continue
      }
      let end = stringEnd(plan, at + 1)
      let content = UnsafeBufferPointer(rebasing: plan[(at + 1)..<end])
      let next = min(end + 1, plan.count)
      out.append(0x22)
      if isKey(plan, next) {
        key = at + 1..<end
        out.append(contentsOf: content)
      } else if isPlain(UnsafeBufferPointer(rebasing: plan[key])) {
        out.append(contentsOf: content)
      } else {
        let text = unescaped(content)
        escape(text.withUnsafeBufferPointer { redactSQL($0) }, to: &out)
      }
      out.append(0x22)
      at = next
    }
    return out
  }

  /// The quote that closes a string whose first byte is at `from`, or the end.
  private static func stringEnd(_ plan: UnsafeBufferPointer<UInt8>, _ from: Int) -> Int {
    var at = from
    while at < plan.count, plan[at] != 0x22 { at += plan[at] == 0x5C ? 2 : 1 }
    return min(at, plan.count)
  }

  private static func isKey(_ plan: UnsafeBufferPointer<UInt8>, _ from: Int) -> Bool {
    var at = from
    while at < plan.count, plan[at] == 0x20 || (0x09...0x0D).contains(plan[at]) { at += 1 }
    return at < plan.count && plan[at] == 0x3A
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
    "Format",
  ]

  // MARK: - JSON strings

  private static func unescaped(_ content: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(content.count)
    var at = 0
    while at < content.count {
      guard content[at] == 0x5C, at + 1 < content.count else {
        out.append(content[at])
        at += 1
        continue
      }
      let letter = content[at + 1]
      at += 2
      switch letter {
      case UInt8(ascii: "n"): out.append(0x0A)
      case UInt8(ascii: "t"): out.append(0x09)
      case UInt8(ascii: "r"): out.append(0x0D)
      case UInt8(ascii: "b"): out.append(0x08)
      case UInt8(ascii: "f"): out.append(0x0C)
      case UInt8(ascii: "u"):
        let digits = String(decoding: content[at..<min(at + 4, content.count)], as: UTF8.self)
        // PostgreSQL writes only control characters this way; no pairs of surrogates occur.
        if let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) {
          out.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
        at = min(at + 4, content.count)
      default: out.append(letter)
      }
    }
    return out
  }

  private static func escape(_ text: [UInt8], to out: inout [UInt8]) {
    for byte in text {
      switch byte {
      case 0x22, 0x5C:
        out.append(0x5C)
        out.append(byte)
      case 0x0A: out.append(contentsOf: [0x5C, UInt8(ascii: "n")])
      case 0x09: out.append(contentsOf: [0x5C, UInt8(ascii: "t")])
      case 0x0D: out.append(contentsOf: [0x5C, UInt8(ascii: "r")])
      case 0..<0x20:
        let hex = Array("0123456789abcdef".utf8)
        out.append(contentsOf: "\\u00".utf8)
        out.append(hex[Int(byte >> 4)])
        out.append(hex[Int(byte & 15)])
      default: out.append(byte)
      }
    }
  }
}
