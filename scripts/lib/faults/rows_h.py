"""Row H1: the conditions themselves; a check that can't fail would prove nothing."""
from . import check
from .registry import Failure, row

TAMPERING = {
    "missing": "DELETE FROM pgtrawl.log_events WHERE ctid = (SELECT ctid FROM pgtrawl.log_events LIMIT 1)",
    "doubled": "INSERT INTO pgtrawl.query_executions SELECT * FROM pgtrawl.query_executions LIMIT 1",
    "altered": "UPDATE pgtrawl.log_events SET message = message || ' ' WHERE message LIKE 'oracle=%'",
    "foreign": "UPDATE pgtrawl.log_events SET session_line = session_line + 100000 WHERE message LIKE 'oracle=%'",
    "misplaced": "UPDATE pgtrawl.query_executions SET log_offset = log_offset + 1",
    "missing lines": "UPDATE pgtrawl.log_files SET missing_lines = 1",
}


@row("H1", "the check finds what was tampered with", quick=True)
def tampered(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    tail = case.tail(folder, store).start()
    writer.write(400)
    case.settle(tail, store, ledger, writer)
    tail.stop()
    for number, (what, statement) in enumerate(TAMPERING.items()):
        copy = "h1_%d" % number
        case.cluster().sql('CREATE DATABASE %s TEMPLATE "%s"' % (copy, store.database))
        tampered_store = type(store)(case.cluster(), copy)
        tampered_store.sql(statement)
        try:
            check.c0(tampered_store, ledger)
        except Failure as failure:
            case.expect(" %s" % what in str(failure), "%s went unseen: %s" % (what, failure))
        else:
            raise Failure("nothing was found after: %s" % statement)
    case.figure("kinds", len(TAMPERING))
