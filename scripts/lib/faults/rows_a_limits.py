"""Rows A6 to A13: limits of memory and files, errors of system calls, poison, idleness, a full stderr."""
import os
import signal
import subprocess
import time

from . import mounts
from .cluster import until
from .limits import MemoryGroup
from .registry import Failure, row

MARKER = "oracle-poison"
IDLE_SHARE = 0.005
RECOVERY_SECONDS = 60


@row("A6", "memory limit, a record of 100 MB, many files")
def limited_memory(case):
    limit_mb, record_mb, files = 256, 100, 10_000
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    small = [case.writer(folder, ledger, "old%05d.csv" % number, sessions=1) for number in range(files)]
    for writer in small:
        writer.finish()
        writer.close()
    writer = case.writer(folder, ledger)
    writer.write(50)
    writer.event("x" * (record_mb * 1_000_000))
    case.needs(MemoryGroup.is_possible(), "it wants root and the memory controller of control groups")
    group = MemoryGroup("a6", limit_mb << 20)
    # Ended last: the tail has to be gone.
    case.at_end(group.remove)
    tail = case.tail(folder, store, prefix=group.prefix).start()
    case.figure("files", files)
    case.figure("limit", "%d MB (control group)" % limit_mb)
    case.settle(tail, store, ledger, writer, limit=240, budget_kib=limit_mb << 10)
    case.figure("group's peak MB", group.number("memory.max_usage_in_bytes") >> 20)


@row("A7", "64 file descriptors, 200 live files", quick=True)
def limited_files(case):
    case.needs_program("prlimit")
    files, rounds = 200, 5 if case.all else 2
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writers = [case.writer(folder, ledger, "live%03d.csv" % number, sessions=1) for number in range(files)]
    tail = case.tail(folder, store, prefix=("prlimit", "--nofile=64")).start()
    for _ in range(rounds):
        for writer in writers:
            writer.write(3)
        case.figure("round s", round(tail.catch_up(store, ledger, 120), 1))
    case.settle(tail, store, ledger, writers, limit=120)
    case.figure("files", files)


ERRORS = ("pread64:error=EIO", "pread64:error=EINTR", "pread64:retval=0", "pread64:error=ESTALE", "openat:error=EIO",
          "openat:error=EMFILE", "newfstatat:error=EIO", "newfstatat:error=ESTALE", "fstat:error=EIO",
          "read:error=EIO", "read:error=EINTR", "getdents64:error=EIO")


@row("A8", "EIO, EINTR, ESTALE, short reads", quick=True)
def failing_calls(case):
    case.needs_program("strace")
    # One after the other, so that a failure names its error; in short several at once.
    groups, seconds = [(error,) for error in ERRORS], 10
    if not case.all:
        groups, seconds = [tuple(case.chance.sample(ERRORS, 4))], 2
        case.shortened = "%d of %d errors for %d s" % (len(groups[0]), len(ERRORS), seconds)
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    rotation = case.rotation(writer)
    tail = case.tail(folder, store).start()
    writer.write(50)
    tail.catch_up(store, ledger)
    injected, slowest = 0, 0
    for errors in groups:
        load = case.load(writer, 300_000, rotation, every=0.5)
        injected += inject(case, tail, errors, seconds)
        load.stop()
        try:
            slowest = max(slowest, tail.catch_up(store, ledger, RECOVERY_SECONDS))
        except Failure as failure:
            raise Failure("after %s: %s" % (" ".join(errors), failure)) from None
    case.settle(tail, store, ledger, writer)
    case.figure("errors", injected)
    case.figure("caught up after s", round(slowest, 1))
    case.figure("rotations", rotation.count())


def inject(case, tail, errors, seconds):
    """Attaches to the running tail: every third call of these fails in each thread. How many did."""
    said = os.path.join(case.folder, "strace." + errors[0].replace(":", "."))
    tail.expect_running()
    command = ["strace", "-f", "-qq", "-o", said, "-e", "trace=" + ",".join({error.split(":")[0] for error in errors})]
    for error in errors:
        command += ["-e", "inject=%s:when=2+3" % error]
    strace = subprocess.Popen(command + ["-p", str(tail.pid)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    strace.send_signal(signal.SIGINT)
    try:
        strace.wait(10)
    except subprocess.TimeoutExpired:
        strace.kill()
        strace.wait()
    tail.expect_running()
    with open(said, errors="replace") as file:
        return sum("(INJECTED)" in line for line in file)


@row("A10", "a poison record that traps the program", quick=True)
def poison(case):
    binary = case.fault_binary()
    restarts_max = 3
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    writer.write(300)
    writer.event(MARKER, fate="poison")
    writer.write(300)
    tail = case.tail(folder, store, binary=binary, env={"PGTRAWL_TRAP_MARKER": MARKER})
    ends = 0
    tail.start()
    writer.finish()
    while until(lambda: store.committed() == ledger.bytes or not tail.is_running(), 60) is not None:
        if tail.is_running():
            break
        ends += 1
        case.expect(ends <= restarts_max, "it trapped %d times%s" % (ends, tail.said()))
        tail.start()
    case.expect(ends > 0, "the poison record did not trap")
    case.settle(tail, store, ledger, [], allowed=("rejected", "missing lines"))
    found = store.sql("SELECT count(*), bool_or(position('%s'::bytea IN bytes) > 0) FROM pgtrawl.rejected_records"
                      % MARKER)
    case.expect(found == "1|t", "in rejected_records: %s (count|it has the marker)" % found)
    case.figure("restarts", ends)


@row("A12", "idle", quick=True)
def idle(case):
    seconds, starts = (120, 100) if case.all else (4, 3)
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    writer.write(200)
    tail = case.tail(folder, store).start()
    case.settle(tail, store, ledger, writer)
    time.sleep(1.5)
    ticks, transactions = used_ticks(tail.pid), used_transactions(case, store)
    began = time.monotonic()
    time.sleep(seconds)
    ticks, transactions = used_ticks(tail.pid) - ticks, used_transactions(case, store) - transactions
    took = time.monotonic() - began
    share = ticks / os.sysconf("SC_CLK_TCK") / took
    case.figure("CPU %", round(share * 100, 2))
    case.figure("transactions", transactions)
    case.expect(ticks <= 1 or share < IDLE_SHARE, "an idle tail used %.2f %% of a core" % (share * 100))
    case.expect(transactions <= 1 + took / 60, "an idle tail made %d transactions in %d s" % (transactions, took))
    rows = store.sql("SELECT count(*) FROM pgtrawl.log_files")
    for _ in range(starts):
        tail.stop()
        tail.start()
        tail.until(lambda: tail.text().count("following") == tail.starts, "it says that it follows")
    case.holds(store, ledger, tail)
    case.expect(store.sql("SELECT count(*) FROM pgtrawl.log_files") == rows, "a start added files")
    case.figure("starts", starts)
    case.shortened = "%d s instead of 24 h, %d starts" % (seconds, starts)


def used_ticks(pid):
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rsplit(") ", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def used_transactions(case, store):
    """Of the store's database; asked from another one, so that looking does not count."""
    return int(case.cluster().sql("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = '%s'"
                                  % store.database))


@row("A13", "stderr on a full disk; stderr closed", quick=True)
def failing_stderr(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    rotation = case.rotation(writer)
    kinds = 0
    if os.getuid() == 0:
        disk = mounts.tmpfs(case, "stderr", "1m")
        with open(os.path.join(disk, "err"), "wb") as errors:
            mounts.fill(os.path.join(disk, "ballast"))
            talkative(case, folder, store, ledger, writer, rotation, errors)
        kinds += 1
    else:
        case.shortened = "without the full disk, which wants root"
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as errors:
        talkative(case, folder, store, ledger, writer, rotation, errors)
    kinds += 1
    tail = case.tail(folder, store).start()
    case.settle(tail, store, ledger, writer)
    case.figure("kinds", kinds)
    case.figure("rotations", rotation.count())


def talkative(case, folder, store, ledger, writer, rotation, errors):
    """A tail has much to tell to a stderr that takes nothing, and goes on."""
    # The first warning comes before anything is followed.
    tail = case.tail(folder, store, stderr=errors, env={"PGTRAWL_NO_SUCH_SETTING": "1"}).start()
    for _ in range(4):
        writer.write(100)
        rotation.any(("rename", "rename_gzip"))
        tail.catch_up(store, ledger)
    tail.stop()
