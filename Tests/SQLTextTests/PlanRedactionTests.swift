import LogModel
import SQLText
import Testing

@Suite("Plans of every format and tags of comments")
struct PlanRedactionTests {
  private func redacted(_ plan: String, _ format: PlanFormat) -> String {
    withBytes(plan) { String(decoding: LiteralRedactor.redactPlan($0, format), as: UTF8.self) }
  }

  private func scrubbed(_ plan: String, _ format: PlanFormat) -> String? {
    withBytes(plan) { CredentialScrubber.scrubPlan($0, format, isValid: true) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(
    "constants go, figures and names stay",
    arguments: [
      (
        PlanFormat.xml,
        "<a><Query-Text>select 5 &lt; 'x&amp;'</Query-Text>\n<Plan-Rows>5</Plan-Rows>"
          + "<Alias>t5</Alias><Item>5</Item><Filter>(a = 'b')</Filter></a> stray",
        "<a><Query-Text>select ? &lt; '?'</Query-Text>\n<Plan-Rows>5</Plan-Rows>"
          + "<Alias>t5</Alias><Item>?</Item><Filter>(a = '?')</Filter></a>?"
      ),
      (
        .yaml,
        "Query Text: \"select '\\\"', 5\"\nPlan: \n  - Plan Rows: 5\n    Alias: \"t5\"\n  - \"5\"\nx",
        "Query Text: \"select '?', ?\"\nPlan: \n  - Plan Rows: 5\n    Alias: \"t5\"\n  - \"?\"\n?"
      ),
      (
        .text,
        "Query Text: select 'a\nx  (cost=1' -- b\n, 5\nSeq Scan on t5  (cost=0.00..1.50 rows=5)\n"
          + "  Filter: (a = 5)\n  Rows Removed by Filter: 5",
        "Query Text: select '?'\n, ?\nSeq Scan on t5  (cost=0.00..1.50 rows=5)\n"
          + "  Filter: (a = ?)\n  Rows Removed by Filter: 5"
      ),
      (.json, #"{"Plan Rows": 5e1, "a": true, x'y}"#, #"{"Plan Rows": 5e1, "a": true, ?}"#),
    ])
  func constants(format: PlanFormat, plan: String, expected: String) {
    #expect(redacted(plan, format) == expected)
  }

  @Test(
    "passwords go, the document stays one",
    arguments: [
      (
        PlanFormat.json, #"{"Query Text": "select 'password=''x", "Plan": {"a": "'b'"}}"#,
        #"{"Query Text": "select '?'", "Plan": {"a": "'?'"}}"#
      ),
      (
        .json,
        #"{"Query Text": "update t set password=$1", "Plan": {"Output": ["'x'::text", "5"]}}"#,
        #"{"Query Text": "update t set password=$1", "Plan": {"Output": ["'?'::text", "?"]}}"#
      ),
      (
        .text,
        "Query Text: select 1 from t where password in ('x','y')\nSeq Scan on t\n"
          + "  Filter: (password = ANY ('{x,y}'::text[]))",
        "Query Text: select ? from t where password in (********)\nSeq Scan on t\n"
          + "  Filter: (password = ANY ('********'::text[]))"
      ),
      (
        .json, #"{"Settings": {"my.password": "x"}}"#, #"{"Settings": {"my.password": "********"}}"#
      ),
      (
        .xml, "<Query-Text>password=a&amp;b c</Query-Text>",
        "<Query-Text>password=******** c</Query-Text>"
      ),
      (.yaml, "Query Text: \"password='x\"\na: 1", "Query Text: \"password='********'\"\na: 1"),
      (.text, "Query Text: password='x'\nSeq", "Query Text: password='********'\nSeq"),
    ])
  func passwords(format: PlanFormat, plan: String, expected: String) {
    #expect(scrubbed(plan, format) == expected)
  }

  private static let commands: [(PlanFormat, String, String)] = [
    (
      .json, #"{"Query Text": "x", "Plan": {"Foreign Program": "curl -u a:S3cret \"h\"", "b": 1}}"#,
      #"{"Query Text": "x", "Plan": {"Foreign Program": "********", "b": 1}}"#
    ),
    (
      .yaml, "Query Text: \"x\"\nPlan: \n  Foreign Program: \"mysql -pS3cret\"\n  Plan Width: 5",
      "Query Text: \"x\"\nPlan: \n  Foreign Program: \"********\"\n  Plan Width: 5"
    ),
    (
      .xml, "<Plan><Foreign-Program>sshpass -p S3cret &lt; a</Foreign-Program><B>5</B></Plan>",
      "<Plan><Foreign-Program>********</Foreign-Program><B>5</B></Plan>"
    ),
    (
      .text,
      "Query Text: x\nForeign Scan on ft  (cost=0.00..1.50 rows=5 width=4)\n"
        + "  Foreign Program: mysql -pS3cret <<E\nS3cret\n  s3cret: E\n  Buffers: shared hit=5",
      "Query Text: x\nForeign Scan on ft  (cost=0.00..1.50 rows=5 width=4)\n"
        + "  Foreign Program: ********\n  Buffers: shared hit=5"
    ),
  ]

  @Test("the command of a foreign table goes as a whole", arguments: commands)
  func commandsOfForeignTables(format: PlanFormat, plan: String, expected: String) {
    #expect(scrubbed(plan, format) == expected)
    #expect(redacted(plan, format) == expected)
  }

  @Test("the command of a foreign table in a plan that is cut off")
  func commandOfAFragment() {
    let plan = #"{"Query Text": "x", "Plan": {"Foreign Program": "a \" -pS3cret"#
    let result = withBytes(plan) { CredentialScrubber.scrubPlan($0, .json, isValid: false) }
    #expect(
      result.map { String(decoding: $0, as: UTF8.self) }
        == #"{"Query Text": "x", "Plan": {"Foreign Program": "********""#)
  }

  @Test("figures of a plan that the query's text shows are constants")
  func pastedPlan() {
    let plan = """
      Query Text: select a from t --
      Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)
      Filter: a = 987654321 and (cost=987654321)
      Seq Scan on t  (cost=0.00..1.50 rows=1 width=4)
      """
    let result = redacted(plan, .text)
    #expect(!result.contains("987654321") && result.contains("1.50"))
  }

  @Test("a plan without passwords is left alone", arguments: [PlanFormat.json, .xml, .yaml, .text])
  func clean(format: PlanFormat) {
    #expect(scrubbed("{\"Query Text\": \"select a from w where w.s = 'http://x'\"}", format) == nil)
  }

  @Test(
    "tags",
    arguments: [
      ("select 1 /*b='x%20y',a='it\\'s'*/", #"{"a":"it's","b":"x y"}"#),
      ("/*app:shop,line:/a.rb:12:in `f'*/ select 1", #"{"app":"shop","line":"/a.rb:12:in `f'"}"#),
      ("/*a='1'*/ select /* b='2', a='3' */ 1", #"{"a":"1","b":"2"}"#),
      ("/*a='%00\"%ff'*/", "{\"a\":\"\\\"\u{FFFD}\"}"),
      (
        "/*password='x',u='http%3A//a%3Ax%40h'*/",
        #"{"password":"********","u":"http://a:********@h"}"#
      ),
    ])
  func tags(text: String, expected: String) {
    #expect(
      withBytes(text) { StatementTags.json($0) }.map { String(decoding: $0, as: UTF8.self) }
        == expected)
  }

  @Test(
    "no tags",
    arguments: [
      "select 1", "select '/*a=''b''*/'", "select 1 -- a='b'", "/* Note: fix */ select 1",
      "/* http://x */", "/*+ SeqScan(t) */ select 1", "/*a=b*/", "/*a='b'", "/*a='b',*/", "/**/",
      "select 4 / 2 * 3",
    ])
  func noTags(text: String) { #expect(withBytes(text) { StatementTags.json($0) } == nil) }

  @Test("parameters that are passwords")
  func parameters() {
    let text = "update u set password = $2, passwd=crypt($13, 'x') where a = $1"
    #expect(withBytes(text) { CredentialScrubber.secretParameters($0) } == [2, 13])
    let before = "select 1 where $4 = u.password and md5($5) = password"
    #expect(withBytes(before) { CredentialScrubber.secretParameters($0) } == [4, 5])
    let list = "password in ($1,$2) and login in ('a') or password = lower($3)"
    #expect(withBytes(list) { CredentialScrubber.secretParameters($0) } == [1, 2, 3])
    let call = "select crypt($1, pass), hmac(a, $3, 'x') from t where b = $2"
    #expect(withBytes(call) { CredentialScrubber.secretParameters($0) } == [1, 3])
  }

  @Test(
    "passwords of refused texts and of commands",
    arguments: [
      ("alter role a password S3cret", "alter role a password ********"),
      ("copy t from program 'curl -u a:b'", "copy t from program '********'"),
      ("COPY t TO PROGRAM $x$y$x$ csv", "COPY t TO PROGRAM $x$********$x$ csv"),
    ])
  func refused(text: String, expected: String) {
    #expect(
      withBytes(text) { CredentialScrubber.scrub($0) }.map { String(decoding: $0, as: UTF8.self) }
        == expected)
  }

  @Test(
    "values with quotes of their own, and without any",
    arguments: [
      ("invalid: \"a \" b\"", "invalid: \"?\""), ("x = E'a' and y like'b'", "x = E'?'"),
      ("select $$a$$ , $1", "select $$?$$ , $1"), ("it's 5", "it's ?"),
      ("JSON data, line 1: {a\nSQL function", "JSON data, ?\nSQL function"),
      ("of failing row contains (a) = (b).", "of failing row contains (?)."),
    ])
  func messages(text: String, expected: String) {
    let result = withBytes(text) {
      String(decoding: LiteralRedactor.redactMessage($0), as: UTF8.self)
    }
    #expect(result == expected)
  }
}
