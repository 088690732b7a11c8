"""Runs rows of the fault matrix and prints one line for each."""
import argparse
import multiprocessing
import os
import queue
import shutil
import signal
import sys
import tempfile
import time
import traceback

from . import registry
from .case import Case, Shared
from .registry import Failure, NotRun


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("a whole number above 0 is wanted, not '%s'" % text)
    return value


def options():
    parser = argparse.ArgumentParser(prog="faults", add_help=False)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--rows")
    parser.add_argument("--seed", type=positive, default=1)
    parser.add_argument("--kills", type=positive)
    parser.add_argument("--jobs", type=positive)
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    if asked.jobs is None:
        asked.jobs = 1 if asked.all else 2
    return asked


def chosen(rows, asked):
    """The rows that the options name, in the order of the matrix."""
    if asked.rows is None:
        return [row for row in rows if asked.all or row.quick]
    names = [name.strip().upper() for name in asked.rows.split(",")]
    known = {row.name.upper() for row in rows}
    for name in names:
        if name not in known:
            print("faults: error: there is no row %s; --list names them" % name, file=sys.stderr)
            sys.exit(2)
    return [row for row in rows if row.name.upper() in names]


def replay(asked, row):
    words = ["scripts/faults", "--rows", row.name, "--seed", str(asked.seed)]
    if asked.all:
        words.append("--all")
    if asked.kills:
        words += ["--kills", str(asked.kills)]
    return " ".join(words)


def run(shared, row, asked):
    """'ok', 'FAILED' or 'not run'."""
    case = Case(shared, row)
    began = time.monotonic()
    result, said = "ok", ""
    try:
        row.body(case)
    except NotRun as reason:
        result, said = "not run", str(reason)
    except Failure as failure:
        result, said = "FAILED", str(failure)
    except Exception:
        result, said = "FAILED", "the harness itself: " + traceback.format_exc()
    finally:
        case.end()
    case.figure("s", round(time.monotonic() - began, 1))
    if result == "not run":
        line = "not run: %s" % said
    else:
        line = "%-7s %s" % (result, ", ".join("%s %s" % figure for figure in case.figures.items()))
        if case.shortened:
            line += "; shortened: " + case.shortened
    text = "%-4s %-46s %s\n" % (row.name, row.title, line)
    if result == "FAILED":
        text += "     %s\n     replay: %s\n     kept: %s\n" % (said, replay(asked, row), case.folder)
    else:
        shutil.rmtree(case.folder, ignore_errors=True)
    # In one piece, as several rows may run.
    sys.stdout.write(text)
    sys.stdout.flush()
    return result


def work(number, rows, todo, results, asked, folder):
    """Runs rows until none is left, beside a server of its own."""
    shared = Shared(asked, os.path.join(folder, str(number)))
    by_name = {row.name: row for row in rows}
    try:
        while True:
            name = todo.get()
            if name is None:
                return
            results.put(run(shared, by_name[name], asked))
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        shared.end()


def run_all(rows, asked, folder, ended):
    """Adds the results of the rows to `ended`, in the order in which they end."""
    todo, results = multiprocessing.Queue(), multiprocessing.Queue()
    jobs = min(asked.jobs, max(1, len(rows)))
    for item in [row.name for row in rows] + [None] * jobs:
        todo.put(item)
    workers = [multiprocessing.Process(target=work, args=(number, rows, todo, results, asked, folder))
               for number in range(jobs)]
    for worker in workers:
        worker.start()
    try:
        while len(ended) < len(rows):
            try:
                ended.append(results.get(timeout=1))
            except queue.Empty:
                if not any(worker.is_alive() for worker in workers):
                    ended += ["FAILED"] * (len(rows) - len(ended))
        for worker in workers:
            worker.join()
    finally:
        for worker in workers:
            if worker.is_alive():
                worker.terminate()
                worker.join()


def main():
    asked = options()
    rows = registry.load()
    if asked.list:
        for row in rows:
            print("%-4s %s%s" % (row.name, row.title, " (quick)" if row.quick else ""))
        return 0
    # A signal unwinds, so that every process is ended and every folder removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = tempfile.mkdtemp(prefix="pgtrawl-faults.")
    os.chmod(folder, 0o755)
    began, results = time.monotonic(), []
    try:
        run_all(chosen(rows, asked), asked, folder, results)
    finally:
        if "FAILED" not in results:
            shutil.rmtree(folder, ignore_errors=True)
    print("faults: %d rows: %d ok, %d FAILED, %d not run (seed %d, %d s)" % (
        len(results), results.count("ok"), results.count("FAILED"), results.count("not run"), asked.seed,
        time.monotonic() - began))
    return 1 if "FAILED" in results else 0


try:
    sys.exit(main())
except KeyboardInterrupt:
    sys.exit(130)
