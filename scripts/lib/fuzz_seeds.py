"""Writes the seed corpus of a fuzz target: fuzz_seeds.py TARGET FIXTURES DIRECTORY.

The formats are those that the targets under scripts/fuzzing read. Inputs that broke something once are
seeds too: fixtures/fuzz/TARGET/*.
"""
import csv
import gzip
import hashlib
import io
import pathlib
import sys

# The targets' inputs are bytes; csv wants text, and this keeps every byte.
ENCODING = "latin-1"
SIZE_MAX = 8000
TEXT_COLUMNS = [13, 14, 19, 18, 1, 2, 4, 7, 15, 16, 21, 22, 23]
TAGS = ["SELECT", "BIND", "PARSE", "idle", "COMMIT", "INSERT", "UPDATE", ""]


def logs(fixtures):
    for path in sorted(fixtures.glob("*/*.csv*")):
        if "corrupt" in path.name or "truncated" in path.name:
            continue
        data = path.read_bytes()
        yield gzip.decompress(data) if path.suffix == ".gz" else data


def records(fixtures):
    for log in logs(fixtures):
        text = log.replace(b"\0", b"").decode(ENCODING)
        for row in csv.reader(io.StringIO(text, newline="")):
            if 22 <= len(row) <= 27:
                yield row


def framer(fixtures):
    for log in logs(fixtures):
        for start in range(0, min(len(log), 200_000), 5000):
            yield b"\x03\x11\x07\xe9" + log[start : start + 6000]
        yield b"\x00\x40\x01\x00" + log[:3000]


def decoder(fixtures):
    for row in records(fixtures):
        texts = [row[column] if column < len(row) else "" for column in TEXT_COLUMNS]
        yield bytes([len(row) % 5]) + "\x1f".join(texts).encode(ENCODING)


def around(row):
    byte = int(row[3]) & 3 | bool(row[18]) << 2 | (row[11] != "LOG") << 3 | bool(row[19]) << 4
    tag = TAGS.index(row[7]) if row[7] in TAGS else 0
    return chr(byte | tag << 5)


def classifier(fixtures):
    rows = list(records(fixtures))
    for start in range(0, len(rows), 6):
        parts = [around(row) + row[13].replace("\x1f", " ") for row in rows[start : start + 8]]
        yield b"\x07" + "\x1f".join(parts).encode(ENCODING)


def lexer(fixtures):
    for path in sorted(fixtures.glob("sql/*.txt")):
        yield from path.read_bytes().split(b"\n%%\n")
    for row in records(fixtures):
        yield row[19].encode(ENCODING)
        yield row[13].encode(ENCODING)


def plan(fixtures):
    for path in sorted(fixtures.glob("plans/*.json")) + sorted(fixtures.glob("plans/*.plan")):
        yield path.read_bytes()
    for row in records(fixtures):
        _, found, body = row[13].partition("  plan:\n")
        if found:
            yield body.encode(ENCODING)


def main(target, fixtures, directory):
    found = sorted(pathlib.Path(fixtures, "fuzz", target).glob("*"))
    makers = {maker.__name__: maker for maker in (framer, decoder, classifier, lexer, plan)}
    seeds = [path.read_bytes() for path in found] + list(makers[target](pathlib.Path(fixtures)))
    for seed in seeds:
        if 0 < len(seed) <= SIZE_MAX:
            name = hashlib.sha256(seed).hexdigest()[:16]
            (pathlib.Path(directory) / name).write_bytes(seed)


main(*sys.argv[1:])
