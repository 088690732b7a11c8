"""Rows B11 to B15: schema versions, partitions, encodings and settings, the log of the store itself."""
import csv
import io
import os
import signal
import subprocess
import time

from .cluster import Store, migrate, own, until
from .registry import Failure, row

PARENTS = ("query_executions", "query_plans", "log_events")
FEEDBACK_MAX = 1.05


@row("B11", "schema newer, older, half migrated", quick=True)
def versions(case):
    kills = 50 if case.all else 6
    folder, ledger = case.logs(), case.ledger()
    cluster = case.cluster()
    writer = case.writer(folder, ledger)
    writer.write(300)
    half = kill_migrations(case, cluster, kills)
    tail = case.tail(folder, half, name="half").start()
    tail.catch_up(half, ledger)
    # The schema becomes newer under a tail that runs: it notices at the next session, and ends.
    newer = "INSERT INTO pgtrawl.schema_migrations (layer, number, name, checksum) " \
            "SELECT layer, 9999, 'to_come', checksum FROM pgtrawl.schema_migrations ORDER BY number LIMIT 1"
    half.sql(newer)
    half.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
             "AND pid <> pg_backend_pid()")
    writer.write(10)
    case.expect(tail.wait(60) not in (0, 2) and "newer" in tail.text(), "under a newer schema: status %s%s" % (
        tail.status, tail.said()))
    case.figure("newer while it runs", "status %d" % tail.status)
    started = case.tail(folder, half, name="newer").start()
    case.expect(started.wait(60) not in (0, 2) and "newer" in started.text(), "with a newer schema: status %s%s" % (
        started.status, started.said()))
    # An older schema is brought up at the start, or refused; never written to as it is.
    old = case.store("_old")
    subprocess.run([case.pgtrawl, "migrate", "down", "--layer", "core", "--to", "5", "--database-url", old.conninfo],
                   check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    older = case.tail(folder, old, name="older").start()
    ended = until(lambda: not older.is_running() or old.committed() == ledger.bytes, 30)
    case.expect(ended is not None, "with an older schema: neither refused nor caught up%s" % older.said())
    if not older.is_running():
        case.expect(older.process.returncode not in (0, 2), "an older schema: status %s" % older.process.returncode)
        migrate(case.pgtrawl, old.conninfo)
        older.start()
    case.figure("older", "brought up" if older.starts == 1 else "refused")
    case.settle(older, old, ledger, writer)
    case.figure("kills within migrations", kills)
    if not case.all:
        case.shortened = "%d kills of 50" % kills


def kill_migrations(case, cluster, kills):
    """A store whose `migrate up` was killed again and again before it could come to its end."""
    command = [case.pgtrawl, "migrate", "up", "--database-url"]
    cluster.sql("CREATE DATABASE b11_timed")
    began = time.monotonic()
    migrate(case.pgtrawl, cluster.conninfo("b11_timed"))
    whole = time.monotonic() - began
    for number in range(kills):
        name = "b11_%d" % number
        cluster.sql("CREATE DATABASE %s" % name)
        process = subprocess.Popen(command + [cluster.conninfo(name)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * (number + case.chance.random()) / kills)
        process.send_signal(signal.SIGKILL)
        process.wait()
        migrate(case.pgtrawl, cluster.conninfo(name))
        breaches = Store(cluster, name).sql("SELECT * FROM pgtrawl.verify()")
        case.expect(not breaches, "a migration killed and run again: %s" % breaches)
        if number + 1 < kills:
            cluster.sql("DROP DATABASE %s" % name)
    return Store(cluster, name)


ROWS = "SELECT (SELECT count(*) FROM pgtrawl.query_executions) + (SELECT count(*) FROM pgtrawl.log_events)"
LEAF = ("SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = 'pgtrawl.%s'::regclass AND c.relname NOT LIKE '%%outlier' ORDER BY 1 LIMIT 1")


@row("B12", "partitions dropped and detached under the tail", quick=True)
def partitions(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    tail = case.tail(folder, store).start()
    writer.write(500)
    tail.catch_up(store, ledger)
    ways = {"drop": "DROP TABLE pgtrawl.{leaf}",
            "detach": "ALTER TABLE pgtrawl.{parent} DETACH PARTITION pgtrawl.{leaf}; "
                      "ALTER TABLE pgtrawl.{leaf} SET SCHEMA public"}
    gone = 0
    for name, way in ways.items():
        before = store.number(ROWS)
        for parent in PARENTS:
            leaf = store.sql(LEAF % parent)
            case.expect(leaf, "%s: pgtrawl.%s has no partition of a month" % (name, parent))
            store.sql(way.format(leaf=leaf, parent=parent))
        lost = before - store.number(ROWS)
        case.expect(lost > 0, "%s took no row away" % name)
        case.expect(store.committed() == ledger.bytes, "%s changed an offset" % name)
        gone += lost
        writer.write(300)
        tail.catch_up(store, ledger)
        # After a restart, too, what was dropped is not read again, and the month has its partition.
        tail.stop()
        tail.start()
        writer.write(300)
        tail.catch_up(store, ledger)
    writer.finish()
    lag = tail.catch_up(store, ledger)
    # verify() misses what was dropped; it is not judged here. Of what was open at the time either side may have gone.
    found = case.holds(store, ledger, tail, allowed=("missing",), verify=False)
    missing = found["missing"][0]
    case.expect(gone > 0 and abs(missing - gone) <= 6, "%d rows were dropped or detached, %d are missing" % (
        gone, missing))
    case.figure("lag s", round(lag, 1))
    case.figure("dropped or detached rows", gone)
    case.figure("missing", missing)


SETTINGS = ("DateStyle = 'German, DMY'", "TimeZone = 'Asia/Kolkata'", "standard_conforming_strings = off",
            "IntervalStyle = 'sql_standard'", "bytea_output = 'escape'", "extra_float_digits = -10",
            "client_encoding = 'LATIN1'", "search_path = 'nowhere'", "backslash_quote = off", "row_security = off",
            "transform_null_equals = on", "array_nulls = off", "xmloption = document", "client_min_messages = debug1",
            "default_transaction_deferrable = on", "session_replication_role = replica")


@row("B14", "encodings of the store, settings of the role", quick=True)
def encodings(case):
    cluster = case.cluster()
    folder, ledger = case.logs(), case.ledger()
    writer = case.writer(folder, ledger)
    writer.write(600)
    cluster.sql("CREATE ROLE odd LOGIN SUPERUSER; " + "; ".join("ALTER ROLE odd SET " + line for line in SETTINGS))
    cluster.sql("CREATE DATABASE b14_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    migrate(case.pgtrawl, cluster.conninfo("b14_ascii"))
    stores = {"settings": case.store("_odd"), "SQL_ASCII": Store(cluster, "b14_ascii")}
    tails = [case.tail(folder, store, conninfo=cluster.conninfo(store.database, "odd"), name=name).start()
             for name, store in stores.items()]
    writer.write(100)
    writer.finish()
    for tail, store in zip(tails, stores.values()):
        tail.catch_up(store, ledger)
        try:
            case.holds(store, ledger, tail)
        except Failure as failure:
            raise Failure("%s: %s" % (tail.name, failure)) from None
    cluster.sql("DROP OWNED BY odd", check=False)
    cluster.sql("CREATE DATABASE b14_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    refused = case.tail(folder, Store(cluster, "b14_latin1"), name="latin1").start()
    case.expect(refused.wait(30) not in (0, 2) and "LATIN1" in refused.text(),
                "LATIN1 can't hold every text; status %s%s" % (refused.status, refused.said()))
    case.figure("settings", len(SETTINGS))
    case.figure("LATIN1", "refused with status %d" % refused.status)


@row("B15", "the log of the store itself, log_statement = all", quick=True)
def feedback(case):
    seconds, rest = (30, 10) if case.all else (3, 3)
    folder = case.logs()
    own(folder)
    cluster = case.cluster("own", settings=[
        "logging_collector = on", "log_destination = 'csvlog'", "log_directory = '%s'" % folder, "log_file_mode = 0644",
        "log_filename = 'postgresql.log'", "log_statement = 'all'", "log_min_duration_statement = 0",
        "log_timezone = 'UTC'", "log_rotation_size = '2MB'"])
    store = cluster.store("b15", case.pgtrawl)
    tail = case.tail(folder, store).start()
    workload = "".join("SELECT %d AS number, '%s';\n" % (number, "x" * 200) for number in range(1500))
    ending = time.monotonic() + seconds
    while time.monotonic() < ending:
        cluster.sql(workload)
        time.sleep(0.3)
    time.sleep(1)
    before = log_bytes(folder)
    time.sleep(rest)
    tail.expect_running()
    # At rest nothing is written any more: the tail would otherwise read what it made itself, for ever.
    at_rest = sum(log_bytes(folder).values()) - sum(before.values())
    total = log_bytes(folder)
    factor = sum(total.values()) / max(1, sum(total.values()) - total.get("pgtrawl", 0))
    case.figure("bytes", sum(total.values()))
    case.figure("growth factor", round(factor, 3))
    case.figure("bytes at rest", at_rest)
    case.figure("peak MB", tail.peak_kib // 1024)
    case.expect(factor < FEEDBACK_MAX, "the log is %.3f times what others write to it, at most %.2f is wanted" % (
        factor, FEEDBACK_MAX))
    case.expect(at_rest < 10_000, "at rest the log grows by %d bytes in %d s" % (at_rest, rest))
    tail.stop()
    breaches = store.sql("SELECT * FROM pgtrawl.verify() LIMIT 3")
    case.expect(not breaches, "verify(): " + breaches)


def log_bytes(folder):
    """Bytes of log by application_name."""
    sums = {}
    for name in os.listdir(folder):
        if not name.endswith(".csv"):
            continue
        with open(os.path.join(folder, name), newline="", errors="replace") as file:
            for record in csv.reader(io.StringIO(file.read())):
                application = record[22] if len(record) > 22 else ""
                # Columns, quotes and separators cost the same in each; what differs stands in the fields.
                sums[application] = sums.get(application, 0) + sum(len(field) + 1 for field in record)
    return sums
