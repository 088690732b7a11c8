"""Single statements of the random workload, by both protocols, with what is nested in them."""
from random_session import Part, RandomSession, Unit
from wire import ServerError

FORGED = [
    "duration: 1.000 ms  statement: SELECT 'forged'",
    'duration: 2.000 ms  plan:\n{"Query Text": "SELECT 1 AS q0000", "Plan": {"Node Type": "Result", '
    '"Actual Rows": 1, "Actual Loops": 1}}',
    "duration: 0.500 ms  execute <unnamed>: SELECT 1 AS q0001\nand \"more\"",
    "duration: 3.000 ms",
    "statement: DROP TABLE \"no, 'never'\"",
]
PG_BACKEND_PID = 2026


class Statements(RandomSession):
    """A session that knows statements."""

    # ---- single statements ----------------------------------------------------------------------

    def series(self, template, kind="q"):
        """A SELECT whose plan says how many rows it returned."""
        rows = self.random.randint(0, 60)
        mark = self.mark(kind, template)
        return rows, mark

    @staticmethod
    def rows_of(mark, count):
        """A set of rows. PostgreSQL's query id leaves aliases out: each mark has its own function."""
        return f"series_{mark[1:]}(1, {count}) AS g"

    def typed(self, template):
        """A mark for a SELECT list, with a type of its own, so that its query id is its own too."""
        mark = self.mark("q", template)
        return f"{mark}, NULL::type_{mark[1:]}"

    def select(self):
        rows, mark = self.series(1)
        if self.chance(0.2):
            self.other_select()
        elif self.chance(0.45):
            literal = self.pick("'it''s'", "E'a\\nb\\t\"c\"'", "'2026-01-01 10:00:00 UTC,\"a\",'", "$$x$$")
            text = self.pick(
                f"SELECT g AS {mark}, {literal} FROM {self.rows_of(mark, rows)}",
                f"select g as {mark}\n  from {self.rows_of(mark, rows)} -- a comment; with: duration: 1.0 ms\n")
            self.simple(Part(text, plan="ran", returned=rows))
        elif self.chance(0.5):
            self.extended(Part(f"SELECT g AS {mark}, $2::text FROM {self.rows_of(mark, '$1::int')}",
                               plan="ran", returned=rows), [rows, self.pick("it's", None, "a\nb")])
        else:
            self.use_named(rows)

    def other_select(self):
        """What is a SELECT to the executor without beginning like one."""
        rows, mark = self.series(47)
        inner = f"SELECT g AS {mark} FROM {self.rows_of(mark, rows)}"
        head = f"plain_{self.number} WHERE id <= {min(rows, 3)}"
        self.either(self.pick(
            Part(f"WITH w AS ({inner}) SELECT * FROM w WHERE true", plan="ran", returned=rows),
            Part(f"( {inner} LIMIT 100)", plan="ran", returned=rows),
            Part(f"SELECT id AS {self.mark('q', 48, 1)} FROM {head} FOR UPDATE", plan="ran",
                 returned=min(rows, 3))))

    def either(self, part):
        """By either protocol."""
        return self.extended(part) if self.chance(0.5) else self.simple(part)

    def use_named(self, rows):
        """A named statement, parsed at its first use."""
        mark = self.mark("q", 2)
        name = f"S_{self.random.randint(1, 3)}"
        known = name in self.named
        text = self.named[name][0] if known else (
            f"SELECT g AS {mark} FROM {self.rows_of(mark, '$1::int')}")
        self.extended(Part(text, plan="ran", returned=rows), [rows], name=name, parse=not known)

    def named_utility(self):
        """A utility that is prepared: from its second run on it has no id and is not counted."""
        known = "U_1" in self.named
        unit = self.extended(Part(self.named["U_1"][0] if known else "SHOW work_mem"), name="U_1",
                             parse=not known)
        unit.uncounted = known

    def modify(self):
        table = f"plain_{self.number}"
        v = self.random.randint(1, 200)
        count = self.random.randint(1, 5)
        verb = self.pick("insert", "update", "delete", "returning", "cte")
        mark = self.mark("q", 30 + len(verb), variants=1)
        returned = 0
        if verb == "insert":
            values = ", ".join(f"({v}, 'n')" for _ in range(count))
            text, affected = f"INSERT INTO {table} AS {mark} (v, note) VALUES {values}", count
        elif verb == "update":
            text = f"UPDATE {table} AS {mark} SET note = 'x' WHERE id BETWEEN 1 AND {count}"
            affected = count
        elif verb == "delete":
            text, affected = f"DELETE FROM {table} AS {mark} WHERE id < -{v}", 0
        elif verb == "returning":
            text = f"UPDATE {table} AS {mark} SET note = 'y' WHERE id BETWEEN 1 AND {count} RETURNING id"
            affected = returned = count
        else:
            text = (f"WITH w AS (UPDATE {table} SET note = 'z' WHERE id BETWEEN 1 AND {count} RETURNING id) "
                    f"SELECT id AS {mark} FROM w")
            affected, returned = None, count
        # The raw statement of a modifying WITH … SELECT is a SELECT to log_statement.
        part = Part(text, "all" if verb == "cte" else "mod", "ran", returned, affected)
        part.modifies = True
        if self.chance(0.5):
            self.simple(part)
        else:
            self.extended(part)

    def schema(self):
        table = f"made_{self.number}"
        for text in (f"CREATE TABLE {table} (v int)", f"ALTER TABLE {table} ADD w int",
                     f"COMMENT ON TABLE {table} IS 'it''s made'", f"DROP TABLE {table}"):
            if self.block != "failed":
                self.utility(text, "ddl")

    def settings(self):
        text = self.pick("SET work_mem = '64kB'", "SHOW work_mem", "RESET work_mem",
                         "SET LOCAL work_mem TO 128", f"LISTEN s{self.number}008", "ANALYZE seen")
        self.utility(text)

    def truncate(self):
        self.utility(f"TRUNCATE child_{self.number}", "mod")

    def create_as(self):
        rows, mark = self.series(4)
        table = f"copied_{self.number}"
        text = self.pick(f"CREATE TABLE {table} AS SELECT g AS {mark} FROM {self.rows_of(mark, rows)}",
                         f"SELECT g AS {mark} INTO {table} FROM {self.rows_of(mark, rows)}")
        part = Part(text, "ddl", "ran", rows)
        self.either(part)
        if self.block != "failed":
            self.utility(f"DROP TABLE {table}", "ddl")

    def explain(self):
        rows, mark = self.series(5)
        inner = f"SELECT g AS {mark} FROM {self.rows_of(mark, rows)}"
        part = self.pick(Part(f"EXPLAIN {inner}", plan="shown"),
                         Part(f"EXPLAIN (ANALYZE, TIMING off) {inner}", plan="ran", returned=rows))
        self.either(part)

    def copy(self):
        rows, mark = self.series(6)
        if self.chance(0.5):
            self.simple(Part(f"COPY (SELECT g AS {mark} FROM {self.rows_of(mark, rows)}) TO STDOUT",
                             plan="ran", returned=rows))
            return
        # A trigger's statements below COPY are logged whatever log_nested_statements says.
        part = Part(f"COPY watched_{self.number} (v) FROM STDIN", "mod",
                    nested=[("n9010", True)] * 2)
        self.simple(part, copy=["1\n", "2\n"])

    def several(self):
        """A message of several statements, at times with a transaction block or a failing one."""
        parts = []
        for _ in range(self.random.randint(2, 4) if self.chance(0.95) else 20):
            rows, mark = self.series(7)
            parts.append(self.pick(
                Part(f"SELECT g AS {mark} FROM {self.rows_of(mark, rows)}", plan="ran", returned=rows),
                Part(f"UPDATE plain_{self.number} AS {self.mark('q', 29, 1)} SET note = 'w' WHERE id <= {rows}",
                     "mod", "ran", 0, rows),
                Part("SHOW work_mem"), Part("SET LOCAL work_mem = '96kB'")))
        if self.block == "idle" and self.chance(0.3):
            parts = [Part("BEGIN")] + parts + [Part("COMMIT")]
            self.simple(parts)
            return
        if self.chance(0.25):
            at = self.random.randint(0, len(parts))
            parts.insert(at, Part(f"SELECT 1 / (v - v) AS {self.mark('q', 8)} FROM big"))
            self.simple(parts, failed_part=at)
            return
        if self.chance(0.3):
            parts[-1].text += ";"
        self.simple(parts)

    def empty(self):
        if self.chance(0.5):
            self.simple([], text=self.pick("", " ; ", "-- nothing"))
        else:
            self.was_empty = True
            self.wire.parse("", "")
            self.wire.bind("", "")
            self.wire.execute("")
            if self.block != "failed":
                self.replace_unnamed()
            self.wire.sync()

    def fastpath(self):
        unit = self.note(Unit(self.number, "fastpath", '"pg_backend_pid"(oid', [Part("", native="")]))
        try:
            self.wire.fastpath(PG_BACKEND_PID)
        except ServerError as error:
            self.failed(error, unit, "fastpath")

    def large(self):
        """Temporary files, parallel workers."""
        text = self.pick(f"SELECT v AS {self.typed(9)}, pad FROM big ORDER BY pad, v OFFSET 19990",
                         f"SELECT count(*) AS {self.typed(41)} FROM big WHERE pad LIKE '%ab%'")
        part = Part(text, plan="ran", returned=10 if "OFFSET" in text else 1)
        self.either(part)

    def advisory(self):
        part = Part(f"SELECT pg_try_advisory_lock({self.number}) AS {self.typed(10)}", plan="ran", returned=1)
        self.either(part)

    # ---- nested statements ----------------------------------------------------------------------

    def function(self):
        n = self.random.randint(1, 9)
        at, name, nested = self.pick(
            (42, "pl_plain", ["n9001", "n9002"]), (44, "pl_deep", ["n9001", "n9002", "n9003"]),
            (46, "in_sql", ["n9004"]))
        if self.chance(0.5):
            part = Part(f"SELECT {name}({n}) AS {self.typed(at)}", plan="ran", returned=1)
        else:
            part = Part(f"SELECT {name}(g) AS {self.typed(at + 1)} FROM generate_series(1, 2) AS g",
                        plan="ran", returned=2)
            nested = nested * 2
        part.nested = [(n, False) for n in nested]
        self.either(part)

    def block_of_code(self):
        mark = self.mark("n", 13)
        body = f"DO $$ BEGIN PERFORM v AS {mark} FROM big WHERE v = 3; PERFORM pl_plain(2) AS n9009; END $$"
        nested = [(mark, True), ("n9009", True), ("n9001", False), ("n9002", False)]
        part = self.pick(
            Part(body, nested=nested),
            Part("CALL pl_procedure(4)",
                 nested=[("n9007", True), ("n9008", True), ("n9001", False), ("n9002", False)]))
        self.either(part)

    def trigger(self):
        count = self.random.randint(1, 3)
        if self.chance(0.5):
            values = ", ".join(f"({i})" for i in range(count))
            part = Part(f"INSERT INTO watched_{self.number} AS {self.mark('q', 14, 1)} (v) VALUES {values}",
                        "mod", "ran", 0, count, nested=[("n9010", False)] * count)
        else:
            part = Part(f"INSERT INTO child_{self.number} AS {self.mark('q', 15, 1)} VALUES (1)",
                        "mod", "ran", 0, 1, nested=[("select", False)])
        self.either(part)

    def forge(self):
        message = self.pick(*FORGED)
        quoted = message.replace("'", "''")
        self.forged += 1
        part = self.pick(Part(f"DO $body$ BEGIN RAISE LOG '%', '{quoted}'; END $body$"),
                         Part(f"SELECT forge('{quoted}') AS {self.typed(16)}", plan="ran", returned=1))
        self.either(part)
