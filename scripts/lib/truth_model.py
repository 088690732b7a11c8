"""What a log of certain settings can show of a workload: for each execution that a client asked for
the rows that a store has to hold, and the calls that pg_stat_statements counts.

A field of a row is a value, a set of values that the log leaves open, or ANY."""
import os
from dataclasses import dataclass

from random_session import ANY, label

UNKNOWN = "unknown id"
LEVELS = {"none": 0, "ddl": 1, "mod": 2, "all": 3}
FIELDS = ("label", "tag", "kind", "protocol", "statements", "records", "sqlstate", "returned",
          "affected", "plans", "timed", "native")
if os.environ.get("TRUTH_FORMAT", "json") != "json":
    # How many rows a statement changed is read from plans in JSON alone.
    FIELDS = tuple(name for name in FIELDS if name != "affected")


@dataclass(frozen=True)
class Combination:
    """One setting of what is logged."""
    statement: str
    duration: bool
    minimum: bool
    plans: bool
    nested: bool

    def __str__(self):
        return (f"log_statement={self.statement} log_duration={'on' if self.duration else 'off'} "
                f"log_min_duration_statement={0 if self.minimum else -1} "
                f"auto_explain={'off' if not self.plans else 'nested' if self.nested else 'on'}")

    @property
    def timed(self):
        return self.duration or self.minimum

    def says(self, unit):
        return any(LEVELS[part.level] >= 0 and self.covers(part.level) for part in unit.parts) or (
            self.statement == "all")

    def covers(self, level):
        """Whether log_statement has a statement that is logged from `level` on."""
        needs = {"ddl": 1, "mod": 2, "all": 3}[level]
        return LEVELS[self.statement] >= needs


def all_combinations():
    return [Combination(statement, duration, minimum, plans, nested)
            for statement in LEVELS for duration in (False, True) for minimum in (False, True)
            for plans, nested in ((False, False), (True, False), (True, True))]


def row(**fields):
    made = dict(label=ANY, tag=None, kind="statement", protocol="simple", statements=1, records=1,
                sqlstate=None, returned=None, affected=None, plans=0, timed=True, native=ANY)
    made.update(fields)
    return made


def total(values):
    if ANY in values:
        return ANY
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def figures(parts):
    """What the plans of some statements say together."""
    return dict(returned=total([p.returned for p in parts]), affected=total([p.affected for p in parts]),
                plans=len(parts))


def alone(part, unit, **fields):
    """The row of a plan without a duration. It is the message's or its own statement's text."""
    texts = {label(part.text), label(unit.text), label(unit.body or unit.text)}
    made = row(label=texts, tag={None, unit.tag, unit.body_tag}, kind="plan_only",
               protocol=ANY, statements=ANY, records=0, native=part.native, **figures([part]))
    made.update(fields)
    return made


def rows(unit, log):
    """The rows of one execution in a log of the settings `log`."""
    if not unit.executed:
        return []
    if unit.protocol == "fastpath":
        return fastpath(unit, log)
    if unit.protocol == "refcursor":
        shown = log.plans and not unit.lost
        # Without log_nested_statements the plan has no Actual keys.
        part = unit.parts[0]
        made = [alone(part, unit, native=foreign(unit), returned={part.returned, None})] if shown else []
        return unsure(made, unit, log)
    failed = unit.sqlstate is not None
    if unit.protocol == "simple":
        made = simple_failed(unit, log) if failed else simple(unit, log)
    else:
        made = extended_failed(unit, log) if failed else extended(unit, log)
    return unsure(made, unit, log)


def is_bare(unit, log):
    """Whether its duration has no text, nor a record of log_statement before it."""
    return log.timed and not log.minimum and (unit.after_empty or not log.says(unit))


def unsure(made, unit, log):
    """What records without texts leave open: whose of several portals a plan is, and whether a parse
    and a bind of nothing belong to what follows."""
    if not is_bare(unit, log):
        return made
    if unit.mixed and not log.plans:
        for one in made:
            one.update(records=ANY, optional=unit.protocol == "simple")
    if unit.rival:
        # A plan that went to the wrong portal leaves the fetches of that one alone.
        made += [row(label=None, native=native(unit), optional=True) for _ in range(unit.fetches - 1)]
    for one in made:
        if unit.rival and not one.get("optional"):
            one.update({name: ANY for name in ("label", "tag", "returned", "plans", "records")})
            if unit.protocol == "refcursor":
                one.update(optional=True)
        if unit.after_empty:
            one.update(kind=ANY, protocol=ANY, records=ANY)
    return made


def fastpath(unit, log):
    said = log.statement == "all"
    if unit.sqlstate is not None:
        return [row(kind=ANY, records=ANY, sqlstate=unit.sqlstate, timed=False)] if said else []
    if not log.timed and not said:
        return []
    known = said or log.minimum
    return [row(label=label(unit.text) if known else None, kind="fastpath" if log.timed else "said",
                records=said + log.timed, timed=log.timed)]


def simple(unit, log):
    said = log.says(unit)
    known = log.minimum or said
    ran = [p for p in unit.parts if p.plan == "ran" and log.plans]
    shown = [p for p in unit.parts if p.plan == "shown" and log.plans]
    cursor = [p for p in unit.parts if p.plan == "later" and log.plans and not unit.lost]
    text = unit.body or unit.text
    count = max(1, len(unit.parts))
    if not log.timed:
        if not said:
            return [alone(p, unit, native=foreign(unit) if p in cursor else p.native) for p in ran + cursor]
        if not ran + cursor:
            return [row(label=label(text), tag=unit.body_tag if unit.body else unit.tag, kind="said",
                        statements=count, timed=False,
                        native=None)]
        made = [alone(p, unit, native=foreign(unit) if p in cursor else p.native) for p in ran + cursor]
        made[0]["records"] = 1
        return made
    is_prepare = unit.text.startswith("PREPARE")
    last = unit.parts[-1].native if unit.parts else ""
    return [row(
        label=label(text) if known or ran or shown or cursor else None,
        tag=(unit.body_tag if unit.body else unit.tag) if known or ran or shown or cursor else None,
        kind="prepare" if is_prepare else "statement",
        statements=count if known or ran or shown or cursor else {1, count},
        records=1 + said, native=ANY if is_prepare else last or None,
        returned=total([p.returned for p in ran + cursor]), affected=total([p.affected for p in ran]),
        plans=len(ran + cursor + shown))]


def simple_failed(unit, log):
    said = log.says(unit) and unit.stage != "syntax"
    made = [row(label={label(unit.text), label(unit.body or unit.text)}, tag={unit.tag, unit.body_tag, None},
                statements=ANY if unit.stage == "syntax" else len(unit.parts), records=int(said),
                sqlstate=unit.sqlstate, timed=False)]
    if log.plans and unit.stage not in ("syntax",):
        done = unit.parts if unit.stage == "commit" else unit.parts[:unit.failed_part]
        made += [alone(p, unit) for p in done if p.plan == "ran"]
    return made


def extended(unit, log):
    part = unit.parts[0]
    said = log.says(unit)
    known = log.minimum or said
    planned = log.plans and part.plan == "ran" and not unit.lost
    shown = log.plans and part.plan == "shown"
    numbers = figures([part] if planned else [])
    if not log.timed:
        if said:
            if planned:
                return [alone(part, unit, records=unit.fetches, native=native(unit))]
            # An EXECUTE has its query's id only once it runs.
            return [row(label=label(unit.text), tag=unit.tag, kind="said", protocol="extended",
                        records=unit.fetches, timed=False, native=None if unit.body else native(unit))]
        return [alone(part, unit, native=foreign(unit) if unit.late else part.native)] if planned else []
    numbers["plans"] += shown
    return [row(
        # An EXECUTE of the extended protocol has no DETAIL that names its query.
        label=label(unit.body or unit.text) if planned else label(unit.text) if known or shown else None,
        tag=(unit.body_tag if unit.body else unit.tag) if planned else unit.tag if known or shown else None,
        kind="execute", protocol="extended",
        records=records_of(unit, unit.fetches * (1 + said)), native=native(unit), **numbers)]


def foreign(unit):
    """The id of a plan that was written when another statement closed its portal."""
    if unit.closed_by is ANY or not unit.closed_by:
        return ANY
    return {unit.closed_by, None, UNKNOWN}


def native(unit):
    """An id is known to the server by a call that it counted."""
    if unit.lost or unit.stage == "sync":
        return ANY
    return None if unit.uncounted else unit.parts[0].native or None


def records_of(unit, executes):
    if unit.parsed is None:
        return {1 + executes, 2 + executes}
    return bool(unit.parsed) + 1 + executes


def extended_failed(unit, log):
    part = unit.parts[0]
    if unit.stage == "sync":
        return failed_at_sync(unit, log)
    if unit.stage == "fetch":
        said = log.says(unit)
        return [row(label=label(unit.text), tag=unit.tag, kind=ANY, protocol=ANY,
                    records=log.timed * (bool(unit.parsed) + 2) + said * 2, sqlstate=unit.sqlstate,
                    timed=ANY)]
    said = log.says(unit) and unit.stage in ("execute", "commit")
    steps = {"execute": bool(unit.parsed) + 1, "commit": bool(unit.parsed) + 1, "bind": bool(unit.parsed)}.get(unit.stage, 0)
    made = row(label=label(unit.text), tag=unit.tag, kind={"execute", "statement"}, protocol="extended",
               records=steps * log.timed + said, sqlstate=unit.sqlstate, timed=False)
    if unit.stage in ("execute", "commit") and not said and not log.timed:
        # Nothing but the error's STATEMENT: it has no sign of the protocol.
        made["protocol"] = ANY
    return [made]


def failed_at_sync(unit, log):
    """The statement had been executed when the commit failed; the error names no statement."""
    part = unit.parts[0]
    if log.timed or not log.says(unit):
        copy = [r for r in extended(unit, log)]
        return copy
    made = [row(label=label(unit.text), tag=unit.tag, kind={"execute", "statement"}, protocol="extended",
                records=1, sqlstate=unit.sqlstate, timed=False)]
    if log.plans:
        made.append(alone(part, unit, native=part.native))
    return made


def nested(unit, log):
    """Labels of the nested statements that the log has."""
    if not log.plans:
        return []
    return [name for part in unit.parts for name, direct in part.nested if log.nested or direct]


def counted(unit):
    """Labels of the calls that pg_stat_statements counts, at top level."""
    if unit.protocol == "fastpath" or unit.lost and unit.protocol != "simple":
        return []
    if unit.sqlstate is not None and unit.stage not in ("commit", "sync"):
        if unit.protocol == "extended" or unit.stage == "syntax":
            return []
        return [p.native for p in unit.parts[:unit.failed_part] if p.native]
    if unit.uncounted:
        return []
    return [p.native for p in unit.parts if p.native]


def shown_calls(unit, log):
    """What the view `calls` can count of a unit: labels that it has to count, labels that it may
    count because the plan has the id of another statement or none, and how many of any label."""
    names, possible, unsure = [], [], 0
    for made in rows(unit, log):
        if made["sqlstate"] is not None or made["kind"] in ("prepare", "fastpath"):
            continue
        if made.get("optional"):
            possible.append(unit.closed_by if unit.protocol == "refcursor" else unit.parts[0].native)
            continue
        several = (log.timed and unit.protocol == "simple" and len(unit.parts) > 1
                   and unit.sqlstate is None)
        planned = [p for p in unit.parts if p.plan in ("ran", "later") and log.plans]
        if several and planned:
            names += [p.native for p in planned if p.native]
        elif isinstance(made["native"], set):
            possible += [name for name in made["native"] if name not in (None, UNKNOWN)]
        elif made["native"] is not ANY:
            names += [made["native"]] if made["native"] else []
        elif unit.lost or unit.stage == "sync":
            possible.append(label(unit.text))
        else:
            unsure += 1
    return names, possible, unsure
