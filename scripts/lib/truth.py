"""truth.py SEED STATEMENTS COMBINATIONS: the random workload under each combination of logging
settings, its log imported and compared. For scripts/truth, which starts the servers."""
import json
import os
import random
import subprocess
import sys
import threading
import time
import traceback

import truth_model as model
from random_actions import Actions
from random_session import QUIET
from truth_compare import CALLS, COUNTED, STORED, Comparison, shorten
from wire import Session

SESSIONS = 4
SHOWN_MAX = 12


class Harness:
    """The two servers: the one that logs, and the one that has the store."""

    def __init__(self, seed, statements):
        self.seed, self.statements = seed, statements
        self.work = os.environ["TRUTH_WORK"]
        self.control = Session("truth", "control", options=QUIET)
        logging_host = os.environ["PGHOST"]
        os.environ["PGHOST"] = os.environ["TRUTH_STORE"]
        self.store = Session("store", "truth")
        os.environ["PGHOST"] = logging_host
        self.path = os.path.join(self.work, "log", "truth.csv")
        self.log_read = os.path.getsize(self.path)
        self.marks = 0

    def one(self, session, sql):
        return session.simple(sql)[0].decode()

    # ---- the log --------------------------------------------------------------------------------

    def written(self):
        """What the server has logged since the last call, up to a record that this writes."""
        self.marks += 1
        mark = f"end of part {self.marks} of seed {self.seed}"
        self.control.simple(f"DO $$ BEGIN RAISE LOG '{mark}'; END $$")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with open(self.path, "rb") as file:
                file.seek(self.log_read)
                content = file.read()
            if mark.encode() in content and content.endswith(b"\n"):
                self.log_read += len(content)
                return content
            time.sleep(0.005)
        raise AssertionError("the log does not go on")

    # ---- a combination --------------------------------------------------------------------------

    def options(self, log, rand):
        """Settings of the sessions: the combination, and what else may vary beside it."""
        chosen = {
            "log_statement": log.statement, "log_duration": "on" if log.duration else "off",
            "log_min_duration_statement": 0 if log.minimum else -1,
            "auto_explain.log_min_duration": 0 if log.plans else -1,
            "auto_explain.log_nested_statements": "on" if log.nested else "off",
            "auto_explain.log_timing": rand.choice(("on", "off")),
            "auto_explain.log_verbose": rand.choice(("on", "off")),
            "auto_explain.log_buffers": rand.choice(("on", "off")),
            "log_parameter_max_length_on_error": rand.choice((0, -1)),
            "log_disconnections": rand.choice(("on", "off")),
            "log_temp_files": rand.choice((0, -1)),
        }
        return " ".join(f"-c {name}={value}" for name, value in chosen.items())

    def workload(self, name, log):
        rand = random.Random(f"{self.seed}/{name}")
        options = self.options(log, rand)
        self.control.simple("SELECT pg_stat_statements_reset()")
        sessions = []
        for number in range(1, SESSIONS + 1):
            parallel = rand.random() < 0.25
            more = (" -c parallel_setup_cost=0 -c parallel_tuple_cost=0 -c min_parallel_table_scan_size=0"
                    if parallel else " -c max_parallel_workers_per_gather=0")
            sessions.append(Actions("truth", number, f"{self.seed}/{name}", options + more))
        problems = []

        def run(session):
            try:
                session.run(self.statements // SESSIONS)
            except Exception:
                problems.append(f"session {session.number}, after {shorten(session.units[-1].text)}:\n"
                                + traceback.format_exc())

        threads = [threading.Thread(target=run, args=(s,)) for s in sessions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if problems:
            raise AssertionError("the workload failed: " + "\n".join(problems))
        for session in sessions:
            while os.path.exists(f"/proc/{session.wire.process}"):
                time.sleep(0.001)
        return sessions

    def combination(self, log):
        name = str(log).replace(" ", ",")
        sessions = self.workload(name, log)
        counted = json.loads(self.one(self.control, COUNTED))
        self.marks += 1
        source = f"part {self.marks}"
        path = os.path.join(self.work, f"part-{self.marks}.csv")
        with open(path, "wb") as file:
            file.write(self.written())
        imported = subprocess.run(
            [os.environ["PGTRAWL"], "import", "--source", source, path], capture_output=True, text=True)
        if imported.returncode:
            raise AssertionError(f"import ended with {imported.returncode}: {imported.stderr[-500:]}")
        comparison = Comparison(
            log, {s.number: s.units for s in sessions}, {s.number: s.wire.process for s in sessions},
            json.loads(self.one(self.store, STORED % source)), json.loads(self.one(self.store, CALLS % source)),
            counted)
        comparison.run()
        forged = sum(s.forged for s in sessions)
        events = int(self.one(self.store, "SELECT count(*) FROM pgtrawl.log_events WHERE event_class = 'forged' "
                              f"AND source_id = (SELECT id FROM pgtrawl.sources WHERE name = '{source}')"))
        if forged != events:
            comparison.differ(f"forged records: {forged} written, {events} events")
        if not comparison.differences:
            os.remove(path)
        return comparison, path


def main():
    seed, statements, count = map(int, sys.argv[1:4])
    harness = Harness(seed, statements)
    combinations = model.all_combinations()
    if count < len(combinations):
        combinations = random.Random(seed).sample(combinations, count)
    wrong, executions, equal, other, sent, timed = 0, 0, 0, 0, 0, 0
    for log in combinations:
        comparison, path = harness.combination(log)
        executions += comparison.executions
        equal += comparison.equal_ids
        other += comparison.other_ids
        timed += getattr(comparison, "timed", 0)
        sent += sum(len(units) for units in comparison.units.values())
        if comparison.differences:
            wrong += 1
            kept = os.path.join(os.environ["TRUTH_KEEP"], f"truth-seed{seed}-{os.path.basename(path)}")
            os.replace(path, kept)
            print(f"WRONG seed {seed}: {log}\n  log: {kept}")
            for line in comparison.differences[:SHOWN_MAX]:
                print(f"  {line}")
            if len(comparison.differences) > SHOWN_MAX:
                print(f"  … and {len(comparison.differences) - SHOWN_MAX} more")
        sys.stdout.flush()
    breaches = harness.one(harness.store, "SELECT coalesce(json_agg(v), '[]')::text FROM pgtrawl.verify() AS v")
    if breaches != "[]":
        wrong += 1
        print(f"verify(): {breaches[:1000]}")
    print(f"truth: seed {seed}, {len(combinations)} combinations, {sent} executions sent, {executions} shown; "
          f"calls of {equal} ids equal to pg_stat_statements, of {other} as far as the log shows them; "
          f"{timed} sums of time equal; {wrong} combinations wrong")
    sys.exit(wrong != 0)


main()
