"""`scripts/bench tail`: see there. Writes records, polls the store, and joins the two afterwards."""
import argparse
import json
import os
import sys
import threading
import time

from live_records import LiveRecords
from psql_session import Session
from tail_process import TailProcess

POLL = 0.005
# A backend reports its counters to pg_stat_database within ten seconds of becoming idle.
STATISTICS_DELAY = 12.0
# The analysis behind the commits rests for half a minute in between: so long without a transaction says that it
# has nothing more to do.
QUIET = 50.0


class Writer(threading.Thread):
    """Writes records at a rate, one write each; keeps (time of the write, offset of its end)."""

    def __init__(self, path, records, rate, seconds):
        super().__init__(daemon=True)
        self.path, self.records, self.rate, self.seconds = path, records, rate, seconds
        self.written = []
        self.offset = os.path.getsize(path)
        self.executions = []
        self.late = 0.0

    def run(self):
        began = time.monotonic()
        with open(self.path, "ab", 0) as log:
            for number in range(int(self.rate * self.seconds)):
                due = began + number / self.rate
                pause = due - time.monotonic()
                if pause > 0:
                    time.sleep(pause)
                self.late = max(self.late, -pause)
                record, ends = next(self.records)
                at = time.monotonic()
                log.write(record)
                self.offset += len(record)
                self.written.append((at, self.offset))
                if ends:
                    self.executions.append(self.offset)
        self.took = time.monotonic() - began


class Poller:
    """Sees from another session how far the followed file is, and that its rows are there."""

    def __init__(self, session, path):
        self.session = session
        self.file = session.value(f"SELECT id FROM pgtrawl.log_files WHERE path = '{path}'")
        session.rows("PREPARE seen AS SELECT committed_offset FROM pgtrawl.log_files WHERE id = %s" % self.file)
        session.rows(
            "PREPARE there AS SELECT f.committed_offset, (SELECT count(*) FROM pgtrawl.query_executions e "
            "WHERE e.log_file_id = f.id) FROM pgtrawl.log_files f WHERE f.id = %s" % self.file)
        self.steps = []
        self.polls = 0
        self.checks = []

    def poll(self):
        offset = int(self.session.value("EXECUTE seen"))
        self.polls += 1
        if not self.steps or self.steps[-1][1] != offset:
            self.steps.append((time.monotonic(), offset))
        return offset

    def check(self):
        """Counts the rows in the snapshot in which the offset is seen."""
        offset, count = map(int, self.session.rows("EXECUTE there")[0])
        self.checks.append((offset, count))

    def run_beside(self, writer, tail):
        next_check = time.monotonic() + 1
        while writer.is_alive() or self.poll() < writer.offset:
            self.poll()
            tail.require_alive()
            if time.monotonic() > next_check:
                self.check()
                next_check += 1
            if not writer.is_alive() and time.monotonic() - writer.written[-1][0] > 60:
                raise SystemExit("what was written is not in the store after 60 s: %d of %d bytes"
                                 % (self.steps[-1][1], writer.offset))
            time.sleep(POLL)
        self.check()


def latencies(written, steps):
    """For each record the seconds from its write to the first poll that saw it."""
    found, step = [], 0
    for at, end in written:
        while steps[step][1] < end:
            step += 1
        found.append(max(0.0, steps[step][0] - at))
    return found


def require_rows(checks, executions, written, before):
    """In each snapshot there is a row for every execution that ends at or before the offset."""
    complete = set(executions)
    for offset, count in checks:
        wanted = before + sum(1 for end in executions if end <= offset)
        # A plan whose statement is not read yet is a provisional execution.
        ends_in_plan = offset not in complete and any(end == offset for _, end in written)
        if not wanted <= count <= wanted + ends_in_plan:
            raise SystemExit(f"at offset {offset} the store has {count} executions, the log {wanted}")


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def until_idle(count):
    """Waits until the analysis has caught up: after how many seconds the last transaction was seen, and how many
    there were."""
    began = changed = time.monotonic()
    first = last = count()
    while time.monotonic() - changed < QUIET:
        time.sleep(0.5)
        now = count()
        if now != last:
            last, changed = now, time.monotonic()
    return changed - began, last - first


def idle_cost(tail, seconds):
    """Of an idle tail: how long the analysis went on before and in how many transactions, then its CPU in % of a
    core and the transactions in the store's database, seen from another one, so that looking costs none."""
    observer = Session("postgres")
    observer.rows("ALTER SYSTEM SET autovacuum = off")
    observer.rows("SELECT pg_reload_conf()")

    def count():
        return int(observer.value(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'bench'"))

    analyzed, before = until_idle(count)
    cpu, transactions, began = tail.cpu_seconds(), count(), time.monotonic()
    time.sleep(seconds)
    share = (tail.cpu_seconds() - cpu) / (time.monotonic() - began) * 100
    time.sleep(STATISTICS_DELAY)
    transactions = count() - transactions
    observer.close()
    return {"idle_after_s": round(analyzed, 1), "transactions_before": before, "idle_seconds": seconds,
            "cpu_idle_percent": round(share, 3), "idle_transactions": transactions}


def options():
    parser = argparse.ArgumentParser(prog="scripts/bench tail")
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--idle", type=float, default=30)
    parser.add_argument("--logs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def prepare(folder, seed, logs):
    """Makes the logs, with some records each; the path of the one that is written to, its records, and
    how many executions it has already."""
    for number in range(logs):
        records = LiveRecords(seed * 1000 + number)
        path = os.path.join(folder, "live-%05d.csv" % number)
        first = [next(records) for _ in range(20)]
        with open(path, "wb") as log:
            log.write(b"".join(record for record, _ in first))
    return path, records, sum(ends for _, ends in first)


def main():
    chosen = options()
    work = os.environ["BENCH_WORK"]
    folder = os.path.join(work, "log")
    os.mkdir(folder)
    path, records, before = prepare(folder, chosen.seed, chosen.logs)
    tail = TailProcess(folder, os.path.join(work, "tail.err"))
    try:
        tail.wait_until(lambda: tail.has_said("following"), "the tail follows")
        session = Session("bench")
        poller = Poller(session, path)
        writer = Writer(path, records, chosen.rate, chosen.seconds)
        cpu, began = tail.cpu_seconds(), time.monotonic()
        writer.start()
        poller.run_beside(writer, tail)
        busy = (tail.cpu_seconds() - cpu) / (time.monotonic() - began) * 100
        require_rows(poller.checks, writer.executions, writer.written, before)
        session.close()
        idle = idle_cost(tail, chosen.idle)
        figures = summary(chosen, writer, poller, busy, idle, tail)
        if tail.stop() != 0:
            raise SystemExit("the tail did not end with 0 after SIGTERM")
    finally:
        tail.kill()
    report(figures)


def summary(chosen, writer, poller, busy, idle, tail):
    seen = [1000 * value for value in latencies(writer.written, poller.steps)]
    return {
        "benchmark": "tail", "logs": chosen.logs, "records": len(seen),
        "rate": round(len(seen) / writer.took, 1), "writer_late_ms": round(writer.late * 1000, 1),
        "p50_ms": round(percentile(seen, 0.5), 1), "p90_ms": round(percentile(seen, 0.9), 1),
        "p99_ms": round(percentile(seen, 0.99), 1), "max_ms": round(max(seen), 1),
        "commits_seen": len(poller.steps) - 1, "polls": poller.polls, "row_checks": len(poller.checks),
        "cpu_busy_percent": round(busy, 2), **idle,
        "peak_mb": round(tail.peak_mb(), 1)}


def report(figures):
    for name, value in figures.items():
        print(f"{name:<20} {value}")
    print(json.dumps(figures))
    sys.stdout.flush()


main()
