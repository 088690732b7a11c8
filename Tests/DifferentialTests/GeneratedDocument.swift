import Foundation
import TestSupport

/// Random documents near JSON: plans of the fixtures and small documents, and both damaged.
struct GeneratedDocument {
  private static let pieces = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\\"", "\\u0000", "\\u00e9", "\\ud83d\\ude00",
    "\\ud83d",
    "\\udc00", "\\uD8", "\\x", "\\/", "true", "false", "null", "True", "nul", "0", "-", "-0", "01",
    "1.",
    ".5", "1e5", "1E+400", "1e-9999", "1e", "+1", "NaN", "Infinity", "9007199254740993", "1.50",
    "é",
    "\u{1F600}", "\u{1}", "\u{7F}", "\t", "\n", "\r", " ", "\u{C}", "\u{B}", "\u{A0}", "\u{FEFF}",
    "/* c */", "'a'", "\"a\": 1, ", "\"a\": 1, \"a\": 2", "\"\\u0061\": 1, \"a\": 2", "\"\": ",
    "{}", "[]",
    "[[[[", "\"Query Text\": \"x\"", "\"Plan\": {\"Node Type\": \"Result\"}", "1 2", "--1", "1-1",
    "1.2.3",
    String(repeating: "9", count: 70), "12345678901234567890.12345", "0.0", "-0.0e0", "e", "E5",
  ]

  private let plans: [[UInt8]]
  private var random: SeededGenerator

  init(seed: UInt64) throws {
    random = SeededGenerator(seed: seed)
    let folder = Fixture.path("plans")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".json") }.sorted()
    plans = try names.map { name in
      // EXPLAIN puts the document in an array.
      let bytes = try Fixture.bytes("plans/\(name)")
      guard let start = bytes.firstIndex(of: 0x7B), let end = bytes.lastIndex(of: 0x7D) else {
        throw TestFailure("\(name) is no plan")
      }
      return Array(bytes[start...end])
    }
  }

  /// A document, whole or with some damage.
  mutating func next() -> String {
    var bytes: [UInt8]
    if Int.random(in: 0...3, using: &random) == 0 {
      bytes = plans.randomElement(using: &random) ?? []
    } else {
      bytes = Array(object(depth: 3).utf8)
    }
    let damages = Int.random(in: 0...2, using: &random)
    for _ in 0..<damages where !bytes.isEmpty { damage(&bytes) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    let at = Int.random(in: 0..<bytes.count, using: &random)
    let end = min(bytes.count, at + Int.random(in: 1...4, using: &random))
    let piece = Array((Self.pieces.randomElement(using: &random) ?? "").utf8)
    switch Int.random(in: 0...3, using: &random) {
    case 0: bytes.removeSubrange(at..<end)
    case 1: bytes.replaceSubrange(at..<end, with: piece)
    case 2: bytes.removeLast(bytes.count - at)
    default: bytes.insert(contentsOf: piece, at: at)
    }
  }

  private mutating func object(depth: Int) -> String {
    let members = (0..<Int.random(in: 0...4, using: &random)).map { _ in
      text() + (Bool.random(using: &random) ? ":" : " : ") + value(depth: depth - 1)
    }
    return "{" + members.joined(separator: ", ") + "}"
  }

  private mutating func value(depth: Int) -> String {
    switch Int.random(in: 0...6, using: &random) {
    case 0 where depth > 0: return object(depth: depth)
    case 1 where depth > 0:
      return "["
        + (0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth: depth - 1) }
        .joined(separator: ",") + "]"
    case 2: return ["true", "false", "null"].randomElement(using: &random) ?? ""
    case 3...4: return text()
    default: return number()
    }
  }

  private mutating func number() -> String {
    let sign = ["", "", "-"].randomElement(using: &random) ?? ""
    let fraction = ["", "", ".0", ".25", ".123456789"].randomElement(using: &random) ?? ""
    let exponent = ["", "", "", "e5", "E-7", "e+123", "e999"].randomElement(using: &random) ?? ""
    return sign
      + "\(UInt64.random(in: 0...(.max), using: &random) >> UInt64.random(in: 0...63, using: &random))"
      + fraction + exponent
  }

  private mutating func text() -> String {
    let parts = [
      "a", "b", "Plan", "é", "\u{1F600}", "\\n", "\\\"", "\\\\", "\\u00e9", "\\ud83d\\ude00", "/",
      "'",
    ]
    return "\""
      + (0..<Int.random(in: 0...3, using: &random)).map { _ in
        parts.randomElement(using: &random) ?? ""
      }.joined() + "\""
  }
}
