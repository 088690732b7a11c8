"""peak.py COMMAND…: runs it and prints its peak resident memory in KiB, and the seconds it took, as the
last line of stdout; ends with its status."""
import os
import sys
import time

started = time.monotonic()
child = os.fork()
if child == 0:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss, round(time.monotonic() - started, 2))
sys.exit(os.waitstatus_to_exitcode(status))
