import Foundation
import SQLText
import Testing

@Suite("Shape and canonical text of many statements")
struct ShapePropertyTests {
  private static let pieces = [
    "select", "a", "b", "\"B\"", "t", "1", "-1", "'x'", "$1", "$1", "null", "true", "not", "is",
    "in",
    "(", "(", ")", ")", ",", ",", "values", "array", "[", "]", "::", "int", ".", ";", "-", "+", "*",
    "in (1", "in (1, 2", ", 3)", "values (1)", ", (2)", "values (1, a), (2, a)", "as", "set", "=",
    "/* c */", "-- d\n", "e'\\''", "$q$ x $q$", "date", "from", "on", "default", "'open", "/*",
    "\n",
    "order by", "group by", "order by 1", "group by (1", ", 2", "distinct on (", "rollup (", "by 1",
    "1.5", "0x1F", "<=", "!=", ":", ":=", "..", "U&\"x\"", "limit", "between", "and", "array[1",
  ]

  private static func generated() -> [String] {
    var generator = SeededGenerator(seed: 11)
    var texts: [String] = []
    for _ in 0..<20_000 {
      let count = Int.random(in: 1...12, using: &generator)
      texts.append(
        (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }
          .joined(separator: Bool.random(using: &generator) ? " " : ""))
    }
    return texts
  }

  /// Statements of recorded logs, separated by lines of `%%`.
  private static func recorded() throws -> [String] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = root.appending(path: "fixtures/sql/recorded.txt")
    return try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n%%\n")
  }

  /// The text with other constants, other white space and other lengths of lists.
  private static func varied(_ text: String) -> String {
    text.replacing("(1, 2", with: "(7, -8, 9, 'z'").replacing("1", with: "42")
      .replacing("'x'", with: "'it''s'").replacing(" ", with: " \n ")
  }

  @Test("equal shape means equal canonical text")
  func neverMerges() throws {
    let hasher = ShapeHasher(seed: 5)
    var canonicalOf: [UInt64: String] = [:]
    for text in try Self.generated() + Self.recorded() {
      for variant in [text, Self.varied(text)] {
        let shape = withBytes(variant) { hasher.shape($0) }
        let expected = canonical(variant)
        #expect(canonicalOf[shape, default: expected] == expected, "\(variant)")
        canonicalOf[shape] = expected
      }
    }
    #expect(canonicalOf.count > 10_000)
  }

  @Test(
    "lists where no setting can have them",
    arguments: [
      ("set a = in (1, 2)", "set a = in (1)"), ("set a = b, array[1, 2]", "set a = b, array[1]"),
      ("set a to values (1), (2)", "set a to values (1)"),
    ])
  func listsOfSettings(a: String, b: String) {
    let hasher = ShapeHasher(seed: 5)
    #expect(withBytes(a) { hasher.shape($0) } == withBytes(b) { hasher.shape($0) })
    #expect(canonical(a) == canonical(b))
  }

  @Test("a canonical text is its own")
  func isFixed() throws {
    for text in try Self.generated() + Self.recorded() {
      let first = withBytes(text) { SQLText.canonical($0) }
      guard !first.isTruncated else { continue }
      let spelling = String(decoding: first.bytes, as: UTF8.self)
      #expect(canonical(spelling) == spelling, "\(text)")
    }
  }

  @Test("the seed changes shapes, white space and letters do not")
  func shapes() {
    let text = "SELECT a FROM t WHERE id IN (1, 2)"
    let other = "select  a from t\n where id in(3)"
    let shape = withBytes(text) { ShapeHasher(seed: 1).shape($0) }
    #expect(shape == withBytes(other) { ShapeHasher(seed: 1).shape($0) })
    #expect(shape != withBytes(text) { ShapeHasher(seed: 2).shape($0) })
  }
}
