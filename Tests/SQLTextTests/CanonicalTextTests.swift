import SQLText
import Testing

@Suite("Canonical text")
struct CanonicalTextTests {
  @Test(
    "spelling",
    arguments: [
      ("SELECT  a.\"B\" , count( * ) FROM T;", "select a.\"B\", count(*) from t"),
      ("select 1 where a=-5 and b in (1,-2 ,3)", "select $1 where a = $2 and b in ($3 /*, ... */)"),
      ("select a -5, a - -5, -a, - -a", "select a - $1, a - $2, -a, - -a"),
      (
        "select sum(a) over (partition by -1 order by -2) from t group by -3",
        "select sum(a) over (partition by $1 order by $2) from t group by $3"
      ),
      ("create sequence s increment by -1", "create sequence s increment by $1"),
      ("create function f() returns int return -1", "create function f() returns int return $1"),
      ("select t.limit -5", "select t.limit - $1"),
      ("x in ($1)", "x in ($1 /*, ... */)"), ("x in (a, 1)", "x in (a, $1)"),
      ("x in ('a'::text, 'b'::text)", "x in ($1::text /*, ... */)"),
      ("x in ('a'::text, 'b')", "x in ($1::text, $2)"),
      ("x in (1, 2, now())", "x in ($1, $2, now())"),
      ("x in (select 1)", "x in (select $1)"),
      ("x in ((1,'a'),(2,'b'))", "x in (($1, $2) /*, ... */)"),
      ("x in (date '2020-01-01', date '2021-01-01')", "x in (date $1 /*, ... */)"),
      ("array[1,2]::int[]", "array[$1 /*, ... */]::int[]"), ("a[1:2]", "a[$1:$2]"),
      ("array[[1,2],[3,4]]", "array[[$1, $2] /*, ... */]"),
      (
        "insert into t values (1,2),(3,4),(5,6) returning a",
        "insert into t values ($1, $2) /*, ... */ returning a"
      ),
      (
        "values (1, default), (1, default), (2, 3)", "values ($1, default), ($2, default), ($3, $4)"
      ),
      ("values (now()), (now())", "values (now()) /*, ... */"),
      ("a is not null and b = null", "a is not null and b = $1"),
      ("select not true, x is true, null::int", "select not $1, x is true, $2::int"),
      ("create table t (a int null default null)", "create table t(a int null default $1)"),
      ("copy t to stdout (format csv, null 'x')", "copy t to stdout(format csv, null $1)"),
      ("set search_path to a, \"B\", 'c'", "set search_path to $1, $2, $3"),
      ("set local x = default", "set local x = default"), ("a != b", "a <> b"),
      (";; select 1;; select 2 ;", "select $1; select $2"),
      ("select E'\\'' || $$x$$", "select $1 || $2"),
      ("select 1 /* c */ -- d\n + 2", "select $1 + $2"), ("", ""),
      ("select 'ab", "select $1 /* truncated */"),
      ("select U&\"d!0061\" UESCAPE '!'", "select U&\"d!0061\" UESCAPE '!'"),
    ])
  func spelling(text: String, expected: String) { #expect(canonical(text) == expected) }

  @Test(
    "positions stay, other constants of their lists do not",
    arguments: [
      ("a ORDER BY 2 DESC, 1 NULLS LAST LIMIT 3", "a order by 2 desc, 1 nulls last limit $1"),
      ("group by 1, (2), a, ((3)) order by (4)", "group by 1, (2), a, ((3)) order by (4)"),
      (
        "order by 1 + 2, (1) + 2, -1, '1', $3, 1.5, 1::int, 1234567",
        "order by $1 + $2, ($3) + $4, $5, $6, $7, $8, $9::int, $10"
      ),
      (
        "order by f(1, 2), 3, a[4], x in (5, 6), 7",
        "order by f($1, $2), 3, a[$3], x in ($4 /*, ... */), 7"
      ),
      (
        "order by 1 collate \"C\", 2 using <, 3 is null, 4",
        "order by $1 collate \"C\", 2 using <, $2 is null, 4"
      ),
      (
        "group by distinct 1, rollup(2, (3, a)), grouping sets ((4), cube (5)), 6",
        "group by distinct 1, rollup(2, (3, a)), grouping sets((4), cube(5)), 6"
      ),
      ("order by (1, 2), row(3, 4), 5", "order by ($1, $2), row($3, $4), 5"),
      ("group by (1, 2), row(3, 4)", "group by (1, 2), row($1, $2)"),
      ("select distinct on (1, a, (2)) 3, 4", "select distinct on (1, a, (2)) $1, $2"),
      ("select distinct 1, 2", "select distinct $1, $2"),
      ("group by 1 union select 2, 3 order by 4", "group by 1 union select $1, $2 order by 4"),
      ("group by 1 having 2 order by 3; 4, 5", "group by 1 having $1 order by 3; $2, $3"),
      ("select (select a order by 1), 2", "select (select a order by 1), $1"),
      ("order by 1 offset 2", "order by 1 offset $1"),
      (
        "values ((select a order by 1)), ((select a order by 2))",
        "values ((select a order by 1)), ((select a order by 2))"
      ),
      (
        "values ((select a order by 1)), ((select a order by 1))",
        "values ((select a order by 1)) /*, ... */"
      ),
      ("over (partition by 1 order by 2), 3", "over (partition by $1 order by 2), $2"),
      ("x.order by 1, 2", "x.order by $1, $2"),
      (
        "group by 1 on conflict do update set a = 2, b = 3",
        "group by 1 on conflict do update set a = $1, b = $2"
      ), ("\"order\" by 1", "\"order\" by $1"),
      ("order by 1 -- c\n , /* 9 */ 2", "order by 1, 2"),
      ("order by 0x1F, 1e5", "order by 0x1f, $1"),
    ])
  func positions(text: String, expected: String) { #expect(canonical(text) == expected) }

  @Test("lists of any length are one", arguments: [1, 2, 3, 50])
  func lists(count: Int) {
    let list = (0..<count).map { "\($0)" }.joined(separator: ", ")
    #expect(
      canonical("select * from t where a in (\(list))")
        == canonical("select * from t where a in ($1)"))
    #expect(canonical("select array[\(list)]") == canonical("select array['x']"))
    let rows = (0..<count).map { "(\($0), 'x')" }.joined(separator: ", ")
    #expect(canonical("insert into t values \(rows)") == canonical("insert into t values ($1, $2)"))
  }

  @Test(
    "different queries stay apart",
    arguments: [
      ("select a from t", "select b from t"), ("select \"A\" from t", "select a from t"),
      ("where a in (1, b)", "where a in (1, 2, b)"),
      ("values (1), (2, 3)", "values (1), (2), (2, 3)"),
      ("a - 1", "a + 1"), ("a is null", "a = null"), ("select a b", "select a, b"),
      ("select 'abc", "select 'abc'"), ("a order by 1", "a order by 2"),
      ("a group by 1, 2", "a group by 2, 1"), ("a order by 1", "a order by $1"),
      ("select distinct on (1) a", "select distinct on (2) a"),
      ("group by rollup (1, 2)", "group by rollup (2, 1)"),
      ("select by - 1", "select by 'x'"),
      ("select return - 1", "select return 'x'"), ("select a, by - 1", "select a, by 'x'"),
    ])
  func apart(a: String, b: String) {
    #expect(canonical(a) != canonical(b))
    let hasher = ShapeHasher(seed: 3)
    #expect(withBytes(a) { hasher.shape($0) } != withBytes(b) { hasher.shape($0) })
  }
}
