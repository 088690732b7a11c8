"""split_log.py WHOLE.csv DIR: half of the records as one file, the rest as files of a megabyte, every
fourth of them gzipped; as a server would rotate them."""
import gzip
import os
import sys

from csv_records import records

whole, folder = sys.argv[1:]
with open(whole, "rb") as file:
    content = file.read()
limits = [len(content) // 2]
part, size, number = [], 0, 0


def flush():
    global part, size, number
    name = os.path.join(folder, "shop-%03d.csv" % number)
    if number % 4 == 3:
        with open(name + ".gz", "wb") as file:
            file.write(gzip.compress(b"".join(part), 6, mtime=0))
    else:
        with open(name, "wb") as file:
            file.write(b"".join(part))
    part, size, number = [], 0, number + 1


for record in records(content):
    part.append(record)
    size += len(record)
    if size >= (limits[0] if number == 0 else 1_000_000):
        flush()
if part:
    flush()
