"""What a module and its slots bring; serve.py does the rest."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

# Reward, terminated, truncated, and further facts by name.
StepResult = tuple[float, bool, bool, list[tuple[str, float]]]


@dataclass(frozen=True)
class Origin:
    """Where an episode's randomness comes from: a seed, the state of a stream, or, with neither, the slot's own stream."""

    seed: int | None = None
    stream: bytes | None = None


class Slot(Protocol):
    def reset(self, origin: Origin) -> bytes:
        """Begins an episode; returns the stream's state before it, from which it can be begun again."""

    def step(self, action: np.ndarray, look: bool) -> StepResult:
        """Steps once; without `look` no picture is needed. Raises EngineDied."""

    def observe(self, name: str, out: np.ndarray) -> None:
        """Writes an observation into `out`, bytes."""

    def render(self, width: int, height: int) -> np.ndarray:
        """A picture for people, uint8 `[height, width, 3]`."""

    def close(self) -> None: ...


class Module(Protocol):
    def versions(self) -> dict[str, str]: ...

    def spec(self) -> dict[str, Any]: ...

    def create_slot(self, index: int) -> Slot: ...
