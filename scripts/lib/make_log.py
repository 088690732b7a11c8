"""make_log.py SIZE_MB OUT FIXTURE…: repeats whole records of the fixtures until OUT has SIZE_MB million
bytes. Every copy is two minutes later and its sessions have ids and process ids of their own."""
import gzip
import re
import sys
from datetime import datetime, timezone

from csv_records import records

HEAD = re.compile(
    rb'(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d{3} UTC,[^,]*,[^,]*,)(\d+)(,[^,]*,)([0-9a-f]+)\.([0-9a-f]+)'
    rb'(,\d+,(?:"[^"]*")?,)(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)( UTC,)')
STEP_SECONDS = 120
# Records of the server itself can carry the time at which the fixtures were made.
LAST_YEAR = b"2025"


def seconds(stamp):
    parsed = datetime.strptime(stamp.decode(), "%Y-%m-%d %H:%M:%S")
    return int(parsed.replace(tzinfo=timezone.utc).timestamp())


stamps = {}


def stamp(at):
    made = stamps.get(at)
    if made is None:
        made = datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d %H:%M:%S").encode()
        stamps[at] = made
    return made


def read_templates(fixtures):
    templates = []
    for name in fixtures:
        with (gzip.open if name.endswith(".gz") else open)(name, "rb") as file:
            for record in records(file.read()):
                head = HEAD.match(record)
                if head is None:
                    raise SystemExit("make_log: not a csvlog record of the fixtures: %r" % record[:120])
                one, two, pid, three, start, _, four, begun, five = head.groups()
                if one[:4] > LAST_YEAR:
                    continue
                templates.append((seconds(one), two, int(pid), three, int(start, 16), four,
                                  seconds(begun), five, record[head.end():]))
    return templates


def endless(fixtures):
    """Records without end."""
    templates = read_templates(fixtures)
    copy = 0
    while True:
        later = copy * STEP_SECONDS
        stamps.clear()
        for one, two, pid, three, start, four, begun, five, rest in templates:
            number = pid + copy % 9973
            yield b"%s%s%d%s%x.%x%s%s%s%s" % (
                stamp(one + later), two, number, three, start + later, number, four,
                stamp(begun + later), five, rest)
        copy += 1


def main(size, out, fixtures):
    left = size * 1_000_000
    with open(out, "wb") as file:
        for record in endless(fixtures):
            left -= len(record)
            if left < 0:
                return
            file.write(record)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
