"""Rows C14 to C16: names and kinds of files, very many files, folders that are replaced."""
import os
import shutil
import socket
import subprocess
import time

from .mounts import mounted
from .parts import Part, packed, put
from .registry import Failure, row

NAMES = [b"line\nbreak.csv", b"escape\x1b[31m.csv", b"-rf.csv", b"..dots.csv", b"bad-\xff\xfe.csv", b"space name.csv",
         b"quote'\".csv", b"$(x).csv", b"percent%s.csv", b"l" * 251 + b".csv"]


@row("C14", "links that loop, pipes, sockets, devices; odd names", quick=True)
def odd_files(case):
    """What is no file is passed over and never blocks; odd names are read, and shown without their control bytes."""
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    os.symlink("loop.csv", os.path.join(folder, "loop.csv"))
    os.symlink(folder, os.path.join(folder, "self"))
    os.symlink("nowhere", os.path.join(folder, "dangling.csv"))
    os.mkdir(os.path.join(folder, "folder.csv"))
    os.mkfifo(os.path.join(folder, "pipe.csv"))
    bound = socket.socket(socket.AF_UNIX)
    case.at_end(bound.close)
    if len(folder) < 90:
        # A socket's path may have 107 bytes.
        bound.bind(os.path.join(folder, "socket.csv"))
    os.symlink("/dev/zero", os.path.join(folder, "device.csv"))
    for name in NAMES[: len(NAMES) // 2]:
        put(os.fsencode(folder), name, Part(case, records=10).enter(ledger))
    tail = case.tail(folder, store).start()
    tail.catch_up(store, ledger)
    os.mkfifo(os.path.join(folder, "late-pipe.csv"))
    for name in NAMES[len(NAMES) // 2 :]:
        put(os.fsencode(folder), name, Part(case, records=10).enter(ledger))
    case.settle(tail, store, ledger, [])
    tail.stop()
    tail.start()
    tail.until(lambda: tail.text().count("following") >= 2, "it follows again")
    case.holds(store, ledger, tail)
    with open(tail.errors, "rb") as file:
        said = file.read()
    case.expect(b"\x1b" not in said, "an escape sequence of a file's name reached stderr")
    case.figure("names", len(NAMES))
    case.figure("no files", 8)
    tail.stop()


@row("C15", "very many logs", quick=True)
def many_logs(case):
    """Old ones compressed, others live; all known, then new ones come in all the live ones."""
    old, live = (10_000, 1_000) if case.all else (60, 40)
    if not case.all:
        case.shortened = "60 old and 40 live logs of 10,000 and 1,000"
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    for number in range(old):
        put(folder, "old-%06d.csv.gz" % number, packed(Part(case, records=2).enter(ledger), 1))
    waiting = {}
    for number in range(live):
        part = Part(case, records=4)
        content = part.enter(ledger)
        first = len(part.records[0][0])
        waiting[put(folder, "live-%06d.csv" % number, content[:first])] = content[first:]
    early = ledger.bytes - sum(map(len, waiting.values()))
    tail = case.tail(folder, store).start()
    first_start = tail.until(lambda: store.committed() == early, "all logs are read", limit=900, pause=0.2)
    tail.stop()
    began = time.monotonic()
    tail.start()
    tail.until(lambda: tail.text().count("following") >= 2, "it follows again", limit=900, pause=0.02)
    case.figure("first start s", round(first_start, 1))
    case.figure("start s", round(time.monotonic() - began, 1))
    for path, content in waiting.items():
        with open(path, "ab", 0) as file:
            file.write(content)
    case.settle(tail, store, ledger, [], limit=300, budget_kib=200 * 1024)
    tail.stop()


@row("C16", "the folder is replaced, its mount vanishes and returns", quick=True)
def replaced(case):
    failed = []
    for name, act in (("replaced", replace_folder), ("copied", copy_folder)):
        for is_down in (False, True):
            state = "%s-%s" % (name, "down" if is_down else "running")
            try:
                replaced_once(case, state, act, is_down)
            except Failure as failure:
                failed.append("[%s] %s" % (state, failure))
    for is_down in (False, True):
        try:
            remounted(case, "down" if is_down else "running", is_down)
        except Failure as failure:
            failed.append("[remounted-%s] %s" % ("down" if is_down else "running", failure))
    case.figure("cells", 4 + case.figures.get("remounts", 0))
    case.expect(not failed, "\n     ".join(failed))


def replace_folder(folder):
    """Moved away whole, with a new one in its place that the old logs are moved back into."""
    os.rename(folder, folder + ".away")
    time.sleep(0.3)
    os.mkdir(folder)
    for name in os.listdir(folder + ".away"):
        os.rename(os.path.join(folder + ".away", name), os.path.join(folder, name))


def copy_folder(folder):
    """Restored from a copy: other inodes, other times."""
    shutil.copytree(folder, folder + ".copy")
    shutil.rmtree(folder)
    time.sleep(0.3)
    os.rename(folder + ".copy", folder)


def replaced_once(case, name, act, is_down):
    folder, ledger, store = case.logs(name), case.ledger(name + ".ledger"), case.store("_" + name.replace("-", "_"))
    old, writer = Part(case, records=50), case.writer(folder, ledger)
    writer.write(50)
    put(folder, "old.csv.gz", packed(old.enter(ledger)))
    tail = case.tail(folder, store, name="tail-" + name).start()
    tail.catch_up(store, ledger)
    if is_down:
        tail.stop()
    act(folder)
    reopen(writer)
    writer.write(50)
    if is_down:
        tail.start()
    case.settle(tail, store, ledger, writer)
    tail.stop()


def reopen(writer):
    """The same life, by a new descriptor."""
    os.close(writer.descriptor)
    writer.descriptor = os.open(writer.path, os.O_WRONLY | os.O_APPEND)


def remounted(case, name, is_down):
    """A file system of its own goes and comes back under another device number."""
    if os.getuid() != 0:
        case.figure("remount", "not run: wants root")
        return
    image, base = os.path.join(case.folder, name + ".image"), os.path.join(case.folder, name + "-mount")
    with open(image, "wb") as file:
        file.truncate(16_000_000)
    made = subprocess.run(["mkfs.ext4", "-q", "-F", image], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if made.returncode != 0 or not mounted(case, ["-o", "loop", image], base):
        case.figure("remount", "not run: loop mounts are not allowed")
        return
    ledger, store = case.ledger(name + "-mount.ledger"), case.store("_mount_" + name)
    writer = case.writer(base, ledger)
    writer.write(80)
    tail = case.tail(base, store, name="tail-mount-" + name).start()
    tail.catch_up(store, ledger)
    if is_down:
        tail.stop()
    before = os.stat(base).st_dev
    os.close(writer.descriptor)
    writer.descriptor = None
    subprocess.run(["umount", "-l", base], check=True)
    # Another image takes the loop device, so that the log's comes back by another number.
    other = image + ".other"
    shutil.copyfile(image, other)
    mounted(case, ["-o", "loop", other], base + "-other")
    time.sleep(1)
    case.expect(mounted(case, ["-o", "loop", image], base), "the image can't be mounted again")
    case.figure("device changed " + name, os.stat(base).st_dev != before)
    writer.descriptor = os.open(writer.path, os.O_WRONLY | os.O_APPEND)
    writer.write(50)
    if is_down:
        tail.start()
    case.settle(tail, store, ledger, writer)
    case.figure("remounts", case.figures.get("remounts", 0) + 1)
    tail.stop()
