"""Prepared statements, cursors and portals of the random workload: what is executed in parts."""
from random_session import ANY, Part, Unit, label
from random_statements import Statements
from wire import ServerError


class Portals(Statements):
    """A session that knows statements which outlive a message."""

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
