"""What a row gets: a generator of its own, a folder, and makers of stores, logs and tails that end with the row."""
import os
import random
import shutil
import threading
import time

from . import check
from .cluster import Cluster
from .loggen import Ledger, LogWriter
from .registry import Failure, NotRun
from .rotation import Rotation
from .tailer import Tail

# For the rows alone: the program warns of variables that it does not know.
FAULT_BINARY = os.environ.pop("PGTRAWL_FAULTS", "")

# Of the conditions: the lag is under 5 s within 30 s.
JOIN_SECONDS = 30


class Shared:
    """What all rows of a run use together: the options and one server."""

    def __init__(self, options, folder):
        self.all, self.seed, self.kills, self.folder = options.all, options.seed, options.kills, folder
        os.makedirs(folder, exist_ok=True)
        self.pgtrawl = os.environ["PGTRAWL"]
        self.cluster_made = None

    def cluster(self):
        if self.cluster_made is None:
            self.cluster_made = Cluster(os.path.join(self.folder, "server"))
        if not self.cluster_made.is_running():
            self.cluster_made.start()
        return self.cluster_made

    def end(self):
        if self.cluster_made is not None:
            self.cluster_made.stop("immediate")


class Case:
    """One run of a row. `all` says whether the long form is asked for; `figures` are printed with the result."""

    def __init__(self, shared, row):
        self.shared, self.row, self.all = shared, row, shared.all
        self.seed = "%d %s" % (shared.seed, row.name)
        self.chance = random.Random(self.seed)
        self.pgtrawl = shared.pgtrawl
        self.folder = os.path.join(shared.folder, row.name)
        os.makedirs(self.folder)
        self.figures = {}
        self.shortened = None
        self.cleanups = []
        self.tails = 0

    # Makers.

    def cluster(self, name=None, **options):
        """The run's server; with a name one of the row's own."""
        if name is None:
            return self.shared.cluster()
        made = Cluster(os.path.join(self.folder, name), **options)
        self.at_end(lambda: made.stop("immediate"))
        return made

    def store(self, name="", cluster=None):
        """A new store in the server."""
        return (cluster or self.cluster()).store(self.row.name.lower() + name, self.pgtrawl)

    def logs(self, name="log"):
        """A new folder for logs; nothing else is written to its parent, which a tail watches, too."""
        path = os.path.join(self.folder, "logs", name)
        os.makedirs(path)
        return path

    def ledger(self, name="ledger"):
        return Ledger(os.path.join(self.folder, name))

    def writer(self, folder, ledger, name="postgresql.csv", **options):
        made = LogWriter(os.path.join(folder, name), ledger, "%s %s %s" % (self.seed, folder[-20:], name), **options)
        self.at_end(made.close)
        return made

    def rotation(self, writer):
        return Rotation(writer, random.Random(self.seed + " rotation"))

    def tail(self, paths, store, conninfo=None, binary=None, **options):
        """A tail that follows `paths` into `store`; started by `start()`."""
        if isinstance(paths, str):
            paths = [paths]
        self.tails += 1
        options.setdefault("name", "tail%d" % self.tails)
        made = Tail(binary or self.pgtrawl, self.folder, paths, conninfo or store.conninfo, **options)
        self.at_end(made.end)
        return made

    def load(self, writer, rate, rotation=None, every=None, ways=Rotation.WAYS):
        """A thread that writes `rate` bytes a second, and rotates about every so many seconds."""
        made = Load(self, writer, rate, rotation, every, ways)
        self.at_end(made.stop)
        made.start()
        return made

    # Judging.

    def settle(self, tail, store, ledger, writers, limit=60, allowed=(), budget_kib=check.BUDGET_KIB):
        """The logs end, the tail catches up, and everything holds; the figures that every row has."""
        for writer in writers if isinstance(writers, (list, tuple)) else [writers]:
            writer.finish()
        lag = tail.catch_up(store, ledger, limit)
        self.holds(store, ledger, tail, allowed, budget_kib)
        self.figure("lag s", round(lag, 1))

    def holds(self, store, ledger, tail=None, allowed=(), budget_kib=check.BUDGET_KIB, source="faults",
              verify=True):
        within = JOIN_SECONDS if tail is not None and tail.is_running() else 0
        found = check.c0(store, ledger, source, allowed, tail, budget_kib, within, verify)
        self.figure("records", ledger.records)
        self.figure("bytes", ledger.bytes)
        if tail is not None:
            self.figure("peak MB", tail.peak_kib // 1024)
        return found

    def figure(self, name, value):
        self.figures[name] = value

    def expect(self, holds, otherwise):
        if not holds:
            raise Failure(otherwise)

    def needs(self, holds, reason):
        if not holds:
            raise NotRun(reason)

    def needs_root(self, what):
        self.needs(os.getuid() == 0, "%s wants root" % what)

    def needs_program(self, name):
        self.needs(shutil.which(name), "%s is not installed" % name)

    def fault_binary(self):
        """The debug build that knows fail points."""
        path = FAULT_BINARY
        self.needs(path and os.access(path, os.X_OK), "no binary with fail points (PGTRAWL_FAULTS)")
        return path

    def pause(self, low, high):
        """A pause of seeded length."""
        time.sleep(self.chance.uniform(low, high))

    # The end.

    def at_end(self, action):
        self.cleanups.append(action)

    def end(self):
        while self.cleanups:
            try:
                self.cleanups.pop()()
            except Exception as error:  # The row's own result stands; what is left over must still be seen.
                print("faults: %s: cleaning up: %s" % (self.row.name, error), flush=True)


class Load(threading.Thread):
    """Writes and rotates in the background until it is stopped. `error` is what ended it early."""

    BURST_SECONDS = 0.02

    def __init__(self, case, writer, rate, rotation, every, ways):
        super().__init__(daemon=True)
        self.writer, self.rate, self.rotation, self.every, self.ways = writer, rate, rotation, every, ways
        self.chance = random.Random(case.seed + " load")
        self.ending = threading.Event()
        self.error = None

    def run(self):
        try:
            self.work()
        except Exception as error:
            self.error = error

    def work(self):
        began, written = time.monotonic(), 0
        turn = self.next_turn(began)
        before = self.writer.ledger.bytes
        while not self.ending.is_set():
            self.writer.write(self.chance.randrange(1, 12))
            written = self.writer.ledger.bytes - before
            now = time.monotonic()
            if self.rotation and now >= turn:
                self.rotation.any(self.ways)
                turn = self.next_turn(now)
            ahead = written / self.rate - (now - began)
            if ahead > self.BURST_SECONDS:
                self.ending.wait(ahead)

    def next_turn(self, now):
        return now + (self.every or 1) * self.chance.uniform(0.5, 1.5)

    def stop(self):
        """Ends the writing; what went wrong in it is raised here."""
        self.ending.set()
        if self.is_alive():
            self.join()
        if self.error is not None:
            error, self.error = self.error, None
            raise error
