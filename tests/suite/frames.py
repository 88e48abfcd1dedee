"""HTTP/2 and gRPC spelt out, the wrong way too where that is wanted. Knows nothing of the suite."""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 1
END_HEADERS, PADDED = 4, 8
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_STREAMS, INITIAL_WINDOW, FRAME_SIZE, HEADER_LIST_SIZE = range(1, 7)
LARGEST_FRAME, FIRST_WINDOW, LARGEST_WINDOW = 16384, 65535, 0x7fffffff
LITERAL, INDEXED_LITERAL = 0, 0x40


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"", length=None) -> bytes:
    """A frame; `length` is what it says of itself when that is a lie."""
    length = len(payload) if length is None else length
    return struct.pack(">BHBBI", length >> 16, length & 0xFFFF, kind, flags, stream) + payload


def settings(*pairs) -> bytes:
    return frame(SETTINGS, payload=b"".join(struct.pack(">HI", *pair) for pair in pairs))


START = PREFACE + settings()


def window_update(stream: int, by: int) -> bytes:
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", by))


def reset(stream: int) -> bytes:
    return frame(RST_STREAM, 0, stream, struct.pack(">I", 8))


def number(value: int, prefix: int, first: int = 0) -> bytes:
    """A number as HPACK writes it, with the bits of `first` before the prefix."""
    most = (1 << prefix) - 1
    if value < most:
        return bytes([first | value])
    written, value = [first | most], value - most
    while value >= 128:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes([*written, value])


def literal(name, value, first: int = LITERAL) -> bytes:
    """A header spelt out; an INDEXED_LITERAL also enters the other side's table."""
    spell = lambda text: number(len(text), 7) + text
    return bytes([first]) + b"".join(spell(text if isinstance(text, bytes) else text.encode())
                                     for text in (name, value))


def block(pairs) -> bytes:
    return b"".join(literal(*pair) for pair in pairs)


def header_frames(stream: int, encoded: bytes, end: bool = False) -> bytes:
    """HEADERS, and CONTINUATION for what does not fit."""
    pieces = [encoded[at:at + LARGEST_FRAME] for at in range(0, len(encoded), LARGEST_FRAME)] or [b""]
    flags = lambda index: (END_HEADERS if index == len(pieces) - 1 else 0) | (END_STREAM if end and not index else 0)
    return b"".join(frame(CONTINUATION if index else HEADERS, flags(index), stream, piece)
                    for index, piece in enumerate(pieces))


def headers(path: str, *more, without=()) -> list:
    """The headers of a call: the usual ones but for some, and others after them."""
    usual = ((":method", "POST"), (":scheme", "https"), (":path", path), (":authority", "localhost"),
             ("content-type", "application/grpc"), ("te", "trailers"))
    return [pair for pair in usual if pair[0] not in without] + list(more)


def message(body: bytes = b"", compressed: int = 0, length=None) -> bytes:
    """A message with its prefix; `length` is what it says of itself when that is a lie."""
    return struct.pack(">BI", compressed, len(body) if length is None else length) + body
