"""Rows E8 to E12: versions, languages' and zones' forms, plans without measure, hostile texts."""
import datetime
import itertools
import re
import zoneinfo

from .loggen import Sessions
from .parts import Part, put
from .registry import row
from .rows_e import plan_record

COLUMNS = {
    23: lambda record: re.sub(rb',"client backend",,\d+\n$', b"\n", record),
    24: lambda record: re.sub(rb',"client backend",,\d+\n$', b',"client backend"\n', record),
    26: lambda record: record,
}


@row("E8", "columns of three versions in one log", quick=True)
def versions(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    state = {"count": 0}

    def changing(record):
        state["count"] += 1
        return COLUMNS[(23, 24, 26)[min(2, state["count"] // 20)]](record)
    tail = case.tail(folder, store).start()
    put(folder, "upgraded.csv", Part(case, records=60, sessions=2).enter(ledger, changed=changing))
    mixed = {"count": 0}

    def mixing(record):
        mixed["count"] += 1
        return COLUMNS[(23, 24, 26)[mixed["count"] % 3]](record)
    put(folder, "mixed.csv", Part(case, records=60, sessions=2).enter(ledger, changed=mixing))
    case.settle(tail, store, ledger, [])
    put(folder, "future.csv", Part(case, records=30).enter(
        ledger, changed=lambda record: record[:-1] + b',"a column of the future"\n'))
    case.settle(tail, store, ledger, [])
    case.figure("columns", "23 24 26 27")
    tail.stop()


def in_zone(zone):
    """Writes the records' own times (UTC in the generator) by the zone's clock and name."""
    def changed(record):
        stamp, rest = record.split(b" UTC,", 1)
        moment = datetime.datetime.strptime(stamp.decode(), "%Y-%m-%d %H:%M:%S.%f").replace(
            tzinfo=datetime.timezone.utc)
        local = moment.astimezone(zone)
        name = local.tzname() if isinstance(zone, zoneinfo.ZoneInfo) else zone.tzname(None)
        return ("%s.%03d %s," % (local.strftime("%Y-%m-%d %H:%M:%S"), local.microsecond // 1000, name)).encode() + rest
    return changed


def clock_from(text, step=1.0):
    """A clock that begins at a time (UTC) and goes on by `step` seconds at each look."""
    start = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc).timestamp()
    state = {"at": start}

    def clock():
        state["at"] += step
        return state["at"]
    return clock


class Offset(datetime.tzinfo):
    """A zone that the log writes as figures."""

    def __init__(self, minutes):
        self.minutes = minutes

    def utcoffset(self, _):
        return datetime.timedelta(minutes=self.minutes)

    def dst(self, _):
        return datetime.timedelta(0)

    def tzname(self, _):
        sign = "+" if self.minutes >= 0 else "-"
        hours, minutes = divmod(abs(self.minutes), 60)
        return "%s%02d" % (sign, hours) + (":%02d" % minutes if minutes else "")


@row("E10", "zones, the hour that comes twice, clocks that go back, odd years", quick=True)
def zones(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    tail = case.tail(folder, store, options=("--timezone", "Europe/Berlin")).start()
    put(folder, "summer.csv", Part(case, records=20, clock=clock_from("2025-07-01 10:00:00")).enter(
        ledger, changed=in_zone(berlin)))
    # 02:00 to 03:00 comes twice, under two names.
    put(folder, "twice.csv", Part(case, records=120, clock=clock_from("2025-10-26 00:00:01", 90.0)).enter(
        ledger, changed=in_zone(berlin)))
    put(folder, "india.csv", Part(case, records=20, clock=clock_from("2025-06-01 10:00:02")).enter(
        ledger, changed=in_zone(Offset(330))))
    put(folder, "newfoundland.csv", Part(case, records=20, clock=clock_from("2025-06-01 10:00:03")).enter(
        ledger, changed=in_zone(Offset(-210))))
    put(folder, "back.csv", Part(case, records=40, clock=clock_from("2025-09-01 10:00:04", -60.0)).enter(ledger))
    put(folder, "1970.csv", Part(case, records=20, clock=clock_from("1970-01-01 00:00:05")).enter(ledger))
    put(folder, "9999.csv", Part(case, records=20, clock=clock_from("9999-12-31 20:00:06")).enter(ledger))
    changed = {"count": 0}

    def from_utc_to_berlin(record):
        changed["count"] += 1
        return record if changed["count"] < 15 else in_zone(berlin)(record)
    put(folder, "changed.csv", Part(case, records=30, clock=clock_from("2025-08-01 10:00:07")).enter(
        ledger, changed=from_utc_to_berlin))
    case.settle(tail, store, ledger, [], allowed=("foreign",))
    partitions = store.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'pgtrawl.query_executions'::regclass")
    case.expect(partitions <= 12, "%d partitions of executions" % partitions)
    case.figure("partitions", partitions)
    tail.stop()


def deep(levels):
    """A plan of nested nodes."""
    return '{"Query Text": "SELECT 1", "Plan": ' + '{"Node Type": "Append", "Plans": [' * levels + (
        '{"Node Type": "Result"}' + "]}" * levels) + "}"


def wide(keys):
    return '{"Query Text": "SELECT 1", "Plan": {"Node Type": "Result", %s}}' % ", ".join(
        '"Key %d": %d' % (number, number) for number in range(keys))


@row("E11", "plans of great depth, width and figures", quick=True)
def plans(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    tried = {
        "deep": deep(100_000 if case.all else 20_000),
        "wide": wide(1_000_000 if case.all else 100_000),
        "numbers": '{"Query Text": "SELECT 1", "Plan": {"Node Type": "Result", "Total Cost": 1e400, "Plan Rows": '
                   + "9" * 5000 + ', "Actual Rows": -1e-999, "Actual Total Time": NaN}}',
        "cut": '{"Query Text": "SELECT 1", "Plan": {"Node Type": "Res',
        "doubled keys": '{"Query Text": "SELECT 1", "Plan": {"Node Type": "Result", "Node Type": "Append"}}',
    }
    if not case.all:
        case.shortened = "depth 20,000 of 100,000, 100,000 keys of 1,000,000"
    tail = case.tail(folder, store).start()
    for name, plan in tried.items():
        part = Part(case, records=6)
        content = part.enter(ledger)
        line = max(int(found) for found in re.findall(rb'"\[local\]",[0-9a-f.]+,(\d+),', content)) + 1
        record = plan_record(part, plan, line)
        ledger.bytes += len(record)
        put(folder, name.replace(" ", "-") + ".csv", content + record)
    tail.catch_up(store, ledger, limit=120)
    put(folder, "after.csv", Part(case, records=20).enter(ledger))
    case.settle(tail, store, ledger, [], allowed=("foreign", "rejected"))
    kept = store.number("SELECT count(*) FROM pgtrawl.query_plans WHERE plan IS NOT NULL OR plan_text IS NOT NULL")
    rejected = store.number("SELECT count(*) FROM pgtrawl.rejected_records")
    case.expect(kept + rejected == len(tried), "of %d plans %d are kept and %d rejected" % (len(tried), kept, rejected))
    case.figure("plans as text", store.number("SELECT count(*) FROM pgtrawl.query_plans WHERE plan_text IS NOT NULL"))
    case.figure("plans rejected", rejected)
    tail.stop()


HOSTILE = [
    "'; DROP TABLE pgtrawl.queries; --", "\\.", "\\.\n", "\\N", "\\\\", "a\\", "$$ $tag$ $1 $$", "E'\\''",
    "%s %d {0} ${x}", "\t\t\v\f", "\x1b[31mred\x1b]52;c;YQ==\x07", "COPY x FROM STDIN;\n1\t2\n\\.\n",
    '""', '"', "','", "\r", "a\r\nb", "\u2028\u202e", "NULL", "", " ", "=cmd|' /C calc'!A0",
]


@row("E12", "texts that would be something else to SQL or COPY", quick=True)
def hostile(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    part = Part(case, records=10)
    part.records = hostile_records(case)
    tail = case.tail(folder, store).start()
    put(folder, "hostile.csv", part.enter(ledger))
    case.settle(tail, store, ledger, [])
    case.figure("texts", len(HOSTILE))
    tail.stop()


def hostile_records(case):
    """Events that say each of them, and executions that are given each of them."""
    source = Sessions(case.seed + " hostile", itertools.count(30000), sessions=1)
    session, made = source.open[0], []
    for text in HOSTILE:
        source.event(session, text)
        source.text = lambda text=text: text
        source.extended(session)
        while session.queue:
            made.append(source.record(session))
    source.end(session)
    made.append(source.record(session))
    return made
