"""cut_log.py WHOLE.csv COUNT DIR: the log as COUNT files, cut at the same ends of records every time,
in the middle of transactions as well as between them."""
import os
import random
import sys

from csv_records import records

whole, count, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with open(whole, "rb") as file:
    parts = list(records(file.read()))
cuts = [0] + sorted(random.Random(7).sample(range(1, len(parts)), count - 1)) + [len(parts)]
for number in range(count):
    with open(os.path.join(folder, "part-%03d.csv" % number), "wb") as file:
        file.write(b"".join(parts[cuts[number] : cuts[number + 1]]))
