import SQLText
import Testing

@Suite("Credentials, wherever they hide")
struct CredentialTests {
  private func scrubbed(_ text: String) -> String? {
    withBytes(text) { CredentialScrubber.scrub($0) }.map { String(decoding: $0, as: UTF8.self) }
  }

  private func check(_ text: String) throws {
    #expect(withBytes(text) { CredentialScrubber.isSuspect($0) })
    let result = try #require(scrubbed(text), "\(text)")
    #expect(!result.contains("CANARY"), "\(text) → \(result)")
    #expect(result.contains("********"))
    #expect((scrubbed(result) ?? result) == result, "\(result)")
  }

  @Test(
    "commands of the shell",
    arguments: [
      "SELECT 1; COPY t FROM PROGRAM 'curl -u bob:CANARY http://x'",
      "BEGIN; COPY t TO PROGRAM 'mysql -pCANARY'", "; COPY t TO /* x /* y */ */ PROGRAM'-pCANARY'",
      "DO $$ BEGIN EXECUTE 'COPY t FROM PROGRAM ''curl -u ''''a b'''' CANARY'''; END $$",
      "SQL statement \"COPY t FROM PROGRAM 'curl -u CANARY'\"",
      "select dblink_exec('c', 'copy t from program ''curl CANARY''')",
      "program \"curl -H \"a: b\" -u a:CANARY\" failed", "could not execute command \"x -pCANARY\"",
      "The failed archive command was: curl -u a:CANARY \"x\"\ny CANARY",
      "parameter \"archive_command\" changed to \"curl \"x\" -u CANARY\"",
      "parameter \"primary_conninfo\" changed to \"host=h password=CANARY x\"",
      "archive_cleanup_command \"curl CANARY\": child process exited with exit code 1",
      "recovery_end_command \"curl CANARY\": failed", "alter system set restore_command = 'CANARY'",
      "alter system set ssl_passphrase_command to 'echo CANARY'",
      "1,\"program \"\"curl -u a:CANARY\"\" failed\",,", "copy t from program E'a\\'CANARY'",
      "format('copy t from program %L', 'curl CANARY')", "'copy t from program ' || 'CANARY'",
      "{\"m\": \"program \\\"CANARY\\\" failed\"}", "restore_command = CANARY a CANARY",
    ])
  func commands(text: String) throws { try check(text) }

  @Test(
    "connection strings",
    arguments: [
      "CONNECTION 'host=h user=u password=Tr0ub&CANARY dbname=d'", "'password=a;CANARY'",
      "'password=a,CANARY'", "'password=a(CANARY'", "'password=a<CANARY'", "'password=a\"CANARY'",
      "'password=a`CANARY'", "'password=a''CANARY'", "'password=(CANARY'", "'password=$CANARY'",
      "'password=*CANARY'", "'password=?CANARY'", "'password=$CANARY$CANARY'",
      "'host=h password='' CANARY'' user=u'", "'host=h password='',CANARY'''",
      "'host=h password='';CANARY'' user=u'", "'password=''a\\''CANARY'''",
      "'password=''a''''CANARY'''", "E'password=a\\nCANARY'",
      "execute 'execute ''alter user u password ''''CANARY'''' '''",
      "'postgres://u:a<CANARY@h/d'", "'postgres://u:a>CANARY@h/d'", "'postgres://u:a\"CANARY@h/d'",
      "'postgres://u:a`CANARY@h/d'", "'postgres://u:a CANARY@h/d'",
      "redis://h:1 postgres://u:CANARY@h", "postgres://u@h/d?sslmode=x&pass%77ord=CANARY",
      "options (U&\"pass\\0077ord\" 'CANARY')", "(U&\"pass!0077ord\" UESCAPE '!' 'CANARY')",
      "alter user u PASSWORD /* a /* b */ c */ 'CANARY'", "x oauth_client_secret=CANARY",
      "scram_client_key=CANARY scram_server_key=CANARY", "Driver=x;PWD=CANARY;",
      "options (aws_secret_access_key 'CANARY')", "options (pwd 'CANARY')",
      "Connection matched pg_hba.conf line 9: \"host a a a radius radiussecrets=CANARY\"",
      "line 9: \"host a a a radius radiussecrets=\"CANARY,CANARY\"\"", "ldap ldapbindpasswd=CANARY",
    ])
  func connections(text: String) throws { try check(text) }

  @Test(
    "names in literals, and prose",
    arguments: [
      "SELECT set_config('app.password', 'CANARY', false)",
      "SELECT jsonb_build_object('a', 1, 'password','CANARY')",
      "do 'select jsonb_build_object(''password'', ''CANARY'')'",
      "select * from t where data->>'password' = 'CANARY'",
      "select * from t where (data->>'password')::text = 'CANARY'",
      "COMMENT ON ROLE app IS 'password: CANARY'",
      "COMMENT ON ROLE app IS 'the password is CANARY'", "'<password>CANARY</password>'",
      "'<a:password>CANARY b CANARY</a:password>'",
      "select format('ALTER USER u PASSWORD %L', 'CANARY')",
      "select format('ALTER USER %I PASSWORD %2$L', 'u', 'CANARY)CANARY')",
      "execute 'alter user u PASSWORD ' || quote_literal('CANARY')", "'password=' || 'CANARY'",
      "update t set password_hash = 'CANARY'", "select * from t where password <> 'CANARY'",
      "where password is distinct from 'CANARY'", "set app.password to 'CANARY'",
      "parameter \"app.password\" changed to \"CANARY\"", "where password::text = 'CANARY'",
      "parameter \"app.token\" changed to \"CANARY\"", "Key (password)=(CANARY) already exists.",
      "-- don't\nselect set_config('app.password', 'CANARY', false)",
      "alter user u password 'a'\n'CANARY'\n'CANARY'",
      "Key (email, password)=(a, CANARY) already exists.",
      "update users set (name, password) = ('a', 'CANARY')", "where password in ('a', 'CANARY')",
    ])
  func names(text: String) throws { try check(text) }

  @Test(
    "nothing to do",
    arguments: [
      "select program from t", "select * from t where program = 'x'", "select 'program', 'x'",
      "select password is null from t", "where password is not null and a = 'x'",
      "neither \"primary_conninfo\" nor \"restore_command\" specified",
      "select jsonb_build_object('password', $1)", "Token \"x\" is invalid.", "token = 'x'",
      "update t set password = '' where a = 1", "update t set password = '', name = 'x'",
      "select format('alter user u password %L', $1)", "select 'http://a:80 b@c'",
      "select * from program_t where command = 'a'",
    ])
  func nothing(text: String) { #expect((scrubbed(text) ?? text) == text) }

  @Test("parameters that are secrets")
  func parameters() {
    for (text, expected) in [
      ("select set_config('app.password', $1, false)", [1]), ("set password = $2, a = $1", [2]),
      ("select format('alter user %I password %L', $1, $2)", [1, 2]),
      ("select jsonb_build_object('password', $3::text)", [3]), ("password in ($1, $2)", [1, 2]),
      ("select $1", []),
    ] {
      #expect(withBytes(text) { CredentialScrubber.secretParameters($0) } == expected, "\(text)")
    }
  }

  @Test("the rest of a text stays")
  func rest() {
    for (text, expected) in [
      (
        "select set_config('a.password', 'x', false)",
        "select set_config('a.password', '********', false)"
      ),
      (
        "BEGIN; COPY t TO PROGRAM 'x' WITH CSV; SELECT 1",
        "BEGIN; COPY t TO PROGRAM '********' WITH CSV; SELECT 1"
      ),
      ("'host=h password=x dbname=d'", "'host=h password=******** dbname=d'"),
    ] { #expect(scrubbed(text) == expected) }
  }

  @Test("settings")
  func settings() {
    for name in [
      "primary_conninfo", "archive_command", "ssl_passphrase_command", "app.Password", "x.api_key",
      "my.token", "a.client_secret",
    ] { #expect(CredentialScrubber.scrubSetting(name: name, value: "CANARY") == "********") }
    for name in ["ssl_key_file", "password_encryption", "work_mem", "archive_library"] {
      #expect(CredentialScrubber.scrubSetting(name: name, value: "x") == "x")
    }
    #expect(CredentialScrubber.scrubSetting(name: "archive_command", value: "").isEmpty)
    #expect(
      CredentialScrubber.scrubSetting(name: "a.b", value: "password=CANARY") == "password=********")
  }

  @Test(
    "linear",
    arguments: [
      "password", "password'", "password %s ", "program \"", "password /* ",
      "password' /* ", "password 'x' -- ", "a://b:c ", "U&\"", "password is /*", "'password='' ",
    ])
  func linear(piece: String) {
    let text = String(repeating: piece, count: 200_000 / piece.utf8.count)
    let took = ContinuousClock().measure { _ = scrubbed(text) }
    #expect(took < .seconds(5))
  }
}
