"""Where genotypes are: chunks of 2 bits each in the object store, each named by its content.

A chunk holds up to 4,096 markers of up to 1,024 samples (1 MiB), so an animal is read from one
column of chunks and a region from one row. The manifest names the chunks, the table of markers and
the table of samples by their hashes; nothing of it ever changes, and equal parts are kept once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

import agrigen as ag
from agrigen.genotypes import Genotypes, MarkerMap, Samples
from agrigen.genotypes.packing import without_padding
from hub.datasets import parquet
from hub.errors import Missing, Unavailable
from hub.storage.objects import ObjectStore, sha256

LAYOUT = 1
CHUNK_MARKERS = 4096
CHUNK_SAMPLES = 1024
MANIFEST, MAP, SAMPLES = "manifest.json", "map.parquet", "samples.parquet"

MAP_COLUMNS = (
    "names", "chromosomes", "positions", "counted", "other", "centimorgans", "strands"
)  # fmt: skip
SAMPLE_COLUMNS = ("ids", "family", "sire", "dam", "sex")
OF_MAP = ("assembly", "array", "coding", "species")

Places = np.ndarray
"""Places of samples or of markers, rising."""


def put(objects: ObjectStore, genotypes: Genotypes) -> dict[str, str]:
    """Store genotypes; the files that lead to them, by name. Storing them again changes nothing."""
    digests = {
        MAP: put_map(objects, genotypes.markers),
        SAMPLES: objects.put(parquet.to_bytes(sample_frame(genotypes.samples))),
    }
    manifest = {
        "layout": LAYOUT,
        "samples": len(genotypes),
        "markers": len(genotypes.markers),
        "chunk": [CHUNK_MARKERS, CHUNK_SAMPLES],
        "tables": digests,
        "of_map": {name: getattr(genotypes.markers, name) for name in OF_MAP},
        "chunks": _put_chunks(objects, genotypes),
        "sha256": genotypes.sha256,
    }
    digest = objects.put(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode())
    return {MANIFEST: digest, **digests}


def put_map(objects: ObjectStore, markers: MarkerMap) -> str:
    """Store a marker map; its hash."""
    return objects.put(parquet.to_bytes(map_frame(markers)))


def read_map(objects: ObjectStore, digests: dict[str, str] | None) -> MarkerMap | None:
    """The marker map of a panel, where there is one."""
    if not digests:
        return None
    table = parquet.from_bytes(_get(objects, digests[MAP]))
    return MarkerMap.of(**{name: table[name].to_numpy() for name in MAP_COLUMNS})


def sample_frame(samples: Samples) -> pd.DataFrame:
    """The samples as a table."""
    return pd.DataFrame({name: getattr(samples, name) for name in SAMPLE_COLUMNS})


def map_frame(markers: MarkerMap) -> pd.DataFrame:
    """The markers as a table."""
    return pd.DataFrame({name: getattr(markers, name) for name in MAP_COLUMNS})


def _put_chunks(objects: ObjectStore, genotypes: Genotypes) -> list[list[str]]:
    """Hashes of the chunks: a row each block of markers, a column each block of samples."""
    return [
        [objects.put(_chunk(genotypes, first, left)) for left in _starts(genotypes)]
        for first in range(0, len(genotypes.markers), CHUNK_MARKERS)
    ]


def _starts(genotypes: Genotypes) -> range:
    return range(0, len(genotypes), CHUNK_SAMPLES)


def _chunk(genotypes: Genotypes, first: int, left: int) -> bytes:
    width = min(CHUNK_SAMPLES, len(genotypes) - left)
    rows = genotypes.packed[first : first + CHUNK_MARKERS, left // 4 : (left + width + 3) // 4]
    return without_padding(np.ascontiguousarray(rows), width)


@dataclass(frozen=True)
class StoredGenotypes:
    """Genotypes in the object store; what is not asked for is not read."""

    objects: ObjectStore
    manifest: dict[str, Any]

    @classmethod
    def open(cls, objects: ObjectStore, digests: dict[str, str]) -> "StoredGenotypes":
        """What `put` stored under these names."""
        if MANIFEST not in digests:
            raise Missing("genotypes.no_content", "The set has no genotypes.")
        manifest = json.loads(_get(objects, digests[MANIFEST]))
        if manifest["layout"] != LAYOUT:
            raise Unavailable(
                "genotypes.layout",
                f"The genotypes are stored in layout {manifest['layout']}, which this release does "
                f"not read; it reads layout {LAYOUT}. Ask the operators to update the hub.",
            )
        return cls(objects, manifest)

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and markers."""
        return self.manifest["samples"], self.manifest["markers"]

    @cached_property
    def markers(self) -> MarkerMap:
        table = self._table(MAP)
        columns = {name: table[name].to_numpy() for name in MAP_COLUMNS}
        return MarkerMap.of(**columns, **self.manifest["of_map"])

    @cached_property
    def samples(self) -> Samples:
        table = self._table(SAMPLES)
        return Samples.of(**{name: table[name].to_numpy() for name in SAMPLE_COLUMNS})

    def _table(self, name: str) -> pd.DataFrame:
        return parquet.from_bytes(_get(self.objects, self.manifest["tables"][name]))

    def genotypes(
        self, samples: Sequence[int] | Places | None = None,
        markers: Sequence[int] | Places | None = None,
    ) -> Genotypes:  # fmt: skip
        """Genotypes of these places, rising, or of all; only their chunks are read."""
        rows = _places(samples, self.shape[0])
        columns = _places(markers, self.shape[1])
        packed = self._packed(rows, columns)
        return Genotypes(packed, self.samples.take(rows), self.markers.take(columns))

    def _packed(self, rows: Places, columns: Places) -> np.ndarray:
        """Whole chunks where all is wanted; else the chosen parts of each, put side by side."""
        if len(rows) == self.shape[0]:
            return self._whole_width(columns)
        picked = [self._column(block, rows, columns) for block in np.unique(rows // CHUNK_SAMPLES)]
        return ag.Genotypes.from_dosages(
            np.concatenate(picked), [str(row) for row in rows], [str(c) for c in columns]
        ).packed

    def _whole_width(self, columns: Places) -> np.ndarray:
        out = np.empty((len(columns), (self.shape[0] + 3) // 4), np.uint8)
        for block in np.unique(columns // CHUNK_MARKERS):
            inside = np.flatnonzero(columns // CHUNK_MARKERS == block)
            wanted = columns[inside] - block * CHUNK_MARKERS
            for side in range(len(self.manifest["chunks"][block])):
                chunk = self._chunk(int(block), side)
                left = side * CHUNK_SAMPLES // 4
                out[inside[0] : inside[-1] + 1, left : left + chunk.shape[1]] = chunk[wanted]
        return out

    def _column(self, side: int, rows: Places, columns: Places) -> np.ndarray:
        """Dosages of those of the rows that stand in one column of chunks."""
        wanted = rows[rows // CHUNK_SAMPLES == side] - side * CHUNK_SAMPLES
        width = self._width(side)
        out = np.empty((len(wanted), len(columns)), np.int8)
        for block in np.unique(columns // CHUNK_MARKERS):
            inside = np.flatnonzero(columns // CHUNK_MARKERS == block)
            chunk = self._chunk(int(block), int(side))[columns[inside] - block * CHUNK_MARKERS]
            part = Genotypes(
                chunk, [str(n) for n in range(width)], [str(n) for n in range(len(chunk))]
            )
            out[:, inside] = part.dosages(wanted)
        return out

    def _width(self, side: int) -> int:
        return min(CHUNK_SAMPLES, self.shape[0] - int(side) * CHUNK_SAMPLES)

    def _chunk(self, block: int, side: int) -> np.ndarray:
        content = _get(self.objects, self.manifest["chunks"][block][side])
        return np.frombuffer(content, np.uint8).reshape(-1, (self._width(side) + 3) // 4)


def _places(wanted: Sequence[int] | Places | None, size: int) -> Places:
    return np.arange(size) if wanted is None else np.asarray(wanted, np.int64)


def _get(objects: ObjectStore, digest: str) -> bytes:
    """The content, when it is still what its name says."""
    content = objects.get(digest)
    if sha256(content) != digest:
        raise Unavailable(
            "genotypes.damaged",
            "A part of the stored genotypes is damaged, so nothing is computed from it. Tell the "
            "operators; the object store has to be restored from its copy.",
        )
    return content
