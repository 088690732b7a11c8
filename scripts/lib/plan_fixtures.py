"""Runs the cases of plan_fixtures.txt: fixtures/plans/RULE/{fires.json,silent.json,node.txt}.

Usage: plan_fixtures.py CASES FOLDER RESTART    (a server by PGHOST, PGPORT, PGUSER, PGDATABASE)
RESTART is a command that restarts the server.
"""
import os
import re
import subprocess
import sys

EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, {}FORMAT JSON) "


def expanded(line):
    def numbers(match):
        shape = "({})" if match[1] == "ROWS" else "{}"
        return ",".join(shape.format(i) for i in range(1, int(match[2]) + 1))

    return re.sub(r"\{(LIST|ROWS) (\d+)\}", numbers, line)


def cases(path):
    """(rule, 'fires' or 'silent', node, lines)"""
    found = []
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if line.startswith("@ "):
            rule, kind, *node = line[2:].split(" ", 2)
            found.append((rule, kind, node[0] if node else "", []))
        elif line and not line.startswith("#"):
            found[-1][3].append(line)
    return found


def psql(text):
    command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"]
    return subprocess.run(
        command, input=text, text=True, check=True, stdout=subprocess.PIPE
    ).stdout


def main():
    path, folder, restart = sys.argv[1:]
    only = os.environ.get("ONLY", "")
    for rule, kind, node, lines in cases(path):
        if only and rule not in only.split(","):
            continue
        statements = []
        for line in lines:
            if line == "!restart":
                subprocess.run(["bash", "-c", restart], check=True)
            elif line.startswith("!"):
                psql(line[1:])
            elif line.startswith("E "):
                statements.append(EXPLAIN.format("") + expanded(line[2:]))
            elif line.startswith("W "):
                statements.append(EXPLAIN.format("WAL, ") + expanded(line[2:]))
            elif line.startswith("SELECT"):
                statements.append("DO $do$ BEGIN PERFORM " + line[7:] + "; END $do$")
            else:
                statements.append(line)
        plan = psql("BEGIN;\n" + ";\n".join(statements) + ";\nROLLBACK;\n")
        os.makedirs(f"{folder}/{rule}", exist_ok=True)
        with open(f"{folder}/{rule}/{kind}.json", "w", encoding="utf-8") as file:
            file.write(plan)
        if kind == "fires":
            with open(f"{folder}/{rule}/node.txt", "w", encoding="utf-8") as file:
                file.write(node + "\n")


main()
