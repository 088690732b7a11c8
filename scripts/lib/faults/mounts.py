"""File systems that a row mounts and that go with it: small disks, and others."""
import os
import subprocess

from .registry import Failure


def tmpfs(case, name, size):
    """A new tmpfs of this size below the row's folder; gone at its end."""
    case.needs_root("a small disk")
    path = os.path.join(case.folder, name)
    os.makedirs(path)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%s,mode=755" % size, "pgtrawl-faults", path],
                          stderr=subprocess.PIPE, text=True)
    case.needs(done.returncode == 0, "tmpfs can't be mounted: %s" % done.stderr.strip())
    case.at_end(lambda: subprocess.run(["umount", "-l", path], stderr=subprocess.DEVNULL))
    return path


def fill(path, leave=0):
    """Writes a file until the disk is full but for `leave` bytes."""
    with open(path, "wb", 0) as file:
        try:
            while True:
                file.write(b"\0" * 65536)
        except OSError:
            pass
        try:
            while True:
                file.write(b"\0")
        except OSError:
            pass
        if leave:
            size = file.tell()
            if size < leave:
                raise Failure("%s: the disk has no %d bytes to leave" % (path, leave))
            file.truncate(size - leave)
    return path


def mounted(case, command, target):
    """Mounts until the row's end; false where that is not allowed."""
    os.makedirs(target, exist_ok=True)
    if subprocess.run(["mount"] + command + [target], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        return False
    case.at_end(lambda: subprocess.run(["umount", "-l", target], stderr=subprocess.DEVNULL))
    return True
