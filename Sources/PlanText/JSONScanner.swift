/// Reads JSON into the flat list of a `JSONDocument`, without recursion.
struct JSONScanner {
  private let bytes: [UInt8]
  private var at = 0
  /// Open objects and arrays, as indices of `entries`.
  private var open: [Int] = []
  private(set) var entries: [JSONDocument.Entry] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// What may come next.
  private enum Expected { case value, valueOrEnd, keyOrEnd, key, commaOrEnd }

  mutating func scan() throws(PlanTextError) {
    var expected = Expected.value
    repeat {
      skipSpace()
      switch expected {
      case .value: expected = try value()
      case .valueOrEnd: expected = closes() ? .commaOrEnd : try value()
      case .key: expected = try key()
      case .keyOrEnd: expected = closes() ? .commaOrEnd : try key()
      case .commaOrEnd:
        if closes() { break }
        guard at < bytes.count, bytes[at] == UInt8(ascii: ","), let last = open.last else {
          throw failure()
        }
        at += 1
        expected = entries[last].kind == .object ? .key : .value
      }
    } while !open.isEmpty
    skipSpace()
    guard at == bytes.count else { throw failure() }
  }

  private func failure(_ code: PlanTextError.Code = .invalidJSON) -> PlanTextError {
    PlanTextError(code: code, offset: at)
  }

  private mutating func skipSpace() {
    while at < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[at]) { at += 1 }
  }

  /// Closes the innermost object or array if its end stands here.
  private mutating func closes() -> Bool {
    guard at < bytes.count, let last = open.last else { return false }
    let end = entries[last].kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")
    guard bytes[at] == end else { return false }
    at += 1
    entries[last].end = at
    entries[last].next = entries.count
    open.removeLast()
    return true
  }

  private mutating func key() throws(PlanTextError) -> Expected {
    guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw failure() }
    try string()
    skipSpace()
    guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { throw failure() }
    at += 1
    return .value
  }

  private mutating func value() throws(PlanTextError) -> Expected {
    guard at < bytes.count else { throw failure() }
    switch bytes[at] {
    case UInt8(ascii: "{"): return try opens(.object, then: .keyOrEnd)
    case UInt8(ascii: "["): return try opens(.array, then: .valueOrEnd)
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "t"): try word("true", .bool)
    case UInt8(ascii: "f"): try word("false", .bool)
    case UInt8(ascii: "n"): try word("null", .null)
    default: try number()
    }
    return .commaOrEnd
  }

  private mutating func opens(
    _ kind: JSONDocument.Kind, then expected: Expected
  ) throws(PlanTextError) -> Expected {
    guard open.count < JSONDocument.depthMax else { throw failure(.tooDeep) }
    open.append(entries.count)
    add(kind, from: at, to: at + 1)
    at += 1
    return expected
  }

  private mutating func add(_ kind: JSONDocument.Kind, from start: Int, to end: Int) {
    entries.append(.init(kind: kind, start: start, end: end, next: entries.count + 1))
  }

  private mutating func string() throws(PlanTextError) {
    let start = at + 1
    at = start
    while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
      at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard at < bytes.count else { throw failure() }
    add(.string, from: start, to: at)
    at += 1
  }

  private mutating func word(_ word: String, _ kind: JSONDocument.Kind) throws(PlanTextError) {
    let end = at + word.utf8.count
    guard end <= bytes.count, bytes[at..<end].elementsEqual(word.utf8) else { throw failure() }
    add(kind, from: at, to: end)
    at = end
  }

  private mutating func number() throws(PlanTextError) {
    let start = at
    while at < bytes.count, Self.isNumeric(bytes[at]) { at += 1 }
    guard at > start, bytes[start] == UInt8(ascii: "-") || bytes[start] &- 0x30 < 10 else {
      throw failure()
    }
    add(.number, from: start, to: at)
  }

  private static func isNumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "+"), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }
}
