"""outage.py WORK MINUTES RATE MODE FIXTURE…: see scripts/outage, which makes the server in WORK/server and
compares the stores afterwards. Prints a table of figures, and one line of them."""
import os
import subprocess
import sys
import threading
import time

from make_log import endless
from psql_session import Session, SessionError
from tail_process import TailProcess

WARM_UP = 5.0
PEAK_MB = 256
FIRST_COMMIT = 10.0


class Writer(threading.Thread):
    """Appends records to a log at a rate, in pieces that end anywhere; rotates when asked to."""

    def __init__(self, path, rate, fixtures):
        super().__init__(daemon=True)
        self.path, self.rate, self.source = path, rate, endless(fixtures)
        self.total = 0
        self.records = 0
        self.is_over = False
        self.wanted = []
        self.compressing = []

    def run(self):
        began = time.monotonic()
        log = open(self.path, "ab", 0)
        while not self.is_over:
            piece = self.piece(int((time.monotonic() - began) * self.rate) - self.total)
            # Not at the end of a record, as the parts of a large one reach a file.
            log.write(piece[: len(piece) * 2 // 3])
            log.write(piece[len(piece) * 2 // 3 :])
            self.total += len(piece)
            if self.wanted:
                log = self.rotated(log, self.wanted.pop())
            time.sleep(0.02)
        log.close()

    def piece(self, size):
        made = []
        while size > 0:
            record = next(self.source)
            made.append(record)
            size -= len(record)
        self.records += len(made)
        return b"".join(made)

    def rotated(self, log, name):
        old = f"{self.path}.{name}"
        os.rename(self.path, old)
        log.close()
        if name == "compressed":
            self.compressing.append(subprocess.Popen(["gzip", "-1", old]))
        return open(self.path, "ab", 0)

    def stop(self):
        self.is_over = True
        self.join()
        for one in self.compressing:
            if one.wait() != 0:
                raise SystemExit("gzip failed")


def pg_ctl(folder, *words):
    """Starts pg_ctl as the owner of the cluster."""
    command = [os.path.join(os.environ["PGBIN"], "pg_ctl"), "-D", os.path.join(folder, "data"), "-w", "-s",
               "-t", "120", *words]
    if os.getuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd="/")


def require(process, what):
    if process.wait() != 0:
        raise SystemExit(f"{what} failed")


def committed(session):
    return int(session.value("SELECT coalesce(sum(committed_offset), 0) FROM pgtrawl.log_files"))


def connected(limit=120.0):
    """A session, as soon as the server lets one in."""
    began = time.monotonic()
    while True:
        session = Session("tailed")
        try:
            session.value("SELECT 1")
            return session
        except SessionError as error:
            session.close()
            if time.monotonic() - began > limit:
                raise SystemExit(f"the server did not come back: {error}")
            time.sleep(0.01)


def be_away(server, seconds, mode, writer, tail):
    """Stops the server, rotates twice meanwhile; for how long, and what was written before at most."""
    require(pg_ctl(server, "-m", mode, "stop"), "stopping the server")
    began, before = time.monotonic(), writer.total
    for part, name in ((1 / 3, "compressed"), (2 / 3, "renamed"), (1, None)):
        while time.monotonic() < began + seconds * part:
            tail.require_alive()
            time.sleep(0.1)
        if name:
            writer.wanted.append(name)
    return time.monotonic() - began, before


def come_back(server, writer, tail, before):
    """Starts the server; the figures of the time until the tail is less than half a second behind.
    `before` is more than was ever committed before."""
    starting = pg_ctl(server, "-l", os.path.join(server, "server.log"), "start")
    session = connected()
    back, backlog, written = time.monotonic(), writer.total - before, writer.total
    first = tail.wait_until(lambda: committed(session) > before, "a commit after the server's return")
    limit = 60 + 10 * backlog / writer.rate
    tail.wait_until(lambda: committed(session) > writer.total - writer.rate / 2, "it has caught up",
                    limit=limit, pause=0.1)
    took = time.monotonic() - back
    require(starting, "starting the server")
    return session, {
        "backlog_mb": backlog / 1e6, "first_commit_s": first, "caught_up_s": took,
        "read_mb_per_s": (committed(session) - before) / took / 1e6,
        "grown_mb_per_s": (writer.total - written) / took / 1e6}


def require_records(session, written):
    stored = int(session.value(
        "SELECT sum(records_execution + records_plan + records_event + records_open + records_rejected) "
        "FROM pgtrawl.log_files"))
    if stored != written:
        raise SystemExit(f"written were {written} records, in the store are {stored}")


def report(figures):
    for name, value in figures.items():
        print(f"{name:<18} {value:.2f}")
    if figures["peak_mb"] > PEAK_MB:
        raise SystemExit(f"the tail took {figures['peak_mb']:.0f} MB")
    if figures["first_commit_s"] > FIRST_COMMIT:
        raise SystemExit(f"the first commit came after {figures['first_commit_s']:.1f} s")
    print("peak %(peak_mb).0f MB, first commit after %(first_commit_s).2f s, caught up with "
          "%(backlog_mb).0f MB in %(caught_up_s).1f s: read %(read_mb_per_s).1f MB/s, grown "
          "%(grown_mb_per_s).1f MB/s" % figures)


def main():
    work, minutes, rate, mode = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    server = os.path.join(work, "server")
    tail = TailProcess(os.path.join(work, "log"), os.path.join(work, "tail.err"))
    writer = Writer(os.path.join(work, "log", "shop.csv"), rate * 1_000_000, sys.argv[5:])
    try:
        tail.wait_until(lambda: tail.has_said("following"), "the tail follows")
        writer.start()
        time.sleep(WARM_UP)
        session = connected()
        tail.wait_until(lambda: committed(session) > 0, "a first commit")
        session.close()
        away, before = be_away(server, minutes * 60, mode, writer, tail)
        away_peak = tail.peak_mb()
        session, figures = come_back(server, writer, tail, before)
        writer.stop()
        tail.wait_until(lambda: committed(session) == writer.total, "every byte is in the store", limit=120)
        figures = {"away_s": away, "peak_away_mb": away_peak, **figures, "peak_mb": tail.peak_mb(),
                   "cpu_s": tail.cpu_seconds()}
        require_records(session, writer.records)
        if tail.stop() != 0:
            raise SystemExit("the tail did not end with 0 after SIGTERM")
    finally:
        tail.kill()
    report(figures)


main()
