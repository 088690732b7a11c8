"""Rows E1 to E6: what is written: half records, bytes that are no text, large and broken records."""
import re
import time

from .loggen import quoted
from .parts import Part, append, put
from .registry import Failure, row
from .rows_d import tail_is_quiet


@row("E1", "the last record stops at every byte", quick=True)
def stops_everywhere(case):
    """Nothing comes early; what was half is whole once its rest is there."""
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    probe = Part(case, records=1, kinds=("event",))
    length = len(probe.records[-1][0])
    stops = range(1, length, 1 if case.all else 9)
    rest, early_bytes = {}, 0
    for stop in stops:
        part = Part(case, records=2, kinds=("event",), payload=(60, 90))
        content = part.enter(ledger)
        last = len(part.records[-1][0])
        # The last record but one has line breaks in quotes; both are cut.
        at = len(content) - last - len(part.records[-2][0]) + stop if stop % 2 else len(content) - last + stop
        path = put(folder, "stop-%04d.csv" % stop, content[:at])
        early_bytes += whole_before(part, at)
        rest[path] = content[at:]
    tail = case.tail(folder, store).start()
    tail.until(lambda: store.committed() >= early_bytes, "whole records are committed")
    tail.until(lambda: tail_is_quiet(store, 1), "it reads what is there")
    case.expect(store.committed() == early_bytes, "committed are %d bytes, whole records have %d" % (
        store.committed(), early_bytes))
    for path, content in rest.items():
        append(path, content)
    case.settle(tail, store, ledger, [])
    case.figure("stops", len(rest))
    tail.stop()


def whole_before(part, at):
    """Bytes of the records that end at or before `at`."""
    end = 0
    for content, *_ in part.records:
        if end + len(content) > at:
            break
        end += len(content)
    return end


@row("E2", "written in pieces of a few bytes", quick=True)
def few_bytes(case):
    """Torn characters and records at every read."""
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    tail = case.tail(folder, store, options=("--flush-interval", "10")).start()
    part = Part(case, records=400 if case.all else 60, sessions=3, kinds=("event", "statement", "extended"))
    content, at = part.enter(ledger), 0
    path = put(folder, "pieces.csv", b"")
    pieces = 0
    with open(path, "ab", 0) as file:
        while at < len(content):
            size = case.chance.randrange(1, 40)
            file.write(content[at : at + size])
            at += size
            pieces += 1
            if pieces % 3 == 0:
                time.sleep(0.002)
    case.settle(tail, store, ledger, [])
    case.figure("pieces", pieces)
    case.figure("commits", store.number("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"))
    tail.stop()


def latin(content):
    """In LATIN1, where the record's characters are of it."""
    try:
        return content.decode().encode("latin-1")
    except UnicodeEncodeError:
        return content


@row("E3", "other encodings, mixed, a mark, CRLF", quick=True)
def encodings(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    put(folder, "mixed.csv", Part(case, records=80).enter(ledger, changed=latin))
    put(folder, "crlf.csv", Part(case, records=40).enter(ledger, changed=lambda record: record[:-1] + b"\r\n"))
    tail = case.tail(folder, store).start()
    case.settle(tail, store, ledger, [])
    transcoded = store.number("SELECT count(*) FROM pgtrawl.log_events WHERE transcoded")
    case.expect(transcoded > 0, "no row says that its text was no UTF-8")
    case.figure("transcoded", transcoded)
    mark = b"\xef\xbb\xbf"
    first = [True]

    def marked(record):
        before, first[0] = (mark if first[0] else b""), False
        return before + record
    put(folder, "mark.csv", Part(case, records=20).enter(ledger, changed=marked))
    # The mark is kept as a reject of its own.
    case.settle(tail, store, ledger, [], allowed=("misplaced", "rejected"))
    rejected = store.sql("SELECT sum(length) FROM pgtrawl.rejected_records")
    case.expect(rejected in ("", "3"), "rejected are %s bytes, the mark has 3" % rejected)
    tail.stop()


def plan_record(part, plan, line):
    """A plan of auto_explain in the session of the part's first record, as bytes."""
    fields = part.records[0][0].decode()
    message = "duration: 1.000 ms  plan:\n" + plan
    made = re.sub(r'LOG,00000,.*,"oracle",', lambda _: "LOG,00000,%s,,,,,,,,,\"oracle\"," % quoted(message), fields,
                  flags=re.S)
    return re.sub(r'("\[local\]",[0-9a-f.]+,)\d+,', lambda found: "%s%d," % (found.group(1), line), made).encode()


@row("E4", "NUL bytes, and an escaped NUL in a plan", quick=True)
def nuls(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    part = Part(case, records=20)
    content = part.enter(ledger)
    path = put(folder, "nul.csv", content)
    tail = case.tail(folder, store).start()
    case.settle(tail, store, ledger, [])
    # The last line of the part's only session was its end; these follow it.
    line = max(int(found) for found in re.findall(rb'"\[local\]",[0-9a-f.]+,(\d+),', content)) + 1
    plan = '{"Query Text": "SELECT \'a\\u0000b\'", "Plan": {"Node Type": "Result", "Alias": "x\\u0000y"}}'
    record = plan_record(part, plan, line)
    text = plan_record(part, "{}", line + 1).replace(b"duration: 1.000 ms  plan:\n{}", b"oracle NUL \0 inside")
    append(path, record + text)
    ledger.bytes += len(record) + len(text)
    append(path, Part(case, records=20).enter_behind(ledger))
    tail.catch_up(store, ledger, limit=20)
    kept = store.sql("SELECT plan_text FROM pgtrawl.query_plans")
    case.expect("\\u0000" in kept, "the plan is not kept as it was: %s" % kept[:200])
    message = store.sql("SELECT message FROM pgtrawl.log_events WHERE message LIKE 'oracle NUL%' UNION ALL "
                        "SELECT encode(bytes, 'escape') FROM pgtrawl.rejected_records")
    case.expect("inside" in message, "the record with a NUL is neither a row nor a reject")
    breaches = store.sql("SELECT \"check\" || ': ' || detail FROM pgtrawl.verify() LIMIT 3")
    case.expect(not breaches, "verify(): " + breaches)
    case.figure("NUL is stored as", repr(message[:40]))
    tail.stop()


def large(part, size, line):
    """A statement of so many bytes."""
    fields = part.records[0][0].decode()
    head, end = re.split(r"LOG,00000,.*?,\"oracle\",", fields, maxsplit=1, flags=re.S)
    head = re.sub(r'("\[local\]",[0-9a-f.]+,)\d+,', lambda found: "%s%d," % (found.group(1), line), head)
    body = b"x" * size
    return [head.encode() + b'LOG,00000,"duration: 2.000 ms  statement: SELECT \'', body,
            b'\'",,,,,,,,,"oracle",' + end.encode()]


@row("E5", "a very large statement", quick=True)
def very_large(case):
    """Memory within three times the record; what is beyond the limit is cut, with its length and hash."""
    sizes = [100_000_000, 1_100_000_000] if case.all else [20_000_000]
    case.shortened = None if case.all else "20 MB of 100 MB and 1 GB"
    for size in sizes:
        name = "large-%d" % (size // 1_000_000)
        folder, ledger, store = case.logs(name), case.ledger(name + ".ledger"), case.store("_" + name.replace("-", "_"))
        part, after = Part(case, records=5), Part(case, records=20)
        content = part.enter(ledger)
        line = max(int(found) for found in re.findall(rb'"\[local\]",[0-9a-f.]+,(\d+),', content)) + 1
        tail = case.tail(folder, store, name="tail-" + name).start()
        path = put(folder, "large.csv", content)
        for piece in large(part, size, line):
            append(path, piece)
            ledger.bytes += len(piece)
        append(path, after.enter_behind(ledger))
        lag = tail.catch_up(store, ledger, limit=300)
        rows = store.sql(
            "SELECT count(*) FROM pgtrawl.query_executions WHERE session_line = %d AND session_id = '%s' UNION ALL "
            "SELECT count(*) FROM pgtrawl.rejected_records" % (line, part.records[0][1].session)).splitlines()
        # Beyond the limit it is rejected in pieces.
        case.expect(rows == ["1", "0"] or rows[0] == "0" and int(rows[1]) > 0, "rows and rejects: %s" % rows)
        case.figure("%d MB: peak MB" % (size // 1_000_000), tail.peak_kib // 1024)
        case.figure("%d MB: s" % (size // 1_000_000), round(lag, 1))
        base = 64 * 1024
        limit = min(3 * size // 1024, 256 * 1024) if size > 1_000_000_000 else 3 * size // 1024
        case.expect(tail.peak_kib <= limit + base, "a record of %d bytes: peak memory %d KiB" % (size, tail.peak_kib))
        case.holds(store, ledger, None, allowed=("foreign", "rejected", "missing lines"))
        tail.stop()


BROKEN = {
    "unbalanced quote": lambda record: record.replace(b'LOG,00000,"', b'LOG,00000,""', 1),
    "half": lambda record: record[: len(record) // 2],
    "half with its line end": lambda record: record[: len(record) // 2] + b"\n",
    "garbage line": lambda record: b"\x01\x02 not a record, 'at all', \"\n",
    "stray quote": lambda record: b'"\n',
    "too few fields": lambda record: b",".join(record.split(b",")[:9]) + b"\n",
}


@row("E6", "broken records and garbage between whole ones", quick=True)
def broken(case):
    """Each costs itself and one neighbour at most; both are among the rejects."""
    failed, turns = [], 8 if case.all else 2
    for name, breaks in BROKEN.items():
        try:
            broken_logs(case, name.replace(" ", "-"), breaks, turns)
        except Failure as failure:
            failed.append("[%s] %s" % (name, failure))
    case.figure("kinds", len(BROKEN))
    case.figure("broken records", len(BROKEN) * turns)
    case.expect(not failed, "\n     ".join(failed))


def broken_logs(case, name, breaks, turns):
    """Logs with one broken record each."""
    folder, ledger, store = case.logs(name), case.ledger(name + ".ledger"), case.store("_" + name.replace("-", "_"))
    tail = case.tail(folder, store, name="tail-" + name).start()
    for turn in range(turns):
        part = Part(case, records=60, sessions=3)
        place = case.chance.randrange(20, 50)
        target, victim = part.records[place][:2]
        # Every record here is a row of its own.
        victim.fate, part.records[place + 1][1].fate = "torn", "neighbour"
        put(folder, "broken-%d.csv" % turn, part.enter(
            ledger, changed=lambda record: breaks(record) if record is target else record))
    tail.catch_up(store, ledger, limit=30)
    found = case.holds(store, ledger, tail, allowed=("rejected", "missing lines", "missing neighbours", "foreign"))
    # Half a statement that is taken for a record is an event, where the ledger has an execution.
    case.expect(found["foreign"][0] <= turns, "%d foreign rows beside %d broken records" % (found["foreign"][0], turns))
    case.expect(found["rejected"][0] >= turns, "%d rejects of %d broken records" % (found["rejected"][0], turns))
    tail.stop()
