"""Rows A1 to A5: the process is killed, frozen and told to end."""
import signal
import time

from .cluster import until
from .registry import Failure, row

POINTS = ("before-copy", "mid-copy", "before-checkpoint", "before-commit", "commit-sent", "after-commit")
# Counted each by itself and in each thread: counted together, the loading of the program would hide all that follows.
CALLS = ("sendto", "recvfrom", "poll", "pread64", "read", "write", "openat", "newfstatat", "getdents64", "close",
         "connect", "epoll_wait")
QUICK_CALLS = CALLS[:4]
STOP_SECONDS = 5


@row("A1", "kill -9 at random moments", quick=True)
def killed_at_random(case):
    kills = case.shared.kills or (200 if case.all else 20)
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    rotation = case.rotation(writer)
    tail = case.tail(folder, store).start()
    load = case.load(writer, 1_000_000, rotation, every=0.6)
    for _ in range(kills):
        case.pause(0.02, 0.4)
        tail.kill()
        tail.start()
    load.stop()
    # How far it is behind in the end grows with the kills.
    case.settle(tail, store, ledger, writer, limit=60 + kills)
    case.figure("kills", kills)
    case.figure("rotations", rotation.count())
    if not case.all:
        case.shortened = "%d kills of 200" % kills


@row("A2", "kill at every system call", quick=True)
def killed_at_calls(case):
    case.needs_program("strace")
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    rotation = case.rotation(writer)
    step = 1 if case.all else 12
    calls = CALLS if case.all else QUICK_CALLS
    for call in calls:
        number, kills = case.chance.randrange(1, step + 1), 0
        while killed_at(case, folder, store, writer, rotation, call, number):
            number += step
            kills += 1
        case.figure(call, "%d kills up to the %dth" % (kills, number))
    tail = case.tail(folder, store).start()
    case.settle(tail, store, ledger, writer)
    case.figure("rotations", rotation.count())
    if not case.all:
        case.shortened = "%d of %d calls, every %dth time" % (len(calls), len(CALLS), step)


def killed_at(case, folder, store, writer, rotation, call, number):
    """Starts a tail that is killed when a thread makes the call for the n-th time; False when none came so far."""
    # Each start finds something new, so that the calls of a whole commit are behind those of the start.
    writer.write(20)
    if case.chance.random() < 0.2:
        rotation.any(("rename", "rename_gzip"))
    tail = case.tail(folder, store, prefix=(
        "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call,
        "-e", "inject=%s:signal=KILL:when=%d" % (call, number)))
    tail.start()
    ledger = writer.ledger
    ended = until(lambda: not tail.is_running() or store.committed() == ledger.bytes, 30, pause=0.02)
    case.expect(ended is not None, "%s %d: neither killed nor caught up within 30 s%s" % (call, number, tail.said()))
    # What follows a commit is part of it; a thread that makes no more calls will not reach the number.
    until(lambda: not tail.is_running(), 0.3)
    survived = tail.is_running()
    tail.end()
    status = tail.process.returncode
    case.expect(survived or status in (-9, 137), "%s %d: the tail ended with %s%s" % (
        call, number, status, tail.said()))
    return not survived


@row("A3", "kill at named points", quick=True)
def killed_at_points(case):
    binary = case.fault_binary()
    each = 50 if case.all else 3
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    rotation = case.rotation(writer)
    load = case.load(writer, 300_000, rotation, every=1)
    kills = 0
    for point in POINTS:
        for _ in range(each):
            passage = case.chance.randrange(1, 4)
            tail = case.tail(folder, store, binary=binary, env={"PGTRAWL_FAILPOINT": "%s:%d" % (point, passage)})
            tail.start()
            status = tail.wait(60)
            case.expect(status == -9, "%s:%d: the tail ended with %s%s" % (point, passage, status, tail.said()))
            kills += 1
    load.stop()
    tail = case.tail(folder, store).start()
    case.settle(tail, store, ledger, writer)
    case.figure("points", len(POINTS))
    case.figure("kills", kills)
    case.figure("rotations", rotation.count())
    if not case.all:
        case.shortened = "%d kills a point instead of 50" % each


def open_transactions(store):
    return store.number("SELECT count(*) FROM pg_stat_activity WHERE datname = '%s' AND pid <> pg_backend_pid() "
                        "AND backend_xid IS NOT NULL" % store.database)


@row("A4", "frozen while a second tail takes over", quick=True)
def frozen(case):
    turns = 10 if case.all else 2
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    rotation = case.rotation(writer)
    first = case.tail(folder, store, name="first").start()
    load = case.load(writer, 1_000_000, rotation, every=1.5)
    within = 0
    for turn in range(turns):
        case.pause(0.3, 0.8)
        # Every second time while it holds a transaction: its locks have to give way, too.
        if turn % 2 == 1:
            freeze_within_transaction(first, store)
        else:
            first.send(signal.SIGSTOP)
        within += open_transactions(store) > 0
        second = case.tail(folder, store, name="second").start()
        began, seen = time.monotonic(), store.committed()
        try:
            second.until(lambda: store.committed() > seen + 100_000, "the second tail goes on while the first is frozen")
        finally:
            first.send(signal.SIGCONT)
        case.figure("taken over after s", max(case.figures.get("taken over after s", 0),
                                              round(time.monotonic() - began, 1)))
        case.pause(0.2, 0.5)
        # Both run for a while; then the second goes, and the first has to go on.
        second.stop()
    load.stop()
    case.settle(first, store, ledger, writer)
    case.figure("freezes", turns)
    case.figure("within a transaction", within)
    case.figure("rotations", rotation.count())


def freeze_within_transaction(tail, store):
    """Freezes until a moment was hit at which a transaction is open that has written."""
    for _ in range(200):
        tail.send(signal.SIGSTOP)
        # What the server still had to answer is answered by now.
        time.sleep(0.02)
        if open_transactions(store) > 0:
            return
        tail.send(signal.SIGCONT)
        time.sleep(0.01)


@row("A5", "SIGTERM, SIGINT, twice SIGINT, SIGHUP, SIGPIPE", quick=True)
def signalled(case):
    records = 250_000 if case.all else 20_000
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    for _ in range(records // 500):
        writer.write(500)
    tail = case.tail(folder, store)

    def in_mid_work():
        tail.start()
        before = store.committed()
        tail.until(lambda: store.committed() > before, "a first commit")

    for number in (signal.SIGTERM, signal.SIGINT):
        if store.committed() < ledger.bytes:
            in_mid_work()
        else:
            tail.start()
        took = tail.stop(number)
        case.figure("%s s" % number.name, round(took, 2))
        case.expect(took <= STOP_SECONDS, "%s took %.1f s, allowed are %d" % (number.name, took, STOP_SECONDS))
        writer.write(2000)
    in_mid_work()
    began = time.monotonic()
    tail.send(signal.SIGINT)
    tail.send(signal.SIGINT)
    status = tail.wait()
    # The first may have ended it in order before the second came.
    case.expect(status in (0, 130), "after two SIGINT it ended with %s, expected was 130 or 0" % status)
    case.figure("SIGINT twice s", round(time.monotonic() - began, 2))
    tail.start()
    load = case.load(writer, 500_000)
    for number in (signal.SIGHUP, signal.SIGPIPE):
        case.pause(0.3, 0.6)
        tail.expect_running()
        tail.send(number)
    time.sleep(0.5)
    load.stop()
    try:
        tail.expect_running()
    except Failure as failure:
        raise Failure("after SIGHUP and SIGPIPE: %s" % failure) from None
    case.settle(tail, store, ledger, writer, limit=120)
    if not case.all:
        case.shortened = "over %d MB instead of 100" % (ledger.bytes // 1_000_000)
