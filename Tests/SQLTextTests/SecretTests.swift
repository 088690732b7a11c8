import LogModel
import SQLText
import Testing

@Suite("Passwords and literals are taken out")
struct SecretTests {
  private func scrubbed(_ text: String) -> String? {
    withBytes(text) { CredentialScrubber.scrub($0) }.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(
    "every place of a password",
    arguments: [
      "ALTER ROLE a PASSWORD 'S3cret'", "create user a encrypted password E'S3cret'",
      "alter role a password /* x */ 'S3cret'", "alter role a password $$S3cret$$",
      "alter role a password U&'S3cret'", "alter role a password $x$S3cret$x$ valid until 'x'",
      "create user mapping for a server s options (user 'u', password 'S3cret')",
      "select dblink_connect('host=h password=S3cret user=u')",
      "select dblink_connect('host=h password = ''S3cret'' user=u')",
      "create subscription s connection 'postgresql://u:S3cret@h/db' publication p",
      "comment on table t is 'use postgres://bob:S3cret@h:5432/x'",
      "copy t from program 'PGPASSWORD=S3cret psql -c x'", "PGPASSWORD=\"S3cret\" psql",
      "do $$ begin perform dblink('password=S3cret'); end $$", "-- password=S3cret\nselect 1",
      "update users set password = 'S3cret' where id = 1", "set password = crypt('S3cret', 'x')",
      "x password = f($S3cret% 1)", "where password~S3cret",
      #"{"Query Text": "ALTER ROLE a PASSWORD 'S3cret'"}"#, #"{"password": "S3cret"}"#,
      #"{"Query Text": "select E'\"password\": \"S3cret\"'"}"#,
      "ALTER ROLE a PASSWORD\n'S3cret", "alter role a password 'a'\n'S3cret'",
      "postgres://u@h/db?sslmode=x&password=S3cret&a=b", "alter rol a passwd='S3cret'",
      "syntax error at or near \"password='S3cret'\"", "alter role a password 'it''S3cret'",
      "select crypt('S3cret', gen_salt('bf'))", "x = crypt ( E'S3cret', pass)",
      "select pgp_sym_encrypt('a', 'S3cret')", "pgp_sym_decrypt_bytea(f(a, 'b'), $$S3cret$$)",
      "encrypt_iv(data, 'S3cret'::bytea, iv, 'aes')", "pgp_pub_decrypt(m, dearmor(k), 'S3cret')",
      "select hmac('a', 'S3cret', 'sha256')", "execute 'select crypt(''S3cret'', ''S3cret'')'",
      #"{"Filter": "(hash = crypt('S3cret'::text, hash))"}"#, "select set_password(7, 'S3cret')",
      "do $$crypt('S3cret')$$", "x = app_encrypt('S3cret')",
      "action = 'reset_password' AND password = 'S3cret'", "alter role r password md5('S3cret')",
      "action in ('api_key') and password='S3cret'", "alter role r password ('S3cret')",
      "where password in (\n 'a',\n 'S3cret'\n)", "password = 'a' || md5('S3cret' || 'b')",
      "set (login, password) = (\n 'x',\n 'S3cret'\n) where id = 3", "password = (md5('S3cret'))",
      "where password = (select md5('S3cret'))", "password not in ('S3cret')",
      "password not like 'S3cret'", "password similar to 'S3cret'",
      "Key (password)=(a\nS3cret) already exists.", "alter role r password 'a' || 'S3cret'",
      #"SET "app.token" = 'S3cret'"#, "pg_notify('ch','token=S3cret')",
      #"set session "app.access_token" to 'S3cret'"#,
      "set_config('app.token'::text, 'S3cret', false)",
      "set_config(setting_name => 'app.token', new_value => 'S3cret', is_local => false)",
      "set_config('app.password'::text, 'S3cret'::text, false)", "apikey: S3cret",
      "copy (select 1) to program 'true' 'S3cret'", "https://h/?token=S3cret", "token: S3cret",
      "password = encode(digest('S3cret'||login,'sha256'),'hex')", "'S3cret' = u.password",
      "lower(password) = lower('S3cret')", "where 'S3cret'::text = (password)::text",
      "where md5('S3cret') = password", "password ~~ 'S3cret%'", "password !~~* 'S3cret%'",
      "(cr.password = ANY ('{S3cret,x}'::text[]))", "(password)::character varying = 'S3cret'",
      #"select '{"access_token": "S3cret"}'"#,
      "select vault.create_secret('S3cret', 'name')",
      "aws_commons.create_aws_credentials('a', 'S3cret', '')",
      "set local app.token = 'S3cret'", "SET app.auth_token TO S3cret",
      "select set_config('app.token', 'S3cret', true)", "set session a.token_x='S3cret'",
    ])
  func passwords(text: String) throws {
    let result = try #require(scrubbed(text))
    #expect(!result.contains("S3cret"), "\(result)")
    #expect(result.contains("********"))
    #expect(scrubbed(result) == nil || scrubbed(result) == result)
  }

  @Test(
    "nothing to do",
    arguments: [
      "select 1", "select password from users", "alter role a password null",
      "update users set password = $1", "create table t (password text, b int)",
      "select 'http://host:80/a@b'", "select crypt($1, gen_salt($2, 8))", "select token from t",
      "update t set token = 'a'", "insert into secrets(a) values ('b')", "create table hmac (a)",
      "comment on function crypt is 'x'", "select encryption = ('a')", "insert into token ('a')",
      "select 'x' = token",
      "where action = 'reset_password' and status = 'a' order by id", "select 'password' limit 1",
      "where 'a' = login and password is not null", "select length(password), 'a' from t",
      "password authentication failed for user \"a\"", "",
    ])
  func nothing(text: String) { #expect(scrubbed(text) == nil) }

  @Test("the rest of a text stays")
  func rest() {
    #expect(
      scrubbed("ALTER ROLE a PASSWORD 'x' VALID UNTIL 'y'")
        == "ALTER ROLE a PASSWORD '********' VALID UNTIL 'y'")
    #expect(scrubbed("'postgres://u:p@h/d'") == "'postgres://u:********@h/d'")
  }

  @Test(
    "SQL without literals",
    arguments: [
      ("select 'a', 1 -- x\nfrom t where b = $1", "select '?', ? from t where b = $1"),
      ("x = $$a$$ and y=-1.5", "x = '?' and y=-?"), ("select 'open", "select '?'"),
    ])
  func redactedSQL(text: String, expected: String) {
    #expect(
      withBytes(text) { String(decoding: LiteralRedactor.redactSQL($0), as: UTF8.self) } == expected
    )
  }

  @Test(
    "messages without values",
    arguments: [
      (
        "invalid input syntax for type integer: \"a\"b\"",
        "invalid input syntax for type integer: \"?\""
      ),
      ("Key (id, a)=(42, x)y) already exists.", "Key (id, a)=(?) already exists."),
      ("Failing row contains (1, abc, null).", "Failing row contains (?)."),
      ("value 300 is out of range", "value ? is out of range"),
      (
        "unnamed portal with parameters: $1 = 'it''s', $2 = NULL",
        "unnamed portal with parameters: $1 = '?', $2 = NULL"
      ),
      ("ungültig: »abc«", "ungültig: »?«"), ("can't do", "can't do"), ("open \"abc", "open \"?"),
    ])
  func redactedMessage(text: String, expected: String) {
    let result = withBytes(text) {
      String(decoding: LiteralRedactor.redactMessage($0), as: UTF8.self)
    }
    #expect(result == expected)
  }

  @Test(
    "details and contexts of an unknown form go as a whole",
    arguments: [
      ("Fehlgeschlagene Zeile enthält (1, CANARY, f).", "?"), ("失敗した行は(1, CANARY)", "?"),
      ("La ligne en échec contient (1, CANARY, f).", "?"),
      ("Failing row contains (1, CANARY).", "Failing row contains (?)."),
      ("Failed process was running: select CANARY", "Failed process was running: ?"),
      (
        "Process 1 waits for ShareLock; blocked by process 2.\nProcess 1: a LIKE'ab CANARY' -- CANARY",
        "Process ? waits for ShareLock; blocked by process ?."
      ),
    ])
  func details(text: String, expected: String) {
    let result = withBytes(text) {
      String(decoding: LiteralRedactor.redactDetail($0), as: UTF8.self)
    }
    #expect(result == expected)
  }

  @Test(
    "contexts line by line",
    arguments: [
      ("JSON-Daten, Zeile 1: {CANARY", "?"), ("COPY t, Zeile 1, Spalte a: CANARY", "?"),
      ("COPY t, line 1: \"CANARY\"", "COPY t, line ?: \"?\""),
      (
        "SQL statement \"select\nCANARY\"\nPL/pgSQL-Funktion f() CANARY\nPL/pgSQL function f() line 3",
        "SQL statement \"?\"\n?\nPL/pgSQL function f() line ?"
      ),
    ])
  func contexts(text: String, expected: String) {
    let result = withBytes(text) {
      String(decoding: LiteralRedactor.redactContext($0), as: UTF8.self)
    }
    #expect(result == expected)
  }

  @Test("a constant that looks like a figure")
  func figures() {
    let plan = """
      Seq Scan on t  (cost=0.00..1.50 rows=1 width=4)
        Filter: ((a = 'x(actual '::text) AND (b = 987654321))
        Filter: ((b = 987654321) AND (cost=987654321))
      """
    let result = withBytes(plan) {
      String(decoding: LiteralRedactor.redactPlan($0, .text), as: UTF8.self)
    }
    #expect(!result.contains("987654321") && result.contains("1.50"))
  }

  @Test("plans without literals")
  func redactedPlan() {
    let plan = #"""
      {"Query Text": "select 'a\"b'\n, 5", "Query Parameters": "$1 = 'x'", "Plan": {"Node Type":
      "Index Scan", "Relation Name": "t5", "Filter": "((a)::text = 'b'::text)", "Plan Rows": 17,
      "Output": ["t5.a", "'x'::text"]}, "Cut": "x = 'y
      """#
    let expected = #"""
      {"Query Text": "select '?'\n, ?", "Query Parameters": "$1 = '?'", "Plan": {"Node Type":
      "Index Scan", "Relation Name": "t5", "Filter": "((a)::text = '?'::text)", "Plan Rows": 17,
      "Output": ["t5.a", "'?'::text"]}, "Cut": "x = '?'"
      """#
    let result = withBytes(plan) {
      String(decoding: LiteralRedactor.redactPlanJSON($0), as: UTF8.self)
    }
    #expect(result == expected)
  }
}
