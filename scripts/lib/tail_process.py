"""A `pgtrawl tail` that a benchmark runs, and what it costs."""
import os
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


class TailProcess:
    """Follows `folder` into the store that PGTRAWL_DATABASE_URL names; what it says is in `said`."""

    def __init__(self, folder, said, *options):
        self.said = said
        self.started = time.monotonic()
        with open(said, "ab") as err:
            self.process = subprocess.Popen(
                [os.environ["PGTRAWL"], "tail", folder, *options], stdout=subprocess.DEVNULL, stderr=err)

    def has_said(self, words):
        with open(self.said, errors="replace") as file:
            return words in file.read()

    def require_alive(self):
        status = self.process.poll()
        if status is not None:
            with open(self.said, errors="replace") as file:
                raise SystemExit(f"the tail ended with {status}: {file.read()[-2000:]}")

    def wait_until(self, is_done, what, limit=60.0, pause=0.005):
        """Seconds until `is_done()`; ends the benchmark after `limit` seconds."""
        began = time.monotonic()
        while not is_done():
            self.require_alive()
            if time.monotonic() - began > limit:
                with open(self.said, errors="replace") as file:
                    raise SystemExit(f"not within {limit:.0f} s: {what}\n{file.read()[-2000:]}")
            time.sleep(pause)
        return time.monotonic() - began

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            # The name of the program, in parentheses, may hold spaces.
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def peak_mb(self):
        """The most memory that was ever resident, in millions of bytes."""
        with open(f"/proc/{self.process.pid}/status") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024 / 1e6
        raise SystemExit("the tail has ended: its peak memory is unknown")

    def stop(self):
        """SIGTERM; its status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout=60)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
