"""logrotate itself, with a configuration and a state file of the row."""
import os
import subprocess

from .registry import Failure, NotRun

PLACES = ("/usr/sbin/logrotate", "/usr/bin/logrotate")


def program():
    for place in PLACES:
        if os.access(place, os.X_OK):
            return place
    raise NotRun("logrotate is not installed")


class Logrotate:
    """Rotates one log; `lines` are the directives of its configuration."""

    def __init__(self, folder, log, lines):
        self.program = program()
        self.configuration = os.path.join(folder, "logrotate.conf")
        self.state = os.path.join(folder, "logrotate.state")
        os.makedirs(folder, exist_ok=True)
        with open(self.configuration, "w") as file:
            file.write('"%s" {\n%s}\n' % (log, "".join("  %s\n" % line for line in lines)))
        os.chmod(self.configuration, 0o644)

    def run(self):
        """Rotates now, whatever the time."""
        done = subprocess.run([self.program, "-f", "-s", self.state, self.configuration],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise Failure("logrotate: " + done.stdout.strip()[-400:])
