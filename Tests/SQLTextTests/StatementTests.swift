import SQLText
import Testing

@Suite("Statements of a message")
struct StatementTests {
  @Test(
    "split",
    arguments: [
      ("", []), (" ; ;", []), ("-- nothing;", []), ("select 1", ["select 1"]),
      ("/* a; */ select 1 ; ", ["select 1"]), ("select 1;select ';';", ["select 1", "select ';'"]),
      (
        "create rule r as on insert to t do (select 1; select 2); x",
        ["create rule r as on insert to t do (select 1; select 2)", "x"]
      ),
      (
        "create function f() begin atomic select case when a then 1 end; select 2; end; select 3",
        [
          "create function f() begin atomic select case when a then 1 end; select 2; end",
          "select 3",
        ]
      ),
      ("begin; select $$;$$; end", ["begin", "select $$;$$", "end"]),
      ("select ) ; select 2", ["select )", "select 2"]),
    ])
  func split(text: String, expected: [String]) {
    let found = withBytes(text) { bytes in
      SQLText.split(bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
    }
    #expect(found == expected)
  }

  @Test(
    "leading word and kind",
    arguments: [
      ("", LeadingWord.empty, "empty"), ("SELEC 1", .other, "other"),
      ("((select 1))", .select, "select"), ("((", .other, "other"),
      ("/* c */ WITH a AS (select 1) INSERT INTO t SELECT * FROM a", .with, "insert"),
      ("values (1)", .values, "values"), ("start transaction", .begin, "begin"),
      ("end", .commit, "commit"), ("commit prepared 'x'", .finishPrepared, "commit prepared"),
      ("rollback work to savepoint a", .rollbackTo, "rollback to savepoint"),
      ("abort transaction", .rollback, "rollback"),
      ("prepare transaction 'x'", .prepareTransaction, "prepare transaction"),
      ("prepare p as select 1", .prepare, "prepare"), ("deallocate all", .deallocate, "deallocate"),
      ("create unique index i on t (a)", .create, "create index"),
      ("create or replace temp view v as select 1", .create, "create view"),
      ("alter user mapping for x server s", .alter, "alter user mapping"),
      ("grant select on t to x", .other, "grant"),
    ])
  func leading(text: String, expected: LeadingWord, kind: String) {
    #expect(withBytes(text) { SQLText.traits($0).leading } == expected)
    #expect(withBytes(text) { SQLText.kind($0) } == kind)
  }

  @Test(
    "via EXECUTE",
    arguments: [
      ("execute p(1)", true), ("explain execute p", true), ("explain select 1", false),
      ("explain (analyze, buffers on) execute p(1)", true),
      ("explain analyze verbose execute p", true),
      ("create temp table x (a) as execute p(1)", true), ("create table x as select 1", false),
      ("explain analyze create table x as execute p", true), ("create index on t (a)", false),
      ("select execute from t", false),
    ])
  func viaExecute(text: String, expected: Bool) {
    #expect(withBytes(text) { SQLText.traits($0).viaExecute } == expected)
  }

  @Test(
    "body of PREPARE",
    arguments: [
      ("PREPARE p(int, numeric(10,2)) AS SELECT $1 ;", "SELECT $1"),
      ("prepare \"a b\" as insert into t values (';')", "insert into t values (';')"),
      ("prepare transaction 'x'", nil), ("select 1", nil), ("prepare p", nil),
      ("prepare p as", nil),
    ] as [(String, String?)])
  func preparedBody(text: String, expected: String?) {
    let body = withBytes(text) { bytes in
      SQLText.preparedBody(bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
    }
    #expect(body == expected)
  }
}
