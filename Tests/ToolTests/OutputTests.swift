import Foundation
import Testing

@testable import Tool

/// The four formats, and that nothing of a log reaches a terminal raw.
struct OutputTests {
  static let hostile = "a\u{1B}[2Jb\u{9B}c\u{7F}d\u{202E}e\u{0}f\u{FEFF}"
  static let pipe = TerminalState(isTerminal: false, columns: nil, hasColour: false)

  static func terminal(_ columns: Int, hasColour: Bool = false) -> TerminalState {
    TerminalState(isTerminal: true, columns: columns, hasColour: hasColour)
  }

  static func sample(_ text: String = "select 1") -> Document {
    var document = Document()
    document.add(
      table: [
        .init("id"), .init("total_ms", "total ms"), .init("share", "share %"),
        .init("hidden", isHidden: true), .init("query", isElastic: true),
      ],
      [
        [.text("00ab"), .ms(1234.5), .share(0.25), .count(7), .text(text)],
        [.text("00cd"), .none, .none, .none, .text("x")],
      ])
    return document
  }

  @Test func table() {
    #expect(
      OutputFormat.table.write(Self.sample(), terminal: Self.pipe) == """
        id    total ms  share %  query
        ────  ────────  ───────  ────────
        00ab  1234.500     25.0  select 1
        00cd         -        -  x

        """)
  }

  @Test func tableFitsTheTerminal() {
    let document = Self.sample(String(repeating: "long ", count: 40))
    let text = OutputFormat.table.write(document, terminal: Self.terminal(60))
    for line in text.split(separator: "\n") { #expect(DisplayWidth.of(String(line)) <= 60) }
    #expect(text.contains("…"))
  }

  @Test func coloursOnlyWhereTheyMayBe() {
    let escape = "\u{1B}"
    #expect(
      OutputFormat.table.write(Self.sample(), terminal: Self.terminal(80, hasColour: true))
        .contains(escape))
    #expect(
      !OutputFormat.table.write(Self.sample(), terminal: Self.terminal(80)).contains(escape))
  }

  @Test func json() throws {
    let text = OutputFormat.json.write(Self.sample("a\"\\\n\u{1}"), terminal: Self.pipe)
    let rows = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    #expect(rows.count == 2)
    #expect(rows[0]["id"] as? String == "00ab")
    #expect(rows[0]["total_ms"] as? Double == 1234.5)
    #expect(rows[0]["share"] as? Double == 0.25)
    #expect(rows[0]["hidden"] as? Int == 7)
    #expect(rows[0]["query"] as? String == "a\"\\\n\u{1}")
    #expect(rows[1]["total_ms"] is NSNull)
  }

  @Test func ndjson() {
    let text = OutputFormat.ndjson.write(Self.sample(), terminal: Self.pipe)
    #expect(
      text == """
        {"id": "00ab", "total_ms": 1234.5, "share": 0.25, "hidden": 7, "query": "select 1"}
        {"id": "00cd", "total_ms": null, "share": null, "hidden": null, "query": "x"}

        """)
  }

  @Test func csv() {
    let text = OutputFormat.csv.write(Self.sample("a,\"b\"\nc"), terminal: Self.pipe)
    #expect(
      text == """
        id,total_ms,share,hidden,query
        00ab,1234.5,0.25,7,"a,""b""
        c"
        00cd,,,,x

        """)
  }

  @Test(arguments: ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
  func formulasAreDisarmed(text: String) {
    let csv = OutputFormat.csv.write(Self.sample(text), terminal: Self.pipe)
    #expect(csv.contains("7,'\(text)\n") || csv.contains("7,\"'\(text)\"\n"))
  }

  @Test func quoteBeforeACombiningMarkIsStillAQuote() {
    let csv = OutputFormat.csv.write(Self.sample("a,\"\u{301}"), terminal: Self.pipe)
    #expect(csv.unicodeScalars.contains("\u{301}"))
    #expect(csv.contains("\"a,\"\"\u{301}\""))
    let json = JSONWriter.string("\"\u{301}")
    #expect(Array(json.unicodeScalars) == Array("\"\\\"\u{301}\"".unicodeScalars))
  }

  @Test(arguments: OutputFormat.allCases)
  func nothingHarmfulReachesATerminal(format: OutputFormat) {
    var document = Self.sample(Self.hostile)
    document.add(record: [(.init("x"), .text(Self.hostile))], name: "record", title: Self.hostile)
    document.add(block: .block(Self.hostile), name: "block")
    document.add(block: .json("{\"k\": \"\u{202E}\u{85}\u{7F}\"}"), name: "json")
    document.add(
      table: [.init("l")], [[.list([Self.hostile, nil])]], name: "list", title: nil)
    let text = format.write(document, terminal: Self.terminal(80))
    for scalar in text.unicodeScalars where scalar != "\n" && scalar != "\t" {
      #expect(!SafeText.isHarmful(scalar), "U+\(String(scalar.value, radix: 16)) in \(format)")
    }
  }

  @Test func fileOfCSVGetsTextAsItIs() {
    let csv = OutputFormat.csv.write(Self.sample("a\u{202E}b"), terminal: Self.pipe)
    #expect(csv.contains("a\u{202E}b"))
  }

  @Test func escapesAreReadable() {
    #expect(SafeText.line("a\r\n  b\t\u{1B}[0m\u{E0001}") == "a b \\x1b[0m\\U000e0001")
    #expect(SafeText.block("a\r\nb\rc\t\u{7}\r") == "a\nb\\x0dc\t\\x07\\x0d")
    #expect(SafeText.line("größe 表 👩‍👩‍👧") == "größe 表 👩‍👩‍👧")
  }

  @Test func partsHaveTheirNames() throws {
    var document = Document()
    document.add(record: [(.init("id"), .count(1))])
    document.add(table: [.init("n")], [[.count(2)]], name: "rows", title: "Rows")
    document.add(table: [.init("n")], [], name: "none", title: "None")
    document.add(block: .json("{\"a\": 1.00}"), name: "plan", title: "Plan")
    #expect(
      OutputFormat.json.write(document, terminal: Self.pipe) == """
        {
          "id": 1,
          "rows": [
            {"n": 2}
          ],
          "none": [],
          "plan": {"a": 1.00}
        }

        """)
    #expect(
      OutputFormat.ndjson.write(document, terminal: Self.pipe) == """
        {"part": "main", "id": 1}
        {"part": "rows", "n": 2}
        {"part": "plan", "plan": {"a": 1.00}}

        """)
    #expect(
      OutputFormat.csv.write(document, terminal: Self.pipe) == """
        part,row,name,value
        main,0,id,1
        rows,0,n,2
        plan,0,plan,"{""a"": 1.00}"

        """)
    #expect(
      OutputFormat.table.write(document, terminal: Self.pipe) == """
        id  1

        Rows
        n
        ─
        2

        Plan
        {"a": 1.00}

        """)
  }

  @Test(arguments: [("abc", 3), ("表示", 4), ("é", 1), ("e\u{301}", 1), ("👍", 2), ("", 0)])
  func widths(text: String, width: Int) {
    #expect(DisplayWidth.of(text) == width)
  }

  @Test func cutting() {
    #expect(DisplayWidth.cut("abcdef", to: 4) == "abc…")
    #expect(DisplayWidth.cut("表示表示", to: 4) == "表…")
    #expect(DisplayWidth.cut("abcd", to: 4) == "abcd")
  }
}
