"""Rows B6 to B10: full disks, locks, refusals, and a store that goes back in time."""
import os
import re
import shutil
import subprocess
import threading
import time

from . import mounts
from .cluster import Store, as_server, own
from .registry import row

RESUME_SECONDS = 10
CATCH_UP_SECONDS = 300


@row("B6", "the store's disk is full: data, then WAL", quick=True)
def full_store(case):
    case.needs_root("a small disk")
    folder, ledger = case.logs(), case.ledger()
    disk = mounts.tmpfs(case, "disk", "64m")
    own(disk)
    cluster = case.cluster("own", initdb=["--wal-segsize=1"],
                           settings=["max_wal_size = 8MB", "min_wal_size = 2MB"])
    os.mkdir(os.path.join(disk, "space"))
    own(os.path.join(disk, "space"))
    cluster.sql("CREATE TABLESPACE small LOCATION '%s'" % os.path.join(disk, "space"))
    template = cluster.store("b6_made", case.pgtrawl)
    cluster.sql("CREATE DATABASE b6 TEMPLATE %s TABLESPACE small" % template.database)
    store = Store(cluster, "b6")
    writer = case.writer(folder, ledger)
    tail = case.tail(folder, store).start()
    writer.write(200)
    tail.catch_up(store, ledger)
    ballast = mounts.fill(os.path.join(disk, "ballast"), leave=1 << 20)
    load = case.load(writer, 1_500_000)
    tail.until(lambda: "No space left on device" in cluster.log(), "the store's disk is full")
    time.sleep(2)
    tail.expect_running()
    load.stop()
    os.remove(ballast)
    resumed(case, tail, store, ledger, "data")
    full_wal(case, cluster, store, tail, writer, ledger)
    case.settle(tail, store, ledger, writer)


def resumed(case, tail, store, ledger, disk):
    """From now on the server can write: its next commit is due, and then all that was written meanwhile."""
    before = store.committed()
    took = tail.until(lambda: store.committed() > before or before == ledger.bytes, "a first commit", CATCH_UP_SECONDS)
    case.figure("%s: first commit after s" % disk, round(took, 1))
    case.expect(took <= RESUME_SECONDS, "%s: the first commit came %.1f s after there was space, allowed are %d"
                % (disk, took, RESUME_SECONDS))
    case.figure("%s: MB behind" % disk, round((ledger.bytes - before) / 1e6, 1))
    case.figure("%s: caught up after s" % disk, round(took + tail.catch_up(store, ledger, CATCH_UP_SECONDS), 1))


def full_wal(case, cluster, store, tail, writer, ledger):
    """A WAL that can't be written stops the server: it panics, and has to be started when there is room again. Its own
    recovery is counted apart."""
    cluster.stop("fast")
    disk = mounts.tmpfs(case, "wal", "96m")
    own(disk)
    wal = os.path.join(cluster.data, "pg_wal")
    subprocess.run(as_server(["cp", "-a", wal, os.path.join(disk, "pg_wal")]), check=True)
    shutil.rmtree(wal)
    os.symlink(os.path.join(disk, "pg_wal"), wal)
    os.lchown(wal, os.stat(cluster.data).st_uid, os.stat(cluster.data).st_gid)
    cluster.start()
    tail.catch_up(store, ledger)
    # What a slot holds back is not written over: the WAL can only grow.
    cluster.sql("SELECT pg_create_physical_replication_slot('held', true)")
    ballast = mounts.fill(os.path.join(disk, "ballast"), leave=1 << 20)
    load = case.load(writer, 3_000_000)
    try:
        tail.until(lambda: "PANIC" in cluster.log(), "the server panics, its WAL's disk being full", 120)
    finally:
        load.stop()
    time.sleep(1)
    tail.expect_running()
    os.remove(ballast)
    freed = time.monotonic()
    if not cluster.is_running():
        cluster.start()
    tail.until(lambda: cluster.sql("SELECT 1", check=False) == "1", "the server takes connections", 120)
    case.figure("WAL: server's recovery s", round(time.monotonic() - freed, 1))
    resumed(case, tail, store, ledger, "WAL")
    cluster.sql("SELECT pg_drop_replication_slot('held')")


@row("B7", "the log's disk is full", quick=True)
def full_log(case):
    case.needs_root("a small disk")
    folder, ledger, store = mounts.tmpfs(case, "logs", "16m"), case.ledger(), case.store()
    # A folder within it, as the tail watches the parent as well.
    folder = os.path.join(folder, "log")
    os.mkdir(folder)
    # Events only: of an execution that lost one of its three records no whole row can be wanted.
    writer = case.writer(folder, ledger, kinds=("event",))
    tail = case.tail(folder, store).start()
    writer.tears = True
    writer.write(200)
    for _ in range(3):
        ballast = mounts.fill(os.path.join(folder, "..", "ballast"), leave=20_000)
        while writer.torn_in_a_row < 5:
            writer.write(1)
        with open(ballast, "r+b") as file:
            # A little room: what comes now is glued to what was torn.
            file.truncate(max(0, os.path.getsize(ballast) - 100_000))
        writer.write(50)
        os.remove(ballast)
        writer.write(100)
    writer.finish()
    tail.catch_up(store, ledger)
    found = case.holds(store, ledger, tail, allowed=("rejected", "missing lines", "missing neighbours"))
    case.figure("torn", writer.torn)
    case.figure("rejected", found["rejected"][0])
    case.figure("neighbours lost", found["missing neighbours"][0])
    case.expect(found["missing lines"][0] > 0 or writer.torn == 0, "torn records left no hole in the line numbers")
    case.expect(found["rejected"][0] > 0, "no torn record was rejected")


@row("B8", "locks, slow triggers, cancelled statements", quick=True)
def slow_store(case):
    seconds = 60 if case.all else 2
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    cluster = case.cluster()
    writer = case.writer(folder, ledger)
    rotation = case.rotation(writer)
    tail = case.tail(folder, store).start()
    load = case.load(writer, 500_000, rotation, every=2)
    tail.until(lambda: store.committed() > 0, "a first commit")
    for table in ("log_files", "query_executions"):
        held = threading.Thread(target=store.sql, args=(
            "BEGIN; LOCK TABLE pgtrawl.%s IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(%s); COMMIT" % (table, seconds),))
        held.start()
        held.join()
        tail.expect_running()
    store.sql("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
              "$$ BEGIN PERFORM pg_sleep(0.002); RETURN NULL; END $$; "
              "CREATE TRIGGER slow AFTER INSERT ON pgtrawl.log_events FOR EACH ROW EXECUTE FUNCTION slow();")
    # The tail sets its own statement_timeout; who cancels from outside is not asked.
    at = len(cluster.log())
    for _ in range(seconds * 2):
        time.sleep(0.5)
        store.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                  "AND pid <> pg_backend_pid() AND state = 'active'")
    tail.expect_running()
    case.figure("cancelled", cluster.log()[at:].count("canceling statement due to user request"))
    store.sql("DROP TRIGGER slow ON pgtrawl.log_events")
    load.stop()
    case.settle(tail, store, ledger, writer)
    case.figure("locked s", seconds)
    case.figure("rotations", rotation.count())
    case.shortened = "locks of %d s instead of 10 min" % seconds


# What makes the server refuse, and what ends it. The tail sets its own lock_timeout, which a lock has to outlast.
REFUSALS = {
    "25006": ("ALTER DATABASE {db} SET default_transaction_read_only = on",
              "SET default_transaction_read_only = off; ALTER DATABASE {db} RESET default_transaction_read_only"),
    "53300": ("ALTER DATABASE {db} CONNECTION LIMIT 0", "ALTER DATABASE {db} CONNECTION LIMIT -1"),
    "28P01": ("ALTER ROLE writer PASSWORD 'another'", "ALTER ROLE writer PASSWORD 'right'"),
    "55000": ("ALTER DATABASE {db} ALLOW_CONNECTIONS false", "ALTER DATABASE {db} ALLOW_CONNECTIONS true"),
    "40001": ("ALTER DATABASE {db} SET default_transaction_isolation = 'serializable'",
              "ALTER DATABASE {db} RESET default_transaction_isolation"),
    "55P03": ("SELECT 1", "SELECT 1"),
}
LOCK_SECONDS = 40


@row("B9", "refusals of the server, each by its SQLSTATE", quick=True)
def refused(case):
    seconds = 10 if case.all else 2
    folder, ledger = case.logs(), case.ledger()
    cluster = case.cluster("own", settings=["log_connections = on", "log_line_prefix = '%m %e %u '",
                                            "deadlock_timeout = '200ms'", "password_encryption = 'md5'"])
    store = cluster.store("b9", case.pgtrawl)
    # Not a superuser, for whom limits do not count; and with a password.
    store.sql("CREATE ROLE writer LOGIN PASSWORD 'right'; GRANT ALL ON DATABASE b9 TO writer; "
              "GRANT ALL ON SCHEMA pgtrawl TO writer; GRANT ALL ON ALL TABLES IN SCHEMA pgtrawl TO writer; "
              "GRANT ALL ON ALL SEQUENCES IN SCHEMA pgtrawl TO writer; "
              "GRANT ALL ON ALL FUNCTIONS IN SCHEMA pgtrawl TO writer")
    rules = os.path.join(cluster.data, "pg_hba.conf")
    with open(rules) as file:
        kept = file.read()
    with open(rules, "w") as file:
        file.write("local all writer md5\n" + kept)
    cluster.reload()
    writer = case.writer(folder, ledger)
    tail = case.tail(folder, store, conninfo=cluster.conninfo("b9", "writer") + " password=right").start()
    writer.write(200)
    tail.catch_up(store, ledger)
    for state, (on, off) in REFUSALS.items():
        if state == "55P03":
            if not case.all:
                continue
            seconds = LOCK_SECONDS
        refuse(case, cluster, store, tail, writer, state, on, off, seconds)
        tail.until(lambda: store.committed() == ledger.bytes, "%s is over and all is committed" % state)
    deadlock(case, cluster, store, tail, writer)
    case.settle(tail, store, ledger, writer)
    wrong_password(case, cluster, folder, store)
    if not case.all:
        case.shortened = "%d s each instead of 10, without 55P03" % seconds


def refuse(case, cluster, store, tail, writer, state, on, off, seconds):
    """The refusal holds for some seconds, with new sessions under it, while the log grows."""
    at = len(cluster.log())
    cluster.sql(on.format(db=store.database))
    cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'writer'")
    locker = None
    if state in ("55P03", "40001"):
        # A lock that is held for the time, or a row that changes under a serializable transaction.
        locker = threading.Thread(target=Store(cluster, store.database).sql, args=(contend(state, seconds),),
                                  kwargs={"check": False})
        locker.start()
    load = case.load(writer, 100_000)
    time.sleep(seconds)
    load.stop()
    if locker is not None:
        locker.join()
    cluster.sql(off.format(db=store.database))
    cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'writer'")
    said = cluster.log()[at:]
    # A session is authorized before the database's own limits are looked at, but not with a wrong password.
    tries = len(re.findall(r" writer LOG:  connection authorized| 28P01 writer FATAL", said))
    refused = len(re.findall(r" %s writer (?:FATAL|ERROR)" % state, said))
    tail.expect_running()
    case.figure(state, "%d refused, %d tries in %d s" % (refused, tries, seconds))
    # A second apart, after a short beginning; two more for the sessions that were ended here.
    case.expect(tries <= seconds + 7, "%s: %d tries in %d s" % (state, tries, seconds))
    if state in ("53300", "28P01", "55000", "55P03"):
        case.expect(refused > 0, "%s: nothing was refused" % state)


def contend(state, seconds):
    if state == "55P03":
        return "BEGIN; LOCK TABLE pgtrawl.log_files IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(%d); COMMIT" % seconds
    return "DO $$ BEGIN FOR i IN 1..%d LOOP UPDATE pgtrawl.log_files SET path = path; COMMIT; " \
           "PERFORM pg_sleep(0.02); END LOOP; END $$" % (seconds * 40)


def deadlock(case, cluster, store, tail, writer):
    """Another session takes the locks of a load in the other order, again and again: 40P01 for one of the two."""
    at = len(cluster.log())
    load = case.load(writer, 300_000)
    for _ in range(20 if case.all else 4):
        store.sql("BEGIN; LOCK TABLE pgtrawl.queries IN ROW EXCLUSIVE MODE; UPDATE pgtrawl.queries SET family = family; "
                  "SELECT pg_sleep(0.3); UPDATE pgtrawl.log_files SET path = path; COMMIT", check=False)
    load.stop()
    tail.expect_running()
    case.figure("40P01", "%d deadlocks" % cluster.log()[at:].count("deadlock detected"))


def wrong_password(case, cluster, folder, store):
    """At the start nothing will heal a wrong password: it ends, says so, and does not tell the password."""
    tail = case.tail(folder, store, name="wrong", conninfo=cluster.conninfo("b9", "writer") + " password=wr0ng-secret")
    tail.start()
    status = tail.wait(30)
    case.expect(status not in (0, 2) and "assword" in tail.text(), "with a wrong password: status %s%s" % (
        status, tail.said()))
    case.expect("wr0ng-secret" not in tail.text(), "the password stands in stderr")
    case.figure("wrong password at the start", "status %d" % status)


@row("B10", "the store goes back to an older backup")
def older_backup(case):
    folder, ledger = case.logs(), case.ledger()
    cluster = case.cluster("own")
    store = cluster.store("b10", case.pgtrawl)
    writer = case.writer(folder, ledger)
    rotation = case.rotation(writer)
    tail = case.tail(folder, store).start()
    load = case.load(writer, 500_000, rotation, every=1)
    tail.until(lambda: store.committed() > 500_000, "commits before the backup")
    cluster.stop("fast")
    backup = cluster.data + ".backup"
    subprocess.run(as_server(["cp", "-a", cluster.data, backup]), check=True, cwd="/")
    cluster.start()
    old = store.committed()
    tail.until(lambda: store.committed() > old + 1_000_000, "commits after the backup")
    new = store.committed()
    cluster.stop("immediate")
    shutil.rmtree(cluster.data)
    os.rename(backup, cluster.data)
    cluster.start()
    case.pause(0.5, 1.5)
    load.stop()
    case.settle(tail, store, ledger, writer)
    case.figure("bytes taken back", new - old)
    case.figure("rotations", rotation.count())
