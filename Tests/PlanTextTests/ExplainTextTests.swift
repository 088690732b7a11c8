import PlanText
import Testing

/// What a server of the fixtures' version does not write, and what is no plan at all.
struct ExplainTextTests {
  func render(_ json: String) throws -> String {
    try ExplainText.render(json: Array(json.utf8))
  }

  @Test func keysInAnyOrderAndTimes() throws {
    let text = try render(
      """
      {"Plan": {"Alias": "t", "Filter": "(a > 1)", "Plan Rows": 2, "Node Type": "Seq Scan",
        "Plan Width": 4, "Total Cost": 1.50, "Actual Rows": 9007199254740993, "Actual Loops": 1,
        "Startup Cost": 0.00, "Relation Name": "T", "Actual Total Time": 0.020,
        "Actual Startup Time": 0.010, "Rows Removed by Filter": 3},
       "Query Text": "select 1\\nfrom t"}
      """)
    #expect(
      text == """
        Query Text: select 1
        from t
        Seq Scan on "T" t  (cost=0.00..1.50 rows=2 width=4) \
        (actual time=0.010..0.020 rows=9007199254740993 loops=1)
          Filter: (a > 1)
          Rows Removed by Filter: 3

        """)
  }

  @Test func workersBuffersAndTimings() throws {
    let text = try render(
      """
      {"Plan": {"Node Type": "Gather", "Parallel Aware": false, "Workers Planned": 2,
        "Workers Launched": 2, "Single Copy": false, "Output": ["a"],
        "Shared Hit Blocks": 5, "Shared Read Blocks": 0, "Local Written Blocks": 2,
        "Temp Read Blocks": 1, "I/O Read Time": 1.250, "I/O Write Time": 0.000,
        "Temp I/O Read Time": 0.500, "Temp I/O Write Time": 0.000, "WAL Records": 3, "WAL FPI": 0,
        "WAL Bytes": 99,
        "Plans": [{"Node Type": "Sort", "Parallel Aware": true, "Sort Key": ["b", "c DESC"],
          "Sort Method": "quicksort", "Sort Space Used": 25, "Sort Space Type": "Memory",
          "Workers": [
            {"Worker Number": 0, "Actual Startup Time": 1.000, "Actual Total Time": 2.000,
             "Actual Rows": 4, "Actual Loops": 1, "Sort Method": "quicksort",
             "Sort Space Used": 26, "Sort Space Type": "Memory", "Shared Hit Blocks": 7},
            {"Worker Number": 1, "Actual Rows": 0, "Actual Loops": 0, "Sort Method": "still in progress",
             "Sort Space Used": 0, "Sort Space Type": "Memory"}]}]}}
      """)
    #expect(
      text == """
        Gather
          Output: a
          Workers Planned: 2
          Workers Launched: 2
          Buffers: shared hit=5, local written=2, temp read=1
          I/O Timings: shared/local read=1.250, temp read=0.500
          WAL: records=3 bytes=99
          ->  Parallel Sort
                Sort Key: b, c DESC
                Sort Method: quicksort  Memory: 25kB
                Worker 0:  actual time=1.000..2.000 rows=4 loops=1
                  Sort Method: quicksort  Memory: 26kB
                  Buffers: shared hit=7
                Worker 1:  Sort Method: still in progress  Memory: 0kB

        """)
  }

  @Test func summaryBelowThePlan() throws {
    let text = try render(
      """
      [{"Plan": {"Node Type": "Result"}, "Settings": {"work_mem": "64kB"},
        "Query Identifier": -5, "Planning": {"Shared Hit Blocks": 3, "Memory Used": 8,
        "Memory Allocated": 16}, "Planning Time": 0.100,
        "Triggers": [{"Trigger Name": "RI_1", "Constraint Name": "fk", "Relation": "a",
          "Time": 1.5, "Calls": 2}, {"Trigger Name": "t", "Relation": "b", "Calls": 1}],
        "JIT": {"Timing": {"Total": 3.000, "Emission": 1.000, "Generation": {"Deform": 0.100,
          "Total": 0.500}, "Inlining": 0.000, "Optimization": 1.500}, "Options": {"Deforming": true,
          "Inlining": false, "Expressions": true, "Optimization": false}, "Functions": 4},
        "Serialization": {"Time": 0.050, "Output Volume": 2, "Format": "text"},
        "Execution Time": 9.000}]
      """)
    #expect(
      text == """
        Result
        Settings: work_mem = '64kB'
        Query Identifier: -5
        Planning:
          Buffers: shared hit=3
          Memory: used=8kB  allocated=16kB
        Planning Time: 0.100 ms
        Trigger for constraint fk on a: time=1.5 calls=2
        Trigger t on b: calls=1
        JIT:
          Functions: 4
          Options: Inlining false, Optimization false, Expressions true, Deforming true
          Timing: Generation 0.500 ms (Deform 0.100 ms), Inlining 0.000 ms, Optimization 1.500 ms, \
        Emission 1.000 ms, Total 3.000 ms
        Serialization: time=0.050 ms  output=2kB  format=text
        Execution Time: 9.000 ms

        """)
  }

  @Test func unknownKeysAreKept() throws {
    let text = try render(
      """
      {"Plan": {"Node Type": "Foreign Scan", "Operation": "Select", "Alias": "f", "Remote SQL":
        "SELECT 1", "New Figure": 1.00, "New List": ["a", "b"], "New Group": {"x": true},
        "New Groups": [{"y": null}]}, "New Total": "z"}
      """)
    #expect(
      text == """
        Foreign Scan on f
          Remote SQL: SELECT 1
          New Figure: 1.00
          New List: a, b
          New Group:
            x: true
          New Groups 0:
            y: null
        New Total: z

        """)
  }

  @Test func nodesOfNewerServers() throws {
    let text = try render(
      """
      {"Plan": {"Node Type": "WindowAgg", "Disabled": true, "Window": "w1 AS (ORDER BY a)",
        "Storage": "Memory", "Maximum Storage": 17, "Plans": [{"Node Type": "Index Only Scan",
        "Disabled": false, "Scan Direction": "Forward", "Index Name": "i", "Relation Name": "user",
        "Alias": "user", "Actual Rows": 0.50, "Actual Loops": 2, "Heap Fetches": 0,
        "Index Searches": 1, "Shared I/O Read Time": 0.3, "Shared I/O Write Time": 0.0}]}}
      """)
    #expect(
      text == """
        WindowAgg
          Disabled: true
          Window: w1 AS (ORDER BY a)
          Storage: Memory  Maximum Storage: 17kB
          ->  Index Only Scan using i on "user" (actual rows=0.50 loops=2)
                Heap Fetches: 0
                Index Searches: 1
                I/O Timings: shared read=0.3

        """)
  }

  @Test func escapesOfStrings() throws {
    let text = try render(
      #"{"Plan": {"Node Type": "A\u00e9\uD83D\uDE00\"\\\/\u0000\ud800x"}}"#)
    #expect(text == "Aé😀\"\\/\0\u{FFFD}x\n")
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"Plan\" 1}", "{\"Plan\": {}} x", "nul", "{\"a\":1,}", "\"open", "{1: 2}",
    "[1 2]", "]",
  ])
  func whatIsNoJSONIsRefused(json: String) {
    #expect {
      try render(json)
    } throws: { error in
      (error as? PlanTextError)?.code == .invalidJSON
    }
  }

  @Test func otherDocuments() {
    #expect(throws: PlanTextError(code: .noPlan, offset: 0)) { try render("{\"Plan\": []}") }
    #expect(throws: PlanTextError(code: .tooDeep, offset: 1000)) {
      try render(String(repeating: "[", count: 5000))
    }
  }
}
