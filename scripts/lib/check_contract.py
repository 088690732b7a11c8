"""check_contract.py CONTRACT.json FOUND.json: compares what a store holds with what it has to hold;
prints each difference, ends with 1 if there is one."""
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
sys.exit(differences != 0)
