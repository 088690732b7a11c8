"""Rows B1 to B5: sessions end, the server goes away, commits in doubt, bad networks."""
import os
import time

from .cluster import until
from .proxy import Proxy
from .registry import Failure, row

OUTAGE_RATE = 5_000_000


def sessions(store):
    return ("FROM pg_stat_activity WHERE datname = '%s' AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            % store.database)


@row("B1", "sessions terminated every 200 ms", quick=True)
def terminated(case):
    seconds = 60 if case.all else 3
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    rotation = case.rotation(writer)
    tail = case.tail(folder, store).start()
    load = case.load(writer, 500_000, rotation, every=1)
    ended, seen, progress = 0, 0, 0
    until_end = time.monotonic() + seconds
    while time.monotonic() < until_end:
        time.sleep(0.2)
        ended += max(0, store.number("SELECT count(pg_terminate_backend(pid)) " + sessions(store)))
        now = store.committed()
        progress += now > seen
        seen = now
    load.stop()
    case.expect(progress > 1, "no progress while sessions were terminated")
    case.settle(tail, store, ledger, writer)
    case.figure("terminated", ended)
    case.figure("steps of progress", progress)
    case.figure("rotations", rotation.count())
    case.shortened = "%d s instead of 10 min" % seconds


@row("B2", "the store's server crashes", quick=True)
def crashed(case):
    crashes = 50 if case.all else 3
    cluster = case.cluster()
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    rotation = case.rotation(writer)
    tail = case.tail(folder, store).start()
    load = case.load(writer, 500_000, rotation, every=1)
    longest = 0
    for number in range(crashes):
        case.pause(0.2, 0.6)
        if number % 3 == 2:
            kill_backend(store)
        else:
            cluster.restart("immediate")
        began, before = time.monotonic(), max(0, store.committed())
        tail.until(lambda: store.committed() > before, "a commit after the crash")
        longest = max(longest, time.monotonic() - began)
    load.stop()
    case.settle(tail, store, ledger, writer)
    case.figure("crashes", crashes)
    case.figure("longest to a commit s", round(longest, 1))
    case.figure("rotations", rotation.count())
    if not case.all:
        case.shortened = "%d crashes of 50" % crashes


def kill_backend(store):
    """SIGKILL of one backend: the server throws all out and recovers."""
    pid = store.sql("SELECT pid %s LIMIT 1" % sessions(store), check=False)
    if pid:
        try:
            os.kill(int(pid), 9)
        except ProcessLookupError:
            pass


@row("B3", "the store is away while logs grow and rotate", quick=True)
def away(case):
    seconds, rate = (60, OUTAGE_RATE) if case.all else (3, OUTAGE_RATE // 4)
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    cluster = case.cluster()
    writer = case.writer(folder, ledger, payload=(200, 800))
    rotation = case.rotation(writer)
    tail = case.tail(folder, store).start()
    load = case.load(writer, rate)
    tail.until(lambda: store.committed() > rate, "commits before the outage")
    cluster.stop("fast")
    before = ledger.bytes
    for _ in range(2):
        load.ending.wait(seconds / 3)
        load.stop()
        rotation.any(("rename_gzip",))
        load = case.load(writer, rate)
    load.ending.wait(seconds / 3)
    tail.expect_running()
    grown = ledger.bytes - before
    cluster.start()
    began, seen, written = time.monotonic(), store.committed(), ledger.bytes
    tail.until(lambda: store.committed() > seen, "a commit after the outage")
    case.figure("first commit after s", round(time.monotonic() - began, 1))
    took = tail.until(lambda: store.committed() >= ledger.bytes - rate, "caught up while the log grows", 600)
    read = store.committed() - seen
    arrived = (ledger.bytes - written) / (time.monotonic() - began)
    load.stop()
    case.settle(tail, store, ledger, writer, limit=120)
    factor = read / (took or 0.1) / arrived
    case.figure("catch-up against growth", "%.1f x" % factor)
    case.figure("outage s", seconds)
    case.figure("log MB/s", round(grown / seconds / 1e6, 1))
    case.figure("caught up after s", round(took, 1))
    case.figure("rotations", rotation.count())
    case.shortened = "%d s instead of 10 min" % seconds
    if case.all:
        case.expect(factor >= 2, "catch-up is %.1f times as fast as the log grows, wanted is twice" % factor)


def through_proxy(case, store, more=""):
    proxy = Proxy(case.cluster())
    case.at_end(proxy.close)
    return proxy, proxy.conninfo(store.database, more)


@row("B4", "commit in doubt: its reply is lost", quick=True)
def in_doubt(case):
    wanted = 1000 if case.all else 15
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    rotation = case.rotation(writer)
    proxy, conninfo = through_proxy(case, store)
    proxy.lose_reply = lambda: proxy.lost < wanted and case.chance.random() < 0.6
    tail = case.tail(folder, store, conninfo=conninfo).start()
    load = case.load(writer, 200_000, rotation, every=1)
    tail.until(lambda: proxy.lost >= wanted, "%d replies lost" % wanted, limit=20 + wanted)
    load.stop()
    case.settle(tail, store, ledger, writer)
    case.figure("replies lost", proxy.lost)
    case.figure("commits", proxy.commits)
    case.figure("rotations", rotation.count())
    if not case.all:
        case.shortened = "%d lost replies of 1000" % wanted


@row("B5", "slow and broken networks", quick=True)
def networks(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    proxy, conninfo = through_proxy(case, store)
    tail = case.tail(folder, store, conninfo=conninfo).start()
    tail.catch_up(store, ledger)
    kinds = [("latency 30 ms", {"latency": 0.03}), ("single bytes", {"slice_bytes": 1})]
    if case.all:
        kinds = [("latency 500 ms", {"latency": 0.5}), ("single bytes", {"slice_bytes": 1}),
                 ("10 KB/s", {"rate": 10_000, "slice_bytes": 1000})]
    for title, toxics in kinds:
        for field, value in toxics.items():
            setattr(proxy, field, value)
        writer.write(100)
        case.figure(title + " s", round(tail.catch_up(store, ledger, 120), 1))
        proxy.latency = proxy.slice_bytes = proxy.rate = 0
    for _ in range(5):
        writer.write(100)
        case.pause(0.05, 0.3)
        proxy.reset_all()
    tail.catch_up(store, ledger)
    if case.all:
        half_open(case, proxy, tail, store, ledger, writer)
        tail = dead_while_idle(case, proxy, tail, conninfo, folder, store, ledger)
    else:
        case.shortened = "without half-open, a peer that vanishes and 10 KB/s, 30 ms instead of 500"
    case.settle(tail, store, ledger, writer)
    case.figure("connections", proxy.connections)


def half_open(case, proxy, tail, store, ledger, writer):
    """The peer takes all and answers nothing; only new connections live."""
    proxy.swallow = True
    writer.write(100)
    time.sleep(1)
    dead, connections = list(proxy.pairs), proxy.connections
    began = time.monotonic()
    took = until(lambda: proxy.connections > connections, 60)
    proxy.swallow = False
    if took is None:
        # What follows must not wait for the dead ones.
        for pair in dead:
            pair.reset()
        raise Failure("a peer that answers nothing was not noticed within 60 s")
    case.figure("half-open noticed after s", round(time.monotonic() - began, 1))
    case.expect(took <= 30, "a peer that answers nothing was noticed after %.0f s, wanted are 30" % took)


def dead_while_idle(case, proxy, tail, conninfo, folder, store, ledger):
    """The peer is gone without a word while nothing is asked of it. The tail that goes on: one without an analysis,
    as that makes connections of its own."""
    tail.catch_up(store, ledger)
    tail.stop()
    tail = case.tail(folder, store, conninfo=conninfo, options=("--no-analyze",)).start()
    tail.catch_up(store, ledger)
    # Until nothing is under way.
    time.sleep(8)
    connections = proxy.connections
    proxy.vanish()
    took = until(lambda: proxy.connections > connections, 90)
    case.expect(took is not None, "a peer that vanished while nothing was asked of it was not noticed within 90 s")
    case.figure("vanished noticed after s", round(took, 1))
    case.expect(took <= 30, "a peer that vanished was noticed after %.0f s, wanted are 30" % took)
    return tail
