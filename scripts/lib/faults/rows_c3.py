"""Rows C10 to C13: one file under many names, files that look alike, young files, files that can't be read."""
import os
import shutil
import subprocess

from .mounts import mounted
from .parts import Part, append, put, states, stored_rows
from .registry import Failure, row
from .rows_d import tail_is_quiet

NOBODY = 65534


@row("C10", "one log by links, mounts, globs, copies, rsync", quick=True)
def many_names(case):
    for is_down in (False, True):
        one_log(case, "down" if is_down else "running", is_down)


def one_log(case, name, is_down):
    folder, ledger, store = case.logs(name), case.ledger(name + ".ledger"), case.store("_" + name)
    beside = case.logs(name + "-beside")
    writer = case.writer(folder, ledger)
    writer.write(100)
    bound, parts = os.path.join(case.folder, name + "-bound"), []
    if os.getuid() == 0 and mounted(case, ["--bind", folder], bound):
        parts.append("bind mount")
    os.symlink(folder, os.path.join(beside, "folder"))
    os.symlink(writer.path, os.path.join(beside, "symlink.csv"))
    tail = case.tail([folder, os.path.join(folder, "*.csv"), beside, bound], store, name="tail-" + name).start()
    tail.catch_up(store, ledger)
    if is_down:
        tail.stop()
    os.link(writer.path, os.path.join(beside, "hardlink.csv"))
    shutil.copy2(writer.path, os.path.join(beside, "copy.csv"))
    parts += ["symlink", "hard link", "cp -p"]
    writer.write(100)
    if shutil.which("rsync"):
        for way, options in (("rsync", []), ("inplace", ["--inplace"]), ("append", ["--append"])):
            rsync(writer.path, os.path.join(beside, way + ".csv"), options)
            parts.append("rsync " + way)
    if is_down:
        tail.start()
    tail.catch_up(store, ledger)
    writer.write(100)
    if shutil.which("rsync"):
        for way, options in (("rsync", []), ("inplace", ["--inplace"]), ("append", ["--append"])):
            rsync(writer.path, os.path.join(beside, way + ".csv"), options)
    writer.finish()
    tail.catch_up(store, ledger)
    tail.until(lambda: tail_is_quiet(store, 1.5), "nothing more comes")
    case.settle(tail, store, ledger, [])
    case.figure("names", len(parts) + 2)
    if "bind mount" not in parts:
        case.figure("bind mount", "not run: mount is not allowed")
    if not shutil.which("rsync"):
        case.figure("rsync", "not run: not installed")
    tail.stop()


def rsync(source, target, options):
    done = subprocess.run(["rsync", "-t"] + options + [source, target], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    # It says so when the log grew under it.
    if done.returncode not in (0, 24):
        raise Failure("rsync: " + done.stdout[-300:])


@row("C11", "two logs with equal heads", quick=True)
def equal_heads(case):
    """Equal first 4 KiB, and one that is the other's prefix until it goes another way."""
    failed = []
    for name, shared in (("head", 4096), ("prefix", 20_000)):
        for is_down in (False, True):
            state = "%s-%s" % (name, "down" if is_down else "running")
            try:
                twins(case, state, shared, is_down)
            except Failure as failure:
                failed.append("[%s] %s" % (state, failure))
    case.figure("cells", 4)
    case.expect(not failed, "\n     ".join(failed))


def twins(case, name, shared, is_down):
    folder, store = case.logs(name), case.store("_" + name.replace("-", "_"))
    head = b""
    while len(head) < shared:
        head += Part(case, records=10).content
    ends = [Part(case, records=30).content for _ in range(2)]
    paths = [put(folder, "twin-%d.csv" % number, head) for number in (0, 1)]
    tail = case.tail(folder, store, name="tail-" + name).start()
    tail.until(lambda: store.committed() >= len(head), "the shared part is read")
    tail.until(lambda: tail_is_quiet(store, 0.5), "it reads what is there")
    if is_down:
        tail.stop()
    for path, content in zip(paths, ends):
        append(path, content)
    if is_down:
        tail.start()
    sizes = sorted(len(head) + len(end) for end in ends)

    def complete():
        return sorted(committed for _, committed in states(store).values()) == sizes
    try:
        tail.until(complete, "both logs are complete", limit=40)
    except Failure as failure:
        raise Failure("%s; sizes are %s, in the store %s" % (failure, sizes, states(store))) from None
    breaches = store.sql("SELECT \"check\" || ': ' || detail FROM pgtrawl.verify() LIMIT 3")
    case.expect(not breaches, "verify(): " + breaches)
    tail.stop()


@row("C12", "young logs: no byte, one byte, half a record", quick=True)
def young(case):
    """Each is in as soon as its record is complete; equal beginnings do not make them one."""
    folder, ledger, store = case.logs(), case.ledger(), case.store()
    stages = {"nothing": 0, "one": 1, "few": 40, "sixty": 63, "unended": -1}
    files = {}
    for name, length in stages.items():
        part = Part(case, records=1, kinds=("event",))
        content = part.enter(ledger)
        first = len(part.records[0][0])
        files[put(folder, name + ".csv", content[: length if length >= 0 else first - 1])] = (
            content, length if length >= 0 else first - 1)
    tail = case.tail(folder, store).start()
    tail.until(lambda: tail_is_quiet(store, 1), "it reads what is there")
    case.expect(stored_rows(store) == 0 and store.committed() == 0, "half a record is in the store")
    for path, (content, length) in files.items():
        append(path, content[length:])
    case.settle(tail, store, ledger, [])
    tail.stop()
    case.figure("files", len(files))


def as_nobody():
    """The tail as a user who may be refused; root is never."""
    return ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups"]


@row("C13", "chmod, chown, a folder without x; and back", quick=True)
def refused(case):
    case.needs_root("another user's files")
    case.needs_program("setpriv")
    failed = []
    for name, act, undo in (
            ("mode", lambda path: os.chmod(path, 0), lambda path: os.chmod(path, 0o644)),
            ("owner", lambda path: (os.chmod(path, 0o600), os.chown(path, 1, 1)),
             lambda path: os.chown(path, NOBODY, NOBODY)),
            ("folder", lambda path: os.chmod(os.path.dirname(path), 0o600),
             lambda path: os.chmod(os.path.dirname(path), 0o755))):
        for is_down in (False, True):
            state = "%s-%s" % (name, "down" if is_down else "running")
            try:
                refused_once(case, state, act, undo, is_down)
            except Failure as failure:
                failed.append("[%s] %s" % (state, failure))
    case.figure("cells", 6)
    case.expect(not failed, "\n     ".join(failed))


def refused_once(case, name, act, undo, is_down):
    """One log is refused, the other goes on, the refusal is told; both are whole afterwards."""
    folder, ledger, store = case.logs(name), case.ledger(name + ".ledger"), case.store("_" + name.replace("-", "_"))
    inner = case.logs(os.path.join(name, "inner"))
    first, second = Part(case, records=40), Part(case, records=40)
    content, other = first.enter(ledger), second.enter(ledger)
    half, other_half = len(first.records[0][0]), len(second.records[0][0])
    path = put(inner, "refused.csv", content[:half])
    open_path = put(folder, "open.csv", other[:other_half])
    tail = case.tail(folder, store, name="tail-" + name, prefix=as_nobody()).start()
    tail.until(lambda: store.committed() == half + other_half, "both are read")
    if is_down:
        tail.stop()
    act(path)
    append(path, content[half : half + 500])
    # A log of its own that was never open before.
    third = Part(case, records=10)
    young_path = put(inner, "young.csv", third.enter(ledger))
    if "mode" in name:
        os.chmod(young_path, 0)
    elif "owner" in name:
        os.chmod(young_path, 0o600)
    if is_down:
        tail.start()
    append(open_path, other[other_half:])
    tail.until(lambda: states(store).get("open.csv", ("", 0))[1] == len(other), "the other log goes on")
    tail.until(lambda: "ermission" in tail.text() or "denied" in tail.text(), "the refusal is told", limit=20)
    undo(path)
    if "folder" not in name:
        os.chmod(young_path, 0o644)
    append(path, content[half + 500 :])
    case.settle(tail, store, ledger, [])
    tail.stop()
