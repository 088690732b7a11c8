"""derive_fixtures.py OUT: makes the special fixtures that no server writes on demand out of those it
wrote, and contracts (NAME.contract.json): what a store has to hold after the import of NAME."""
import csv
import gzip
import io
import json
import os
import re
import sys
from collections import Counter

from csv_records import records

out = sys.argv[1]
special = os.path.join(out, "special")
TIMED = re.compile(r"duration: [\d.]+ ms  (statement|parse|bind|execute fetch from|execute|plan)")


def read(name):
    with open(os.path.join(special, name), "rb") as file:
        return file.read()


def write(name, content):
    with open(os.path.join(special, name), "wb") as file:
        file.write(content)


def without_columns(record, count):
    """The record without its last columns; none of them holds a comma (query_id, leader_pid,
    backend_type)."""
    return b",".join(record[:-1].split(b",")[:-count]) + b"\n"


def contract(folder, run, names, by_kind=None, calls=None):
    """Counts what the files say. `by_kind` is what their settings hide: how many executions there
    were when their durations stand in records without text, or in plans only."""
    found = {"records": 0, "errors_without_statement": 0, "succeeded_top_level": 0}
    kinds, failed, plans = Counter(), Counter(), Counter(nested=0, toplevel=0, json=0, never_ran=0)
    timed_texts, plan_texts = set(), []
    for name in names:
        opened = gzip.open if name.endswith(".gz") else open
        with opened(os.path.join(out, folder, name), "rb") as file:
            text = file.read().decode("utf-8")
        for row in csv.reader(io.StringIO(text, newline="")):
            found["records"] += 1
            severity, state, message, context, query = row[11], row[12], row[13], row[18], row[19]
            if severity in ("ERROR", "FATAL", "PANIC"):
                if query:
                    failed[state] += 1
                else:
                    found["errors_without_statement"] += 1
            timed = TIMED.match(message)
            if not timed or query:
                continue
            if timed[1] == "plan":
                nested = context and not context.startswith(("unnamed portal", "portal "))
                plans["nested" if nested else "toplevel"] += 1
                plan = json.loads(message[message.index("{"):])
                plans["json"] += 1
                if not nested:
                    plan_texts.append((row[5], plan["Query Text"]))
                plans["never_ran"] += not plan["Plan"].get("Actual Loops") and " 0.000 ms" in message
            elif timed[1] in ("statement", "execute"):
                sql = message.split(": ", 2)[2]
                timed_texts.add((row[5], sql))
                kinds["prepare" if sql.startswith("PREPARE ") else timed[1]] += 1
    # The plan of a statement whose message failed later: no duration speaks of it.
    kinds["plan_only"] = sum(1 for text in plan_texts if text not in timed_texts)
    kinds = Counter(by_kind) if by_kind else +kinds
    found["succeeded_top_level"] = sum(kinds.values())
    found["by_kind"] = dict(sorted(kinds.items()))
    found["failed_by_sqlstate"] = dict(sorted(failed.items()))
    found["failed_with_statement"] = sum(failed.values())
    found["plans"] = dict(sorted(plans.items()), all=plans["nested"] + plans["toplevel"])
    found["nested"] = plans["nested"]
    found["said"] = 0
    if calls:
        with open(os.path.join(out, folder, calls)) as file:
            found["calls"] = {s["queryid"]: s["calls"] for s in json.load(file) if s["toplevel"]}
    with open(os.path.join(out, folder, run + ".contract.json"), "w") as file:
        json.dump(found, file, indent=1, sort_keys=True)
        file.write("\n")


small = list(records(read("small.csv")))
taken, size = [], 0
for record in small:
    if size >= 20000:
        break
    taken.append(record)
    size += len(record)
write("small_20k.csv", b"".join(taken))
write("columns_24.csv", b"".join(without_columns(r, 2) for r in small))
write("columns_23.csv", b"".join(without_columns(r, 3) for r in small))
write("more_columns.csv", b"".join(r[:-1] + b",1\n" for r in small))
plan = next(i for i, r in enumerate(small) if b"plan:" in r)
torn = small[plan][:len(small[plan]) // 2]
write("torn_middle.csv", b"".join(small[:plan]) + torn + b"".join(small[plan + 1:]))
write("torn_tail.csv", b"".join(small[:plan]) + torn)
write("nul_byte.csv", b"".join(small[:plan]) + small[plan].replace(b"Query Text", b"Query\0Text", 1)
      + b"".join(small[plan + 1:]))
whole = b"".join(small)
half = len(b"".join(small[:plan]))
write("members.csv.gz", gzip.compress(whole[:half], 9, mtime=0)
      + gzip.compress(whole[half:], 9, mtime=0))
packed = gzip.compress(whole, 9, mtime=0)
write("truncated.csv.gz", packed[:len(packed) * 2 // 3])
broken = bytearray(packed)
broken[len(packed) * 2 // 3] ^= 0xFF
write("corrupt.csv.gz", bytes(broken))
contract("csvlog", "shop", ["shop.000.csv.gz", "shop.001.csv"], calls="shop.pgss.json")
for run in ("small", "columns_23", "columns_24", "more_columns", "members"):
    contract("special", run, [run + (".csv.gz" if run == "members" else ".csv")])
contract("special", "plans_only", ["plans_only.csv"], by_kind={"plan_only": 9})
contract("special", "statement_and_duration", ["statement_and_duration.csv"],
         by_kind={"statement": 8, "execute": 8})
