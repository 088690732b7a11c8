"""Runs a small workload for each rule twice, so that it finds something and so that it must not, and writes
what the server logged with other times: `workload_fixtures.py CSVLOG FOLDER [RULE,RULE…]`."""
import datetime
import gzip
import os
import sys
import threading
import time

from csv_records import records
from psql_session import Session, SessionError

BASE = datetime.datetime(2026, 3, 2, tzinfo=datetime.timezone.utc)
QUIET = "-c log_min_duration_statement=-1 -c auto_explain.log_min_duration=-1"


def session(application, options=""):
    """A session whose statements the log has under this application_name; without one they are not logged."""
    os.environ["PGAPPNAME"], os.environ["PGOPTIONS"] = application, options or ("" if application else QUIET)
    return Session("postgres")


def quietly(*statements):
    own = session("")
    for statement in statements:
        own.rows(statement)
    own.close()


class Case:
    """What one log is to hold: its sessions, and which moment of the day each step is at."""

    def __init__(self, rule, fires):
        self.application = f"{rule} {'fires' if fires else 'silent'}"
        self.steps = []

    def session(self, options=""):
        return session(self.application, options)

    def at(self, seconds):
        """What is logged from now on happens from so many seconds after midnight on."""
        time.sleep(0.02)
        self.steps.append((datetime.datetime.now(datetime.timezone.utc), seconds))
        time.sleep(0.02)

    def moved(self, record):
        """The record at its new time; None when it is not of this case."""
        if f'"{self.application}"'.encode() not in record:
            return None
        fields = record.split(b",", 9)
        stamp = datetime.datetime.strptime(fields[0].decode(), "%Y-%m-%d %H:%M:%S.%f %Z")
        stamp = stamp.replace(tzinfo=datetime.timezone.utc)
        began, seconds = [step for step in self.steps if step[0] <= stamp][-1]
        moment = BASE + datetime.timedelta(seconds=seconds) + (stamp - began)
        fields[0] = (moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d} UTC").encode()
        fields[8] = BASE.strftime("%Y-%m-%d %H:%M:%S UTC").encode()
        return b",".join(fields)


def idle_in_transaction(case, fires):
    quietly("CREATE TABLE IF NOT EXISTS account (id int PRIMARY KEY, balance int)",
            "INSERT INTO account SELECT g, 0 FROM generate_series(1, 9) g ON CONFLICT DO NOTHING")
    own = case.session()
    gap = 60 if fires else 20
    for begin in [1, 1000]:
        case.at(begin)
        own.rows("BEGIN")
        own.rows("UPDATE account SET balance = balance + 1 WHERE id = 1")
        case.at(begin + gap)
        own.rows("COMMIT")
    # Not within a transaction it may do nothing for as long as it likes.
    case.at(9000)
    own.rows("SELECT balance FROM account WHERE id = 1")
    own.close()
    if fires:
        ended = case.session("-c idle_in_transaction_session_timeout=200ms")
        case.at(20000)
        ended.rows("BEGIN")
        ended.rows("UPDATE account SET balance = balance + 1 WHERE id = 2")
        case.at(20120)
        time.sleep(0.5)
        try:
            ended.rows("COMMIT")
        except SessionError:
            pass
        ended.close()


def long_transaction(case, fires):
    quietly("CREATE TABLE IF NOT EXISTS stock (id int PRIMARY KEY, n int)",
            "INSERT INTO stock SELECT g, 0 FROM generate_series(1, 99) g ON CONFLICT DO NOTHING")
    own = case.session()
    case.at(1)
    own.rows("BEGIN")
    for step in range(17):
        case.at(2 + step * (20 if fires else 10))
        own.rows(f"UPDATE stock SET n = n + 1 WHERE id = {step + 1}")
    case.at(2 + 17 * (20 if fires else 10))
    own.rows("COMMIT")
    own.close()


def generic_vs_custom(case, fires):
    quietly("DROP TABLE IF EXISTS thing", "CREATE TABLE thing (id int PRIMARY KEY, kind text)",
            "INSERT INTO thing SELECT g, CASE WHEN g % 2000 = 0 THEN 'rare' ELSE 'common' END"
            " FROM generate_series(1, 40000) g", "CREATE INDEX ON thing (kind)", "VACUUM ANALYZE thing")
    text = "(text) AS SELECT count(*) FROM thing WHERE kind = $1" if fires else \
        "(int) AS SELECT count(*) FROM thing WHERE id = $1"
    value = "'rare'" if fires else "77"
    for number, mode in enumerate(["force_custom_plan", "force_generic_plan"]):
        own = case.session()
        case.at(600 + 600 * number)
        own.rows(f"SET plan_cache_mode = {mode}")
        own.rows(f"PREPARE wanted{text}")
        for _ in range(8):
            own.rows(f"EXECUTE wanted({value})")
        own.close()


def estimate_drift(case, fires):
    quietly("DROP TABLE IF EXISTS ticket", "CREATE TABLE ticket (id serial, state text)",
            "INSERT INTO ticket (state) SELECT CASE WHEN g % 100 = 0 THEN 'open' ELSE 'done' END"
            " FROM generate_series(1, 2000) g", "ANALYZE ticket")
    own = case.session()
    for hour in range(12):
        case.at(hour * 3600 + 600)
        own.rows("SELECT count(*) FROM ticket WHERE state = 'open'")
        if hour >= 3:
            quietly("INSERT INTO ticket (state) SELECT 'open' FROM generate_series(1, 300) g")
            if not fires:
                quietly("ANALYZE ticket")
    own.close()


def cron_collision(case, fires):
    quietly("CREATE TABLE IF NOT EXISTS job (id int PRIMARY KEY, n int)",
            "INSERT INTO job SELECT g, 0 FROM generate_series(1, 9) g ON CONFLICT DO NOTHING")
    heavy, quick, others = case.session(), case.session(), [case.session() for _ in range(3)]

    def run(own, statement):
        thread = threading.Thread(target=own.rows, args=[statement])
        thread.start()
        return thread

    def shorts():
        for number in range(20):
            quick.rows(f"SELECT n FROM job WHERE id = {number % 9 + 1}")

    for hour in range(1, 6):
        case.at(hour * 3600 + 15 * 60 + 10)
        running = [run(heavy, "UPDATE job SET n = n + 1 WHERE id = 1 RETURNING pg_sleep(5.2)")]
        time.sleep(1)
        # Who wants the same row waits for the job.
        running += [run(own, f"UPDATE job SET n = n + 1 WHERE id = {1 if fires else number + 2}")
                    for number, own in enumerate(others)]
        shorts()
        for thread in running:
            thread.join()
        case.at(hour * 3600 + 45 * 60 + 10)
        shorts()
        for number, own in enumerate(others):
            own.rows(f"UPDATE job SET n = n + 1 WHERE id = {number + 2}")
    for own in [heavy, quick] + others:
        own.close()


RULES = {
    "idle-in-transaction": idle_in_transaction, "long-transaction": long_transaction,
    "generic-vs-custom": generic_vs_custom, "estimate-drift": estimate_drift,
    "cron-collision": cron_collision,
}


def main(log, folder, only):
    cases = []
    for rule in only.split(",") if only else RULES:
        for fires in [True, False]:
            case = Case(rule, fires)
            RULES[rule](case, fires)
            cases.append((rule, fires, case))
    time.sleep(1)
    with open(log, "rb") as source:
        content = source.read()
    for rule, fires, case in cases:
        os.makedirs(f"{folder}/{rule}", exist_ok=True)
        path = f"{folder}/{rule}/{'fires' if fires else 'silent'}.csv.gz"
        moved = [record for record in map(case.moved, records(content)) if record]
        with open(path, "wb") as out, gzip.GzipFile("", "wb", 9, out, mtime=0) as packed:
            packed.write(b"".join(moved))
        print(f"{path}: {len(moved)} records, {os.path.getsize(path)} bytes", file=sys.stderr)


main(sys.argv[1], sys.argv[2], sys.argv[3])
