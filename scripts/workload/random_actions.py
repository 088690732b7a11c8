"""What the sessions of the random workload do: every way of running a statement that leaves another
pattern of records."""
import threading
import time

from random_portals import Portals
from random_session import Part


class Actions(Portals):
    """A session that also knows how to fail, and what to do next."""

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
