"""Rotation as servers, logrotate and cron do it, on the file of a LogWriter."""
import gzip
import os
import shutil


def compress(path, target=None):
    """As `gzip` does: into the final name while the plain file is there, which goes afterwards."""
    target = target or path + ".gz"
    with open(path, "rb") as plain, open(target, "wb") as out:
        with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, filename="", mtime=0) as packed:
            shutil.copyfileobj(plain, packed, 1 << 20)
    os.remove(path)
    return target


class Rotation:
    """What turns a writer's log over. Each way is a method; `any(…)` takes one by chance. `done` counts them."""

    WAYS = ("rename", "rename_gzip", "delaycompress", "dateext", "olddir")

    def __init__(self, writer, chance, kept=1000):
        self.writer, self.chance, self.kept = writer, chance, kept
        self.live = writer.path
        self.number = 0
        self.done = {}
        self.waiting = None

    def any(self, ways=WAYS):
        way = self.chance.choice(ways)
        getattr(self, way)()
        self.done[way] = self.done.get(way, 0) + 1

    def count(self):
        return sum(self.done.values())

    def moved(self, target):
        """Renames the live log and has the writer begin a new one under the old name."""
        os.rename(self.live, target)
        self.writer.open(self.live)
        return target

    def next_name(self):
        self.number += 1
        return "%s.%d" % (self.live, self.number)

    def rename(self):
        """create: a new name, and a new file under the old one."""
        return self.moved(self.next_name())

    def rename_gzip(self):
        """compress without delay."""
        return compress(self.moved(self.next_name()))

    def delaycompress(self):
        """The one before the last is compressed now."""
        if self.waiting is not None:
            compress(self.waiting)
        self.waiting = self.moved(self.next_name())

    def dateext(self):
        """A date in place of a number; compressed at once."""
        self.number += 1
        return compress(self.moved("%s-202511%02d%d" % (self.live, self.number % 28 + 1, self.number)))

    def olddir(self):
        """Into another folder of the same file system, below the live one so that it is followed."""
        folder = os.path.join(os.path.dirname(self.live), "old")
        os.makedirs(folder, exist_ok=True)
        self.number += 1
        return self.moved(os.path.join(folder, "%s.%d" % (os.path.basename(self.live), self.number)))

    def copytruncate(self):
        """Copied, then emptied in place; nothing is written in between here."""
        target = self.next_name()
        shutil.copyfile(self.live, target)
        os.truncate(self.live, 0)
        self.writer.begin()
        return target

    def chain(self, compressed=True):
        """.1 becomes .2, … and the live log .1: names move on, from .2 on compressed."""
        folder = os.path.dirname(self.live)
        numbers = sorted((int(name.rsplit(".", 2 if name.endswith(".gz") else 1)[1]) for name in os.listdir(folder)
                          if name.startswith(os.path.basename(self.live) + ".")), reverse=True)
        for number in numbers:
            plain, suffix = "%s.%d" % (self.live, number), ""
            if not os.path.exists(plain):
                suffix = ".gz"
            if number + 1 > self.kept:
                os.remove(plain + suffix)
                continue
            os.rename(plain + suffix, "%s.%d%s" % (self.live, number + 1, suffix))
            if compressed and not suffix:
                compress("%s.%d" % (self.live, number + 1))
        return self.moved(self.live + ".1")

    def server_truncate(self):
        """PostgreSQL with log_truncate_on_rotation: the name comes again, and what was there is gone."""
        self.writer.open(self.live, os.O_TRUNC)

    def server_append(self):
        """PostgreSQL after a restart: the name comes again and is appended to."""
        self.writer.open(self.live)

    def server_switch(self, name):
        """PostgreSQL's own rotation to another name; the old file stays as it is."""
        self.live = os.path.join(os.path.dirname(self.live), name)
        self.writer.open(self.live)
