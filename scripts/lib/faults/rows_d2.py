"""Rows D8 to D11: bombs, other formats, strange headers, and kills within a large gzip."""
import bz2
import io
import lzma
import os
import shutil
import struct
import subprocess
import tarfile
import zipfile
import zlib

from . import check
from .parts import Part, packed, put, read_by, states
from .registry import row
from .rows_d import tail_is_quiet


def repeated(head, unit, times, end=b""):
    """A gzip of members: the head, one member again and again, and the end."""
    return packed(head) + packed(unit) * times + (packed(end) if end else b"")


@row("D8", "bomb of one endless line", quick=True)
def bomb(case):
    """Bounded memory, and the logs beside it are read."""
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    total = 10_000_000_000 if case.all else 400_000_000
    unit = b"x" * 50_000_000
    start = Part(case, records=5)
    content = start.enter(ledger)
    # A quoted field that never ends, and a line that never ends.
    opened = content[: content.index(b'"', len(content) // 2) + 1]
    put(folder, "line.csv.gz", repeated(content, unit, total // len(unit)))
    other = Part(case, records=5)
    beside = Part(case, records=50)
    put(folder, "beside.csv", beside.enter(ledger))
    put(folder, "quote.csv.gz", repeated(other.content + opened[-40:].rpartition(b"\n")[0] + content[:60] + b'"',
                                         unit, 4))
    free = shutil.disk_usage(case.folder).free
    tail = case.tail(folder, store).start()
    tail.until(lambda: states(store).get("beside.csv", ("", 0))[1] == len(beside.content), "the log beside is read",
               limit=300)
    tail.until(lambda: tail_is_quiet(store, 5), "it comes to an end", limit=600)
    used = (free - shutil.disk_usage(case.folder).free) // 1_000_000
    case.expect(tail.peak_kib <= check.BUDGET_KIB, "peak memory is %d MB" % (tail.peak_kib // 1024))
    case.expect(tail.is_running(), "the tail ended")
    breaches = store.sql("SELECT \"check\" || ': ' || detail FROM pgtrawl.verify() LIMIT 3")
    case.expect(not breaches, "verify(): " + breaches)
    case.figure("unpacked MB", total // 1_000_000)
    case.figure("peak MB", tail.peak_kib // 1024)
    case.figure("disk MB", used)
    case.figure("rejected bytes", store.number("SELECT coalesce(sum(length), 0)::bigint FROM pgtrawl.rejected_records"))
    if not case.all:
        case.shortened = "400 MB of 10 GB"
    tail.stop()


def zipped(content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("postgresql.csv", content)
    return out.getvalue()


def tarred(content):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        header = tarfile.TarInfo("postgresql.csv")
        header.size = len(content)
        archive.addfile(header, io.BytesIO(content))
    return out.getvalue()


def by_program(name):
    def pack(content):
        return subprocess.run([name, "-c"], input=content, stdout=subprocess.PIPE, check=True).stdout
    return pack if shutil.which(name) else None


@row("D9", "wrong suffix, other compressions", quick=True)
def formats(case):
    """The first bytes tell; what can't be read is named, never passed over."""
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    put(folder, "plain.csv.gz", Part(case, records=20).enter(ledger))
    put(folder, "gzip.csv", packed(Part(case, records=20).enter(ledger)))
    put(folder, "gzip.log", packed(Part(case, records=20).enter(ledger)))
    others = {"xz": lzma.compress, "bz2": bz2.compress, "zst": by_program("zstd"), "lz4": by_program("lz4"),
              "zip": zipped, "tar": tarred}
    tried = {name: pack for name, pack in others.items() if pack}
    for name, pack in tried.items():
        put(folder, "other.csv." + name, pack(Part(case, records=20).content))
        put(folder, "hidden-%s.csv" % name, pack(Part(case, records=20).content))
    tail = case.tail(folder, store).start()
    case.settle(tail, store, ledger, [])
    tail.until(lambda: tail_is_quiet(store, 1), "it reads what is there")
    said = tail.text()
    silent = [name for name in tried for file in ("other.csv." + name, "hidden-%s.csv" % name) if file not in said]
    case.expect(not silent, "not told: %s" % ", ".join(sorted(set(silent))))
    for name in tried:
        done = subprocess.run(
            [case.pgtrawl, "import", os.path.join(folder, "other.csv." + name), "--source", "faults",
             "--database-url", store.conninfo], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd="/")
        case.expect(done.returncode == 1, "import of a %s ended with %d" % (name, done.returncode))
    case.figure("other formats", len(tried))
    tail.stop()


def with_header(content, extra=None, name=None, comment=None):
    """A gzip with optional fields in its header."""
    flags = (4 if extra is not None else 0) | (8 if name is not None else 0) | (16 if comment is not None else 0)
    header = struct.pack("<4BIBB", 31, 139, 8, flags, 0, 0, 3)
    if extra is not None:
        header += struct.pack("<H", len(extra)) + extra
    for text in (name, comment):
        if text is not None:
            header += text + b"\0"
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = packer.compress(content) + packer.flush()
    return header + body + struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)


@row("D10", "gzip headers with paths, large fields, endless comments", quick=True)
def headers(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    put(folder, "name.csv.gz", with_header(Part(case).enter(ledger), name=b"../../escaped.csv"))
    put(folder, "absolute.csv.gz", with_header(Part(case).enter(ledger), name=b"/tmp/pgtrawl-escaped.csv"))
    put(folder, "extra.csv.gz", with_header(Part(case).enter(ledger), extra=b"e" * 65535))
    put(folder, "comment.csv.gz", with_header(Part(case).enter(ledger), comment=b"c" * 20_000))
    endless = struct.pack("<4BIBB", 31, 139, 8, 16, 0, 0, 3) + b"c" * (200_000_000 if case.all else 40_000_000)
    put(folder, "endless.csv.gz", endless)
    tail = case.tail(folder, store).start()
    # What is refused for its header is refused aloud.
    tail.until(lambda: tail_is_quiet(store, 1.5), "it reads what is there")
    case.expect("endless.csv.gz" in tail.text() or states(store).get("endless.csv.gz", ("",))[0] in (
        "corrupt", "incomplete"), "the endless header is not told")
    case.settle(tail, store, ledger, [])
    for path in (os.path.join(case.folder, "..", "escaped.csv"), os.path.join(folder, "..", "..", "escaped.csv"),
                 "/tmp/pgtrawl-escaped.csv", os.path.join(case.folder, "escaped.csv")):
        case.expect(not os.path.exists(path), "a name in a header was used as a path: " + path)
    tail.stop()


@row("D11", "kill -9 within one gzip, the work of inflating")
def killed_in_gzip(case):
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    # As often as 100 times in 1 GB.
    kills = 30 if case.all else 10
    size = kills * 10_000_000
    case.shortened = "%d kills in %d MB of 100 in 1 GB" % (kills, size // 1_000_000)
    writer = case.writer(case.logs("aside"), ledger, payload=(10, 3000))
    while ledger.bytes < size:
        writer.write(500)
    writer.finish()
    path = os.path.join(folder, "large.csv.gz")
    with open(path, "wb") as out:
        subprocess.run(["gzip", "-1", "-c", writer.path], stdout=out, check=True)
    os.remove(writer.path)
    length, read = os.path.getsize(path), 0
    tail = case.tail(folder, store).start()
    for turn in range(kills):
        # Kills are spread over the file: by what is committed.
        wanted = ledger.bytes * turn // kills
        tail.until(lambda: store.committed() > wanted, "it goes on", limit=120, pause=0.02)
        read += read_by(tail.pid)
        tail.kill()
        tail.start()
    lag = tail.catch_up(store, ledger, limit=300)
    read += read_by(tail.pid)
    case.holds(store, ledger, tail)
    case.figure("lag s", round(lag, 1))
    case.figure("kills", kills)
    case.figure("gzip read times", round(read / length, 2))
    case.expect(read <= 2 * length, "of a gzip of %d bytes %d were read, %.1f times" % (length, read, read / length))
    tail.stop()
