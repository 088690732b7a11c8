"""A control group of the kernel that bounds the memory of a process: what it exceeds ends it."""
import os

V1 = "/sys/fs/cgroup/memory"


class MemoryGroup:
    """One group with a limit of so many bytes; removed by `remove()` when its processes have ended."""

    def __init__(self, name, limit):
        self.path = os.path.join(V1, "pgtrawl-%s-%d" % (name, os.getpid()))
        os.mkdir(self.path)
        self.write("memory.limit_in_bytes", limit)

    @staticmethod
    def is_possible():
        return os.getuid() == 0 and os.access(os.path.join(V1, "cgroup.procs"), os.W_OK)

    def write(self, name, value):
        with open(os.path.join(self.path, name), "w") as file:
            file.write(str(value))

    def number(self, name):
        with open(os.path.join(self.path, name)) as file:
            return int(file.read())

    @property
    def prefix(self):
        """What goes before a command that is to run in the group."""
        return ("sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', self.path)

    def remove(self):
        os.rmdir(self.path)
