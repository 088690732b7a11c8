"""One psql that stays connected: a statement costs a round trip, not a new process."""
import os
import subprocess


class SessionError(Exception):
    """The server is away, or refused the statement."""


class Session:
    """A session in `database`; the server is named by the environment (PGHOST, PGPORT, PGUSER)."""

    END = "\x01end"

    def __init__(self, database):
        psql = os.path.join(os.environ.get("PGBIN", ""), "psql")
        self.process = subprocess.Popen(
            [psql, "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", database],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="surrogateescape")

    def rows(self, statement):
        """The rows of a statement (without a semicolon), each as a list of texts."""
        try:
            self.process.stdin.write(f"{statement};\n\\echo {self.END}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self.failure() from None
        found = []
        while True:
            line = self.process.stdout.readline()
            if line == "":
                raise self.failure()
            if line == self.END + "\n":
                return found
            found.append(line.rstrip("\n").split("\t"))

    def value(self, statement):
        """The only value of a statement, as text."""
        return self.rows(statement)[0][0]

    def failure(self):
        said = self.process.stderr.read().strip()
        self.process.wait()
        return SessionError(said or f"psql ended with {self.process.returncode}")

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
