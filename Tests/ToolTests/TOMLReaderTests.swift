import Testing

@testable import Tool

struct TOMLReaderTests {
  @Test func whatAConfigurationFileNeedsIsRead() throws {
    let table = try TOMLReader.read(
      """
      # a comment
      jobs = 4  # another
      strict = true
      "database-url" = "a\\tb\\u00e9\\\\"
      literal = 'C:\\logs'
      timezone = [ "UTC",  # first
        'Europe/Berlin',
      ]
      sources.dotted.encoding = "LATIN1"

      [sources."prod 1"]
      paths = []
      big = 1_000
      negative = -3
      """)
    #expect(table["jobs"] == .integer(4))
    #expect(table["strict"] == .boolean(true))
    #expect(table["database-url"] == .string("a\tb\u{e9}\\"))
    #expect(table["literal"] == .string("C:\\logs"))
    #expect(table["timezone"] == .array([.string("UTC"), .string("Europe/Berlin")]))
    #expect(table["sources"]?.table?["dotted"]?.table?["encoding"] == .string("LATIN1"))
    #expect(table["sources"]?.table?["prod 1"]?.table?["paths"] == .array([]))
    #expect(table["sources"]?.table?["prod 1"]?.table?["big"] == .integer(1000))
    #expect(table["sources"]?.table?["prod 1"]?.table?["negative"] == .integer(-3))
  }

  @Test func windowsLinesAndAByteOrderMarkAreRead() throws {
    let table = try TOMLReader.read("\u{FEFF}a = 1\r\n[b]\r\nc = 'x'\r\n")
    #expect(table["a"] == .integer(1))
    #expect(table["b"]?.table?["c"] == .string("x"))
  }

  @Test(arguments: [
    ("[[[", 1), ("[[a]]", 1), ("a = \"open", 1), ("a = 'x\n'", 1), ("a = \"\u{0}\"", 1),
    ("#\u{0}", 1), ("\n\na = ", 3), ("a = 1 2", 1), ("a = 1\na = 2", 2), ("[a]\n[a]", 2),
    ("a = 1\n[a]", 2), ("a = 1\na.b = 2", 2), ("a 1", 1), ("= 1", 1), ("a = 1.5", 1),
    ("a = 2025-01-01", 1), ("a = {b = 1}", 1), ("a = \"\"\"x\"\"\"", 1), ("a = [1,, 2]", 1),
    ("a = [1\n, 2", 2), ("a = \"\\q\"", 1), ("a = \"\\ud800\"", 1), ("[a", 1), ("a = 1\rb = 2", 1),
    ("a = " + String(repeating: "[", count: 100_000), 1), ("a = 99999999999999999999", 1),
  ])
  func everythingElseIsAnErrorOnItsLine(text: String, line: Int) {
    let error = #expect(throws: TOMLError.self) { try TOMLReader.read(text) }
    #expect(error?.line == line)
    #expect(error?.cause.isEmpty == false)
  }
}
