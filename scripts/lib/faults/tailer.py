"""A `pgtrawl tail` that is started, stopped, frozen and killed, with its peak memory and its stderr."""
import os
import signal
import subprocess
import threading
import time

from .cluster import until
from .registry import Failure

SAMPLE_SECONDS = 0.2
STOP_LIMIT = 30


def peak_of(pid):
    """Peak resident memory of a process in KiB; 0 when it is gone."""
    try:
        with open("/proc/%d/status" % pid) as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


class Tail:
    """One tail over its restarts. `prefix` goes before the program (strace, prlimit), `stderr` may be a file object."""

    def __init__(self, program, folder, paths, conninfo, name="tail", source="faults", options=(), env=None, prefix=(),
                 stderr=None):
        self.name = name
        self.command = list(prefix) + [program, "tail"] + list(paths) + [
            "--source", source, "--database-url", conninfo, "--flush-interval", "100", "--timezone", "UTC"]
        self.command += list(options)
        self.is_wrapped = bool(prefix)
        self.env = dict(os.environ, XDG_CONFIG_HOME=os.path.join(folder, "config"))
        self.env.update(env or {})
        self.errors = os.path.join(folder, name + ".err")
        self.stderr = stderr
        self.process = None
        self.peak_kib = self.starts = 0
        self.status = None
        self.sampler = None

    def start(self):
        """Starts the process; it has to be stopped."""
        out = self.stderr or open(self.errors, "ab")
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=out, env=self.env, cwd="/")
        if self.stderr is None:
            out.close()
        self.starts += 1
        self.status = None
        self.sampler = threading.Thread(target=self.sample, args=(self.process,), daemon=True)
        self.sampler.start()
        return self

    def sample(self, process):
        while process.poll() is None:
            self.look(process)
            time.sleep(SAMPLE_SECONDS)

    def look(self, process):
        self.peak_kib = max(self.peak_kib, peak_of(self.pid_of(process)))

    def pid_of(self, process):
        """The program itself: strace has it as its child, prlimit becomes it."""
        if self.is_wrapped:
            try:
                with open("/proc/%d/task/%d/children" % (process.pid, process.pid)) as file:
                    children = file.read().split()
                if children:
                    return int(children[0])
            except OSError:
                pass
        return process.pid

    @property
    def pid(self):
        return self.pid_of(self.process)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def send(self, number):
        self.look(self.process)
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def kill(self):
        """SIGKILL. Fails the row when it had ended by itself."""
        self.expect_running()
        self.send(signal.SIGKILL)
        self.wait()

    def stop(self, number=signal.SIGTERM, expected=0):
        """The signal, and the seconds until it has ended with the expected status."""
        self.expect_running()
        began = time.monotonic()
        self.send(number)
        if self.wait() != expected:
            raise Failure("%s ended with %s after %s, expected was %d%s" % (
                self.name, self.status, signal.Signals(number).name, expected, self.said()))
        return time.monotonic() - began

    def wait(self, limit=STOP_LIMIT):
        """Its status once it has ended, -9 for SIGKILL."""
        try:
            self.status = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise Failure("%s did not end within %d s%s" % (self.name, limit, self.said())) from None
        return self.status

    def end(self):
        """Whatever its state: gone."""
        if self.is_running():
            self.send(signal.SIGCONT)
            self.send(signal.SIGKILL)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def expect_running(self):
        if not self.is_running():
            raise Failure("%s ended by itself with %s%s" % (self.name, self.process.poll(), self.said()))

    def until(self, condition, what, limit=60, pause=0.05):
        """Waits for the condition while the tail runs; the seconds that took."""
        def holds():
            self.expect_running()
            return condition()
        took = until(holds, limit, pause)
        if took is None:
            raise Failure("not within %d s: %s%s" % (limit, what, self.said()))
        return took

    def catch_up(self, store, ledger, limit=60):
        """Waits until every byte of the ledger is committed; the seconds that took."""
        ledger.flush()
        try:
            return self.until(lambda: store.committed() == ledger.bytes, "every byte is committed", limit)
        except Failure as failure:
            raise Failure("%s (committed %d of %d bytes)" % (failure, store.committed(), ledger.bytes)) from None

    def text(self):
        try:
            with open(self.errors, errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def said(self):
        """The end of its stderr, for a message."""
        lines = self.text().splitlines()[-3:]
        return "; it said: " + " / ".join(line[:300] for line in lines) if lines else ""
