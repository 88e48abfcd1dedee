"""Connections that call as fast as they can, many to a process and without a gRPC library, which would be the slower
end. One that is closed comes again.

Reads from standard input one line of JSON, {"address": [host, port], "in_flight": n, "connections": [{"identity":
folder, "calls": [[path, request in hexadecimal], …]}, …]}; says "flooding" once all are connected; floods until
standard input ends; then prints as JSON the seconds that took, and how many calls ended with each status.
"""

import collections
import json
import select
import socket
import ssl
import struct
import sys
import time

import hpack

from frames import *


class Flood:
    """One connection with always as many calls under way as it may have."""

    def __init__(self, address, identity: str, calls, in_flight: int, ended: collections.Counter):
        self.again = lambda: Flood(address, identity, calls, in_flight, ended)
        context = ssl.create_default_context(cafile=f"{identity}/ca.pem")
        context.load_cert_chain(f"{identity}/cert.pem", f"{identity}/key.pem")
        context.set_alpn_protocols(["h2"])
        self.socket = context.wrap_socket(socket.create_connection(address, 60), server_hostname=address[0])
        self.socket.setblocking(False)
        self._calls = [(block(headers(path)), message(bytes.fromhex(request))) for path, request in calls]
        self._in_flight, self._ended = in_flight, ended
        self._decoder, self._received, self._stream = hpack.Decoder(max_header_list_size=1 << 20), b"", 1
        room = LARGEST_WINDOW - FIRST_WINDOW
        self._sending = PREFACE + settings((INITIAL_WINDOW, LARGEST_WINDOW)) + window_update(0, room)
        self._open, self._window = set(), FIRST_WINDOW

    def begin(self) -> None:
        while len(self._open) < self._in_flight:
            encoded, request = self._calls[self._stream // 2 % len(self._calls)]
            if len(request) > self._window:
                return
            self._window -= len(request)
            self._sending += header_frames(self._stream, encoded) + frame(DATA, END_STREAM, self._stream, request)
            self._open.add(self._stream)
            self._stream += 2

    def write(self) -> bool:
        """Whether something is left to write."""
        try:
            while self._sending:
                self._sending = self._sending[self.socket.send(self._sending):]
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return True
        except OSError:
            pass  # Reading says the same.
        return False

    def read(self) -> bool:
        """False when the connection has ended."""
        try:
            while True:
                got = self.socket.recv(1 << 16)
                if not got:
                    return False
                self._received += got
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            self._take_frames()
            return True
        except OSError:
            return False

    def _take_frames(self) -> None:
        at = 0
        while len(self._received) >= at + 9:
            high, low, kind, flags, stream = struct.unpack_from(">BHBBI", self._received, at)
            length = high << 16 | low
            if len(self._received) < at + 9 + length:
                break
            payload = self._received[at + 9:at + 9 + length]
            at += 9 + length
            if kind == HEADERS:
                self._take_headers(flags, stream, dict(self._decoder.decode(payload)))
            elif kind == RST_STREAM:
                self._end(stream, "reset")
            elif kind == WINDOW_UPDATE and stream == 0:
                self._window += struct.unpack(">I", payload)[0]
            elif kind in (PING, SETTINGS) and not flags & ACK:
                self._sending += frame(kind, ACK, 0, payload if kind == PING else b"")
        self._received = self._received[at:]

    def _take_headers(self, flags: int, stream: int, found: dict) -> None:
        if flags & END_STREAM:
            self._end(stream, found.get("grpc-status", "none"))

    def _end(self, stream: int, how: str) -> None:
        if stream in self._open:
            self._open.remove(stream)
            self._ended[how] += 1


def main() -> None:
    job = json.loads(sys.stdin.readline())
    ended = collections.Counter()
    floods = {}
    for each in job["connections"]:
        flood = Flood(tuple(job["address"]), each["identity"], each["calls"], job["in_flight"], ended)
        floods[flood.socket.fileno()] = flood
    print("flooding", flush=True)
    poll, start = select.poll(), time.monotonic()
    poll.register(sys.stdin, select.POLLIN)

    def go_on(flood: Flood) -> None:
        flood.begin()
        poll.register(flood.socket, select.POLLIN | (select.POLLOUT if flood.write() else 0))

    for flood in floods.values():
        go_on(flood)
    while True:
        events = poll.poll()
        for number, _ in events:
            if number == sys.stdin.fileno():
                print(json.dumps({"seconds": time.monotonic() - start, "ended": ended}))
                return
            flood = floods[number]
            if not flood.read():
                ended["closed"] += 1
                poll.unregister(number)
                flood.socket.close()
                flood = floods.pop(number).again()
                floods[flood.socket.fileno()] = flood
            go_on(flood)


if __name__ == "__main__":
    main()
