"""rotating_writer.py WHOLE.csv DIR SEED SECONDS: writes the log into DIR/shop.csv over so many seconds,
in pieces that end anywhere, and rotates as servers and logrotate do: renamed, renamed and compressed at
once, copied and truncated. Prints how often."""
import gzip
import os
import random
import shutil
import sys
import time

from csv_records import records

whole, folder, seed, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
chance = random.Random(seed)
with open(whole, "rb") as file:
    parts = list(records(file.read()))
live = os.path.join(folder, "shop.csv")
out = open(live, "ab", 0)
pieces = [b"".join(parts[at : at + 20]) for at in range(0, len(parts), 20)]
started = time.monotonic()
rotations = {"rename": 0, "compress": 0, "copytruncate": 0}
for number, piece in enumerate(pieces):
    cut = chance.randrange(len(piece))
    out.write(piece[:cut])
    if chance.random() < 0.3:
        time.sleep(0.002)
    out.write(piece[cut:])
    behind = started + seconds * (number + 1) / len(pieces) - time.monotonic()
    if behind > 0:
        time.sleep(behind)
    if chance.random() * len(pieces) < 10:
        how = chance.choice(list(rotations))
        rotations[how] += 1
        old = "%s.%d" % (live, sum(rotations.values()))
        if how == "copytruncate":
            shutil.copyfile(live, old)
            os.truncate(live, 0)
            continue
        os.rename(live, old)
        out.close()
        out = open(live, "ab", 0)
        if how == "compress":
            with open(old, "rb") as file:
                content = file.read()
            with open(old + ".gz", "wb") as file:
                file.write(gzip.compress(content, 1, mtime=0))
            os.remove(old)
out.close()
print(", ".join("%d %s" % (count, how) for how, count in rotations.items()))
