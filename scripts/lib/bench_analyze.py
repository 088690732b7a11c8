"""Measures 'pgtrawl analyze': everything at first, nothing new, and all plans read anew."""
import argparse
import json
import os
import subprocess
import sys
import time

from psql_session import Session

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def options():
    parser = argparse.ArgumentParser(prog="bench analyze")
    parser.add_argument("--executions", type=int, default=1_000_000)
    parser.add_argument("--plans", type=int, default=100_000)
    return parser.parse_args()


def analyze():
    """Seconds, seconds of processor time, MB at most, and what it says it did."""
    began = time.monotonic()
    process = subprocess.Popen([os.environ["PGTRAWL"], "analyze", "--format", "json"],
                               stdout=subprocess.PIPE, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"analyze ended with {process.returncode}")
    return (time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, json.loads(said))


def main():
    chosen = options()
    logs = os.path.join(ROOT, "fixtures", "csvlog")
    subprocess.run([os.environ["PGTRAWL"], "import", logs], check=True, stdout=subprocess.DEVNULL)
    psql = os.path.join(os.environ.get("PGBIN", ""), "psql")
    subprocess.run([psql, "-X", "-q", "-d", "bench", "-v", f"executions={chosen.executions}", "-v",
                    f"plans={chosen.plans}", "-f", os.path.join(ROOT, "scripts", "lib", "bench_analyze.sql")],
                   check=True, stdout=subprocess.DEVNULL)
    print("bench: rows are made", file=sys.stderr)
    first, first_cpu, first_mb, did = analyze()
    nothing, _, _, none = analyze()
    if any(none.values()):
        raise SystemExit(f"the second run did {none}")
    session = Session("bench")
    # As if the rules had changed: plans are read anew, and nothing else.
    session.rows("UPDATE pgtrawl.analyzed_hours SET plan_rules = 0")
    again, again_cpu, again_mb, read = analyze()
    figures = {
        "benchmark": "analyze", "executions": did["executions"], "plans": did["plans"],
        "hours": did["hours"], "findings": did["findings"], "seconds": round(first, 1),
        "cpu_seconds": round(first_cpu, 1), "peak_mb": round(first_mb, 1),
        "nothing_new_seconds": round(nothing, 2), "plans_seconds": round(again, 1),
        "plans_cpu_seconds": round(again_cpu, 1), "plans_peak_mb": round(again_mb, 1),
        "plans_per_core_second": round(read["plans"] / again_cpu), "plans_per_second": round(read["plans"] / again),
    }
    session.close()
    for name, value in figures.items():
        print(f"{name:<24} {value}")
    print(json.dumps(figures))


main()
