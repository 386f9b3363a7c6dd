"""A slot's random stream (numpy's PCG64), which every episode without a seed of its own goes on with."""

from typing import Any

import numpy as np

# state and increment 16 bytes each, little-endian; whether half a draw is kept; that half, 4 bytes.
STREAM_BYTES = 37


def stream_of_seed(seed: int) -> np.random.Generator:
    """The generator that Gymnasium makes of a seed."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))


def stream_of_bytes(data: bytes) -> np.random.Generator:
    bits = np.random.PCG64(0)
    bits.state = {
        "bit_generator": "PCG64",
        "state": {
            "state": int.from_bytes(data[:16], "little"),
            "inc": int.from_bytes(data[16:32], "little"),
        },
        "has_uint32": data[32],
        "uinteger": int.from_bytes(data[33:37], "little"),
    }
    return np.random.Generator(bits)


def stream_to_bytes(stream: np.random.Generator) -> bytes:
    state: Any = stream.bit_generator.state
    numbers = state["state"]
    return (
        numbers["state"].to_bytes(16, "little")
        + numbers["inc"].to_bytes(16, "little")
        + bytes([state["has_uint32"]])
        + state["uinteger"].to_bytes(4, "little")
    )
