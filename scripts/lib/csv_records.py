"""Where the records of a csvlog end."""


def records(content):
    """Whole records as bytes: a record ends at a newline outside of quotes."""
    at = 0
    while at < len(content):
        end = at
        while True:
            end = content.find(b"\n", end) + 1
            if end == 0:
                return
            if content.count(b'"', at, end) % 2 == 0:
                break
        yield content[at:end]
        at = end
