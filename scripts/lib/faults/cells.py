"""A fault on a log in four states of its tail: running or down, caught up or behind. The four run beside each other.

Behind and running: the store's server is stopped, so that the tail sees the log grow and can commit nothing. What is
written where the fault destroys it before anyone could commit it is `doomed`; the store has to name it as a gap.
"""
import os
import random
import time

from .cluster import until
from .loggen import LogWriter
from .registry import Failure
from .rotation import Rotation

# Records that are one row each, so that a loss at any place takes whole rows.
SINGLE = ("event", "statement")
# The tail's longest pause while its store is away is a second: in this time it has looked at its logs.
SEEN_SECONDS = 1.5
COMMITTED = """
SELECT (sum(f.committed_offset) - coalesce(sum(g.bytes), 0))::bigint FROM pgtrawl.log_files f LEFT JOIN (
  SELECT g.log_file_id, sum(g.to_offset - g.from_offset) AS bytes FROM pgtrawl.file_gaps g
  JOIN pgtrawl.log_files f ON f.id = g.log_file_id WHERE g.to_offset <= f.committed_offset GROUP BY 1) g
ON g.log_file_id = f.id
"""
GAPS = """
SELECT f.path, f.committed_offset, g.from_offset, coalesce(g.to_offset, -1), g.reason
FROM pgtrawl.file_gaps g JOIN pgtrawl.log_files f ON f.id = g.log_file_id ORDER BY 1, 3
"""


def count(case, name, number):
    """Adds to a figure of the row."""
    case.figure(name, case.figures.get(name, 0) + number)


def gathered(*runs):
    """Runs all of them, whichever fails, and fails with what they said."""
    said = []
    for run in runs:
        try:
            run()
        except Failure as failure:
            said.append(str(failure))
    if said:
        raise Failure("\n     ".join(said))


class PlaceWriter(LogWriter):
    """A writer that comes back to names it had before, and knows which bytes are doomed."""

    def __init__(self, *arguments, **options):
        self.places = {}
        self.is_doomed = False
        self.doomed_bytes = self.doomed_records = 0
        super().__init__(*arguments, **options)

    def open(self, path, flags=0):
        if self.descriptor is not None:
            self.places[self.path] = self.life, self.offset
        super().open(path, flags)
        if self.offset_of_file() > 0:
            self.life, self.offset = self.places.get(path, (self.life, self.offset))

    def offset_of_file(self):
        return os.fstat(self.descriptor).st_size

    def note(self, record, written):
        if self.is_doomed:
            # Allowed to be in the store, as a tail may have read it in time, but not wanted there.
            record[1].fate = "torn"
            self.doomed_bytes += written
            self.doomed_records += 1
        super().note(record, written)


def numbered(case, name):
    """A name that no other cell of the row has."""
    case.names = getattr(case, "names", 0) + 1
    return "%s-%d" % (name, case.names)


def sum_up(case, cells):
    """The figures of all cells of the row in place of those of the last one."""
    case.cells = getattr(case, "cells", []) + cells
    case.figure("cells", len(case.cells))
    case.figure("records", sum(cell.ledger.records for cell in case.cells))
    case.figure("bytes", sum(cell.ledger.bytes for cell in case.cells))
    case.figure("peak MB", max(cell.tail.peak_kib for cell in case.cells) // 1024)


class Cell:
    """One state: its log, its ledger, its store and its tail."""

    def __init__(self, case, is_down, is_behind, kinds, make):
        self.case, self.is_down, self.is_behind = case, is_down, is_behind
        self.name = "%s, %s" % ("down" if is_down else "running", "behind" if is_behind else "caught up")
        short = self.name.replace(", ", "-").replace(" ", "-")
        self.chance = random.Random(case.seed + self.name)
        self.folder = case.logs(numbered(case, short))
        self.ledger = case.ledger(os.path.basename(self.folder) + ".ledger")
        self.store = case.store("_" + os.path.basename(self.folder).replace("-", "_"))
        options = {"kinds": kinds} if kinds else {}
        self.writer = make(os.path.join(self.folder, "postgresql.csv"), self.ledger, case.seed + self.name, **options)
        case.at_end(self.writer.close)
        self.rotation = Rotation(self.writer, self.chance)
        self.tail = case.tail(self.folder, self.store, name="tail-" + os.path.basename(self.folder))
        self.path = self.writer.path
        self.store_offset = 0
        self.lost_from = self.lost_to = None

    def unread(self, records=40, doomed=False):
        """Writes what the tail can't commit before the fault."""
        before = self.writer.offset
        self.writer.is_doomed = doomed
        self.writer.write(records)
        self.writer.is_doomed = False
        if doomed:
            self.lost_from, self.lost_to = before, self.writer.offset

    def catch_up(self, limit=60):
        self.ledger.flush()
        wanted = self.ledger.bytes - self.writer.doomed_bytes
        try:
            return self.tail.until(lambda: self.store.number(COMMITTED) >= wanted, "every byte is committed", limit)
        except Failure as failure:
            raise Failure("%s (committed %d of %d bytes)" % (failure, self.store.number(COMMITTED), wanted)) from None

    def settle(self, allowed, may_gap):
        """The log ends; what is to hold holds, and a loss has its gap."""
        self.writer.finish()
        self.catch_up()
        lost = self.lost_from is not None
        if lost:
            # A gap may be noted a moment after the bytes around it.
            until(lambda: self.gaps(), 30)
        if lost or may_gap:
            allowed = tuple(allowed) + ("gaps", "missing lines")
        self.case.holds(self.store, self.ledger, self.tail, allowed)
        if lost:
            self.require_gap()

    def gaps(self):
        lines = self.store.sql(GAPS).splitlines()
        return [(path, int(committed), int(low), int(high), reason)
                for path, committed, low, high, reason in (line.split("|", 4) for line in lines)]

    def require_gap(self):
        """One gap, from the last committed byte on, no longer than what was lost."""
        found = self.gaps()
        if not found:
            raise Failure("%d bytes from offset %d on are lost and no gap is recorded" % (
                self.lost_to - self.lost_from, self.lost_from))
        if len(found) > 1 or found[0][2] != self.lost_from or not (
                found[0][3] == -1 or self.lost_from < found[0][3] <= self.lost_to):
            raise Failure("lost are bytes %d to %d, recorded as gaps: %s" % (self.lost_from, self.lost_to, found))
        count(self.case, "gaps", 1)
        count(self.case, "gap ends known", found[0][3] == self.lost_to)


def four(case, fault, lost=None, kinds=None, allowed=(), only=None, make=PlaceWriter, records=60, more=30,
         label=None):
    """Runs `fault(cell)` in all four states. `lost(cell)` says whether what is unread then is doomed; a tail that was
    down may take a fault that can lose bytes for one that did. `only` names states to leave the others out."""
    cells = [Cell(case, is_down, is_behind, kinds or (SINGLE if lost else None), make)
             for is_down in (False, True) for is_behind in (False, True)
             if only is None or only(is_down, is_behind)]
    for cell in cells:
        cell.writer.write(records)
        cell.tail.start()
    failed = []

    def each(chosen, act):
        for cell in chosen:
            if not any(name == cell.name for name, _ in failed):
                try:
                    act(cell)
                except Failure as failure:
                    failed.append((cell.name, str(failure)))

    def break_it(cell):
        fault(cell)
        cell.writer.write(more)

    each(cells, Cell.catch_up)
    now = [cell for cell in cells if not cell.is_down and not cell.is_behind]
    later = [cell for cell in cells if cell not in now]
    each(now, break_it)
    each(now, Cell.catch_up)
    for cell in later:
        cell.store_offset = cell.writer.offset
    each([cell for cell in cells if cell.is_down], lambda cell: cell.tail.stop())
    if later:
        server = case.cluster()
        server.stop()
        each([cell for cell in later if cell.is_behind], lambda cell: cell.unread(doomed=bool(lost and lost(cell))))
        if any(not cell.is_down for cell in later):
            time.sleep(SEEN_SECONDS)
        each(later, break_it)
        server.start()
        each([cell for cell in later if cell.is_down], lambda cell: cell.tail.start())
    each(cells, lambda cell: cell.settle(allowed, may_gap=bool(lost and lost(cell) and cell.is_down)))
    each(cells, lambda cell: cell.tail.stop())
    sum_up(case, cells)
    if failed:
        prefix = label + ", " if label else ""
        raise Failure("\n     ".join("[%s%s] %s" % (prefix, *one) for one in failed))
    return cells
