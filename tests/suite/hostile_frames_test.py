"""Goal: whatever arrives below gRPC (broken TLS, broken HTTP/2, floods of frames, endless headers, connections that say
nothing or never end) costs its sender a connection at most: an honest office goes on, the process lives and stays small."""

import random
import struct
import unittest

import grpc

import examples
import harness
import stubs
import wire
from frames import *
from hostile import ATTACKER, HostileTest, code

LIST_CLUSTERS = wire.path("directory", "ListClusters")
CALL = block(headers(LIST_CLUSTERS))
REQUEST = frame(DATA, END_STREAM, 1, message())
RESOURCE_EXHAUSTED = code(grpc.StatusCode.RESOURCE_EXHAUSTED)
# Settings of the service, above which its own connections close: runtime/limits.h.
HANDSHAKE_SECONDS = 10


def record(kind: int, content: bytes, version: int = 0x0303, length=None) -> bytes:
    return struct.pack(">BHH", kind, version, len(content) if length is None else length) + content


def broken_records() -> dict:
    noise = random.Random(7).randbytes(5000)
    return {
        "nothing but zeros": bytes(1000),
        "noise": b"\x80" + noise,
        "HTTP": b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "HTTP/2 without TLS": START + header_frames(1, CALL) + REQUEST,
        "a record longer than any may be": record(22, noise, length=0xffff),
        "an empty handshake": record(22, b"") * 100,
        "a hello that is noise": record(22, b"\x01\x00\x10\x00" + noise[:4096]),
        "a hello that ends before it should": record(22, b"\x01\x00\x00\x05\x03\x03abc"),
        "data before the handshake": record(23, noise[:100]),
        "an alert": record(21, b"\x02\x28"),
        "an unknown kind of record": record(99, noise[:100]),
        "the end of a handshake that never began": record(20, b"\x01") + record(22, b"\x14\x00\x00\x0c" + bytes(12)),
    }


def broken_frames() -> dict:
    """What is wrong, and the bytes after the preface and SETTINGS."""
    opened = header_frames(1, CALL)
    with_header = lambda *pair: header_frames(1, CALL + literal(*pair), True)
    return {
        "a frame too long": frame(DATA, 0, 1, bytes(LARGEST_FRAME + 1)),
        "a frame that says 16 MB": frame(DATA, 0, 1, bytes(100), length=(1 << 24) - 1),
        "unknown frames": b"".join(frame(kind, 0xff, 5, b"what") for kind in range(10, 256)),
        "SETTINGS of seven bytes": frame(SETTINGS, payload=bytes(7)),
        "SETTINGS on a stream": frame(SETTINGS, 0, 1),
        "SETTINGS with a window too large": settings((INITIAL_WINDOW, 0xffffffff)),
        "SETTINGS with frames too short": settings((FRAME_SIZE, 1)),
        "SETTINGS with a table of 4 GB": settings((HEADER_TABLE_SIZE, 0xffffffff)),
        "an acknowledgement with content": frame(SETTINGS, ACK, 0, bytes(6)),
        "PUSH_PROMISE from a client": frame(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 2)),
        "DATA on stream 0": frame(DATA, 0, 0, b"x"),
        "DATA on a stream not opened": frame(DATA, 0, 7, b"x"),
        "HEADERS on stream 0": frame(HEADERS, END_HEADERS),
        "HEADERS on a stream of the server's": header_frames(2, CALL, True),
        "streams that go backwards": header_frames(9, CALL, True) + header_frames(3, CALL, True),
        "a stream opened twice": opened + opened,
        "PING of one byte": frame(PING, payload=b"x"),
        "RST_STREAM on stream 0": reset(0),
        "RST_STREAM of three bytes": frame(RST_STREAM, 0, 1, b"abc"),
        "GOAWAY from a client": frame(GOAWAY, payload=bytes(8)),
        "a window larger by nothing": window_update(0, 0),
        "a window that overflows": window_update(0, LARGEST_WINDOW) * 2,
        "a stream's window that overflows": opened + window_update(1, LARGEST_WINDOW) * 2,
        "CONTINUATION of nothing": frame(CONTINUATION, END_HEADERS, 1),
        "headers cut off by another frame": frame(HEADERS, 0, 1, CALL) + frame(PING, payload=bytes(8)),
        "a stream that depends on itself": frame(PRIORITY, 0, 1, struct.pack(">IB", 1, 255)) * 1000,
        "streams that depend on each other": b"".join(frame(PRIORITY, 0, one, struct.pack(">IB", other, 0))
                                                      for one, other in ((1, 3), (3, 5), (5, 1))) * 1000,
        "more padding than frame": frame(HEADERS, END_HEADERS | PADDED, 1, b"\xff" + CALL),
        "more padding than data": opened + frame(DATA, PADDED, 1, b"\xffshort"),
        "a header without a name": with_header("", "x"),
        "a header in capitals": with_header("X-Upper", "x"),
        "a header name with a zero byte": with_header(b"x\0y", "x"),
        "a header value with a line break": with_header("x", "x\r\nte: y"),
        "a header value of no alphabet": with_header("x", b"\xff\xfe"),
        "an unknown pseudo-header": with_header(":x", "x"),
        "base64 that is none": with_header("giaoban-statement-bin", "!!!!"),
        "header 0 of the table": header_frames(1, b"\x80"),
        "header 9999 of the table": header_frames(1, number(9999, 7, 0x80)),
        "a number that never ends": header_frames(1, b"\xff" * 5000),
        "a number of zeros": header_frames(1, b"\xff" + b"\x80" * 5000 + b"\0"),
        "a Huffman code that is none": header_frames(1, b"\x00\x84\xff\xff\xff\xff\x01x"),
        "a header table of 4 GB": header_frames(1, number(0xffffffff, 5, 0x20)),
        "a header that says 2 GB": header_frames(1, b"\x00" + number(1 << 31, 7) + b"x"),
    }


class FramesTest(HostileTest):

    def test_broken_tls(self):
        # Goal: what is no TLS is answered by the end of the connection, at once; so is a spoilt record after a handshake.
        for what, sent in broken_records().items():
            with self.subTest(what), wire.connect(self.suite) as plain:
                plain.sendall(sent)
                self.assertTrue(wire.is_closed(plain))
        records = wire.Records(self.suite, ATTACKER)
        records.handshake()
        records.send(records.seal(START))
        spoilt = bytearray(records.seal(header_frames(1, CALL) + REQUEST))
        spoilt[-1] ^= 1
        records.send(bytes(spoilt))
        self.assertTrue(wire.is_closed(records.socket))
        self.assertEqual(self.started("directory", "ListClusters"), 0)
        self.assert_unharmed("broken TLS")

    def test_broken_frames(self):
        # Goal: after each of these the connection either has ended or still answers; it never hangs.
        starts = {"another protocol": b"POST / HTTP/1.1\r\n\r\n", "half a preface": PREFACE[:-2] + b"xx" + settings(),
                  "no SETTINGS": PREFACE + frame(PING, payload=bytes(8))}
        for what, start in starts.items():
            with self.subTest(what):
                self.assertFalse(self.connection(start=start).goes_on())
        ended = []
        for what, sent in broken_frames().items():
            with self.subTest(what):
                connection = self.connection()
                connection.send(sent)
                if not connection.goes_on():
                    ended.append(what)
                connection.close()
        print("ended by:", "; ".join(ended), flush=True)
        self.assert_unharmed("broken frames")

    def test_floods_of_frames(self):
        # Goal: cheap frames by the ten thousand, sent to make the service work or answer.
        opened, streams = header_frames(1, CALL), range(1, 20001, 2)
        denied = block(headers(wire.path("directory", "Watch")))
        floods = {
            "SETTINGS": settings((MAX_STREAMS, 5)) * 50000,
            "PING": frame(PING, payload=bytes(8)) * 50000,
            "RST_STREAM of streams never opened": b"".join(map(reset, streams)),
            "calls taken back at once": b"".join(header_frames(each, CALL) + reset(each) for each in streams),
            "denied calls taken back at once": b"".join(header_frames(each, denied) + reset(each) for each in streams),
            "PRIORITY": frame(PRIORITY, 0, 1, struct.pack(">IB", 3, 255)) * 50000,
            "WINDOW_UPDATE": window_update(0, 1) * 50000,
            "DATA without data": opened + frame(DATA, 0, 1) * 50000,
            "CONTINUATION without headers": frame(HEADERS, 0, 1, CALL) + frame(CONTINUATION, 0, 1) * 50000,
        }
        for what, sent in floods.items():
            with self.subTest(what):
                connection = self.connection()
                # Nothing is read meanwhile, so answers pile up where they may.
                connection.send(sent)
                self.submit()
                connection.goes_on()
                connection.close()
                self.assert_unharmed(what)

    def test_endless_headers(self):
        # Goal: headers that are too many or too long are refused or end the connection, before they cost memory.
        table = literal("x", "y" * 3000, INDEXED_LITERAL)
        attacks = {
            "64 KiB in a header": header_frames(1, CALL + literal("x", "y" * (64 << 10)), True),
            "5,000 keys": header_frames(1, CALL + block((f"key-{each}", "x") for each in range(5000)), True),
            "one header 16,000 times out of the table": header_frames(1, CALL + table + b"\xbe" * 16000, True),
            "and 160,000 times, by 20 calls": b"".join(header_frames(each, CALL + table + b"\xbe" * 160000, True)
                                                       for each in range(1, 41, 2)),
            "32 MB of headers": frame(HEADERS, 0, 1, CALL) + frame(CONTINUATION, 0, 1, literal("x", "y" * 16000)) * 2000,
        }
        for what, sent in attacks.items():
            with self.subTest(what):
                connection = self.connection()
                # Only who has acknowledged the service's SETTINGS is held to them; here it has.
                self.assertTrue(connection.goes_on())
                connection.send(sent)
                if connection.goes_on():
                    self.assertNotEqual(connection.of(1).code, 0)
                connection.close()
                self.assert_unharmed(what)

    def test_silence(self):
        # Goal: connections that stop at any point of their beginning hold nobody up; those that never showed a
        # certificate, or never spoke HTTP/2, are closed.
        records = wire.Records(self.suite, ATTACKER)
        self.addCleanup(records.socket.close)
        hello = records.hello()
        unproven = [wire.connect(self.suite) for _ in range(100)]
        for each in range(100):
            unproven.append(wire.connect(self.suite))
            unproven[-1].sendall(hello[:len(hello) * (each + 1) // 102])
        proven = [self.connection(start=start).socket for start in (b"", PREFACE[:10], PREFACE, START[:-3])
                  for _ in range(10)]
        for connection in unproven:
            self.addCleanup(connection.close)
        self.assert_unharmed("half-open connections")
        for connection in unproven + proven:
            connection.settimeout(2 * HANDSHAKE_SECONDS)
            self.assertTrue(wire.is_closed(connection))

    def test_calls_that_never_end(self):
        # Goal: a frame cut short, headers without a message, half a message, a message without an end: whoever leaves
        # them lying holds nobody up, and there is an end to how many one office can leave.
        submit = block(headers(wire.path("membership", "Submit")))
        half = message(bytes(1000))[:500]
        for what, left in {
                "half a frame": lambda each: header_frames(each, submit)[:20],
                "headers": lambda each: header_frames(each, submit),
                "half a message": lambda each: header_frames(each, submit) + frame(DATA, 0, each, half),
                "a message without an end": lambda each: header_frames(each, submit) + frame(DATA, 0, each, message()),
        }.items():
            with self.subTest(what):
                connections = [self.connection() for _ in range(10)]
                for connection in connections:
                    connection.send(*(left(each) for each in range(1, 201, 2)))
                self.assert_unharmed(f"{what}, a thousand times")
                for connection in connections:
                    connection.close()
        connection = self.connection()
        connection.send(*(header_frames(each, submit) for each in range(1, 20001, 2)))
        while len(connection.answers) < 5000:
            self.assertTrue(connection.step())
        self.assertEqual({answer.code for answer in connection.answers.values()}, {RESOURCE_EXHAUSTED})
        self.assert_unharmed("ten thousand streams on one connection")

    def test_slow_readers(self):
        # Goal: who asks for streams and large answers and never makes room for them costs a message each.
        self.suite.wait_for_summary(at_least=self.suite.accept_examples((examples.FIRST,)))
        after = [stubs.report.FeedPosition(cluster=examples.CLUSTER)]
        watch = stubs.kinds["membership"].messages.WatchRequest(after=after).SerializeToString()
        summary = stubs.aggregator.GetSummaryRequest(key=examples.summary_key(examples.FIRST)).SerializeToString()
        closed = START[:len(PREFACE)] + settings((INITIAL_WINDOW, 0))
        for what, path, request in (("streams", wire.path("membership", "Watch"), watch),
                                    ("large answers", wire.path("aggregator", "GetSummary"), summary)):
            for start, how in ((closed, "no window"), (START, "no reading")):
                with self.subTest(what, how=how):
                    connections = [self.connection(start=start, receive_buffer=4096) for _ in range(5)]
                    call = block(headers(path))
                    for connection in connections:
                        connection.send(*(header_frames(each, call) + frame(DATA, END_STREAM, each, message(request))
                                          for each in range(1, 101, 2)))
                    self.assert_unharmed(f"{what}, {how}")
                    for connection in connections:
                        connection.close()

    def test_a_slow_writer(self):
        # Goal: a request that comes byte by byte holds nobody up, and is answered when it is whole.
        connection = self.connection()
        request = stubs.kinds["membership"].messages.ListRequest(cluster=examples.CLUSTER, period=examples.SECOND)
        content = message(request.SerializeToString())
        stream = connection.open(wire.path("membership", "List"))
        for at in range(len(content)):
            connection.write(stream, content[at:at + 1], end=at == len(content) - 1)
            self.submit()
        self.assertEqual(connection.answer(stream).code, 0)
        records = wire.Records(self.suite, ATTACKER)
        records.handshake()
        for byte in records.seal(START + header_frames(1, CALL) + REQUEST):
            records.send(bytes([byte]))
        received = b""
        while frame(HEADERS, END_HEADERS | END_STREAM, 1)[3:] not in received:
            received += records.receive()
        self.assert_unharmed("a slow writer")


if __name__ == "__main__":
    unittest.main(verbosity=2)
