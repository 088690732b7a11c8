"""Records of a wanted length: a log that has exactly so many bytes."""
import copy


def fill(writer, size):
    """Writes records until the life that `writer` is in has exactly `size` bytes."""
    while size - writer.offset > 4000:
        writer.write(1)
    # One session writes its open records, so that the last one here is an event of its own.
    session = writer.sessions.open[0]
    while session.queue:
        writer.put([writer.sessions.record(session)])
    least = len(padded(copy.deepcopy(writer.sessions), 1)[0])
    pad = size - writer.offset - least + 1
    if pad < 1:
        raise ValueError("no record is short enough for %d bytes" % (size - writer.offset))
    writer.put([padded(writer.sessions, pad)])


def padded(sessions, length):
    """An event with a message of so many bytes more or less."""
    session = sessions.open[0]
    sessions.event(session, "oracle padding " + "p" * length)
    return sessions.record(session)
