"""Genotypes packed as they are read: a few hundred rows at a time, so files may be long."""

import numpy as np

from agrigen._kernels.genotypes import encode
from agrigen.types import Packed

ROWS = 256
"""Samples, or markers, that wait as bytes before they are packed; a multiple of four."""

WAITING = 2**28
"""Bytes that samples of very many markers may wait in."""


class SampleRows:
    """Dosages of one sample after the other: -1, 0, 1, 2 at each marker."""

    def __init__(self, markers: int) -> None:
        self._rows = max(4, min(ROWS, WAITING // max(1, markers) // 4 * 4))
        self._waiting = np.empty((self._rows, markers), np.int8)
        self._blocks: list[Packed] = []
        self._count = 0

    def add(self, row: np.ndarray) -> int | None:
        """Keep a row; the first marker whose value is no dosage, or None."""
        place = self._count % self._rows
        self._waiting[place] = row
        self._count += 1
        if place == self._rows - 1:
            self._flush(self._rows)
        wrong = np.flatnonzero(row > 2)
        return int(wrong[0]) if wrong.size else None

    def packed(self) -> Packed:
        """All samples, packed; the rows are forgotten."""
        if self._count % self._rows or not self._blocks:
            self._flush(self._count % self._rows)
        blocks, self._blocks = self._blocks, []
        return np.concatenate(blocks, axis=1)

    def _flush(self, count: int) -> None:
        block = np.zeros((self._waiting.shape[1], (count + 3) // 4), np.uint8)
        encode(self._waiting[:count], block, 0, block.shape[1])
        self._blocks.append(block)


class MarkerRows:
    """Dosages of one marker after the other: -1, 0, 1, 2 of each sample."""

    def __init__(self, samples: int) -> None:
        self._samples = samples
        self._waiting: list[np.ndarray] = []
        self._blocks: list[Packed] = []

    def add(self, row: np.ndarray) -> None:
        """Keep the dosages of the next marker, which are legal ones."""
        self._waiting.append(row)
        if len(self._waiting) == ROWS:
            self._flush()

    def packed(self) -> Packed:
        """All markers, packed; the rows are forgotten."""
        self._flush()
        blocks, self._blocks = self._blocks, []
        return np.concatenate(blocks, axis=0)

    def _flush(self) -> None:
        block = np.zeros((len(self._waiting), (self._samples + 3) // 4), np.uint8)
        if self._waiting:
            encode(np.stack(self._waiting, axis=1), block, 0, block.shape[1])
        self._waiting.clear()
        self._blocks.append(block)
