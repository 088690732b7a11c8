"""Rows A1 to A4: the process is killed or frozen."""
from .registry import row


@row("A1", "kill -9 at random moments", quick=True)
def killed_at_random(case):
    kills = case.shared.kills or (200 if case.all else 20)
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    writer = case.writer(folder, ledger)
    rotation = case.rotation(writer)
    tail = case.tail(folder, store).start()
    load = case.load(writer, 1_000_000, rotation, every=0.6)
    inside = 0
    for _ in range(kills):
        case.pause(0.05, 0.5)
        before = store.committed()
        tail.kill()
        inside += before < ledger.bytes
        tail.start()
    load.stop()
    case.settle(tail, store, ledger, writer)
    case.figure("kills", kills)
    case.figure("kills while behind", inside)
    case.figure("rotations", rotation.count())
