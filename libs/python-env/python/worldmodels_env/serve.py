"""Answers requests until the other side closes, or asks to end."""

import json
import os
import platform
import resource
import struct
import sys
import traceback
from typing import Any

import numpy as np

from . import wire
from .cores import claim_core
from .errors import EngineDied, Refusal
from .slot import Module, Origin, Slot
from .stream import STREAM_BYTES

BYTES = {"uint8": 1, "float32": 4, "float64": 8}
RECORD = struct.Struct("<HBBd")
LENGTH16 = struct.Struct("<H")
TERMINATED, TRUNCATED, FAULTED, HAS_STREAM, WORN = 1, 2, 4, 8, 16
# What a row of RESET or REPLAY begins with: nothing (the slot's own stream goes on), a seed, or a stream's state.
SEED, STREAM = 1, 2
# Of getrusage's memory: kilobytes, but on macOS bytes.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Server:
    def __init__(self, request: dict[str, Any]) -> None:
        self.module = create_module(request)
        self.slots: list[Slot | None] = [None] * int(request["slots"])
        self.recycle = request["recycle"]
        self.episodes = 0
        self.spec = self.module.spec()
        action = self.spec["action"]
        self.action_size: int = action["size"] if action["type"] == "BOX" else 1
        self.names = list(self.spec["observations"])
        self.sizes = [
            BYTES[each["dtype"]] * int(np.prod(each["shape"], dtype=np.int64)) for each in self.spec["observations"].values()
        ]
        self.out = bytearray(4 + wire.HEAD.size + len(self.slots) * (sum(self.sizes) + 4096))
        self.view = np.frombuffer(self.out, np.uint8)

    def hello(self) -> dict[str, Any]:
        # No more of Python's version than can matter: recordings of two machines are to be the same bytes.
        versions = {"python": ".".join(platform.python_version_tuple()[:2]), "numpy": np.__version__, **self.module.versions()}
        return {"protocol": wire.PROTOCOL, "pid": os.getpid(), "versions": versions, "spec": self.spec}

    def slot(self, index: int) -> Slot:
        slot = self.slots[index]
        if slot is None:
            slot = self.slots[index] = self.module.create_slot(index)
        return slot

    def reset(self, request: memoryview, mask: int, rows: int, sequence: int) -> None:
        results = []
        offset = wire.HEAD.size
        for _ in range(rows):
            index, origin, offset = read_origin(request, offset)
            try:
                before = self.slot(index).reset(origin)
            except EngineDied as error:
                raise Refusal("unavailable", f"slot {index} could not be reset: {error}") from error
            self.episodes += 1
            results.append((index, HAS_STREAM + WORN * self.is_worn(), 0.0, (), before))
        self.reply(results, mask, sequence)

    def is_worn(self) -> bool:
        if self.episodes >= self.recycle["childEpisodes"]:
            return True
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT > self.recycle["childBytes"]

    def step(self, request: memoryview, mask: int, rows: int, sequence: int) -> None:
        results = []
        offset = wire.HEAD.size
        size = 4 * self.action_size
        for _ in range(rows):
            (index,) = LENGTH16.unpack_from(request, offset)
            action = np.frombuffer(request, "<f4", self.action_size, offset + 2)
            offset += 2 + size
            try:
                # A picture is always looked at: the last one before the end must be there when it is asked for later.
                reward, terminated, truncated, info = self.slot(index).step(action, True)
                results.append((index, TERMINATED * terminated + TRUNCATED * truncated, reward, info, b""))
            except EngineDied as error:
                print(f"slot {index}: {error}", file=sys.stderr, flush=True)
                results.append((index, FAULTED, 0.0, (), b""))
        self.reply(results, mask, sequence)

    def observe(self, request: memoryview, mask: int, rows: int, sequence: int) -> None:
        indices = struct.unpack_from(f"<{rows}H", request, wire.HEAD.size)
        self.reply([(index, 0, 0.0, (), b"") for index in indices], mask, sequence)

    def render(self, request: memoryview, sequence: int) -> None:
        index, width, height = struct.unpack_from("<HII", request, wire.HEAD.size)
        wire.write_reply(wire.PICTURE, sequence, self.slot(index).render(width, height).tobytes())

    def replay(self, request: memoryview, mask: int, sequence: int) -> None:
        index, origin, offset = read_origin(request, wire.HEAD.size)
        (count,) = wire.LENGTH.unpack_from(request, offset)
        actions = np.frombuffer(request, "<f4", count * self.action_size, offset + 4).reshape(count, self.action_size)
        slot = self.slot(index)
        try:
            before = slot.reset(origin)
            for step, action in enumerate(actions):
                # Where the last step ends the episode, the picture of the one before it stays.
                slot.step(action, step >= count - 2)
        except EngineDied as error:
            raise Refusal("unavailable", f"slot {index} could not be restored: {error}") from error
        self.reply([(index, HAS_STREAM, 0.0, (), before)], mask, sequence)

    def reply(self, results: list[tuple[Any, ...]], mask: int, sequence: int) -> None:
        """Observations of all rows first, then a record of each row."""
        offset = 4 + wire.HEAD.size
        for index, flags, *_ in results:
            for bit, (name, size) in enumerate(zip(self.names, self.sizes)):
                if mask >> bit & 1:
                    if not flags & FAULTED:
                        self.slot(index).observe(name, self.view[offset : offset + size])
                    offset += size
        for index, flags, reward, info, stream in results:
            RECORD.pack_into(self.out, offset, index, flags, len(info), reward)
            offset += RECORD.size
            for name, value in info:
                encoded = name.encode()[:64]
                struct.pack_into(f"<B{len(encoded)}sd", self.out, offset, len(encoded), encoded, value)
                offset += 9 + len(encoded)
            self.out[offset : offset + len(stream)] = stream
            offset += len(stream)
        wire.LENGTH.pack_into(self.out, 0, offset - 4)
        wire.HEAD.pack_into(self.out, 4, wire.ROWS, mask, len(results), sequence)
        wire.write_all(memoryview(self.out)[:offset])

    def close(self) -> None:
        for slot in self.slots:
            if slot is not None:
                slot.close()


def read_origin(request: memoryview, offset: int) -> tuple[int, Origin, int]:
    """A slot, the origin of its episode, and where the next begins."""
    index, kind = struct.unpack_from("<HB", request, offset)
    offset += 3
    if kind == SEED:
        return index, Origin(seed=struct.unpack_from("<Q", request, offset)[0]), offset + 8
    if kind == STREAM:
        return index, Origin(stream=bytes(request[offset : offset + STREAM_BYTES])), offset + STREAM_BYTES
    return index, Origin(), offset


def create_module(request: dict[str, Any]) -> Module:
    name = request["module"]
    try:
        if name == "vizdoom":
            from .vizdoom_module import VizdoomModule as create
        else:
            from .gymnasium_module import GymnasiumModule as create
    except ImportError as error:
        raise Refusal("failed-precondition", f"the Python package {error.name or name} cannot be imported: {error}") from error
    return create(request)


def serve() -> None:
    server: Server | None = None
    while True:
        request = wire.read_request()
        if request is None:
            return
        kind, mask, rows, sequence = wire.HEAD.unpack_from(request)
        try:
            if kind == wire.CLOSE:
                if server is not None:
                    server.close()
                wire.write_reply(wire.DONE, sequence, b"")
                return
            if kind == wire.OPEN:
                body = json.loads(bytes(request[wire.HEAD.size :]))
                claim_core(body["pin"])
                server = Server(body)
                wire.write_reply(wire.HELLO, sequence, json.dumps(server.hello(), allow_nan=False).encode())
            elif server is None:
                raise Refusal("failed-precondition", "the first request must be OPEN")
            elif kind == wire.STEP:
                server.step(request, mask, rows, sequence)
            elif kind == wire.RESET:
                server.reset(request, mask, rows, sequence)
            elif kind == wire.OBSERVE:
                server.observe(request, mask, rows, sequence)
            elif kind == wire.RENDER:
                server.render(request, sequence)
            elif kind == wire.REPLAY:
                server.replay(request, mask, sequence)
            else:
                raise Refusal("unimplemented", f"there is no request of kind {kind}")
        except Refusal as refusal:
            wire.write_failure(sequence, refusal.code, str(refusal))
        except OSError as error:
            # A full disk, mostly; the first line says which file.
            wire.write_failure(sequence, "resource-exhausted" if error.errno in (28, 122) else "unavailable", str(error))
        except Exception as error:
            traceback.print_exc()
            wire.write_failure(sequence, "bug", f"{type(error).__name__}: {error}")
