"""Area (box) resize with exact arithmetic: the same bytes on every machine."""

from math import gcd

import numpy as np

SIZE = 64


class AreaResize:
    """Resizes `[height, width, 3]` uint8 pictures to `[rows, columns, 3]`.

    Each pixel is the mean of the area that it covers, with fractional weights at the edges, rounded half up. Weights are whole
    numbers (16 rows cover 25 as 400 sixteenths), and so are all sums, which stay below 2^24 (float32) or 2^53 (float64):
    no order of summing can change a bit. The weights repeat every `n / gcd` pixels, so that two small products do it.
    """

    def __init__(self, height: int, width: int, rows: int = SIZE, columns: int = SIZE) -> None:
        self._tall, down = repeating_weights(height, rows)
        self._wide, across = repeating_weights(width, columns)
        if self._wide % 2 == 0:
            # Two repeats in one product, half of it zeros, are quicker all the same (8 for 14 us at 160x120).
            self._wide, across = self._wide // 2, np.kron(np.eye(2, dtype=np.int64), across)
        area = int(down[0].sum() * across[0].sum())
        dtype = np.float32 if area * 256 < 2**24 and area < 2**15 else np.float64
        self._down = down.astype(dtype)
        # Three channels side by side: pixels stay interleaved.
        self._across = np.kron(across, np.eye(3)).T.astype(dtype)
        self._area = dtype(area)
        self._half = dtype(area / 2)
        self._source = np.empty((height, width * 3), dtype)
        self._source_blocks = self._source.reshape(self._tall, -1, width * 3)
        self._rows = np.empty((self._tall, rows // self._tall, width * 3), dtype)
        self._row_blocks = self._rows.reshape(rows * self._wide, -1)
        self._sums = np.empty((rows * self._wide, columns // self._wide * 3), dtype)
        self._result = self._sums.reshape(rows, columns, 3)

    def __call__(self, picture: np.ndarray, out: np.ndarray) -> None:
        """Writes the resized `picture` into `out`, uint8 `[rows, columns, 3]`."""
        np.copyto(self._source, picture.reshape(self._source.shape))
        np.matmul(self._down, self._source_blocks, out=self._rows)
        np.matmul(self._row_blocks, self._across, out=self._sums)
        # Division is correctly rounded, so a mean of exactly k + 1/2 becomes k + 1, and nothing below it does.
        np.add(self._sums, self._half, out=self._sums)
        np.divide(self._sums, self._area, out=self._sums)
        np.copyto(out, self._result, casting="unsafe")


def repeating_weights(source: int, target: int) -> tuple[int, np.ndarray]:
    """How many times the pattern repeats, and its whole-number weights `[target / times, source / times]`."""
    times = gcd(source, target)
    from_size, to_size = source // times, target // times
    target_edges = np.arange(to_size + 1) * from_size
    source_edges = np.arange(from_size + 1) * to_size
    low = np.maximum(target_edges[:-1, None], source_edges[None, :-1])
    high = np.minimum(target_edges[1:, None], source_edges[None, 1:])
    return times, np.maximum(high - low, 0)
