"""Messages over file descriptors 3 (requests) and 4 (replies): u32 length, then so many bytes. All numbers are little-endian.

A request is u8 kind, u8 mask of observations, u16 rows, u32 sequence number, then its body. A reply is u8 kind, u8 nothing,
u16 rows, u32 sequence number, then its body. docs/python-env.md has the bodies.
"""

import json
import os
import struct

from .guard import REPLIES, REQUESTS

PROTOCOL = 1
HEAD = struct.Struct("<BBHI")
LENGTH = struct.Struct("<I")
OPEN, RESET, STEP, OBSERVE, RENDER, REPLAY, CLOSE = range(1, 8)
HELLO, ROWS, PICTURE, DONE, FAILED = range(1, 6)


def read_request() -> memoryview | None:
    """The next request without its length, or None where the other side is gone."""
    data = os.read(REQUESTS, 65536)
    while len(data) < 4:
        more = os.read(REQUESTS, 65536)
        if not more:
            return None
        data += more
    (length,) = LENGTH.unpack_from(data)
    if len(data) < 4 + length:
        whole = bytearray(data)
        while len(whole) < 4 + length:
            more = os.read(REQUESTS, 1 << 20)
            if not more:
                return None
            whole += more
        data = bytes(whole)
    # One request at a time: the next is sent when this one has been answered.
    return memoryview(data)[4 : 4 + length]


def write_all(data: memoryview) -> None:
    while data:
        data = data[os.write(REPLIES, data) :]


def write_reply(kind: int, sequence: int, body: bytes) -> None:
    write_all(memoryview(LENGTH.pack(HEAD.size + len(body)) + HEAD.pack(kind, 0, 0, sequence) + body))


def write_failure(sequence: int, code: str, message: str) -> None:
    write_reply(FAILED, sequence, json.dumps({"code": code, "message": " ".join(message.split())}).encode())


def refuse_all(message: str) -> None:
    """Answers for a child that cannot work."""
    while (request := read_request()) is not None:
        write_failure(HEAD.unpack_from(request)[3], "failed-precondition", message)
