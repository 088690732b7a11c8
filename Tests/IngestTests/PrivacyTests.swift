import Foundation
import Ingest
import QueryShape
import TestSupport
import Testing

@Suite("What of a log is stored", .serialized) struct PrivacyTests {
  @Test(
    "no value of a log is in the store with --samples", arguments: [SamplePolicy.redacted, .none])
  func values(samples: SamplePolicy) async throws {
    let store = try await PrivateLog.values().store(samples)
    let cells = try await store.cells()
    #expect(cells.count > 100)
    for cell in cells where cell.text.lowercased().contains("canary") {
      Issue.record("\(cell.place): \(cell.text)")
    }
    for number in ["424242", "525252"] {
      for cell in cells where cell.text.contains(number) {
        Issue.record("\(cell.place): \(cell.text)")
      }
    }
    #expect(cells.contains { $0.place == "query_plans.plan" && $0.text.contains("Seq Scan") })
    #expect(cells.contains { $0.place == "query_plans.plan_text" && $0.text.contains("Seq Scan") })
    #expect(cells.contains { $0.place == "session_contexts.application_name" })
    #expect(!cells.contains { $0.place == "rejected_records.bytes" })
    #expect(cells.contains { $0.place == "query_samples.session_id" })
    #expect(!cells.contains { $0.place == "query_samples.sql" })
    #expect(cells.contains { $0.text == "checkpoint complete: wrote 77 buffers" })
    #expect(try await store.verify().isEmpty)
  }

  @Test("the values are there with --samples raw")
  func rawValues() async throws {
    let store = try await PrivateLog.values().store(.raw)
    let places = Set(
      try await store.cells().filter { $0.text.contains("canary") }.map(\.place))
    #expect(
      places.isSuperset(of: [
        "query_executions.error", "query_executions.parameters", "queries.raw_example_sql",
        "log_events.message", "log_events.detail", "log_events.context", "query_plans.plan",
        "query_plans.plan_text", "rejected_records.bytes", "query_samples.sql",
        "query_samples.parameters",
      ]))
  }

  @Test("no password is in the store, whatever --samples says", arguments: SamplePolicy.allCases)
  func credentials(samples: SamplePolicy) async throws {
    let store = try await PrivateLog.credentials().store(samples)
    let cells = try await store.cells()
    for cell in cells where cell.text.lowercased().contains("s3cret") {
      Issue.record("\(cell.place): \(cell.text)")
    }
    // Where statements are kept, what is left of those that had a password is there, too.
    #expect(cells.contains { $0.place == "query_samples.sql" } == (samples == .raw))
    let unfit = try await store.number(
      "SELECT count(*) FROM pgtrawl.query_plans WHERE format = 'json' AND plan IS NULL")
    #expect(unfit == 0)
    #expect(
      try await store.number("SELECT count(*) FROM pgtrawl.query_plans")
        == PrivateLog.planStatements.count * 4)
    #expect(
      try await store.number("SELECT count(*) FROM pgtrawl.rejected_records WHERE length > 0") > 0)
    #expect(try await store.verify().isEmpty)
  }

  @Test("tags of comments are in the rows, however the log is cut")
  func tags() async throws {
    let log = PrivateLog.tagged()
    let store = try await log.store(.raw)
    let tags = try await store.query(
      "SELECT tags FROM pgtrawl.query_executions ORDER BY session_line")
    #expect(
      tags.compactMap(\.first) == [
        #"{"action": "show it", "controller": "cart"}"#, #"{"app": "shop", "line": "/a.rb:12"}"#,
        "", #"{"name": "it's"}"#, #"{"a": "b"}"#,
      ])
    let bytes = Array(log.text.utf8)
    let image = try await store.image()
    // Into the last record, too, whose text is in the one before.
    let cuts = Array(stride(from: 1, to: bytes.count, by: bytes.count / 7)) + [bytes.count - 50]
    for cut in cuts {
      let pieces = try await StoreUnderTest.make()
      let scratch = try ScratchDirectory()
      try scratch.append(bytes[..<cut], to: "grown.csv")
      try await pieces.run([scratch.path + "/grown.csv"])
      try scratch.append(bytes[cut...], to: "grown.csv")
      try await pieces.run([scratch.path + "/grown.csv"])
      #expect(try await pieces.image() == image, "cut at \(cut)")
    }
  }
}

/// A log whose records hold what must not be stored.
struct PrivateLog {
  private var records: [CSVLogLine] = []
  private var tail = ""

  /// The csvlog.
  var text: String { records.map(\.text).joined() + tail }

  /// A store that has read the log.
  func store(_ samples: SamplePolicy) async throws -> StoreUnderTest {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let file = try scratch.write(Array(text.utf8), to: "private.csv")
    let summary = try await store.run([file]) { $0.samples = samples }
    #expect(summary.unreadable == 0)
    return store
  }

  private mutating func add(
    _ message: String, configure: (inout CSVLogLine) -> Void = { _ in }
  ) {
    records.append(CSVLogLine(message, line: records.count + 1, configure: configure))
  }

  /// A record behind all others.
  private var last: String { CSVLogLine("checkpoint starting: time", line: records.count + 1).text }

  private mutating func fail(
    _ message: String, _ sqlstate: String, _ statement: String, detail: String? = nil,
    context: String? = nil
  ) {
    add(message) {
      $0.severity = "ERROR"
      $0.sqlstate = sqlstate
      $0.statement = statement
      $0.detail = detail
      $0.context = context
    }
  }

  // MARK: - Values

  static func values() -> PrivateLog {
    var log = PrivateLog()
    for statement in [
      "select * from t where a = 'canary' and b = 424242",
      "select E'it\\'s a canary', U&'canary', $$a canary$$, $x$canary$x$ -- canary\nfrom t",
      "insert into t values ('canary', 424242), ('canary2', 525252)",
      "comment on table t is 'canary'", "do $do$ begin perform 'canary'; end $do$",
      "copy t from '/tmp/canary'", "select /* a='canary' */ 1", "selec 'canary' fro 424242",
    ] {
      log.add("duration: 0.100 ms  statement: \(statement)")
      log.plans(statement)
    }
    log.add("duration: 0.200 ms  parse <unnamed>: select $1, 'canary'")
    log.add("duration: 0.200 ms  bind <unnamed>: select $1, 'canary'") {
      $0.detail = "parameters: $1 = 'a canary', $2 = '424242'"
    }
    log.add("duration: 0.200 ms  execute <unnamed>: select $1, 'canary'") {
      $0.detail = "parameters: $1 = 'a canary', $2 = '424242'"
    }
    log.add("statement: execute p('canary')") {
      $0.detail = "prepare: prepare p as select 'canary'"
    }
    log.failures()
    log.add("temporary file: path \"base/pgsql_tmp/pgsql_tmp1.0\", size 1000") {
      $0.statement = "select 'canary' order by 1"
      $0.context = "SQL statement \"select \"a\" = E'canary' \" and 'canary'\""
    }
    log.add("process 1 still waiting for ShareLock on transaction 424242 after 1000.1 ms") {
      $0.detail = "Process holding the lock: 424242. Wait queue: 1."
    }
    log.add("a canary bird") { $0.context = "PL/pgSQL function f() line 3 at RAISE" }
    log.add("a canary bird without context")
    log.add("checkpoint complete: canary 424242")
    log.add("server process (PID 1) was terminated by signal 9: Killed") {
      $0.isClient = false
      $0.detail = "Failed process was running: select 'canary', 424242"
    }
    log.add("checkpoint complete: wrote 77 buffers") { $0.isClient = false }
    log.add("duration: 0.300 ms  statement: select 'forged canary'") { $0.statement = "select f()" }
    log.tail = "2026-11-24 12:00:00.001 UTC,a canary,424242\n" + log.last
    return log
  }

  private mutating func failures() {
    fail(
      "invalid input syntax for type integer: \"a \" canary\"", "22P02",
      "select 'a \" canary'::int")
    fail(
      "duplicate key value violates unique constraint \"t_pkey\"", "23505",
      "insert into t values ('canary')", detail: "Key (a, b)=(can) canary, 1) already exists.")
    fail(
      "new row violates check constraint", "23514", "insert into t values ('canary')",
      detail: "Failing row contains (424242, a canary, null).")
    fail("customer canary not found", "P0001", "select f('canary')")
    fail(
      "canary not found", "23505", "select f('canary')",
      context: "PL/pgSQL function f(text) line 3 at RAISE")
    fail("the canary is dead", "MY001", "select f('canary')")
    fail(
      "division by zero", "22012", "select f('canary')",
      context: "PL/pgSQL function f(text) line 3 at SQL statement\n"
        + "SQL statement \"select 1/0 as \"a\", E'canary', $$ canary $$\"")
    fail(
      "invalid input syntax for type json", "22P02", "select '{canary'::json",
      detail: "Token \"canary\" is invalid.", context: "JSON data, line 1: {canary, 424242")
    fail(
      "invalid XML document", "2200M", "select xmlparse(document 'canary')",
      detail: "line 1: Start tag expected, '<' not found\ncanary\n^")
    fail(
      "missing data for column \"b\"", "22P04", "copy t from stdin",
      context: "COPY t, line 424242: \"a \"canary\" b\"")
    fail(
      "deadlock detected", "40P01", "update t set a = 'canary'",
      detail: "Process 1 waits for ShareLock on transaction 424242; blocked by process 2.\n"
        + "Process 1: update t set a = 'canary' where b like'canary'\n"
        + "Process 2: select E'a\\' canary', $$canary$$, 424242")
    fail("syntax error at or near \"'canary'\"", "42601", "selec 'canary'")
    for detail in [
      "Fehlgeschlagene Zeile enthält (424242, a canary, f).",
      "La ligne en échec contient (424242, a canary, f).", "失敗した行は(424242, a canary, f)",
      "Process 1: update t set a = 'x' where b LIKE'ab canary' -- canary",
    ] {
      fail(
        "neue Zeile verletzt Check", "23514", "insert into t values ('canary')", detail: detail,
        context: "JSON-Daten, Zeile 1: {canary, 424242")
    }
  }

  // MARK: - Plans

  /// A plan of the statement in each of the four formats.
  private mutating func plans(_ statement: String) {
    let filter = "(t.a = 'a canary <&> \"x\"'::text) AND (t.b = 424242)"
    let json = """
      {"Query Text": \(Self.json(statement)), "Query Parameters": "$1 = 'canary', $2 = '424242'",
       "Plan": {"Node Type": "Seq Scan", "Relation Name": "t", "Alias": "t",
       "Startup Cost": 0.00, "Total Cost": 1.50, "Plan Rows": 1, "Plan Width": 4,
       "Actual Rows": 1, "Actual Loops": 1, "Output": ["t.a", "'canary'::text", "525252"],
       "Filter": \(Self.json(filter))}}
      """
    let xml = """
      <explain xmlns="http://www.postgresql.org/2009/explain">
        <Query-Text>\(Self.xml(statement))</Query-Text>
        <Query-Parameters>$1 = 'canary'</Query-Parameters>
        <Plan><Node-Type>Seq Scan</Node-Type><Relation-Name>t</Relation-Name>
          <Actual-Rows>1</Actual-Rows><Actual-Loops>1</Actual-Loops>
          <Output><Item>t.a</Item><Item>525252</Item><Item>'canary'::text</Item></Output>
          <Filter>\(Self.xml(filter))</Filter></Plan>
      </explain>
      """
    let yaml = """
      Query Text: \(Self.json(statement))
      Query Parameters: "$1 = 'canary', $2 = '424242'"
      Plan:\u{20}
        Node Type: "Seq Scan"
        Relation Name: "t"
        Actual Rows: 1
        Actual Loops: 1
        Output:\u{20}
          - "t.a"
          - "525252"
          - "'canary'::text"
        Filter: \(Self.json(filter))
      """
    let text = """
      Query Text: \(statement)
      Query Parameters: $1 = 'canary', $2 = '424242'
      Seq Scan on t  (cost=0.00..1.50 rows=1 width=4) (actual time=0.1..0.2 rows=1 loops=1)
        Output: a, 525252, 'canary'::text
        Filter: (\(filter))
        Rows Removed by Filter: 5
      """
    for plan in [json, xml, yaml, text] { add("duration: 0.050 ms  plan:\n\(plan)") }
  }

  private static func json(_ text: String) -> String {
    let escapes: [Character: String] = ["\"": "\\\"", "\\": "\\\\", "\n": "\\n", "\t": "\\t"]
    return "\"" + text.map { escapes[$0] ?? String($0) }.joined() + "\""
  }

  private static func xml(_ text: String) -> String {
    let entities: [Character: String] = ["<": "&lt;", ">": "&gt;", "&": "&amp;"]
    return text.map { entities[$0] ?? String($0) }.joined()
  }

  // MARK: - Credentials

  /// Statements that have plans.
  static let planStatements = [
    "select dblink_connect('host=h password=S3cret user=u')",
    "select dblink('postgresql://u:S3cret@h/db', 'select 1')",
    "update users set password = 'S3cret' where id = 1", "select 'password=''S3cret''' as \"a\"",
    "select E'password=\\'S3cret\\'', 'password=''S3cret'",
    "select * from t where \"password\" = 'S3cret\"x' and b = '<&>'",
  ]

  private static let statements =
    [
      "alter role a password 'S3cret'", "create user a encrypted password E'S3cret'",
      "alter role a password S3cret", "alter role a password 'S3cret",
      "create role a with login password $$S3cret$$ valid until 'x'",
      "create user mapping for a server s options (user 'u', password 'S3cret')",
      "alter server s options (set passwd 'S3cret')",
      "create subscription s connection 'host=h password=S3cret' publication p",
      "create subscription s connection 'postgres://u:S3cret@h/d' publication p",
      "copy t from program 'curl -u bob:S3cret http://h/x'",
      "copy (select 1) to program $x$PGPASSWORD=S3cret psql$x$ with csv",
      "comment on table t is 'use postgres://bob:S3cret@h:5432/x'",
      "do $$ begin perform dblink('password=S3cret'); end $$", "select 1 -- password=S3cret",
      "select /*password='S3cret'*/ 1",
      "create role a passwrd 'x' password 'S3cret'",
    ] + hidden

  private static let hidden = [
    "select 1; copy t from program 'curl -u bob:S3cret http://x'",
    "do 'begin execute ''copy t from program ''''curl S3cret''''''; end'",
    "alter system set archive_command = 'curl -u a:S3cret'",
    "create subscription s connection 'host=h password=a&S3cret' publication p",
    "select dblink_connect('host=h password='' S3cret'' user=u')",
    "select dblink_connect('postgres://u@h/d?pass%77ord=S3cret')",
    "select set_config('app.password', 'S3cret', false)",
    "comment on role app is 'the password is S3cret'",
    "select format('alter user u password %L', 'S3cret')",
  ]

  static func credentials() -> PrivateLog {
    var log = PrivateLog()
    for statement in statements + planStatements {
      log.add("duration: 0.100 ms  statement: \(statement)")
      log.fail(
        "syntax error at or near \"S3cret\"", "42601", statement,
        detail: "It was \(statement)", context: "SQL statement \"\(statement)\"")
      log.add("statement: \(statement)") { $0.statement = statement }
      if !statement.hasPrefix("copy") {
        log.add("could not connect: \(statement)") { $0.detail = statement }
      }
    }
    for statement in planStatements { log.plans(statement) }
    for (text, parameters) in [
      ("select dblink($1)", "$1 = 'host=h password=S3cret'"),
      ("select dblink($1, $2)", "$1 = 'it''s postgres://u:S3cret@h/d', $2 = NULL"),
      ("select $1, $2", "$1 = 'password=''S3cret', $2 = 'b'"),
      ("update users set password = $2 where id = $1", "$1 = '7', $2 = 'S3cret'"),
      ("update users set password = crypt($1, 'x')", "$1 = 'S3cret'"),
      ("select dblink_exec($1)", "$1 = 'copy t from program ''curl S3cret'''"),
      ("select set_config('app.password', $1, false)", "$1 = 'S3cret'"),
    ] {
      log.add("duration: 0.100 ms  execute <unnamed>: \(text)") {
        $0.detail = "parameters: \(parameters)"
      }
      log.add("execute <unnamed>: \(text)") { $0.detail = "parameters: \(parameters)" }
      log.add("bind of <unnamed>: \(text)") { $0.detail = "parameters: \(parameters)" }
      log.fail(
        "value is bad", "22000", text, context: "unnamed portal with parameters: \(parameters)")
    }
    log.hiddenCredentials()
    log.tail =
      "2026-11-24 12:00:00.001 UTC,select 1; copy t from program 'curl S3cret'\n" + log.last
    return log
  }

  private mutating func hiddenCredentials() {
    for (message, detail) in [
      ("program \"curl -u \"a\":S3cret\" failed", "x"),
      ("archive command failed", "The failed archive command was: curl -u a:S3cret"),
      ("parameter \"restore_command\" changed to \"curl \"a\" S3cret\"", nil),
      ("parameter \"app.token\" changed to \"S3cret\"", nil),
      ("parameter \"primary_conninfo\" changed to \"host=h password=S3cret\"", nil),
      (
        "connection authenticated",
        "Connection matched pg_hba.conf line 9: \"host a a a radius radiussecrets=S3cret\""
      ),
    ] as [(String, String?)] {
      for isClient in [true, false] {
        add(message) {
          $0.isClient = isClient
          $0.detail = detail
        }
      }
    }
  }

  // MARK: - Tags

  static func tagged() -> PrivateLog {
    var log = PrivateLog()
    log.add("duration: 0.100 ms  statement: select 1 /*action='show%20it',controller='cart'*/")
    log.add("duration: 0.100 ms  statement: /*app:shop,line:/a.rb:12*/ select 2")
    log.add("duration: 0.100 ms  statement: select 3 /* Note: nothing */ -- a='b'")
    log.add("statement: select 4 /*name='it\\'s'*/")
    log.add("duration: 0.100 ms")
    // Of log_duration alone: the plan has the text.
    let plan =
      #"{"Query Text": "select 5 /*a='b'*/", "Plan": {"Node Type": "Result", "#
      + #""Actual Rows": 1, "Actual Loops": 1}}"#
    log.add("duration: 0.050 ms  plan:\n\(plan)") { $0.vxid = "3/11" }
    log.add("duration: 0.100 ms") { $0.vxid = "3/11" }
    return log
  }
}
