"""`scripts/bench tail-start`: see there. Many logs in one directory, and a tail that starts."""
import argparse
import gzip
import json
import os
import subprocess
import sys
import time

from live_records import LiveRecords
from psql_session import Session
from tail_process import TailProcess

RECORDS = 12


def options():
    parser = argparse.ArgumentParser(prog="scripts/bench tail-start")
    parser.add_argument("--gzip", type=int, default=10000)
    parser.add_argument("--live", type=int, default=1000)
    parser.add_argument("--new", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def make_logs(folder, chosen):
    """Writes the logs, the old ones first; the path and the records of a live one, and the bytes of all
    before compression."""
    total = 0
    for number in range(chosen.gzip + chosen.live):
        records = LiveRecords(chosen.seed * 1000000 + number, sessions=2)
        content = b"".join(next(records)[0] for _ in range(RECORDS))
        total += len(content)
        path = os.path.join(folder, "log-%06d.csv" % number)
        if number < chosen.gzip:
            with open(path + ".gz", "wb") as file:
                file.write(gzip.compress(content, 6, mtime=0))
        else:
            with open(path, "wb") as file:
                file.write(content)
    return path, records, total


def import_all(folder):
    done = subprocess.run([os.environ["PGTRAWL"], "import", folder], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, errors="replace")
    if done.returncode != 0:
        raise SystemExit(f"the import ended with {done.returncode}: {done.stderr[-2000:]}")


def committed(session, path=None):
    only = f" WHERE path = '{path}'" if path else ""
    return int(session.value("SELECT coalesce(sum(committed_offset), 0) FROM pgtrawl.log_files" + only))


def append(path, records):
    """Writes a record; its length, and that of the log with it."""
    with open(path, "ab", 0) as log:
        written = log.write(next(records)[0])
    return written, os.path.getsize(path)


def main():
    chosen = options()
    work = os.environ["BENCH_WORK"]
    folder = os.path.join(work, "log")
    os.mkdir(folder)
    path, records, total = make_logs(folder, chosen)
    session = Session("bench")
    known = 0
    if not chosen.new:
        import_all(folder)
        known = committed(session)
        if known != total:
            raise SystemExit(f"imported are {known} of {total} bytes")
    said = os.path.join(work, "tail.err")
    tail = TailProcess(folder, said)
    try:
        tail.wait_until(lambda: tail.has_said("following"), "the tail follows", limit=600)
        follows = time.monotonic() - tail.started
        one, size = append(path, records)
        visible = tail.wait_until(lambda: committed(session, path) == size, "a new record is visible")
        print(f"follows after {follows:.2f} s, a new record is visible after {visible:.3f} s; peak so far "
              f"{tail.peak_mb():.1f} MB", file=sys.stderr, flush=True)
        # What is old may be read after what is new: only then it is all there.
        tail.wait_until(lambda: committed(session) >= total + one, "every log is read", limit=1800, pause=0.1)
        complete = time.monotonic() - tail.started
        added = committed(session) - known
        figures = {
            "benchmark": "tail-start", "gzip": chosen.gzip, "live": chosen.live,
            "known": not chosen.new, "bytes": total, "bytes_read": added,
            "follows_s": round(follows, 2), "new_record_visible_s": round(visible, 3),
            "all_read_s": round(complete, 1),
            "cpu_s": round(tail.cpu_seconds(), 2), "peak_mb": round(tail.peak_mb(), 1)}
        if known + added != total + one:
            raise SystemExit(f"in the store are {known + added} bytes, written were {total + one}")
        if tail.stop() != 0:
            raise SystemExit("the tail did not end with 0 after SIGTERM")
    finally:
        tail.kill()
    session.close()
    for name, value in figures.items():
        print(f"{name:<22} {value}")
    print(json.dumps(figures))


main()
