"""Compares what a store holds of one combination with what the log can show of its workload, and both
with pg_stat_statements."""
import re
from collections import Counter, defaultdict

import truth_model as model
from random_session import label

STORED = """
SELECT coalesce(json_agg(json_build_object(
  'process', e.process_id, 'line', e.session_line, 'nesting', e.nesting, 'kind', e.kind,
  'text', q.normalized_sql, 'known', e.query_id <> 0, 'tag', e.tags->>'unit', 'protocol', e.protocol,
  'statements', e.statements, 'records', e.records, 'sqlstate', e.sqlstate,
  'returned', e.rows_returned, 'affected', e.rows_affected, 'timed', e.duration_ms IS NOT NULL,
  'native', e.native_query_id, 'plan_ms', e.plan_ms,
  'plans', (SELECT count(*) FROM pgtrawl.plan_links l
            WHERE l.execution_log_file_id = e.log_file_id AND l.execution_log_offset = e.log_offset)
  ) ORDER BY e.process_id, e.session_line), '[]')::text
FROM pgtrawl.query_executions e JOIN pgtrawl.queries q ON q.id = e.query_id
WHERE e.source_id = (SELECT id FROM pgtrawl.sources WHERE name = '%s')"""

CALLS = """
SELECT coalesce(json_agg(json_build_object('native', native_query_id, 'calls', calls, 'ms', ms)), '[]')::text
FROM (SELECT native_query_id, sum(calls) AS calls, sum(total_exec_ms) AS ms
      FROM pgtrawl.calls WHERE source = '%s' GROUP BY 1) AS c"""

COUNTED = """
SELECT coalesce(json_agg(json_build_object('native', queryid, 'top', toplevel, 'calls', calls,
  'ms', total_exec_time, 'text', query)), '[]')::text
FROM (SELECT queryid, toplevel, sum(calls) AS calls, sum(total_exec_time) AS total_exec_time,
        min(query) AS query
      FROM pg_stat_statements WHERE queryid IS NOT NULL GROUP BY 1, 2) AS s"""


# An id that pg_stat_statements does not have.
UNKNOWN = model.UNKNOWN


def shorten(text):
    return " ".join((text or "").split())[:160]


class Comparison:
    """One combination: `units` and `processes` of its sessions, `stored`, `calls` and `counted` as the
    queries above give them."""

    def __init__(self, log, units, processes, stored, calls, counted):
        self.log = log
        self.units = units
        self.processes = processes
        self.stored = stored
        self.calls = {c["native"]: c for c in calls}
        self.counted = counted
        self.texts = {}
        self.label_of = {}
        for entry in counted:
            if entry["top"] or entry["native"] not in self.label_of:
                self.label_of[entry["native"]] = label(entry["text"])
        self.differences = []
        self.executions = 0
        self.equal_ids = self.other_ids = 0

    def differ(self, what):
        self.differences.append(what)

    def run(self):
        for number, process in self.processes.items():
            self.session(number, process)
        strangers = [r for r in self.stored if r["process"] not in self.processes.values()]
        for found in strangers:
            self.differ(f"a row of no session of the workload: {found['kind']} {shorten(found['text'])}")
        self.server_agrees_with_the_model()
        self.calls_are_equal()
        self.times_are_equal()
        return self.differences

    # ---- rows -----------------------------------------------------------------------------------

    def session(self, number, process):
        expected, nested = [], Counter()
        for unit in self.units[number]:
            for row in model.rows(unit, self.log):
                expected.append((row, unit))
            nested.update(model.nested(unit, self.log))
        found = [r for r in self.stored if r["process"] == process]
        got_nested = Counter(label(r["text"]) for r in found if r["nesting"])
        for name in sorted(nested.keys() | got_nested.keys()):
            if nested[name] != got_nested[name]:
                self.differ(f"session {number}: nested {name}: expected {nested[name]}, got {got_nested[name]}")
        top = [self.described(r) for r in found if not r["nesting"]]
        self.executions += len(top)
        self.match(number, expected, top)

    def described(self, found):
        row = {name: found.get(name) for name in model.FIELDS}
        row["label"] = label(found["text"]) if found["known"] else None
        row["native"] = None if not found["native"] else self.label_of.get(found["native"], UNKNOWN)
        row["line"], row["text"] = found["line"], found["text"]
        return row

    def match(self, number, expected, found):
        """Pairs rows, as many as can be: what a row leaves open must not take another's."""
        expected = sorted(expected, key=lambda pair: (pair[0].get("optional", False), openness(pair[0])))
        choices = [[i for i, other in enumerate(found) if fits(row, other)] for row, _ in expected]
        owner = {}

        def pair(at, tried):
            for i in choices[at]:
                if i not in tried:
                    tried.add(i)
                    if i not in owner or pair(owner[i], tried):
                        owner[i] = at
                        return True
            return False

        missing = [expected[at] for at in range(len(expected))
                   if not pair(at, set()) and not expected[at][0].get("optional")]
        left = [other for i, other in enumerate(found) if i not in owner]
        for row, unit in missing:
            near = min(left, key=lambda other: distance(row, other), default=None)
            self.differ(f"session {number}: expected {show(row, near)}\n"
                        f"      sent: {unit.protocol} {unit.stage or ''} {unit.sqlstate or 'succeeded'}"
                        f"{' late' if unit.late else ''}{' lost' if unit.lost else ''}: {shorten(unit.text)}")
            if near is not None and distance(row, near) <= 4:
                left.remove(near)
                self.differ(f"  instead got, line {near['line']}: {show(near, row)}")
        for row in left:
            self.differ(f"session {number}: not expected, line {row['line']}: {show(row, None)}\n"
                        f"      text: {shorten(row['text'])}")

    # ---- pg_stat_statements ---------------------------------------------------------------------

    def server_agrees_with_the_model(self):
        """The workload's own account of what succeeded must be the server's."""
        model_calls = Counter()
        for units in self.units.values():
            for unit in units:
                model_calls.update(model.counted(unit))
        server = Counter()
        for entry in self.counted:
            if entry["top"]:
                server[label(entry["text"])] += entry["calls"]
        for name in sorted(model_calls.keys() | server.keys()):
            if model_calls[name] != server[name]:
                self.differ(f"the harness is wrong about calls of {name}: it says {model_calls[name]}, "
                            f"the server {server[name]}")
        self.model_calls = model_calls

    def calls_are_equal(self):
        certain, possible, open_calls = Counter(), Counter(), 0
        for units in self.units.values():
            for unit in units:
                names, others, unsure = model.shown_calls(unit, self.log)
                certain.update(names)
                possible.update(others)
                open_calls += unsure
        got = Counter()
        for native, entry in self.calls.items():
            got[self.label_of.get(native, UNKNOWN)] += entry["calls"]
        for name in sorted(certain.keys() | got.keys()):
            if name == UNKNOWN:
                # Ids of what was logged as executed and then rolled back before the server counted it.
                continue
            most = certain[name] + possible[name] + open_calls
            if not certain[name] <= got[name] <= most:
                self.differ(f"calls of {name}: the log shows {certain[name]} to {most}, got {got[name]}")
        for entry in self.counted:
            if not entry["top"]:
                continue
            name = label(entry["text"])
            found = self.calls.get(entry["native"], {"calls": 0})["calls"]
            if certain[name] == self.model_calls[name] and not possible[name] + open_calls:
                self.equal_ids += 1
                if found != entry["calls"]:
                    self.differ(f"calls of id {entry['native']}: pg_stat_statements {entry['calls']}, "
                                f"got {found}: {shorten(entry['text'])}")
            else:
                self.other_ids += 1

    def times_are_equal(self):
        """Plans' time is the server's, to the rounding of the log, where every call has its plan."""
        if not self.log.plans:
            return
        sums, counts = defaultdict(float), Counter()
        for row in self.stored:
            if row["plan_ms"] is not None and row["known"]:
                sums[row["nesting"], label(row["text"])] += row["plan_ms"]
                counts[row["nesting"], label(row["text"])] += 1
        server, calls, utilities = defaultdict(float), Counter(), set()
        for entry in self.counted:
            if not re.match(r"\s*(PREPARE|SELECT|WITH|INSERT|UPDATE|DELETE)\b", entry["text"], re.I) \
                    or " INTO copied" in entry["text"]:
                # A utility's own time is more than its query's.
                utilities.add(label(entry["text"]))
            key = (0 if entry["top"] else 1, label(entry["text"]))
            server[key] += entry["ms"]
            calls[key] += entry["calls"]
        self.timed = 0
        for key, count in counts.items():
            nesting, name = key
            if not name.startswith("n" if nesting else "q") or count != calls[key] or name in utilities:
                continue
            self.timed += 1
            if abs(sums[key] - server[key]) > 0.0006 * count + 1e-6 * server[key]:
                self.differ(f"time of {name}: plans {sums[key]:.3f} ms, pg_stat_statements {server[key]:.3f} ms, "
                            f"{count} calls")


def openness(row):
    return sum(value is model.ANY or isinstance(value, set) for value in (row[f] for f in model.FIELDS))


def same(wanted, got):
    if wanted is model.ANY:
        return True
    return got in wanted if isinstance(wanted, set) else wanted == got


def fits(row, other):
    return all(same(row[name], other[name]) for name in model.FIELDS)


def distance(row, other):
    weights = {"label": 4, "tag": 3, "sqlstate": 3, "returned": 2}
    return sum(weights.get(name, 1) for name in model.FIELDS if not same(row[name], other[name]))


def show(row, against):
    """The fields of a row, those that differ from `against` marked with an exclamation mark."""
    parts = []
    for name in model.FIELDS:
        value = row[name]
        if value is model.ANY:
            continue
        text = "|".join(sorted(map(str, value))) if isinstance(value, set) else str(value)
        other = against[name] if against is not None else value
        differs = against is not None and not (same(value, other) or same(other, value))
        parts.append(f"{'!' if differs else ''}{name}={text}")
    return " ".join(parts)
