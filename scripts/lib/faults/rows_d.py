"""Rows D1 to D7: logs that are compressed, are being compressed, or were compressed badly."""
import os
import subprocess
import time
import zlib

from .cells import four
from .cluster import until
from .parts import Part, append, packed, put, read_by, states, stored_rows
from .registry import Failure, row
from .rotation import compress


@row("D1", "gzip of a finished log", quick=True)
def finished(case):
    """With and without a name in its header; known without inflating it."""
    big = 60_000_000 if case.all else 12_000_000
    ways = {"named": ["gzip", "-1", "-c"], "unnamed": ["sh", "-c", 'gzip -1 <"$0"']}
    for name, command in ways.items():
        for is_down in (False, True):
            finished_once(case, "%s-%s" % (name, "down" if is_down else "running"), command, is_down, big)
    case.figure("log bytes", big)


def finished_once(case, name, command, is_down, size):
    folder, ledger, store = case.logs(name), case.ledger(name + ".ledger"), case.store("_" + name.replace("-", "_"))
    writer = case.writer(folder, ledger, payload=(10, 4000))
    while ledger.bytes < size:
        writer.write(200)
    writer.finish()
    tail = case.tail(folder, store, name="tail-" + name).start()
    tail.catch_up(store, ledger, limit=120)
    rows = stored_rows(store)
    if is_down:
        tail.stop()
    before = 0 if is_down else read_by(tail.pid)
    with open(writer.path + ".gz", "wb") as out:
        subprocess.run(command + [writer.path], stdout=out, check=True)
    length = os.path.getsize(writer.path + ".gz")
    os.remove(writer.path)
    if is_down:
        tail.start()
    tail.until(lambda: read_by(tail.pid) > before, "it looks at the gzip")
    tail.until(lambda: tail_is_quiet(store, 1), "it has looked at the gzip")
    read = read_by(tail.pid) - before
    case.holds(store, ledger, tail)
    case.expect(stored_rows(store) == rows, "rows came from the gzip")
    case.expect(read < length / 4, "[%s] of a gzip of %d bytes %d were read" % (name, length, read))
    case.figure("read " + name, read)
    tail.stop()


@row("D2", "gzip of a half-read log", quick=True)
def half_read(case):
    def fault(cell):
        compress(cell.path)
        cell.writer.open(cell.path)
    four(case, fault)


@row("D3", "gzip that is written slowly under its final name", quick=True)
def written_slowly(case):
    failed = []
    for is_gone in (False, True):
        for is_down in (False, True):
            name = "%s-%s" % ("gone" if is_gone else "there", "down" if is_down else "running")
            try:
                slow_gzip(case, name, is_gone, is_down)
            except Failure as failure:
                failed.append("[plain %s] %s" % (name.replace("-", ", "), failure))
    case.figure("cells", 4)
    if failed:
        raise Failure("\n     ".join(failed))


def slow_gzip(case, name, is_gone, is_down):
    """The gzip grows in eight steps beside the plain log, or alone."""
    folder, ledger, store = case.logs(name), case.ledger(name + ".ledger"), case.store("_" + name.replace("-", "_"))
    writer = case.writer(folder, ledger, payload=(10, 2000))
    tail = case.tail(folder, store, name="tail-" + name).start()
    writer.write(100)
    tail.catch_up(store, ledger)
    if is_down:
        tail.stop()
    writer.write(300)
    writer.finish()
    with open(writer.path, "rb") as file:
        content = packed(file.read())
    step = len(content) // 8
    if is_gone:
        os.rename(writer.path, os.path.join(case.folder, name + ".aside"))
    target = put(folder, "postgresql.csv.1.gz", content[:step])
    if is_down:
        tail.start()
    for turn in range(1, 8):
        time.sleep(0.25)
        append(target, content[turn * step : (turn + 1) * step if turn < 7 else len(content)])
    if not is_gone:
        os.remove(writer.path)
    case.settle(tail, store, ledger, [])
    tail.stop()


@row("D4", "gzip cut at every byte, completed later", quick=True)
def cut_everywhere(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    probe = packed(Part(case, records=3).content)
    cuts = range(1, len(probe) - 1) if case.all else range(1, len(probe) - 1, 12)
    rest = {}
    for number in cuts:
        part = Part(case, records=3)
        content = packed(part.enter(ledger))
        # The end of each gzip is about as far away as that of the first.
        cut = min(number, len(content) - 1)
        path = put(folder, "cut-%04d.csv.gz" % number, content[:cut])
        rest[path] = content[cut:]
    tail = case.tail(folder, store).start()
    tail.until(lambda: stored_rows(store) > 0 and tail_is_quiet(store, 5.0), "it reads what is there", limit=180)
    for name, (state, _) in states(store).items():
        case.expect(state != "done", "%s is cut and called done" % name)
    early = stored_rows(store)
    case.expect(early <= ledger.entries, "more rows than records")
    incomplete = sum(state == "incomplete" for state, _ in states(store).values())
    for path, content in rest.items():
        append(path, content)
    case.settle(tail, store, ledger, [], limit=180)
    for name, (state, _) in states(store).items():
        case.expect(state == "done", "%s is complete and called %s" % (name, state))
    case.figure("cuts", len(rest))
    case.figure("rows before the rest", early)
    case.figure("known as incomplete", incomplete)
    tail.stop()


def tail_is_quiet(store, seconds=2.0):
    """Nothing was committed for so long."""
    before = store.committed(), len(states(store))
    return until(lambda: (store.committed(), len(states(store))) != before, seconds) is None


@row("D5", "one bit of a gzip is wrong", quick=True)
def bit_flips(case):
    folder, store, flips = case.logs(), case.store(), 1000 if case.all else 120
    expected = {}
    for number in range(flips):
        part = Part(case, records=3)
        content = bytearray(packed(part.content))
        # Time, extra flags and system (bytes 4 to 9) are not checked by anything; without the first two
        # bytes it is no gzip.
        place = case.chance.choice([at for at in range(2, len(content)) if not 4 <= at <= 9])
        content[place] ^= 1 << case.chance.randrange(8)
        name = "flip-%04d.csv.gz" % number
        put(folder, name, bytes(content))
        expected[name] = is_readable(bytes(content), part.content)
    case.figure("flips", flips)
    case.figure("harmless", sum(expected.values()))
    imported = case.store("_import")
    done = subprocess.run(
        [case.pgtrawl, "import", folder, "--source", "faults", "--database-url", imported.conninfo],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", cwd="/")
    case.expect(done.returncode == 5, "the import ended with %d" % done.returncode)
    tail = case.tail(folder, store).start()

    def has_seen_all():
        said, seen = tail.text(), states(store)
        return all(name in said or seen.get(name, ("active",))[0] != "active" for name in expected)
    tail.until(has_seen_all, "it has seen every gzip", limit=240, pause=0.5)
    tail.until(lambda: tail_is_quiet(store), "it looks at them again", limit=120)
    for who, seen, said in (("import", states(imported), done.stderr), ("tail", states(store), tail.text())):
        wrong = [name for name, (state, _) in seen.items() if state == "done" and not expected[name]]
        case.expect(not wrong, "%s: corrupt and called done: %s" % (who, wrong[:5]))
        silent = [name for name, harmless in expected.items()
                  if not harmless and name not in said and seen.get(name, ("",))[0] not in ("corrupt", "incomplete")]
        case.expect(not silent, "%s: corrupt and not told: %s" % (who, silent[:5]))
        case.figure("corrupt by " + who, sum(state == "corrupt" for state, _ in seen.values()))
    breaches = store.sql("SELECT \"check\" || ': ' || detail FROM pgtrawl.verify() LIMIT 3")
    case.expect(not breaches, "verify(): " + breaches)
    case.figure("peak MB", tail.peak_kib // 1024)
    tail.stop()


def is_readable(content, wanted):
    """Whether zlib finds nothing wrong with it."""
    try:
        unpacked = zlib.decompressobj(31)
        return unpacked.decompress(content) == wanted and unpacked.eof
    except zlib.error:
        return False


@row("D6", "gzip of several members", quick=True)
def members(case):
    """Split within records; members that come later go on where the last ended."""
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    whole = Part(case, records=200, sessions=4)
    content = whole.enter(ledger)
    cuts = sorted(case.chance.randrange(len(content)) for _ in range(6))
    pieces = [content[low:high] for low, high in zip([0] + cuts, cuts + [len(content)])]
    target = put(folder, "members.csv.gz", b"".join(packed(piece) for piece in pieces[:3]))
    tail = case.tail(folder, store).start()
    tail.until(lambda: store.committed() > 0, "the first members are read")
    for piece in pieces[3:]:
        tail.until(lambda: tail_is_quiet(store, 0.5), "it reads what is there")
        append(target, packed(piece))
    case.settle(tail, store, ledger, [])
    case.figure("members", len(pieces))
    tail.stop()


@row("D7", "gzip with zeros or garbage behind its end", quick=True)
def trailing(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    tails = {"zeros": b"\0" * 512, "garbage": b"This is no member of a gzip.\n" * 20}
    for name, behind in tails.items():
        put(folder, name + ".csv.gz", packed(Part(case, records=30).enter(ledger)) + behind)
    tail = case.tail(folder, store).start()
    case.settle(tail, store, ledger, [])
    tail.until(lambda: tail_is_quiet(store, 1), "it reads what is there")
    state = states(store)["garbage.csv.gz"][0]
    case.expect("garbage.csv.gz" in tail.text() or state != "done", "what follows the gzip is not told")
    case.figure("states", " ".join("%s=%s" % (name.split(".")[0], one) for name, (one, _) in states(store).items()))
    tail.stop()
