"""Rows C4, C19, C20, C21: copytruncate under load, holes, cuts, several readers."""
import csv
import gzip
import io
import os
import shutil
import subprocess
import time

from .cells import SINGLE, PlaceWriter, four
from .loggen import LogWriter
from .logrotate import Logrotate
from .registry import Failure, row

FIELD_SESSION, FIELD_LINE, FIELDS = 5, 6, 26


def records_on_disk(folder):
    """(session, line) of every whole record in the plain and compressed logs of a folder."""
    found = set()
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        with (gzip.open if name.endswith(".gz") else open)(path, "rb") as file:
            text = file.read().decode()
        # A log that begins within a record has its first whole one behind the next line that looks like one.
        for fields in csv.reader(io.StringIO(text, newline="")):
            if len(fields) == FIELDS and fields[FIELD_LINE].isdigit():
                found.add((fields[FIELD_SESSION], int(fields[FIELD_LINE])))
    return found


def rows_in_store(store):
    lines = store.sql("SELECT session_id, session_line FROM pgtrawl.log_events UNION ALL "
                      "SELECT session_id, session_line FROM pgtrawl.query_executions").splitlines()
    return [(session, int(line)) for session, line in (line.split("|") for line in lines)]


@row("C4", "copytruncate under load and while behind", quick=True)
def copytruncate_load(case):
    case.needs_root("logrotate")
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    # One write a record, so that no record is torn by the copy.
    writer = WholeWriter(os.path.join(folder, "postgresql.csv"), ledger, case.seed, kinds=SINGLE)
    case.at_end(writer.close)
    rotate = Logrotate(os.path.join(case.folder, "logrotate"), writer.path, ["copytruncate", "rotate 99", "nocompress"])
    tail = case.tail(folder, store).start()
    load = case.load(writer, 1_000_000 if case.all else 500_000)
    turns, server = 10 if case.all else 4, case.cluster()
    for turn in range(turns):
        case.pause(0.3, 0.8)
        if turn % 2:
            # Behind: the store can't take what is written for a while.
            server.stop()
            case.pause(0.5, 1.0)
            rotate.run()
            server.start()
        else:
            rotate.run()
    load.stop()
    writer.finish()
    on_disk = records_on_disk(folder)
    stored = []

    def is_complete():
        stored[:] = rows_in_store(store)
        return on_disk <= set(stored)
    try:
        tail.until(is_complete, "every record on disk is in the store")
    except Failure as failure:
        raise Failure("%s; missing %d, the first %s" % (
            failure, len(on_disk - set(stored)), min(on_disk - set(stored)))) from None
    doubled = len(stored) - len(set(stored))
    case.expect(doubled == 0, "%d rows are doubled" % doubled)
    breaches = store.sql("SELECT \"check\" || ': ' || detail FROM pgtrawl.verify() LIMIT 3")
    case.expect(not breaches, "verify(): " + breaches)
    case.figure("records", ledger.records)
    case.figure("on disk", len(on_disk))
    case.figure("lost by logrotate", ledger.records - len(on_disk))
    case.figure("of these read in time", len(set(stored) - on_disk))
    case.figure("rotations", turns)
    case.figure("peak MB", tail.peak_kib // 1024)


class WholeWriter(LogWriter):
    """Writes each record at once."""

    def put(self, records):
        for record in records:
            os.write(self.descriptor, record[0])
            self.note(record, len(record[0]))


class HoleWriter(PlaceWriter):
    """A shell's `>`: the next write goes where the last one ended, whatever became of the file meanwhile."""

    def open(self, path, flags=0):
        super().open(path, flags)
        os.close(self.descriptor)
        self.descriptor = os.open(path, os.O_WRONLY, 0o644)
        os.lseek(self.descriptor, 0, os.SEEK_END)

    def leave_hole(self):
        """The file was emptied: a new life begins with NULs up to where the writer stands."""
        hole = os.lseek(self.descriptor, 0, os.SEEK_CUR)
        self.begin()
        self.offset = hole
        self.ledger.bytes += hole
        return hole


@row("C19", "a hole of NULs before the next record", quick=True)
def hole(case):
    holes = {}

    def fault(cell):
        shutil.copyfile(cell.path, cell.path + ".1")
        os.truncate(cell.path, 0)
        holes[cell.name] = cell.writer.leave_hole()
    cells = four(case, fault, allowed=("rejected",), make=HoleWriter)
    for cell in cells:
        rejected = cell.store.sql("SELECT sum(length), count(*) FROM pgtrawl.rejected_records WHERE length > 0")
        length, number = rejected.split("|")
        case.expect(length and int(length) == holes[cell.name], "[%s] the hole has %d bytes, rejected are %s in %s" % (
            cell.name, holes[cell.name], length or "none", number))
    case.figure("hole bytes", sum(holes.values()))


class CutWriter(PlaceWriter):
    """Keeps where its records end, for a cut."""

    def __init__(self, *arguments, **options):
        self.ends = []
        super().__init__(*arguments, **options)

    def note(self, record, written):
        super().note(record, written)
        self.ends.append(self.offset)

    def cut(self, size, is_torn):
        """The file is cut and appended to: a new life whose bytes begin at the cut."""
        os.truncate(self.path, size)
        self.life, self.offset = self.ledger.life(), size
        if is_torn:
            # What follows a half record can't be told from it.
            self.neighbours = 1
        self.ends = [end for end in self.ends if end <= size]


@row("C20", "cut to a half, then appended", quick=True)
def cut_to_half(case):
    """What was in the store before the cut stays there once; the new records are in."""
    failed = []
    for name, shift in (("at a record's end", 0), ("within a record", 17)):
        cells = [cut_cell(case, is_down, shift) for is_down in (False, True)]
        for is_down, said in zip((False, True), cells):
            if said:
                failed.append("[%s, %s] %s" % ("down" if is_down else "running", name, said))
    case.figure("cells", 4)
    if failed:
        raise Failure("\n     ".join(failed))


def cut_cell(case, is_down, shift):
    """What is wrong in one state, or nothing."""
    name = "%s%d" % ("down" if is_down else "running", shift)
    folder, ledger, store = case.logs(name), case.ledger(name + ".ledger"), case.store("_" + name)
    writer = CutWriter(os.path.join(folder, "postgresql.csv"), ledger, case.seed + name, kinds=SINGLE)
    case.at_end(writer.close)
    tail = case.tail(folder, store, name="tail-" + name).start()
    try:
        writer.write(80)
        tail.catch_up(store, ledger)
        if is_down:
            tail.stop()
        writer.cut([end for end in writer.ends if end <= writer.offset // 2][-1] + shift, is_torn=shift > 0)
        if shift:
            # The half record and the next become one that can't be read.
            lost = writer.sessions.next()
            lost[1].fate = "torn"
            writer.put([lost])
        writer.write(30)
        if is_down:
            tail.start()
        writer.finish()
        sees_all(tail, store, ledger)
        allowed = ("gaps", "misplaced", "lives in two files", "files of two lives", "missing lines")
        case.holds(store, ledger, tail, allowed + (("rejected",) if shift else ()))
        tail.stop()
    except Failure as failure:
        return str(failure)
    return None


def sees_all(tail, store, ledger):
    """Waits for the rows themselves: offsets say nothing where a file begins within another's bytes."""
    ledger.flush()
    with open(ledger.path) as file:
        wanted = {tuple(line.split("\t")[2:4]) for line in file if line.rstrip().endswith("\twhole")}

    missing = set(wanted)

    def is_complete():
        missing.difference_update((session, str(line)) for session, line in rows_in_store(store))
        return not missing
    try:
        tail.until(is_complete, "every row is in the store", limit=20, pause=0.3)
    except Failure as failure:
        raise Failure("%s; missing are %d of %d, the first is %s; files: %s" % (
            failure, len(missing), len(wanted), min(missing),
            store.sql("SELECT path, committed_offset, state FROM pgtrawl.log_files"))) from None


@row("C21", "two tails and an import read one directory", quick=True)
def several_readers(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    other = os.path.join(case.folder, "other-name")
    os.symlink(folder, other)
    writer = case.writer(folder, ledger)
    rotation = case.rotation(writer)
    tails = [case.tail(folder, store).start(), case.tail(other, store).start()]
    load = case.load(writer, 1_000_000, rotation, every=0.7)
    codes = {}
    ending = time.monotonic() + (20 if case.all else 5)
    while time.monotonic() < ending:
        code = import_once(case, folder, store)
        codes[code] = codes.get(code, 0) + 1
    load.stop()
    case.settle(tails[0], store, ledger, writer)
    for tail in tails:
        case.figure(tail.name + " MB", tail.peak_kib // 1024)
        tail.stop()
    case.figure("rotations", rotation.count())
    case.figure("imports by status", codes)
    # A file that is renamed while it is looked for can't be read; the tail has it.
    case.expect(set(codes) <= {0, 5}, "imports ended with %s" % codes)


def import_once(case, folder, store):
    with open(os.path.join(case.folder, "import.err"), "ab") as errors:
        return subprocess.run(
            [case.pgtrawl, "import", folder, "--source", "faults", "--database-url", store.conninfo,
             "--timezone", "UTC"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
            cwd="/").returncode
