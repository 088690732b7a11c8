"""File systems that a row mounts and that go with it."""
import os
import subprocess


def mounted(case, command, target):
    """Mounts until the row's end; false where that is not allowed."""
    os.makedirs(target, exist_ok=True)
    if subprocess.run(["mount"] + command + [target], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        return False
    case.at_end(lambda: subprocess.run(["umount", "-l", target], stderr=subprocess.DEVNULL))
    return True
