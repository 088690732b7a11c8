"""Logs that a row makes at once: a few records of sessions of their own, as bytes with their entries in a ledger."""
import gzip
import itertools
import os
import time

from .loggen import Sessions

# Sessions of different logs differ in the second in which they began.
APART = 1000


class Part:
    """A log that exists as bytes before it is a file. `entries` count once `enter` has been called."""

    def __init__(self, case, records=4, sessions=1, kinds=("event", "statement"), payload=(10, 60), **options):
        case.parts = getattr(case, "parts", 0) + 1
        base = int(time.time()) - case.parts * APART
        clock = options.pop("clock", lambda: base)
        source = Sessions("%s %d" % (case.seed, case.parts), itertools.count(20000), sessions=sessions, kinds=kinds, payload=payload,
                          clock=clock, **options)
        self.records = [source.next() for _ in range(records)] + list(source.rest())
        self.content = b"".join(record[0] for record in self.records)

    def enter(self, ledger, fate=None, changed=None):
        """Notes all records as one life; `changed` turns each record's bytes into those that are written."""
        return self.note(ledger, ledger.life(), 0, fate, changed)

    def enter_behind(self, ledger):
        """Notes them as what stands behind all that the ledger has, in the file of its last life."""
        return self.note(ledger, ledger.lives, ledger.bytes, None, None)

    def note(self, ledger, life, at, fate, changed):
        written = []
        for content, entry, first, last in self.records:
            content = changed(content) if changed else content
            if first:
                entry.life, entry.offset = life, at
            if fate:
                entry.fate = fate
            at += len(content)
            entry.length += len(content)
            ledger.bytes += len(content)
            ledger.records += 1
            if last:
                ledger.add(entry)
            written.append(content)
        return b"".join(written)


def packed(content, level=6):
    return gzip.compress(content, level, mtime=0)


def put(folder, name, content):
    """Writes a file in one go and gives its path."""
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def append(path, content):
    with open(path, "ab", 0) as file:
        file.write(content)


def states(store):
    """{path's last part: (state, committed offset)}"""
    lines = store.sql("SELECT path, state, committed_offset FROM pgtrawl.log_files").splitlines()
    return {os.path.basename(path): (state, int(committed))
            for path, state, committed in (line.rsplit("|", 2) for line in lines)}


def stored_rows(store):
    return store.number("SELECT (SELECT count(*) FROM pgtrawl.log_events) "
                        "+ (SELECT count(*) FROM pgtrawl.query_executions)")


def read_by(pid):
    """Bytes that a process has read from files so far."""
    with open("/proc/%d/io" % pid) as file:
        return int(file.readline().split()[1])
