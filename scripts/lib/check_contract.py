"""check_contract.py CONTRACT.json FOUND.json [PGSS.json[.gz]]: compares what a store holds with what it
has to hold, and the times with those of pg_stat_statements; prints each difference and what was
compared of times, ends with 1 if there is a difference."""
import gzip
import json
import sys

with open(sys.argv[1]) as file:
    contract = json.load(file)
with open(sys.argv[2]) as file:
    found = json.load(file)
differences = 0


def check(name, wanted, got):
    global differences
    if wanted is not None and wanted != got:
        differences += 1
        print(f"  {name}: {got}, the contract says {wanted}")


plans = contract["plans"]
check("records", contract["records"], found["records"])
check("plans", plans["all"], found["plans"])
check("nested plans", plans.get("nested"), found["plans_nested"])
check("plans in JSON", plans.get("json"), found["plans_json"])
check("plans that never ran", plans.get("never_ran", plans.get("never_run")), found["plans_never_ran"])
low = contract.get("at_least", contract["succeeded_top_level"])
high = contract.get("at_most", contract["succeeded_top_level"])
if not low <= found["succeeded"] <= high:
    check("executions that succeeded", f"{low} to {high}", found["succeeded"])
if low == high:
    check("by kind", contract.get("by_kind"), found["by_kind"])
check("said", contract.get("said", contract.get("said_besides")), found["by_kind"].get("said", 0))
check("nested executions", contract.get("nested"), found["nested"])
check("failed by sqlstate", contract["failed_by_sqlstate"], found["failed_by_sqlstate"])
check("failed", contract["failed_with_statement"], sum(found["failed_by_sqlstate"].values()))
check("errors without a statement", contract.get("errors_without_statement"),
      found["errors_without_statement"])
if "not_utf8" in contract:
    check("has records that are no UTF-8", contract["not_utf8"] > 0, found["transcoded"] > 0)
calls, possible = contract.get("calls", {}), contract.get("calls_possible", {})
if calls:
    for native in sorted(calls.keys() | found["calls"].keys()):
        wanted, got = calls.get(native, 0), found["calls"].get(native, 0)
        if not wanted <= got <= wanted + possible.get(native, 0):
            check(f"calls of {native}", wanted, got)
check("rejects", [], found["rejects"])

# The log has microseconds: each plan may be off by half of one. Where the log leaves open whether a plan was a call,
# the sum has those that were certain.
for native, wanted in contract.get("plan_ms_sum_by_query_id", {}).items():
    got = found["plan_ms"].get(native, 0)
    is_open = possible.get(native, 0) > 0 and got > wanted
    if abs(wanted - got) > 0.0011 and not is_open:
        check(f"plan time of {native}", wanted, got)
if len(sys.argv) > 3 and contract.get("pg_stat_statements", {}).get("mode") == "equal":
    with (gzip.open if sys.argv[3].endswith(".gz") else open)(sys.argv[3]) as file:
        counted = {}
        for row in json.load(file):
            calls, ms = counted.get(row["queryid"], (0, 0))
            time = row.get("total_exec_time", row.get("total_exec_ms"))
            counted[row["queryid"]] = (calls + row["calls"], ms + time)
    equal = 0
    for native, (calls, ms) in found["exec_ms"].items():
        if native not in counted or counted[native][0] != calls:
            continue
        if abs(counted[native][1] - ms) > 0.0005 * calls + 0.00001:
            check(f"executor's time of {native}", counted[native][1], ms)
        else:
            equal += 1
    print(f"  {equal} sums of plan_ms equal total_exec_time within rounding", file=sys.stderr)
sys.exit(differences != 0)
