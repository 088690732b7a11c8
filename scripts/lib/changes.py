"""The parts of scripts/changes: run the workload, move its log through the hours, check the store."""
import datetime
import json
import os
import random
import sys

from csv_records import records
from psql_session import Session

PHASES = 3
BASE = datetime.datetime(2026, 3, 2, tzinfo=datetime.timezone.utc)
QUIET = "SET log_min_duration_statement = -1; SET auto_explain.log_min_duration = -1;"
LOUD = "RESET log_min_duration_statement; RESET auto_explain.log_min_duration;"

# How the text of each query begins in the store.
QUERIES = {
    "index": "select count(*), sum(amount) from orders where customer",
    "analyze": "select count(c.name) from skew",
    "swap": "select sum(v) from pairs where k",
    "growth": "select count(*), sum(length(note)) from journal",
    "point": "select * from orders where id",
    "join": "select o.amount, c.name from orders",
    "insert": "insert into visits",
}


def schema(rows):
    return f"""
    CREATE TABLE customers (id int PRIMARY KEY, name text);
    INSERT INTO customers SELECT i, 'name ' || i FROM generate_series(1, 5000) i;
    CREATE TABLE orders (id int PRIMARY KEY, customer int, amount int, note text);
    INSERT INTO orders SELECT i, i % 5000 + 1, i % 100, repeat('n', 60) FROM generate_series(1, {rows}) i;
    CREATE INDEX orders_customer ON orders (customer);
    CREATE TABLE skew (k int, v int, pad text);
    INSERT INTO skew SELECT i, i, repeat('p', 40) FROM generate_series(1, 60000) i;
    CREATE INDEX skew_k ON skew (k);
    CREATE TABLE pairs (k int, v int, pad text);
    INSERT INTO pairs SELECT i % 20000, i, repeat('p', 20) FROM generate_series(1, 200000) i;
    CREATE INDEX pairs_k ON pairs (k);
    CREATE TABLE journal (id int PRIMARY KEY, note text);
    INSERT INTO journal SELECT i, repeat('j', 80) FROM generate_series(1, 60000) i;
    CREATE TABLE visits (id bigserial PRIMARY KEY, at timestamptz, page text);
    VACUUM ANALYZE customers, orders, skew, pairs, journal;
    INSERT INTO skew SELECT 0, i, repeat('p', 40) FROM generate_series(1, 60000) i;
    """


# What happens before a phase, and is in the log as any other statement.
BEFORE = [
    [],
    ["DROP INDEX orders_customer", "CREATE INDEX pairs_k_v ON pairs (k, v)", "DROP INDEX pairs_k"],
    [
        "CREATE INDEX orders_customer ON orders (customer)", "ANALYZE skew",
        "INSERT INTO journal SELECT i, repeat('j', 80) FROM generate_series(60001, 480000) i",
    ],
]


def run(work, runs, rows, seed):
    chance = random.Random(seed)
    quiet = Session("postgres")
    for statement in [QUIET.split(";")[0], QUIET.split(";")[1]] + schema(rows).split(";"):
        if statement.strip():
            quiet.rows(statement)
    quiet.close()
    session = Session("postgres")
    borders = []
    for phase in range(PHASES):
        borders.append(now())
        for statement in BEFORE[phase]:
            session.rows(statement)
        for _ in range(runs):
            session.rows(f"SELECT count(*), sum(amount) FROM orders WHERE customer = {chance.randint(1, 5000)}")
            # One row is expected of 60,000 until it is analyzed: then a hash join, which is faster.
            session.rows("SELECT count(c.name) FROM skew s JOIN customers c ON c.id = s.v % 5000 + 1"
                         " WHERE s.k = 0")
            session.rows(f"SELECT sum(v) FROM pairs WHERE k = {chance.randint(0, 19999)}")
            session.rows("SELECT count(*), sum(length(note)) FROM journal WHERE note LIKE 'j%'")
            session.rows(f"SELECT * FROM orders WHERE id = {chance.randint(1, rows)}")
            session.rows("SELECT o.amount, c.name FROM orders o JOIN customers c ON c.id = o.customer"
                         f" WHERE o.id = {chance.randint(1, rows)}")
            session.rows(f"INSERT INTO visits (at, page) VALUES (now(), 'page {chance.randint(1, 99)}')")
    borders.append(now())
    session.close()
    with open(f"{work}/borders.json", "w", encoding="ascii") as out:
        json.dump([border.isoformat() for border in borders], out)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def move(work, hours):
    """Writes the log with each phase spread over so many hours; the order of records stays."""
    with open(f"{work}/borders.json", encoding="ascii") as source:
        borders = [datetime.datetime.fromisoformat(text) for text in json.load(source)]
    begin = [BASE + datetime.timedelta(hours=hours * phase) for phase in range(PHASES + 1)]
    with open(f"{work}/log/changes.csv", "rb") as source:
        content = source.read()
    with open(f"{work}/moved/changes.csv", "wb") as out:
        for record in records(content):
            stamp, rest = record.split(b",", 1)
            time = datetime.datetime.strptime(stamp.decode(), "%Y-%m-%d %H:%M:%S.%f %Z")
            time = time.replace(tzinfo=datetime.timezone.utc)
            phase = max([n for n in range(PHASES) if borders[n] <= time], default=0)
            part = (time - borders[phase]) / (borders[phase + 1] - borders[phase])
            moved = begin[phase] + max(part, 0) * (begin[phase + 1] - begin[phase])
            text = moved.strftime("%Y-%m-%d %H:%M:%S.") + f"{moved.microsecond // 1000:03d} UTC"
            out.write(text.encode() + b"," + rest)
    with open(f"{work}/phases.json", "w", encoding="ascii") as out:
        json.dump([time.isoformat() for time in begin], out)


class Checker:
    """Reads the store, and keeps what is not as it should be."""

    def __init__(self, work):
        self.store = Session("changes")
        self.wrong = []
        with open(f"{work}/phases.json", encoding="ascii") as source:
            self.phases = json.load(source)
        self.ids = {}
        for name, text in QUERIES.items():
            found = self.store.rows(
                f"SELECT id FROM pgtrawl.queries WHERE normalized_sql ILIKE '{text}%'")
            self.expect(len(found) == 1, f"{name}: {len(found)} queries")
            if found:
                self.ids[name] = found[0][0]

    def expect(self, holds, text):
        if not holds:
            self.wrong.append(text)

    def flips(self):
        """Each flip, and no other, dated to the first plan of its phase."""
        found = self.store.rows("SELECT query_id, changed_at, evidence->>'cause' FROM pgtrawl.plan_changes"
                                " ORDER BY 2")
        names = {value: name for name, value in self.ids.items()}
        planted = [("index", 1, "drop index"), ("swap", 1, "drop index"),
                   ("index", 2, "create index"), ("analyze", 2, "analyze")]
        for name, phase, cause in planted:
            first = self.store.value(
                "SELECT min(executed_at) FROM pgtrawl.query_plans WHERE query_id = "
                f"{self.ids[name]} AND executed_at >= '{self.phases[phase]}'")
            mine = [row for row in found if row[0] == self.ids[name] and row[1] == first]
            self.expect(len(mine) == 1, f"{name}: no flip at {first}")
            self.expect(all(row[2].lower().startswith(cause) for row in mine),
                        f"{name}: caused by {[row[2] for row in mine]}, not {cause}")
        self.expect(len(found) == len(planted),
                    "flips: " + ", ".join(f"{names.get(row[0], row[0])} at {row[1]}" for row in found))
        return len(found)

    def regressions(self):
        """The dropped index once, and the growth once, told from each other."""
        found = self.store.rows(
            "SELECT query_id, kind, cause, started_at >= '%s' AND started_at < '%s' FROM pgtrawl.query_regressions"
            " ORDER BY started_at" % (self.phases[1], self.phases[2]))
        want = [[self.ids["index"], "plan", "plan changed", "t"],
                [self.ids["growth"], "latency", "more data", "f"]]
        self.expect(found == want, f"regressions: {found}, wanted {want}")
        if found != want:
            for name in ("index", "growth"):
                medians = self.store.rows(
                    "SELECT round(pgtrawl.sketch_quantile(pgtrawl.merge_sketches(sketch), 0.5)::numeric, 1)"
                    f" FROM pgtrawl.query_rollups WHERE query_id = {self.ids[name]} GROUP BY hour ORDER BY hour")
                self.wrong.append(f"{name}: hourly medians {' '.join(row[0] for row in medians)}")
        return len(found)

    def healthy(self):
        """No finding of severity medium or higher on what is healthy."""
        ids = ", ".join(self.ids[name] for name in ("point", "join", "insert"))
        for table, sql in [
            ("executions", f"SELECT rule, severity FROM pgtrawl.workload_findings WHERE query_id IN ({ids})"),
            ("plans", "SELECT f->>'rule', f->>'severity' FROM pgtrawl.query_analysis,"
                      f" jsonb_array_elements(findings) f WHERE query_id IN ({ids})"),
        ]:
            loud = [row for row in self.store.rows(sql) if row[1] in ("medium", "high", "critical")]
            self.expect(not loud, f"healthy {table}: {loud[:5]}")
        told = self.store.rows(
            f"SELECT key FROM pgtrawl.recommendations WHERE queries && ARRAY[{ids}]::bigint[]")
        self.expect(not told, f"recommended for what is healthy: {told}")

    def recommended(self):
        """The dropped index is recommended, proven by the phases that have it, and resolved by the last one."""
        found = self.store.rows("SELECT ddl, state, details IS NOT NULL FROM pgtrawl.recommendations"
                                f" WHERE is_current AND {self.ids['index']} = ANY (queries)")
        # In the phase without the index it was not told yet, and since then it is over.
        self.expect(found == [], f"recommended for the dropped index after it was made again: {found}")


def check(work):
    checker = Checker(work)
    if len(checker.ids) == len(QUERIES):
        flips, regressions = checker.flips(), checker.regressions()
        checker.healthy()
        checker.recommended()
    for text in checker.wrong:
        print(f"changes: {text}", file=sys.stderr)
    if checker.wrong:
        print(f"changes: the store was {os.environ['PGHOST']}", file=sys.stderr)
        sys.exit(1)
    count = checker.store.value("SELECT count(*) FROM pgtrawl.query_plans")
    print(f"changes: {flips} flips dated to their executions with their causes, {regressions} regressions, one of"
          f" them told as growth of data; nothing else in {count} plans")


def main():
    part, work, *rest = sys.argv[1:]
    {"run": run, "move": move, "check": check}[part](work, *map(int, rest))


if __name__ == "__main__":
    main()
