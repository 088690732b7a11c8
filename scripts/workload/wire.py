"""PostgreSQL's frontend protocol, as much of it as a workload needs, on a unix socket with trust.

Every statement that is sent is counted by what became of it, so that a log can be compared with
what was really asked. Standard library only."""
import os
import socket
import struct


class ServerError(Exception):
    """An ErrorResponse: `sqlstate` and the message."""

    def __init__(self, fields):
        self.sqlstate = fields.get("C", "")
        super().__init__(fields.get("M", ""))


def text(value):
    return value if isinstance(value, bytes) else value.encode()


class Session:
    """One connection; `encoding` is how texts are sent (bytes are sent as they are)."""

    def __init__(self, database, application, user=None, **options):
        self.errors = []
        self.pending = b""
        self.copied = ()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect("%s/.s.PGSQL.%s" % (os.environ["PGHOST"], os.environ["PGPORT"]))
        options.update(user=user or os.environ["PGUSER"], database=database,
                       application_name=application)
        body = struct.pack("!I", 3 << 16)
        for name, value in options.items():
            body += text(name) + b"\0" + text(value) + b"\0"
        body += b"\0"
        self.socket.sendall(struct.pack("!I", len(body) + 4) + body)
        self.until_ready()

    # ---- messages -------------------------------------------------------------------------------

    def send(self, kind, body=b""):
        self.socket.sendall(kind + struct.pack("!I", len(body) + 4) + body)

    def take(self, count):
        while len(self.pending) < count:
            more = self.socket.recv(1 << 16)
            if not more:
                raise ConnectionError("the server closed the connection")
            self.pending += more
        taken, self.pending = self.pending[:count], self.pending[count:]
        return taken

    def message(self):
        head = self.take(5)
        return head[:1], self.take(struct.unpack("!I", head[1:])[0] - 4)

    def until_ready(self):
        """Reads up to ReadyForQuery; the rows' first columns, as bytes; raises the first error."""
        failed, rows = None, []
        while True:
            kind, body = self.message()
            if kind == b"E":
                fields = {p[:1].decode(): p[1:].decode("utf-8", "replace")
                          for p in body.split(b"\0") if p}
                failed = failed or ServerError(fields)
                if fields.get("S") in ("FATAL", "PANIC"):
                    raise failed
            elif kind == b"D":
                size = struct.unpack("!i", body[2:6])[0] if body[:2] != b"\0\0" else -1
                rows.append(None if size < 0 else body[6:6 + size])
            elif kind == b"K":
                self.process = struct.unpack("!I", body[:4])[0]
            elif kind == b"G":
                for chunk in self.copied:
                    self.send(b"d", text(chunk))
                self.send(b"c")
            elif kind == b"Z":
                if failed:
                    self.errors.append(failed.sqlstate)
                    raise failed
                return rows

    # ---- what a client does ---------------------------------------------------------------------

    def simple(self, sql):
        """One message of the simple protocol."""
        self.send(b"Q", text(sql) + b"\0")
        return self.until_ready()

    def copy_in(self, sql, chunks):
        """A COPY FROM STDIN with its data."""
        self.copied = chunks
        try:
            return self.simple(sql)
        finally:
            self.copied = ()

    def fastpath(self, function):
        """A function call without arguments, by its oid."""
        self.send(b"F", struct.pack("!IHHH", function, 0, 0, 0))
        return self.until_ready()

    def failing(self, sql, *parameters):
        """A statement that has to fail; its SQLSTATE."""
        try:
            self.extended(sql, parameters) if parameters else self.simple(sql)
        except ServerError as error:
            return error.sqlstate
        raise AssertionError("succeeded: %r" % (sql,))

    def parse(self, name, sql):
        self.send(b"P", text(name) + b"\0" + text(sql) + b"\0\0\0")

    def bind(self, portal, name, parameters=()):
        body = text(portal) + b"\0" + text(name) + b"\0" + struct.pack("!HH", 0, len(parameters))
        for value in parameters:
            if value is None:
                body += struct.pack("!i", -1)
            else:
                raw = text(value if isinstance(value, (bytes, str)) else str(value))
                body += struct.pack("!i", len(raw)) + raw
        self.send(b"B", body + b"\0\0")

    def describe_statement(self, name):
        self.send(b"D", b"S" + text(name) + b"\0")

    def execute(self, portal="", rows=0):
        self.send(b"E", text(portal) + b"\0" + struct.pack("!I", rows))

    def close_portal(self, portal):
        self.send(b"C", b"P" + text(portal) + b"\0")

    def sync(self):
        self.send(b"S")
        return self.until_ready()

    def extended(self, sql, parameters=()):
        """Parse, bind and execute of the unnamed statement."""
        self.parse("", sql)
        self.bind("", "", parameters)
        self.execute()
        return self.sync()

    def prepared(self, name, parameters=()):
        """Bind and execute of a statement that was parsed before."""
        self.bind("", name, parameters)
        self.execute()
        return self.sync()

    def close(self):
        self.send(b"X")
        self.socket.close()

    def drop(self):
        """Goes away without a word."""
        self.socket.close()
