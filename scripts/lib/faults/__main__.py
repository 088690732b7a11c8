"""Runs rows of the fault matrix and prints one line for each."""
import argparse
import os
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
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def chosen(rows, asked):
    """The rows that the options name, in the order of the matrix."""
    if asked.rows is None:
        return [row for row in rows if asked.all or row.quick]
    names = [name.strip().upper() for name in asked.rows.split(",")]
    known = {row.name.upper() for row in rows}
    for name in names:
        if name not in known:
            sys.exit("faults: error: there is no row %s; --list names them" % name)
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
    print("%-4s %-46s %s" % (row.name, row.title, line), flush=True)
    if result == "FAILED":
        print("     %s\n     replay: %s\n     kept: %s" % (said, replay(asked, row), case.folder), flush=True)
    else:
        shutil.rmtree(case.folder, ignore_errors=True)
    return result


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
    shared = Shared(asked, folder)
    began, results = time.monotonic(), []
    try:
        for row in chosen(rows, asked):
            results.append(run(shared, row, asked))
    finally:
        shared.end()
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
