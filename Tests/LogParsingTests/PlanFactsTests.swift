import LogModel
import LogParsing
import TestSupport
import Testing

@Suite struct PlanFactsTests {
  private func facts(_ body: String) throws -> (facts: PlanFacts, text: String) {
    var parser = CSVLogParser(startOffset: 0, encoding: .latin1, zones: FixedZones())
    parser.append(Array(CSVLogLine("duration: 1.000 ms  plan:\n" + body).text.utf8))
    let batch = try #require(try parser.parse(.pending))
    let facts = try #require(batch.plans.first)
    return (facts, String(decoding: batch.bytes[facts.queryText.indices], as: UTF8.self))
  }

  @Test func theRootsFiguresAreRead() throws {
    let (facts, text) = try facts(
      """
      {"Query Text": "select \\"a\\"\\nfrom t \\u00e9\\ud83d\\ude00", "Query Identifier": -9007199254740993,
       "Plan": {"Node Type": "Limit", "Actual Rows": 2.00, "Actual Loops": 3,
        "Plans": [{"Node Type": "Seq Scan", "Relation Name": "t", "Actual Rows": 9, "Actual Loops": 1}]}}
      """)
    #expect(facts.fitsJSONB)
    #expect(text == "select \"a\"\nfrom t é😀")
    #expect(facts.queryIdentifier == -9_007_199_254_740_993)
    #expect(facts.hasActualLoops)
    #expect(facts.actualRows == 6)
    #expect(facts.nodes == 2)
    #expect(!facts.hasModifyTable)
  }

  @Test func changedRowsAreThoseOfTheModifyTablesChild() throws {
    let (facts, _) = try facts(
      """
      {"Query Text": "update t set a = 1", "Plan": {"Node Type": "ModifyTable", "Operation": "Update",
       "Actual Rows": 0, "Actual Loops": 1,
       "Plans": [{"Node Type": "Seq Scan", "Actual Rows": 42, "Actual Loops": 1}]}}
      """)
    #expect(facts.hasModifyTable)
    #expect(facts.actualRows == 0)
    #expect(facts.rowsAffected == 42)
  }

  static let refused: [(String, String)] = [
    (#"{"a": "\u0000"}"#, "has not"), (#"{"a": "\ud800"}"#, "has not"),
    (#"{"a": "\udc00x"}"#, "has not"), (#"{"a": 1, "a": 2}"#, "twice"),
    (#"{"a": 1, "\u0061": 2}"#, "twice"),
    (#"{"a": 1e9999}"#, "exponent"), (#"{"a": 01}"#, "not valid"), (#"{"a": .5}"#, "not valid"),
    (#"{"a": 1.}"#, "not valid"), (#"{"a": "\x"}"#, "not valid"), ("{\"a\": \"\t\"}", "not valid"),
    (#"{"a": tru}"#, "not valid"), (#"{"a": 1,}"#, "not valid"), (#"{"a" 1}"#, "not valid"),
    (#"{"a": 1} x"#, "not valid"), (#"{"a": [1, 2}"#, "not valid"), (#"{"a": "b"#, "not valid"),
    ("{\"a\": " + String(repeating: "[", count: 100_000), "not valid"),
    ("{\"a\": " + String(repeating: "9", count: 65) + "}", "very long"),
  ]

  @Test(arguments: refused)
  func whatJSONBRefusesOrLosesIsTold(body: String, reason: String) throws {
    let (facts, _) = try facts(body)
    #expect(!facts.fitsJSONB)
    #expect("\(facts.unfitReason)".contains(reason))
  }

  @Test(arguments: [
    #"{"a": [1, -2.50, 1e3, "x", true, false, null, {}, []]}"#, "{ }", #"{"a": {"a": {"a": 1}}}"#,
    #"{"a": "\\\/\b\f\n\r\t\""}"#,
  ])
  func whatJSONBKeepsFits(body: String) throws {
    #expect(try facts(body).facts.fitsJSONB)
  }

  @Test func shapesAreEqualWhateverTheFigures() throws {
    func shape(_ type: String, _ table: String, _ rows: Int) throws -> Int64 {
      try facts(
        """
        {"Query Text": "x", "Plan": {"Node Type": "\(type)", "Relation Name": "\(table)",
         "Filter": "(a = \(rows))", "Actual Rows": \(rows), "Actual Loops": 1}}
        """
      ).facts.shape
    }
    #expect(try shape("Seq Scan", "t", 1) == shape("Seq Scan", "t", 2))
    #expect(try shape("Seq Scan", "t", 1) != shape("Index Scan", "t", 1))
    #expect(try shape("Seq Scan", "t", 1) != shape("Seq Scan", "u", 1))
  }

  @Test func plansInTextXMLAndYAMLNameTheirQuery() throws {
    let text = try facts(
      "Query Text: select a\nfrom t\nSeq Scan on t  (cost=0.00..1.00 rows=1 width=4) (actual time=0.1..0.2 rows=1 loops=1)"
    )
    #expect(text.text == "select a\nfrom t")
    #expect(text.facts.format == .text)
    #expect(text.facts.hasActualLoops)
    let xml = try facts("<explain><Query-Text>a &lt; b &amp; c</Query-Text></explain>")
    #expect(xml.text == "a < b & c")
    #expect(xml.facts.format == .xml)
    let yaml = try facts("Query Text: \"select \\\"a\\\"\\n\"\nPlan:\n  Node Type: \"Result\"")
    #expect(yaml.text == "select \"a\"\n")
    #expect(yaml.facts.format == .yaml)
  }

  private static let root =
    "Seq Scan on news  (cost=0.00..1.01 rows=1 width=4) (actual time=0.1..0.2 rows=3 loops=1)"

  @Test func wordsOfTheQueryTextAreNotOfThePlan() throws {
    let text = "select a from news where title = 'Update on monday' -- (actual rows=1 loops=1)"
    let idle = "Seq Scan on news  (cost=0.00..1.01 rows=1 width=4) (never executed)"
    let found = try facts("Query Text: \(text)\n\(idle)\n  Filter: (title = 'Update on x'::text)")
    #expect(found.text == text)
    #expect(!found.facts.hasModifyTable)
    #expect(!found.facts.hasActualLoops)
    #expect(found.facts.actualRows == 0)
  }

  @Test(arguments: [
    "Insert on t  (cost=0.00..1.00 rows=0 width=0)\n  ->  Result  (cost=0.00..0.01 rows=1 width=4)",
    """
    Aggregate  (cost=1.00..1.01 rows=1 width=8)
      CTE c
        ->  Update on t  (cost=0.00..1.00 rows=1 width=10)
    """,
  ])
  func aNodeThatChangesRowsIsSeen(plan: String) throws {
    let found = try facts("Query Text: x\n" + plan)
    #expect(found.facts.hasModifyTable)
    #expect(found.facts.actualRows == nil)
  }

  /// Every line that looks like the first one of a plan, and is of the query text or of a literal.
  @Test(arguments: [
    (
      "select a from news\n-- was: Seq Scan on news  (cost=0.00..1.01 rows=1 width=4)\nwhere a = 1",
      ""
    ),
    (
      "/*\nSeq Scan on news  (cost=0.00..1.01 rows=1 width=4)\n  Filter: x\n*/ select a from news",
      ""
    ),
    ("select a from news --\nSeq Scan on news  (cost=0.00..1.01 rows=1 width=4)", ""),
    (
      "select a from news where b = $1",
      """

        Filter: (b = 'it''s
      Seq Scan on news  (cost=0.00..1.01 rows=1 width=4)
      '::text)
        Rows Removed by Filter: 4
      Settings: work_mem = '8MB'
      Query Identifier: -12
      JIT:
        Functions: 3
      Trigger a on b: time=0.1 calls=1
      """
    ),
  ])
  func theQueryTextEndsWhereThePlanBegins(text: String, rest: String) throws {
    for parameters in ["", "Query Parameters: $1 = 'a\nQuery Parameters: ''x', $2 = NULL\n"] {
      let found = try facts("Query Text: \(text)\n\(parameters)\(Self.root)\(rest)")
      #expect(found.text == text)
      #expect(found.facts.hasActualLoops)
      #expect(found.facts.actualRows == 3)
    }
  }

  @Test func aNameThatOpensAQuoteHidesNoPlan() throws {
    let text = "select a from news"
    let found = try facts("Query Text: \(text)\n\(Self.root)\nTrigger it's: time=0.1 calls=1")
    #expect(found.text == text)
  }

  /// A portal that was bound and never executed; its child may have run as part of another plan.
  @Test(arguments: [0, 2])
  func theRootTellsWhetherAPlanRan(loops: Int) throws {
    let xml = """
      <explain><Query-Text>a</Query-Text><Plan><Node-Type>Limit</Node-Type>
      <Alias>ModifyTable</Alias><Actual-Rows>4.00</Actual-Rows><Actual-Loops>\(loops)</Actual-Loops>
      <Plans><Plan><Actual-Rows>9</Actual-Rows><Actual-Loops>1</Actual-Loops></Plan></Plans>
      </Plan></explain>
      """
    let yaml = """
      Query Text: "a\\nPlan:\\n  Actual Loops: 7"
      Plan: \n\
        Node Type: "Limit"
        Actual Rows: 4.00
        Actual Loops: \(loops)
        Plans: \n\
          - Node Type: "Result"
            Actual Rows: 9
            Actual Loops: 1
      """
    for body in [xml, yaml] {
      let found = try facts(body).facts
      #expect(found.hasActualLoops == (loops > 0))
      #expect(found.actualRows == Int64(4 * loops))
      #expect(!found.hasModifyTable)
    }
  }
}
