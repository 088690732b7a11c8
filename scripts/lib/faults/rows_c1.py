"""Rows C1 to C9: a live log is rotated, overwritten, deleted. Each fault in the states of `cells`."""
import os
import subprocess
import time

from .cells import count, four, gathered
from .fitting import fill
from .logrotate import Logrotate
from .mounts import mounted
from .registry import row
from .server_log import LoggingServer


@row("C1", "unique names by size and age", quick=True)
def unique_names(case):
    def switched(cell):
        for turn in range(3):
            cell.rotation.server_switch("postgresql-%d.csv" % turn)
            cell.writer.write(20)
    four(case, switched)
    server = LoggingServer(case, ["log_rotation_size = 1MB", "log_filename = 'postgresql-%H%M%S.log'"])
    store = case.store("_server")
    tail = case.tail(server.logs, store).start()
    sent = server.work(sessions=4, statements=4000 if case.all else 1000)
    ending = time.monotonic() + 60
    while len(server.files()) < 2 and time.monotonic() < ending:
        # A log that is full within the second in which it began goes on under its name.
        time.sleep(1.1)
        sent += server.work(sessions=4, statements=500)
    files = len(server.files())
    server.stop()
    case.expect(files > 1, "the server did not rotate")
    server.require_all(tail, store, sent)
    case.figure("server's records", sent)
    case.figure("server's files", files)


@row("C2", "renamed, written under the old name's file", quick=True)
def late_lines(case):
    def renamed(cell):
        os.rename(cell.path, cell.path + ".1")
        cell.writer.write(30)
        if not cell.is_down and not cell.is_behind:
            # The tail looks at the new name before the old file is complete.
            time.sleep(0.5)
            cell.writer.write(30)
        cell.writer.open(cell.path)
    four(case, renamed)


def logrotated(cell, lines, reopen):
    """Rotates with logrotate; where it renames, the server opens its log anew."""
    Logrotate(os.path.join(cell.case.folder, "logrotate", os.path.basename(cell.folder)), cell.path, lines).run()
    if reopen:
        cell.writer.open(cell.path)
    else:
        cell.writer.begin()


@row("C3", "copytruncate of an idle log", quick=True)
def copytruncate_idle(case):
    case.needs_root("logrotate")
    four(case, lambda cell: logrotated(cell, ["copytruncate", "rotate 9", "nocompress"], reopen=False))
    if case.all:
        lines = ["copytruncate", "rotate 9", "compress", "delaycompress"]
        four(case, lambda cell: [(cell.writer.write(20), logrotated(cell, lines, reopen=False)) for _ in range(3)])
        four(case, lambda cell: logrotated(cell, ["copytruncate", "rotate 9", "compress"], reopen=False))


@row("C5", "copytruncate while down, regrown")
def copytruncate_down(case):
    case.needs_root("logrotate")
    lines = ["copytruncate", "rotate 9", "nocompress"]

    def regrown(difference):
        def fault(cell):
            # What is in the store ends where the unread bytes begin.
            committed = cell.store_offset
            logrotated(cell, lines, reopen=False)
            if difference is None:
                cell.writer.write(1)
            else:
                fill(cell.writer, committed + difference)
        return fault

    def run(name, difference):
        # After an equal size nothing may be written before the tail has looked.
        four(case, regrown(difference), only=lambda is_down, is_behind: is_down, more=0, label=name)
    gathered(*[lambda name=name, difference=difference: run(name, difference)
               for name, difference in (("smaller", None), ("equal", 0), ("larger", 20_000))])


CONFIGURATIONS = {
    "compress": ["create", "rotate 9", "compress"],
    "delaycompress": ["create", "rotate 9", "compress", "delaycompress"],
    "dateext": ["create", "rotate 9", "compress", "dateext", "dateformat -%Y%m%d-%s"],
    "olddir": ["create", "rotate 9", "nocompress", "olddir old", "createolddir"],
    "renamecopy": ["renamecopy", "create", "rotate 9", "nocompress"],
}


@row("C6", "logrotate: compress, delaycompress, dateext, olddir, renamecopy", quick=True)
def logrotate_ways(case):
    case.needs_root("logrotate")
    chosen = CONFIGURATIONS if case.all else ["compress", "delaycompress"]

    def fault(cell, lines):
        for turn in range(3):
            cell.writer.write(20)
            if turn and "dateext" in lines:
                # The name has the second in it.
                time.sleep(1.1)
            logrotated(cell, lines, reopen=True)
    def run(name):
        count(case, name, 3)
        four(case, lambda cell: fault(cell, CONFIGURATIONS[name]), label=name)
    runs = [lambda name=name: run(name) for name in chosen]
    gathered(*runs, *([lambda: chain_to_deletion(case)] if case.all else []))


def chain_to_deletion(case):
    """.1, .2.gz, gone: what was held when it went is read to its end."""
    lines = ["create", "rotate 2", "compress", "delaycompress"]

    def fault(cell):
        for _ in range(4):
            logrotated(cell, lines, reopen=True)
            cell.writer.write(20)
            if not cell.is_behind:
                cell.catch_up()
    four(case, fault, only=lambda is_down, is_behind: not is_down and not is_behind)


@row("C7", "names that come again: overwritten, appended", quick=True)
def weekly(case):
    def tuesday(cell):
        cell.writer.open(os.path.join(cell.folder, "postgresql-Tue.csv"))
        cell.writer.write(30)
        if not cell.is_down and not cell.is_behind:
            cell.catch_up()

    def overwritten(cell):
        tuesday(cell)
        cell.writer.open(cell.path, os.O_TRUNC)

    def appended(cell):
        tuesday(cell)
        cell.writer.open(cell.path)
    gathered(lambda: four(case, overwritten, lost=lambda cell: cell.is_behind or cell.is_down),
             lambda: four(case, appended))


def small_file_system(case):
    """An ext4 of its own for the logs: it gives the lowest free inode away, and nobody else takes it."""
    case.needs_root("a loop mount")
    case.needs_program("mkfs.ext4")
    image = os.path.join(case.folder, "image")
    with open(image, "wb") as file:
        file.truncate(8_000_000)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True, stdout=subprocess.DEVNULL)
    case.needs(mounted(case, ["-o", "loop", image], os.path.join(case.folder, "logs")),
               "loop mounts are not allowed")


@row("C8", "inode reused, also with the same name and size")
def inode_reuse(case):
    reused = []
    small_file_system(case)

    def fault(cell):
        size, inode = cell.writer.offset, os.stat(cell.path).st_ino
        for _ in range(200):
            # Closed first: an inode in use is not given away.
            os.close(cell.writer.descriptor)
            cell.writer.descriptor = None
            os.remove(cell.path)
            cell.writer.open(cell.path)
            if os.stat(cell.path).st_ino == inode:
                break
        else:
            case.needs(False, "this file system does not give an inode away again")
        reused.append(inode)
        fill(cell.writer, size)
    four(case, fault, lost=lambda cell: cell.is_behind or cell.is_down, only=lambda is_down, is_behind: is_down)
    case.figure("inodes reused", len(reused))


@row("C9", "deleted while open, deleted while down", quick=True)
def deleted(case):
    def fault(cell):
        os.remove(cell.path)
        cell.writer.open(cell.path)

    def without_successor(cell):
        os.remove(cell.path)
        cell.writer.open(os.path.join(cell.folder, "other.csv"))
    gathered(lambda: four(case, fault, lost=lambda cell: cell.is_down),
             lambda: four(case, without_successor, lost=lambda cell: cell.is_down))
