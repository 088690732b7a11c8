"""A real server as the writer of the log, with statements that can be counted in it."""
import os
import subprocess

from .cluster import PGBIN, own
from .registry import Failure

SETTINGS = ["log_destination = 'csvlog'", "logging_collector = on", "log_file_mode = 0644", "log_timezone = 'UTC'",
            "fsync = off", "log_min_messages = log"]
SAYS = "DO $$ BEGIN FOR i IN 1..{count} LOOP RAISE LOG 'oracle={session}.% {pad}', i; END LOOP; END $$"


class LoggingServer:
    """Its log is below the row's folder; `work` has sessions that say numbered lines."""

    def __init__(self, case, settings):
        self.logs = case.logs("server-log")
        self.sessions = 0
        own(self.logs)
        self.cluster = case.cluster("logging", settings=SETTINGS + ["log_directory = '%s'" % self.logs] + settings)

    def work(self, sessions, statements):
        """So many sessions at once, each with a number of its own, say so many lines each; how many in all."""
        psql = [os.path.join(PGBIN, "psql"), "-X", "-q", "-d", self.cluster.conninfo("postgres")]
        running = [subprocess.Popen(psql + ["-c", SAYS.format(count=statements, session=number, pad="x" * 500)],
                                    stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
                   for number in range(self.sessions, self.sessions + sessions)]
        self.sessions += sessions
        for one in running:
            if one.wait() != 0:
                raise Failure("a session of the logging server failed")
        return sessions * statements

    def files(self):
        return [name for name in os.listdir(self.logs) if name.endswith(".csv")]

    def stop(self):
        self.cluster.stop()

    def size(self):
        return sum(os.path.getsize(os.path.join(self.logs, name)) for name in self.files())

    def require_all(self, tail, store, sent):
        """Every line once, and nothing wrong in the store."""
        size = self.size()
        tail.until(lambda: store.committed() == size, "the server's %d bytes are committed" % size)
        found = store.sql("SELECT count(*), count(DISTINCT substring(message FROM '^oracle=[0-9.]+')) "
                          "FROM pgtrawl.log_events WHERE message LIKE 'oracle=%'")
        if found != "%d|%d" % (sent, sent):
            raise Failure("the server wrote %d lines, in the store are (all|different) %s" % (sent, found))
        breaches = store.sql("SELECT \"check\" || ': ' || detail FROM pgtrawl.verify() LIMIT 3")
        if breaches:
            raise Failure("verify(): " + breaches)
