extension StatementGenerator {
  /// A command that is no query, or a query in one.
  mutating func command() -> String {
    switch Int.random(in: 0..<6, using: &random) {
    case 0:
      return "explain " + pick(["", "analyze ", "(analyze true, format json) "]) + select(depth: 2)
    case 1: return "prepare p" + pick(["", "(int, text)"]) + " as " + select(depth: 2)
    case 2: return "declare c " + pick(["", "no scroll "]) + "cursor for " + select(depth: 2)
    case 3: return "create view v as " + select(depth: 2)
    case 4: return "execute p(" + list(3) { $0.constant() } + ")"
    default: return pick(Self.commands)
    }
  }

  private static let commands = [
    "set work_mem = '4MB'", "set search_path to a, \"B\", 'c'", "set local a.b = 5",
    "set a to default",
    "set time zone 'UTC'", "set session characteristics as transaction read only", "show all",
    "set role a", "reset a", "begin", "begin isolation level serializable read only",
    "commit and chain",
    "savepoint a", "rollback to a", "fetch 5 from c", "fetch backward all in c", "move -1 in c",
    "close c", "deallocate all", "listen a", "notify a, 'x'", "lock table t in share mode nowait",
    "create table t (a int default -1, b text not null default 'x' check (b <> ''), unique (a))",
    "create temp table t (a numeric(10,2) primary key) with (fillfactor = 70) on commit drop",
    "create table t (a int references u on delete set null, b int generated always as (a + 1) stored)",
    "create table p partition of t for values in (1, 2, null)",
    "create table p partition of t for values from (1) to (maxvalue)",
    "create table x as select 1 with no data",
    "create index concurrently i on t (lower(a), (b + 1))",
    "create unique index i on t using btree (a desc nulls last) include (b) where a > 1",
    "alter table t alter a set default null", "alter table t add constraint c check (a in (1, 2))",
    "alter table t add column a int not null default 0",
    "alter role a password 'x' valid until 'y'",
    "alter role a set work_mem = '1MB'", "comment on table t is 'x'", "comment on table t is null",
    "copy t from '/x' with (format csv, header true, null 'N', delimiter ',')", "copy t to stdout",
    "copy (select 1) to program 'x'",
    "create function f(a int default 1) returns int language sql "
      + "immutable called on null input as $$select 1$$",
    "create function f() returns int language sql begin atomic; select 1; select 2; end",
    "do $$begin null; end$$", "call f(1, null)", "vacuum (analyze, parallel 2) t (a)", "analyze t",
    "grant select (a), update on t to x with grant option",
    "truncate t, u restart identity cascade",
    "create trigger x after insert or update of a on t for each row when (old.a is distinct from new.a) "
      + "execute function f('1', 2)",
    "create sequence s start with 5 increment by -1 no cycle",
    "drop table if exists t, s.u cascade",
    "create subscription s connection 'host=x password=y' publication p",
    "refresh materialized view v",
    "create type e as enum ('a', 'b')", "alter type e add value if not exists 'c' before 'a'",
    "select 1; select 2", "begin; update t set a = 1; commit",
    "create user mapping for current_user "
      + "server s options (user 'u', password 'p')", "security label on table t is 'x'",
    "create policy p on t for select using (a = current_user)",
    "create domain d as int check (value > 0)",
    "create aggregate g (int) (sfunc = f, stype = int, initcond = '0')", "alter system set a = on",
    "create operator @@@ (leftarg = int, rightarg = int, function = f)", "cluster t using i",
    "import foreign schema s limit to (a) from server x into y", "reindex (verbose) table t",
  ]
}
