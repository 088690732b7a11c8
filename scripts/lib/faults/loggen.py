"""Seeded csvlog records of several interleaved sessions, and the ledger of what was written of them.

Two kinds of entries can be told apart in the store: an event keeps its message, which is `oracle=SEQ:CRC payload`; an
execution keeps its durations and parameters. Both are found by session and line, and carry a digest of all that the
store has to have kept.
"""
import hashlib
import os
import random
import time
import zlib

WORDS = ["alpha", "größe", "comma, comma", 'quoted "word"', "it's", "line\nbreak", "tab\there", "back\\slash",
         "2025-01-01 00:00:00.000 UTC,", '"",""', "naïve", "日本語", "semicolon;", "end\n\n"]
TABLES = 24


def quoted(text):
    return '"%s"' % text.replace('"', '""')


def digest(*parts):
    return hashlib.md5("|".join(str(part) for part in parts).encode()).hexdigest()


class Entry:
    """What one row of the store has to be: where its first record lies, and a digest of its contents."""
    __slots__ = ("seq", "kind", "session", "line", "life", "offset", "length", "digest", "fate")

    def __init__(self, seq, kind, session, line):
        self.seq, self.kind, self.session, self.line = seq, kind, session, line
        self.life = self.offset = self.digest = None
        self.length, self.fate = 0, "whole"


class Ledger:
    """Entries in a file, sums in memory. `bytes` are those of all lives, `records` those that were written whole."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "w", encoding="utf-8")
        self.entries = self.records = self.bytes = self.lives = 0

    def life(self):
        self.lives += 1
        return self.lives

    def add(self, entry):
        self.entries += 1
        self.file.write("\t".join(str(part) for part in (
            entry.seq, entry.kind, entry.session, entry.line, entry.life, entry.offset, entry.length,
            entry.digest, entry.fate)) + "\n")

    def flush(self):
        self.file.flush()


class Session:
    """One backend: its id, its line counter, and the records that it has still to write."""

    def __init__(self, number, began):
        self.pid = 20000 + number
        self.began = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(began))
        self.id = "%x.%x" % (int(began), self.pid)
        self.line = 0
        self.queue = []
        self.left = None


class Sessions:
    """Records without an end. `kinds` are drawn from by chance: event, statement, extended."""

    def __init__(self, seed, sessions=6, kinds=("event", "statement", "extended"), payload=(10, 400), clock=time.time):
        self.chance = random.Random("sessions %s" % (seed,))
        self.kinds, self.payload, self.clock = kinds, payload, clock
        self.seq = self.number = 0
        self.open = [self.session() for _ in range(sessions)]

    def session(self):
        self.number += 1
        made = Session(self.number, self.clock())
        made.left = self.chance.randrange(40, 400)
        self.event(made, "connection authorized: user=shop database=shop application_name=oracle")
        return made

    def text(self):
        low, high = self.payload
        want, words = self.chance.randrange(low, high), []
        while want > 0:
            words.append(self.chance.choice(WORDS))
            want -= len(words[-1]) + 1
        return " ".join(words)

    # Each of these puts (entry, is the first, is the last, severity, message, detail, micros) into the queue.

    def event(self, session, message=None, severity="LOG", entry=None):
        self.seq += 1
        if message is None:
            payload = self.text()
            message = "oracle=%d:%08x %s" % (self.seq, zlib.crc32(payload.encode()), payload)
        session.queue.append((Entry(self.seq, "event", session, 0), True, True, severity, message, "", 0))

    def one_event(self, payload):
        """An event with a payload of the caller's, in a session that has nothing else to write."""
        session = next((found for found in self.open if not found.queue), None)
        if session is None:
            session = self.session()
            self.open.append(session)
            session.queue.clear()
        self.seq += 1
        self.event(session, "oracle=%d:%08x %s" % (self.seq, zlib.crc32(payload.encode()), payload))
        return self.record(session)

    def statement(self, session):
        self.seq += 1
        micros = self.chance.randrange(1, 5_000_000)
        table = self.seq % TABLES
        text = "SELECT a\nFROM t_%d WHERE b = 'oracle=%d' AND c = %d" % (table, self.seq, micros)
        message = "duration: %d.%03d ms  statement: %s" % (micros // 1000, micros % 1000, text)
        session.queue.append((Entry(self.seq, "execution", session, 0), True, True, "LOG", message, "",
                              (micros, 1, table, "")))

    def extended(self, session):
        self.seq += 1
        table = self.seq % TABLES
        payload = self.text()
        value = "oracle=%d:%08x %s" % (self.seq, zlib.crc32(payload.encode()), payload)
        detail = "parameters: $1 = '%s', $2 = NULL" % value.replace("'", "''")
        entry, total = Entry(self.seq, "execution", session, 0), 0
        for step in ("parse", "bind", "execute"):
            micros = self.chance.randrange(1, 90_000)
            total += micros
            message = "duration: %d.%03d ms  %s <unnamed>: UPDATE t_%d SET a = $1 WHERE b = $2" % (
                micros // 1000, micros % 1000, step, table)
            session.queue.append((entry, step == "parse", step == "execute", "LOG", message,
                                  "" if step == "parse" else detail, (total, 3, table, value)))

    def next(self):
        """(bytes, entry, is its first record, is its last) of whichever session comes next."""
        at = self.chance.randrange(len(self.open))
        session = self.open[at]
        if not session.queue:
            session.left -= 1
            if session.left < 0:
                self.end(session)
                self.open[at] = self.session()
            else:
                getattr(self, self.chance.choice(self.kinds))(session)
        return self.record(session)

    def end(self, session):
        self.event(session, "disconnection: session time: 0:00:01.000 user=shop database=shop host=[local]")

    def record(self, session):
        entry, first, last, severity, message, detail, figures = session.queue.pop(0)
        session.line += 1
        if first:
            entry.line = session.line
        millis = int(self.clock() * 1000)
        stamp = "%s.%03d UTC" % (time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(millis // 1000)), millis % 1000)
        if last:
            self.seal(entry, session, severity, message, figures, millis)
        content = ('%s,"shop","shop",%d,"[local]",%s,%d,"SELECT",%s,3/%d,0,%s,00000,%s,%s,,,,,,,,"oracle",'
                   '"client backend",,%d\n' % (stamp, session.pid, session.id, session.line, session.began,
                                               entry.seq, severity, quoted(message),
                                               quoted(detail) if detail else "", entry.seq))
        return content.encode(), entry, first, last

    def seal(self, entry, session, severity, message, figures, millis):
        entry.session = session.id
        if entry.kind == "event":
            entry.digest = digest(session.id, entry.line, severity, "00000", millis, message)
        else:
            entry.digest = digest(session.id, entry.line, millis, *figures)

    def rest(self):
        """Every session's open records and its end."""
        for session in self.open:
            while session.queue:
                yield self.record(session)
            self.end(session)
            yield self.record(session)
        self.open = []


class LogWriter:
    """Writes records into one live file at a time, as PostgreSQL's collector does; rotation calls `open` and `begin`.

    `tears` is for full disks: one write a record, and what the disk does not take of it is gone."""

    def __init__(self, path, ledger, seed, **options):
        self.path, self.ledger = path, ledger
        self.chance = random.Random("writer %s" % (seed,))
        self.sessions = Sessions(seed, **options)
        self.descriptor = None
        self.tears = False
        self.neighbours = 0
        self.torn = self.torn_in_a_row = 0
        self.open(path)

    def open(self, path, flags=0):
        """Opens a file for appending; what it holds already belongs to this writer's current life."""
        if self.descriptor is not None:
            os.close(self.descriptor)
        self.path = path
        self.descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | flags, 0o644)
        if os.fstat(self.descriptor).st_size == 0:
            self.begin()

    def begin(self):
        """The next byte is the first of a new life: a new file, or one that was emptied."""
        self.life, self.offset = self.ledger.life(), 0

    def write(self, records):
        """So many records, in pieces that end anywhere."""
        self.put([self.sessions.next() for _ in range(records)])

    def event(self, payload, fate="whole"):
        """One event with this payload; its `fate` tells what has to become of it."""
        record = self.sessions.one_event(payload)
        record[1].fate = fate
        self.put([record])

    def finish(self):
        """Every session ends, so that nothing stays open in the store."""
        self.put(list(self.sessions.rest()))
        self.ledger.flush()

    def put(self, records):
        if self.tears:
            for record in records:
                self.put_torn(record)
            return
        content = b"".join(record[0] for record in records)
        cuts = sorted(self.chance.randrange(len(content) + 1) for _ in range(self.chance.randrange(3)))
        for low, high in zip([0] + cuts, cuts + [len(content)]):
            while low < high:
                low += os.write(self.descriptor, content[low:high])
        for record in records:
            self.note(record, len(record[0]))

    def put_torn(self, record):
        """One write a record; what the disk does not take is gone, and the next follows at once."""
        content, entry = record[0], record[1]
        try:
            written = os.write(self.descriptor, content)
            while written < len(content):
                written += os.write(self.descriptor, content[written:])
        except OSError:
            written = os.fstat(self.descriptor).st_size - self.offset
        self.torn_in_a_row = self.torn_in_a_row + 1 if written < len(content) else 0
        if written < len(content):
            entry.fate = "torn"
            self.torn += 1
            if written > 0:
                self.neighbours = 1
        elif self.neighbours:
            entry.fate, self.neighbours = "neighbour", 0
        self.note(record, written)

    def note(self, record, written):
        content, entry, first, last = record
        if first:
            entry.life, entry.offset = self.life, self.offset
        entry.length += written
        self.offset += written
        self.ledger.bytes += written
        if written == len(content):
            self.ledger.records += 1
        if last:
            self.ledger.add(entry)

    def close(self):
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
