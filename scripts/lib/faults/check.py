"""The conditions that hold after every fault: the store beside the ledger."""
import os
import time

from .registry import Failure

BUDGET_KIB = 256 * 1024

COMPARE = r"""
-- Looking must work where the store's own disk is full.
SET temp_tablespaces = 'pg_default';
CREATE TEMP TABLE ledger (seq bigint, kind text, session text, line bigint, life int, at bigint, length bigint,
                          digest text, fate text);
\copy ledger FROM '{path}'
CREATE TEMP TABLE stored AS
SELECT 'event' AS kind, v.session_id AS session, v.session_line AS line, v.log_file_id AS file, v.log_offset AS at,
       md5(concat_ws('|', v.session_id, v.session_line, v.severity, v.sqlstate,
                     (extract(epoch FROM v.occurred_at) * 1000)::bigint, coalesce(v.message, ''))) AS digest
FROM pgtrawl.log_events v JOIN pgtrawl.sources s ON s.id = v.source_id WHERE s.name = '{source}'
  -- What the store notes of itself is no record of the log.
  AND v.event_class <> 'time_outlier'
UNION ALL
SELECT 'execution', e.session_id, e.session_line, e.log_file_id, e.log_offset,
       md5(concat_ws('|', e.session_id, e.session_line, (extract(epoch FROM e.executed_at) * 1000)::bigint,
                     round(e.duration_ms * 1000), e.records, substring(q.normalized_sql FROM 't_([0-9]+)'),
                     coalesce(e.parameters[1], '')))
FROM pgtrawl.query_executions e JOIN pgtrawl.queries q ON q.id = e.query_id
JOIN pgtrawl.sources s ON s.id = e.source_id WHERE s.name = '{source}';
CREATE TEMP TABLE compared AS
SELECT l.fate, l.life, l.kind, l.seq, coalesce(l.session, s.session) AS session, coalesce(l.line, s.line) AS line,
       s.file, s.copies, l.at AS written_at, s.at AS stored_at, l.seq IS NULL AS is_foreign,
       s.digest IS DISTINCT FROM l.digest AS differs
FROM ledger l FULL JOIN (
  SELECT kind, session, line, min(file) AS file, min(at) AS at, min(digest) AS digest, count(*) AS copies
  FROM stored GROUP BY 1, 2, 3) s
ON (s.kind, s.session, s.line) = (l.kind, l.session, l.line);
"""

FOUND = """
SELECT 'missing', count(*), min(session || ' line ' || line) FROM compared WHERE copies IS NULL AND fate = 'whole'
UNION ALL
SELECT 'missing neighbours', count(*), min(session || ' line ' || line) FROM compared
WHERE copies IS NULL AND fate = 'neighbour'
UNION ALL
SELECT 'doubled', coalesce(sum(copies - 1), 0), min(session || ' line ' || line) FROM compared WHERE copies > 1
UNION ALL
SELECT 'altered', count(*), min(session || ' line ' || line) FROM compared
WHERE differs AND NOT is_foreign AND copies IS NOT NULL AND fate <> 'torn'
UNION ALL
SELECT 'foreign', count(*), min(session || ' line ' || line) FROM compared WHERE is_foreign
UNION ALL
SELECT 'misplaced', count(*), min(session || ' line ' || line) FROM compared
WHERE written_at <> stored_at AND fate <> 'torn'
UNION ALL
SELECT 'lives in two files', count(*), min(life::text)
FROM (SELECT life FROM compared WHERE file + life IS NOT NULL GROUP BY 1 HAVING count(DISTINCT file) > 1) x
UNION ALL
SELECT 'files of two lives', count(*), min(file::text)
FROM (SELECT file FROM compared WHERE file + life IS NOT NULL GROUP BY 1 HAVING count(DISTINCT life) > 1) x
UNION ALL
SELECT 'missing lines', (coalesce(sum(f.missing_lines), 0) + (SELECT coalesce(sum(h.lines), 0)
    FROM pgtrawl.session_holes h JOIN pgtrawl.sources x ON x.id = h.source_id WHERE x.name = '{source}'))::bigint, NULL
FROM pgtrawl.log_files f JOIN pgtrawl.sources s ON s.id = f.source_id WHERE s.name = '{source}'
UNION ALL
SELECT 'rejected', count(*), min(r.reason)
FROM pgtrawl.rejected_records r JOIN pgtrawl.log_files f ON f.id = r.log_file_id
JOIN pgtrawl.sources s ON s.id = f.source_id WHERE s.name = '{source}'
UNION ALL
SELECT 'gaps', count(*), min(g.reason)
FROM pgtrawl.file_gaps g JOIN pgtrawl.log_files f ON f.id = g.log_file_id
JOIN pgtrawl.sources s ON s.id = f.source_id WHERE s.name = '{source}';
"""

VERIFY = "SELECT \"check\" || ': ' || detail FROM pgtrawl.verify() LIMIT 5"


def compare(store, ledger, source="faults"):
    """{what: (count, example)} of all that the store and the ledger differ in; nothing is judged."""
    ledger.flush()
    text = COMPARE.format(path=os.path.abspath(ledger.path), source=source) + FOUND.format(source=source)
    found = {}
    for line in store.sql(text).splitlines():
        what, count, example = line.split("|", 2)
        found[what] = int(count), example
    return found


def c0(store, ledger, source="faults", allowed=(), tail=None, budget_kib=BUDGET_KIB, within=0,
       verify=True):
    """Raises unless nothing is missing, doubled or altered, every byte is accounted for and memory kept within its
    bound. `allowed` names what the row itself judges ("rejected", "missing lines", "gaps", "misplaced", …). What two
    files share of a session is joined after both are committed: that may take up to `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        try:
            return once(store, ledger, source, allowed, tail, budget_kib, verify)
        except Failure:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.3)


def once(store, ledger, source, allowed, tail, budget_kib, verify):
    found = compare(store, ledger, source)
    breaches = ["%d %s%s" % (count, what, " (%s)" % example if example else "")
                for what, (count, example) in found.items() if count and what not in allowed]
    if verify:
        breaches += ["verify(): " + line for line in store.sql(VERIFY).splitlines()]
    if tail is not None and tail.peak_kib > budget_kib:
        breaches.append("the tail's peak memory was %d KiB, allowed are %d" % (tail.peak_kib, budget_kib))
    if breaches:
        raise Failure("; ".join(breaches))
    return found
