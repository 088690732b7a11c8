"""A proxy between libpq and the server's unix socket that does to a connection what networks do."""
import ctypes
import select
import socket
import struct
import threading
import time

CHUNK = 65536
# Of Linux; Python has no name for it.
SO_ATTACH_FILTER = 26


class Proxy:
    """Listens on a port of the loopback. What it does is set by its fields, at any time, for all connections:

    `latency`      seconds each way before bytes go on
    `slice_bytes`  at most so many bytes a send
    `rate`         bytes a second each way
    `swallow`      takes bytes and gives none (a half-open connection)
    `refuse`       closes new connections at once
    `lose_reply`   a function, asked at each COMMIT: true forwards it, drops what the server answers and resets
    """

    def __init__(self, cluster):
        self.target = cluster.socket
        self.latency = self.slice_bytes = self.rate = 0
        self.swallow = self.refuse = False
        self.lose_reply = None
        self.commits = self.lost = self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.pairs = []
        self.ending = False
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def conninfo(self, database, more=""):
        return ("host=127.0.0.1 port=%d user=postgres dbname=%s sslmode=disable gssencmode=disable %s" % (
            self.port, database, more)).strip()

    def accept(self):
        while not self.ending:
            ready, _, _ = select.select([self.listener], [], [], 0.2)
            if not ready:
                continue
            client, _ = self.listener.accept()
            if self.refuse:
                client.close()
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self.target)
            except OSError:
                client.close()
                continue
            self.connections += 1
            pair = Pair(self, client, server)
            self.pairs.append(pair)
            pair.start()

    def reset_all(self):
        """RST on every connection."""
        for pair in list(self.pairs):
            pair.reset()

    def vanish(self):
        """The other machine is gone: nothing that comes in on a connection is acknowledged by anyone, and nothing is
        sent. New connections live."""
        for pair in list(self.pairs):
            deafen(pair.client)

    def close(self):
        self.ending = True
        self.thread.join(2)
        self.listener.close()
        self.reset_all()


def deafen(end):
    """The kernel drops whatever comes in before it reaches TCP."""
    drop_all = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    end.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(drop_all)))


class Pair:
    """One connection: a thread each way."""

    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.frontend = Frontend()
        self.dropping = False
        self.is_closed = False

    def start(self):
        for source, target, forward in ((self.client, self.server, self.to_server),
                                        (self.server, self.client, self.to_client)):
            threading.Thread(target=self.pump, args=(source, target, forward), daemon=True).start()

    def pump(self, source, target, forward):
        try:
            while True:
                content = source.recv(CHUNK)
                if not content:
                    break
                if not self.proxy.swallow:
                    forward(target, content)
        except OSError:
            pass
        self.shut()

    def to_server(self, target, content):
        for kind, text in self.frontend.take(content):
            if kind in (b"Q", b"P") and text.strip(b"\0 ;").upper().endswith(b"COMMIT"):
                self.proxy.commits += 1
                if self.proxy.lose_reply is not None and self.proxy.lose_reply():
                    self.proxy.lost += 1
                    self.dropping = True
        self.send(target, content)

    def to_client(self, target, content):
        if self.dropping:
            # The server has answered, so it has committed; the client will not hear of it.
            self.reset()
            return
        self.send(target, content)

    def send(self, target, content):
        proxy = self.proxy
        if proxy.latency:
            time.sleep(proxy.latency)
        step = proxy.slice_bytes or len(content)
        for low in range(0, len(content), step):
            piece = content[low:low + step]
            target.sendall(piece)
            if proxy.rate:
                time.sleep(len(piece) / proxy.rate)

    def reset(self):
        try:
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        self.shut()

    def shut(self):
        if self.is_closed:
            return
        self.is_closed = True
        for end in (self.client, self.server):
            try:
                # Wakes the other thread's recv, without which close would wait for it. Nothing is sent to the
                # client by this: what ends its connection is the close, as a reset where that was asked for.
                end.shutdown(socket.SHUT_RD if end is self.client else socket.SHUT_RDWR)
            except OSError:
                pass
            try:
                end.close()
            except OSError:
                pass
        if self in self.proxy.pairs:
            self.proxy.pairs.remove(self)


class Frontend:
    """Messages of the frontend's protocol, in pieces as they come; of long ones only the beginning is kept."""

    KEPT = 64

    def __init__(self):
        self.buffer = b""
        self.skip = 0
        self.is_started = False

    def take(self, content):
        """(type, beginning of the body) of the messages that are whole by now."""
        found = []
        if self.skip:
            gone = min(self.skip, len(content))
            self.skip -= gone
            content = content[gone:]
        self.buffer += content
        while True:
            head = 5 if self.is_started else 4
            if len(self.buffer) < head:
                return found
            length = struct.unpack("!i", self.buffer[head - 4:head])[0] + head - 4
            kind = self.buffer[:1] if self.is_started else b""
            if len(self.buffer) >= length:
                found.append((kind, self.buffer[head:length]))
                self.started(kind, self.buffer[head:length])
                self.buffer = self.buffer[length:]
            elif length > CHUNK:
                found.append((kind, self.buffer[head:head + self.KEPT]))
                self.skip = length - len(self.buffer)
                self.buffer = b""
                return found
            else:
                return found

    def started(self, kind, body):
        """A startup packet carries protocol 3.0; requests of encryption come before it."""
        if not self.is_started and body[:4] == struct.pack("!i", 3 << 16):
            self.is_started = True
