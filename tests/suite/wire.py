"""Connections to the suite by hand, for clients that do what no library lets them do."""

import contextlib
import dataclasses
import socket
import ssl
import struct

import hpack

import harness
import stubs
from frames import *


def path(service: str, name: str) -> str:
    return f"/{stubs.full_name(service)}/{name}"


def tls(suite, identity: str) -> ssl.SSLContext:
    folder = suite.identity(identity)
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    context.set_alpn_protocols(["h2"])
    return context


def connect(suite, service: str = "membership", receive_buffer: int = 0) -> socket.socket:
    """A connection without TLS."""
    plain = socket.socket()
    if receive_buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.settimeout(harness.CALL_SECONDS)
    host, port = suite.addresses[service].split(":")
    plain.connect((host, int(port)))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return plain


def is_closed(connection: socket.socket) -> bool:
    """Waits until the other side closes; False when it does not."""
    try:
        while connection.recv(65536):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True


class Records:
    """TLS whose records can be looked at, kept and spoilt before they are sent."""

    def __init__(self, suite, identity: str, service: str = "membership"):
        self.socket = connect(suite, service)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = tls(suite, identity).wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")
        self.sent = b""

    def hello(self) -> bytes:
        """The ClientHello, which is not sent."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
        return self._outgoing.read()

    def handshake(self) -> None:
        while True:
            try:
                self._tls.do_handshake()
                self.send(self._outgoing.read())
                return
            except ssl.SSLWantReadError:
                self.send(self._outgoing.read())
                self._incoming.write(self.socket.recv(65536))

    def seal(self, content: bytes) -> bytes:
        self._tls.write(content)
        return self._outgoing.read()

    def send(self, records: bytes) -> None:
        self.sent += records
        self.socket.sendall(records)

    def receive(self) -> bytes:
        while True:
            try:
                return self._tls.read(65536)
            except ssl.SSLWantReadError:
                self._incoming.write(self.socket.recv(65536))


@dataclasses.dataclass
class Answer:
    """What came back on a stream. `code` is None without a grpc-status, `reset` the error of an RST_STREAM."""
    code: int = None
    text: str = ""
    reset: int = None
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b""
    ended: bool = False

    def parsed(self, kind):
        return kind.FromString(self.body[5:])


class Connection:
    """One connection with a certificate. Reads only when asked to; then answers SETTINGS and PING, and makes room."""

    def __init__(self, suite, identity: str, service: str = "membership", start: bytes = START,
                 receive_buffer: int = 0):
        plain = connect(suite, service, receive_buffer)
        self.socket = tls(suite, identity).wrap_socket(plain, server_hostname="localhost")
        self.closed, self.goaway, self.answers, self.pongs = False, None, {}, []
        self._streams, self._received = 1, b""
        self._windows, self._first_window = {0: FIRST_WINDOW}, FIRST_WINDOW
        self._decoder, self._block = hpack.Decoder(max_header_list_size=1 << 20), b""
        self.send(start)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.close()

    def send(self, *parts: bytes) -> bool:
        """Whether the other side took all of it within CALL_SECONDS."""
        with contextlib.suppress(OSError):
            self.socket.sendall(b"".join(parts))
            return True
        return False

    # --- Calls -----------------------------------------------------------------

    def stream(self) -> int:
        self._streams += 2
        return self._streams - 2

    def open(self, path: str, *more, without=(), end: bool = False) -> int:
        """Sends the headers of a call and returns its stream."""
        stream = self.stream()
        self.send(header_frames(stream, block(headers(path, *more, without=without)), end))
        return stream

    def call(self, path: str, content: bytes = message(), *more, without=()) -> Answer:
        """A whole call with this content, whatever it is."""
        stream = self.open(path, *more, without=without)
        self.write(stream, content)
        return self.answer(stream)

    def write(self, stream: int, content: bytes, end: bool = True) -> None:
        """Sends this, as the other side makes room, and the end of the stream."""
        content = memoryview(content)
        while not self.closed and not self.of(stream).ended:
            room = min(self._windows[0], self._windows.setdefault(stream, self._first_window), LARGEST_FRAME)
            if room <= 0 and content:
                self.step()
                continue
            piece, content = content[:room], content[room:]
            self._windows[0] -= len(piece)
            self._windows[stream] -= len(piece)
            self.send(frame(DATA, END_STREAM if end and not content else 0, stream, bytes(piece)))
            if not content:
                return

    def of(self, stream: int) -> Answer:
        return self.answers.setdefault(stream, Answer())

    def answer(self, stream: int) -> Answer:
        """Waits for the end of the stream or of the connection."""
        while not self.of(stream).ended and self.step():
            pass
        return self.of(stream)

    def goes_on(self) -> bool:
        """Whether the other side still answers a PING; False when it ends the connection instead."""
        mark = b"%08d" % len(self.pongs)
        self.send(frame(PING, payload=mark))
        while mark not in self.pongs and self.step():
            pass
        return not self.closed

    # --- Reading ---------------------------------------------------------------

    def step(self) -> bool:
        """Takes in one frame; False when the other side has ended the connection."""
        prefix = self._read(9)
        if prefix is None:
            return False
        high, low, kind, flags, stream = struct.unpack(">BHBBI", prefix)
        payload = self._read(high << 16 | low)
        if payload is None:
            return False
        self._take(kind, flags, stream, payload)
        return True

    def _read(self, count: int):
        while len(self._received) < count:
            try:
                got = self.socket.recv(65536)
            except TimeoutError:
                raise AssertionError("the service says nothing") from None
            except OSError:
                got = b""
            if not got:
                self.closed = True
                return None
            self._received += got
        taken, self._received = self._received[:count], self._received[count:]
        return taken

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == SETTINGS and not flags & ACK:
            pairs = dict(struct.iter_unpack(">HI", payload))
            self._first_window = pairs.get(INITIAL_WINDOW, self._first_window)
            self.send(frame(SETTINGS, ACK))
        elif kind == PING:
            self.pongs.append(payload) if flags & ACK else self.send(frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE:
            self._windows[stream] = self._windows.get(stream, self._first_window) + struct.unpack(">I", payload)[0]
        elif kind == GOAWAY:
            self.goaway = payload[8:].decode(errors="replace")
        elif kind == RST_STREAM:
            self.of(stream).reset = struct.unpack(">I", payload)[0]
            self.of(stream).ended = True
        elif kind == DATA:
            self.of(stream).body += payload
            self.of(stream).ended |= bool(flags & END_STREAM)
            if payload:
                self.send(window_update(0, len(payload)), window_update(stream, len(payload)))
        elif kind in (HEADERS, CONTINUATION):
            self._block += payload
            if flags & END_HEADERS:
                self._take_headers(self.of(stream))
            self.of(stream).ended |= kind == HEADERS and bool(flags & END_STREAM)

    def _take_headers(self, answer: Answer) -> None:
        answer.headers.update(self._decoder.decode(self._block))
        self._block = b""
        answer.text = answer.headers.get("grpc-message", "")
        if "grpc-status" in answer.headers:
            answer.code = int(answer.headers["grpc-status"])
