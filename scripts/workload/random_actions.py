"""What the sessions of the random workload do: every way of running a statement that leaves another
pattern of records."""
import threading
import time

from random_session import ANY, Part, RandomSession, Unit, label
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


class Actions(RandomSession):
    """A session that knows what it can do."""

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

    # ---- prepared statements and portals --------------------------------------------------------

    def sql_prepare(self):
        """PREPARE and EXECUTE of SQL."""
        name = f"p_{self.random.randint(1, 2)}"
        if name not in self.prepared:
            mark = self.mark("q", 17)
            body = f"SELECT g AS {mark} FROM {self.rows_of(mark, '$1')}"
            prepare = f"PREPARE {name}(int) AS {body}"
            # A PREPARE has its query's id, and is not counted.
            unit = self.simple(Part(prepare, native=""))
            if unit.sqlstate is None:
                self.prepared[name] = (body, unit.tag)
        elif self.chance(0.2):
            self.simple(Part(f"DEALLOCATE {name}", native=""))
            del self.prepared[name]
        else:
            rows = self.random.randint(0, 40)
            body, tag = self.prepared[name]
            fails = self.chance(0.15)
            part = Part(f"EXECUTE {name}({'1 / 0' if fails else rows})",
                        plan="ran", returned=rows, native=label(body))
            if self.chance(0.7):
                self.simple(part, body=(body, tag))
            else:
                unit = self.extended(part)
                unit.body, unit.body_tag = body, tag

    def cursor(self):
        """DECLARE, FETCH and what ends it, in a block of its own or in the one that is open."""
        own = self.block == "idle"
        if own:
            self.begin()
        name, (rows, mark) = self.mark("c", 18), self.series(18)
        if name in self.portals:
            return
        declare = self.simple(Part(
            f"DECLARE {name} CURSOR FOR SELECT g AS {mark} FROM {self.rows_of(mark, rows)}",
            plan="later", returned=0))
        if declare.sqlstate is None:
            declare.level = self.depth
            self.portals[name] = declare
            declare.parts[0].plan = "none"
            for _ in range(self.random.randint(0, 3)):
                # Without a FETCH its plan never ran.
                declare.parts[0].plan = "later"
                count = self.random.randint(1, 25)
                self.utility(f"FETCH {count} FROM {name}")
                declare.parts[0].returned = min(rows, declare.parts[0].returned + count)
            if self.chance(0.5):
                declare.late, declare.closed_by = True, f"close {name}"
                self.utility(f"CLOSE {name}")
                self.portals.pop(name, None)
        if own:
            self.finish()

    def refcursor(self):
        own = self.block == "idle"
        if own:
            self.begin()
        name, rows = self.mark("c", 19), self.random.randint(1, 9)
        if name in self.portals:
            return
        self.simple(Part(f"SELECT pl_cursor('{name}', {rows}) AS {self.typed(19)}", plan="ran", returned=1))
        if self.block == "open":
            text = "SELECT g AS q9006 FROM generate_series(1, n) AS g"
            unit = self.note(Unit(self.number, "refcursor", text,
                                  [Part(text, plan="ran", returned=rows, native="")], level=self.depth))
            self.portals[name] = unit
            self.utility(f"FETCH ALL FROM {name}")
        if own:
            self.finish()

    def portal(self):
        """A named portal that is fetched in parts, with other statements between them."""
        own = self.block == "idle"
        if own:
            self.begin()
        self.named_portals = getattr(self, "named_portals", 0) + 1
        name, (rows, mark) = f"C_{self.named_portals}", self.series(20)
        text = f"SELECT g AS {mark} FROM {self.rows_of(mark, '$1::int')}"
        statement = f"P_{self.named_portals}" if self.chance(0.5) else ""
        text, tag = self.tagged(text)
        part = Part(text, plan="ran", returned=0)
        unit = self.note(Unit(self.number, "extended", text, [part], parsed=True, tag=tag, late=True,
                              level=self.depth))
        self.wire.parse(statement, text)
        self.wire.bind(name, statement, [rows])
        limit = self.random.randint(1, 30)
        self.wire.execute(name, limit)
        self.portals[name] = unit
        part.returned = min(rows, limit)
        self.wire.sync()
        while part.returned < rows and self.chance(0.7):
            if self.chance(0.3):
                self.settings()
            limit = self.random.randint(1, 30)
            unit.fetches += 1
            self.wire.execute(name, limit)
            self.wire.sync()
            part.returned = min(rows, part.returned + limit)
        if self.chance(0.5):
            self.rivals()
            self.wire.close_portal(name)
            self.wire.sync()
            self.portals.pop(name)
        if own:
            self.finish()

    def failing_portal(self):
        """A portal whose later part fails: one execution, and it failed."""
        if self.block != "idle":
            return
        self.begin()
        mark = self.mark("q", 20)
        text = f"SELECT 1 / (g - 4) AS {mark} FROM {self.rows_of(mark, '$1::int')}"
        unit = self.note(Unit(self.number, "extended", text, [Part(text)], parsed=True, fetches=2))
        self.wire.parse("", text)
        self.wire.bind("C_0", "", [9])
        self.wire.execute("C_0", 2)
        self.wire.sync()
        self.wire.execute("C_0", 4)
        try:
            self.wire.sync()
        except ServerError as error:
            self.failed(error, unit, "fetch")
        self.finish()

    def holdable_cursor(self):
        """A cursor that outlives its transaction: its query ends at COMMIT."""
        if self.block != "idle":
            return
        self.begin()
        name, (rows, mark) = self.mark("c", 49), self.series(49)
        declare = self.simple(Part(
            f"DECLARE {name} CURSOR WITH HOLD FOR SELECT g AS {mark} FROM {self.rows_of(mark, rows)}",
            plan="later", returned=ANY))
        declare.late, declare.closed_by = True, "commit"
        self.utility("COMMIT")
        self.end_block(commits=True)
        self.utility(f"FETCH 3 FROM {name}")
        self.utility(f"CLOSE {name}")

    def pipeline(self):
        """Several executions before one Sync; the last one fails at times."""
        last = None
        count = self.random.randint(2, 4)
        fails = self.chance(0.3)
        for turn in range(count):
            rows, mark = self.series(21)
            if fails and turn == count - 1:
                last = self.step(*self.failing_step())
            elif self.chance(0.6):
                last = self.step(Part(f"SELECT g AS {mark} FROM {self.rows_of(mark, '$1::int')}",
                                      plan="ran", returned=rows), [rows])
            else:
                last = self.step(Part(f"UPDATE plain_{self.number} AS {self.mark('q', 40, 1)} SET note = $1 "
                                      "WHERE id < 4", "mod", "ran", 0, 3), ["p"])
        self.sync(last)

    def bind_only(self):
        """A portal that is bound and never executed: no execution, but a call to pg_stat_statements."""
        mark = self.mark("q", 22)
        text = f"SELECT g AS {mark} FROM {self.rows_of(mark, 3)}"
        self.wire.parse("", text)
        self.wire.bind("", "")
        self.replace_unnamed()
        self.wire.sync()
        unit = self.note(Unit(self.number, "extended", text, [Part(text, plan="ran")], parsed=True,
                              executed=False, level=self.depth))
        if self.block == "open":
            self.unnamed = unit

    # ---- what fails -----------------------------------------------------------------------------

    def failing_step(self):
        """Arguments of `step` for something that fails in the extended protocol."""
        mark = self.mark("q", 23)
        return self.pick(
            (Part("SELEC 1"), (), "", "syntax"),
            (Part(f"SELECT nothing AS {mark} FROM big"), (), "", "analysis"),
            (Part(f"SELECT $1::int AS {mark}"), ["no number"], "", "bind"),
            (Part(f"SELECT $1::int AS {mark}"), [1, 2], "", "early"),
            (Part(f"SELECT 1 / ($1::int - v) AS {mark} FROM big"), [1], "", "execute"),
            (Part(f"UPDATE plain_{self.number} AS {mark} SET v = 1 / (v - v)", "mod"), (), "", "execute"),
            (Part(f"SELECT pl_fails(1) AS {mark}", nested=[("n9005", False)]), (), "", "execute"))

    def mistake(self):
        if self.chance(0.5):
            self.extended(*self.failing_step())
            return
        mark = self.mark("q", 24)
        part, stage = self.pick(
            (Part("SELEC 1"), "syntax"),
            (Part(f"SELECT nothing AS {mark} FROM big"), "analysis"),
            (Part(f"SELECT 1 / (v - 1) AS {mark} FROM big"), "execute"),
            (Part(f"INSERT INTO child_{self.number} AS {mark} SELECT -1", "mod",
                  nested=[("select", False)]), "execute"),
            (Part(f"SELECT pl_fails(2) AS {mark}", nested=[("n9005", False)]), "execute"),
            (Part("DROP TABLE no_such_table", "ddl"), "execute"))
        self.simple(part, stage)

    def timeout(self):
        own = self.block == "idle"
        self.utility("SET statement_timeout = '30ms'", extended=False)
        # By the extended protocol a busy machine may reach the limit in Parse, and name no statement.
        self.simple(Part(f"SELECT pg_sleep(5) AS {self.mark('q', 25)}"))
        if own:
            self.utility("SET statement_timeout = 0", extended=False)

    def cancel(self):
        """Waits for a lock that another session has, and is cancelled once it does."""
        key = 1000 + self.number
        self.control.simple(f"SELECT pg_advisory_lock({key})")
        part = Part(f"SELECT pg_advisory_lock({key}) AS {self.mark('q', 26)}")
        waits = threading.Thread(target=self.extended if self.chance(0.5) else self.simple, args=(part,))
        waits.start()
        while not self.control.simple(
                f"SELECT pg_cancel_backend(pid) FROM pg_locks WHERE NOT granted AND objid = {key}"):
            time.sleep(0.001)
        waits.join()
        self.control.simple(f"SELECT pg_advisory_unlock({key})")

    def late_mistake(self):
        """A constraint that is checked at COMMIT."""
        insert = Part(f"INSERT INTO once_{self.number} AS {self.mark('q', 27, 1)} VALUES (1)", "mod", "ran", 0, 1)
        if self.block != "idle":
            return
        if self.chance(0.4):
            if self.chance(0.5):
                self.simple(insert, stage="commit")
            else:
                self.extended(insert, stage="sync")
            return
        self.begin()
        self.simple(insert)
        self.utility("COMMIT", stage="commit")
        self.end_block(commits=False)

    # ---- the course of a session ----------------------------------------------------------------

    ANYWHERE = ("select", "select", "select", "modify", "modify", "settings", "create_as", "explain",
                "copy", "several", "empty", "fastpath", "large", "advisory", "function", "function",
                "block_of_code", "trigger", "forge", "sql_prepare", "sql_prepare", "cursor", "refcursor",
                "portal", "pipeline", "bind_only", "truncate", "named_utility")
    def terminated(self):
        """The session ends by an administrator's hand, in the middle of a statement."""
        key = 2000 + self.number
        self.control.simple(f"SELECT pg_advisory_lock({key})")
        part = Part(f"SELECT pg_advisory_lock({key}) AS {self.mark('q', 43)}")
        waits = threading.Thread(target=self.simple, args=(part,))
        waits.start()
        while not self.control.simple(
                f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND objid = {key}"):
            time.sleep(0.001)
        waits.join()
        self.control.simple(f"SELECT pg_advisory_unlock({key})")
        self.wire.drop()
        self.control.close()

    FAILING = ("mistake", "mistake", "timeout", "cancel")
    OUTSIDE = ("late_mistake", "schema", "failing_portal", "holdable_cursor")

    def one(self):
        names = self.ANYWHERE + (self.FAILING + self.OUTSIDE if self.block == "idle" else ())
        return getattr(self, self.pick(*names))

    def run(self, statements):
        """Runs until about `statements` executions were asked for, then closes the session."""
        while len(self.units) < statements:
            if self.chance(0.2):
                self.transaction()
            else:
                self.one()()
        if self.chance(0.25):
            self.terminated()
        else:
            self.close()

    def transaction(self):
        self.begin()
        for _ in range(self.random.randint(1, 6)):
            if self.block != "open":
                if self.chance(0.3):
                    self.simple(Part(f"SELECT 1 AS {self.mark('q', 28)}"), stage="analysis")
                break
            if self.chance(0.15):
                self.savepoint([self.one() if self.chance(0.7) else self.mistake
                                for _ in range(self.random.randint(1, 3))])
            elif self.chance(0.08):
                self.mistake()
            else:
                self.one()()
        self.finish()
