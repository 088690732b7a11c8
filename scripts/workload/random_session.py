"""One session of a seeded random workload: what it sends, and what became of each of its executions.

Every statement carries marks (aliases such as q1042) that survive normalization, so that its rows in
a store and in pg_stat_statements can be told apart without comparing texts byte by byte. The session
follows what PostgreSQL does with portals and transactions only as far as it decides whether a plan is
written and a call counted; what failed, and how, is the server's answer."""
import random
import re
from dataclasses import dataclass, field

from wire import ServerError, Session

QUIET = ("-c log_statement=none -c log_duration=off -c log_min_duration_statement=-1 "
         "-c auto_explain.log_min_duration=-1 -c pg_stat_statements.track=none "
         "-c pg_stat_statements.track_utility=off -c log_disconnections=off -c log_temp_files=-1")

NOISE = re.compile(r"/\*.*?\*/|--[^\n]*|\$\$.*?\$\$|\$body\$.*?\$body\$|E?'(?:[^'\\]|\\.|'')*'", re.S)
MARK = re.compile(r"\b[cnqs]\d{3,}\b")
NAMED_BY_VERB = ("fetch", "close", "move", "rollback", "release", "savepoint", "explain")


def label(text):
    """The marks of a text, or its first word where it has none."""
    bare = NOISE.sub(" ", text or "")
    words = bare.split()
    first = words[0].lower().rstrip(";") if words else ""
    first = first or "empty"
    marks = MARK.findall(bare.lower())
    if not marks:
        return first
    return " ".join(([first] if first in NAMED_BY_VERB else []) + marks)


ANY = object()


@dataclass
class Part:
    """One statement of a message."""
    text: str
    level: str = "all"           # what log_statement has to be at least: ddl, mod or all
    plan: str = "none"           # none, ran, or shown (EXPLAIN without ANALYZE)
    returned: int = None         # rows, as its plan says
    affected: int = None
    native: str = None           # label under which pg_stat_statements has it; None: it does not
    nested: list = field(default_factory=list)   # (label, logged without log_nested_statements)
    modifies: bool = False       # a SELECT that runs to its end within Execute, as DML does

    def __post_init__(self):
        if self.native is None:
            self.native = label(self.text)


@dataclass
class Unit:
    """One execution as a client sees it."""
    session: int
    protocol: str                # simple, extended, fastpath, or refcursor: a plan by itself
    text: str
    parts: list
    sqlstate: str = None
    stage: str = None            # where it failed: syntax, analysis, bind, execute, fetch, sync
    failed_part: int = 0
    parsed: object = False       # a Parse came with it; None: at another time, it may be seen or not
    fetches: int = 1             # Execute messages
    late: bool = False           # its plan comes after another message has begun
    closed_by: object = ANY      # label of the statement that is then the session's, by the log
    lost: bool = False           # its plan is never written, and its call not counted
    uncounted: bool = False      # no native id: a utility that was prepared and is executed again
    executed: bool = True        # False: bound only
    body: str = None             # of EXECUTE: the prepared query
    body_tag: str = None
    tag: str = None
    rival: bool = False          # another portal was open when its plan was written
    mixed: bool = False          # its transaction had the same query in the extended protocol
    after_empty: bool = False    # follows a parse and a bind of nothing
    level: int = 0               # depth of savepoints at which its portal was made


class RandomSession:
    """Session number `number` of a workload; `options` are the settings of its log."""

    def __init__(self, database, number, seed, options):
        self.random = random.Random(f"{seed}/{number}")
        self.number = number
        self.units = []
        self.forged = 0
        self.tags = 0
        self.was_empty = False
        self.block_start = 0
        self.wire = Session(database, f"truth {number}", options=options)
        self.control = Session(database, "control", options=QUIET)
        self.block = "idle"
        self.depth = 0
        self.unnamed = None
        self.portals = {}
        self.ghosts = []         # portals that an error took, unknown to the log
        self.named = {}
        self.prepared = {}

    # ---- texts ----------------------------------------------------------------------------------

    def mark(self, kind, template, variants=2):
        """A mark of this session's; few variants, so that queries run more than once."""
        return f"{kind}{self.number}{template:02d}{self.random.randrange(variants)}"

    def chance(self, share):
        return self.random.random() < share

    def pick(self, *choices):
        return self.random.choice(choices)

    def tagged(self, unit_text):
        """The text with an SQLCommenter tag, as often as not; and the tag."""
        if not self.chance(0.4):
            return unit_text, None
        self.tags += 1
        tag = f"{self.number}x{self.tags}"
        return f"{unit_text} /*unit='{tag}',app='it%27s'*/", tag

    # ---- what became of it ----------------------------------------------------------------------

    def note(self, unit):
        unit.after_empty, self.was_empty = self.was_empty, False
        self.units.append(unit)
        return unit

    def failed(self, error, unit, stage):
        unit.sqlstate, unit.stage = error.sqlstate, stage
        self.fail()

    def fail(self):
        """An error: portals made in the (sub)transaction that ended are gone without a plan."""
        if self.block == "idle":
            lost = [self.unnamed] + list(self.portals.values())
        else:
            self.block = "failed"
            lost = [u for u in [self.unnamed] + list(self.portals.values())
                    if u is not None and u.level >= self.depth]
        for unit in lost:
            self.lose(unit)

    def lose(self, unit):
        if unit is None:
            return
        unit.lost = True
        self.ghosts.append(unit)
        if self.unnamed is unit:
            self.unnamed = None
        self.portals = {k: u for k, u in self.portals.items() if u is not unit}

    def replace_unnamed(self, part=None):
        """Another message takes the unnamed portal: the plan of the one before is written then, and
        has the id of `part`."""
        if self.unnamed is not None:
            self.unnamed.late = True
            self.rivals()
            if part is not None:
                self.unnamed.closed_by = part.native
            self.unnamed = None

    def rivals(self):
        """A plan is written while other portals are open: without texts the log can't tell whose."""
        units = [u for u in [self.unnamed] + list(self.portals.values()) + self.ghosts if u is not None]
        for unit in units:
            unit.rival = unit.rival or len(units) > 1

    def end_block(self, commits):
        """COMMIT ends the portals that are left with their plans, ROLLBACK without."""
        self.rivals()
        for unit in list(self.portals.values()):
            if commits:
                unit.late, unit.closed_by = True, "commit"
                if unit.protocol == "refcursor":
                    # Not below CLOSE or FETCH any more: the server counts it at top level.
                    unit.parts[0].native = label(unit.text)
            else:
                self.lose(unit)
        self.portals, self.block, self.depth, self.ghosts = {}, "idle", 0, []

    # ---- sending --------------------------------------------------------------------------------

    def simple(self, parts, stage="execute", failed_part=0, body=None, text=None, copy=None):
        """One message of the simple protocol, of one statement or several."""
        parts = parts if isinstance(parts, list) else [parts]
        text = "; ".join(p.text for p in parts) if text is None else text
        text, tag = self.tagged(text) if len(parts) == 1 and body is None else (text, None)
        unit = self.note(Unit(self.number, "simple", text, parts, tag=tag))
        if body is not None:
            unit.body, unit.body_tag = body
        unit.mixed = self.is_mixed(unit)
        if stage not in ("syntax", "analysis") and self.block != "failed" and parts:
            self.replace_unnamed(parts[0])
        try:
            if copy is None:
                self.wire.simple(text)
            else:
                self.wire.copy_in(text, copy)
        except ServerError as error:
            unit.failed_part = failed_part
            self.failed(error, unit, stage)
        return unit

    def is_mixed(self, unit):
        """Whether the block that is open has the query of a simple message as an extended one too: a
        duration without a text is then like a further fetch."""
        if self.block == "idle" or len(unit.parts) != 1:
            return False
        others = [u for u in self.units[self.block_start:] if u.protocol == "extended"
                  and u.parts[0].native == unit.parts[0].native]
        for other in others:
            other.mixed = True
        return bool(others)

    def extended(self, part, parameters=(), name="", stage="execute", parse=True):
        """Parse (unless the statement is there), bind and execute with a Sync."""
        unit = self.step(part, parameters, name, stage, parse)
        self.sync(unit)
        return unit

    def step(self, part, parameters=(), name="", stage="execute", parse=True):
        """The messages of `extended` without the Sync; `stage` is where it fails if it does."""
        text, tag = part.text, None
        if parse:
            text, tag = self.tagged(text)
            self.wire.parse(name, text)
            if name:
                self.named[name] = (text, tag)
        else:
            text, tag = self.named[name]
        if self.chance(0.3):
            self.wire.describe_statement(name)
        self.wire.bind("", name, parameters)
        self.wire.execute("")
        if stage not in ("syntax", "analysis", "early") and self.block != "failed":
            self.replace_unnamed(part)
        unit = self.note(Unit(self.number, "extended", text, [part], parsed=parse, tag=tag,
                              level=self.depth))
        unit.stage = stage
        if part.plan == "ran" and part.affected is None and part.level == "all" \
                and not part.modifies and re.match(r"SELECT|WITH|\(", text):
            self.unnamed = unit
        return unit

    def sync(self, last=None):
        """Sync; an error is the last unit's."""
        try:
            self.wire.sync()
        except ServerError as error:
            if self.unnamed is last:
                self.unnamed = None
            self.failed(error, last, last.stage)
            if last.stage == "early":
                last.stage = "bind"
            return
        if self.block == "idle":
            self.unnamed = None
        if last is not None:
            last.stage = None

    def close(self):
        if self.block != "idle":
            self.finish()
        self.wire.close()
        self.control.close()

    # ---- transactions ---------------------------------------------------------------------------

    def utility(self, text, level="all", extended=None, stage="execute"):
        part = Part(text, level)
        if self.chance(0.5) if extended is None else extended:
            return self.extended(part, stage=stage)
        return self.simple(part, stage)

    def begin(self):
        self.utility(self.pick("BEGIN", "START TRANSACTION", "begin"))
        self.block, self.block_start = "open", len(self.units)

    def finish(self):
        """Ends the transaction block, in one of the ways there are."""
        if self.block == "failed":
            self.utility(self.pick("ROLLBACK", "COMMIT"))
            self.end_block(commits=False)
        elif self.chance(0.75):
            if self.utility("COMMIT").sqlstate is None:
                self.end_block(commits=True)
            else:
                self.end_block(commits=False)
        else:
            self.utility("ROLLBACK")
            self.end_block(commits=False)

    def savepoint(self, inner):
        """A subtransaction around some statements."""
        name = self.mark("s", 1)
        self.utility(f"SAVEPOINT {name}")
        self.depth += 1
        for action in inner:
            if self.block == "open":
                action()
        if self.block == "failed" or self.chance(0.3):
            if self.block == "open":
                self.replace_unnamed(Part(f"ROLLBACK TO SAVEPOINT {name}"))
            for unit in [u for u in self.portals.values() if u.level >= self.depth]:
                self.lose(unit)
            self.block = "open"
            self.utility(f"ROLLBACK TO SAVEPOINT {name}")
        else:
            self.utility(f"RELEASE SAVEPOINT {name}")
            for unit in self.portals.values():
                unit.level = min(unit.level, self.depth - 1)
        self.depth -= 1
