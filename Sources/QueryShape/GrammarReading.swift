internal import CPGQuery
internal import SQLText

/// What PostgreSQL's grammar says about a text.
struct GrammarReading {
  /// libpg_query's fingerprint.
  var family: Int64
  /// Relations that the text names, without the names of its common table expressions; sorted.
  var relations: [String]

  /// Reads `text`; nil when the grammar refuses it.
  ///
  /// The grammar is shown the text with all constants of a kind made equal, so that what it says
  /// does not depend on them. libpg_query keeps its memory per thread, may be called on any thread,
  /// and gives back what is freed here; a nesting that is too deep is an error there, not a crash.
  static func read(_ text: UnsafeBufferPointer<UInt8>) -> GrammarReading? {
    guard let neutral = neutralText(text) else { return nil }
    return neutral.withUnsafeBufferPointer { terminated in
      guard let input = terminated.baseAddress else { return nil }
      let parsed = pg_query_parse(input)
      defer { pg_query_free_parse_result(parsed) }
      guard parsed.error == nil, let tree = parsed.parse_tree else { return nil }
      let printed = pg_query_fingerprint(input)
      defer { pg_query_free_fingerprint_result(printed) }
      guard printed.error == nil else { return nil }
      return GrammarReading(
        family: Int64(bitPattern: printed.fingerprint), relations: relations(tree))
    }
  }

  /// The text with `''` for constants in quotes, `1` for numbers and one space for gaps, ended by a
  /// NUL; nil when it holds one, as no text of PostgreSQL does.
  private static func neutralText(_ text: UnsafeBufferPointer<UInt8>) -> [CChar]? {
    var out: [CChar] = []
    out.reserveCapacity(text.count + 1)
    var lexer = SQLLexer(text)
    var end = 0
    while true {
      let token = lexer.next()
      if token.start > end { out.append(0x20) }
      end = token.end
      switch token.kind {
      case .endOfText:
        out.append(0)
        return out
      case .string: out += [0x27, 0x27]
      case .number: out.append(0x31)
      case .other where text[token.start] == 0: return nil
      default:
        for index in token.start..<token.end {
          guard text[index] != 0 else { return nil }
          out.append(CChar(bitPattern: text[index]))
        }
      }
    }
  }

  /// The RangeVar nodes of the parse tree in JSON. Quotes within its strings are escaped, so a key
  /// with its quotes occurs nowhere else; "schemaname" stands directly before "relname".
  private static func relations(_ tree: UnsafePointer<CChar>) -> [String] {
    var scanner = TreeScanner(tree)
    var names: Set<String> = []
    var local: Set<String> = []
    var schema: String?
    while let found = scanner.next() {
      switch found.key {
      case .schema: schema = found.value
      case .common: local.insert(found.value)
      case .relation:
        if let schema, found.isRightAfterSchema {
          names.insert(schema + "." + found.value)
        } else {
          names.insert(found.value)
        }
        schema = nil
      }
    }
    return names.subtracting(local).sorted()
  }
}

/// Finds the keys "schemaname", "relname" and "ctename" of libpg_query's JSON.
private struct TreeScanner {
  enum Key { case schema, relation, common }
  struct Found {
    var key: Key
    var value: String
    var isRightAfterSchema: Bool
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var at = 0
  private var schemaEnd = -1

  init(_ tree: UnsafePointer<CChar>) {
    var count = 0
    while tree[count] != 0 { count += 1 }
    bytes = UnsafeBufferPointer(
      start: UnsafeRawPointer(tree).assumingMemoryBound(to: UInt8.self), count: count)
  }

  mutating func next() -> Found? {
    while at < bytes.count {
      guard bytes[at] == 0x22 else {
        at += 1
        continue
      }
      let start = at
      at = stringEnd(at + 1)
      guard let key = key(start + 1, at - 1), at + 1 < bytes.count, bytes[at] == 0x3A,
        bytes[at + 1] == 0x22
      else { continue }
      let valueStart = at + 2
      at = stringEnd(valueStart)
      let isRightAfter = schemaEnd + 1 == start
      if key == .schema { schemaEnd = at }
      return Found(
        key: key, value: unescaped(valueStart, at - 1), isRightAfterSchema: isRightAfter)
    }
    return nil
  }

  /// One past the closing quote of the string whose first byte is at `from`.
  private func stringEnd(_ from: Int) -> Int {
    var index = from
    while index < bytes.count, bytes[index] != 0x22 { index += bytes[index] == 0x5C ? 2 : 1 }
    return min(index + 1, bytes.count)
  }

  private func key(_ start: Int, _ end: Int) -> Key? {
    let text = bytes[start..<max(start, end)]
    if text.elementsEqual("relname".utf8) { return .relation }
    if text.elementsEqual("schemaname".utf8) { return .schema }
    return text.elementsEqual("ctename".utf8) ? .common : nil
  }

  private func unescaped(_ start: Int, _ end: Int) -> String {
    var out: [UInt8] = []
    var index = start
    while index < end {
      if bytes[index] == 0x5C, index + 1 < end {
        index += 1
        switch bytes[index] {
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "r"): out.append(0x0D)
        default: out.append(bytes[index])
        }
      } else {
        out.append(bytes[index])
      }
      index += 1
    }
    return String(decoding: out, as: UTF8.self)
  }
}
