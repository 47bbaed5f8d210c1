"""Packed genotypes with their samples and markers; slicing keeps all in step."""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agrigen._kernels import genotypes as kernels
from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes import packing
from agrigen.genotypes.columns import Key, chosen, frozen
from agrigen.genotypes.markers import MarkerMap
from agrigen.genotypes.parallel import in_parts
from agrigen.genotypes.samples import Samples
from agrigen.types import Floats, Integers, Packed, Texts

if TYPE_CHECKING:
    import xarray

    from agrigen.genotypes.manifest import Manifest

BLOCK = 1024
"""Markers of a block where the caller names no other number."""


class Genotypes:
    """Genotypes of samples at markers, two bits each.

    Dosages are copies of the counted allele (A1 of a .bim file): 0, 1 or 2; missing is -1 in
    integers and nan in floats.

    Parameters
    ----------
    packed
        The layout of a variant-major PLINK .bed file, shape (markers, ceil(samples / 4)), uint8;
        it may be mapped from the file, which must then stay as it is.
    samples
        Samples, or their ids.
    markers
        The map of the markers, or their names.

    Attributes
    ----------
    packed, samples, markers
        As given, all frozen.
    """

    def __init__(self, packed: Packed, samples: Samples | Any, markers: MarkerMap | Any) -> None:
        self.samples = samples if isinstance(samples, Samples) else Samples.of(samples)
        self.markers = markers if isinstance(markers, MarkerMap) else MarkerMap.of(markers)
        self.packed: Packed = frozen(np.ascontiguousarray(packed, dtype=np.uint8))
        wanted = (len(self.markers), (len(self.samples) + 3) // 4)
        if self.packed.shape != wanted:
            message = f"Packed genotypes have shape {self.packed.shape}, not {wanted}."
            remedy = "Give one row a marker, with four samples in a byte."
            raise GenotypeError([Problem("shape", (), message, remedy)])

    @classmethod
    def from_dosages(
        cls, dosages: npt.ArrayLike, ids: Samples | Any, markers: MarkerMap | Any = None
    ) -> "Genotypes":
        """Genotypes of an array of 0, 1, 2 and missing (-1, or nan), shape (samples, markers).

        Without `markers` they are named 1, 2, 3, ...

        Raises
        ------
        GenotypeError
            If a value is none of these, naming its sample and marker.
        """
        array = np.asarray(dosages)
        samples = ids if isinstance(ids, Samples) else Samples.of(ids)
        if array.ndim != 2 or array.shape[0] != len(samples):
            message = f"Dosages have shape {array.shape} for {len(samples)} samples."
            raise GenotypeError([Problem("shape", (), message, "Give samples x markers.")])
        if markers is None:
            markers = [str(number) for number in range(1, array.shape[1] + 1)]
        markers = markers if isinstance(markers, MarkerMap) else MarkerMap.of(markers)
        if array.shape[1] != len(markers):
            message = f"Dosages have {array.shape[1]} columns for {len(markers)} markers."
            raise GenotypeError([Problem("shape", (), message, "Give one column a marker.")])
        return cls(packing.pack(array, samples.ids, markers.names), samples, markers)

    @classmethod
    def read(cls, path: str | PathLike[str], **options: Any) -> "Genotypes":
        """Genotypes of a file, by its ending: .bed, .ped, .vcf, .vcf.gz, .csv, ...

        `agrigen.io.genotypes` lists the formats and their options.
        """
        from agrigen.io.genotypes import read

        return read(path, **options)

    def write(self, path: str | PathLike[str], **options: Any) -> None:
        """Write in the format of the file's ending, as `read`."""
        from agrigen.io.genotypes import write

        write(self, path, **options)

    def recoded(self, manifest: "Manifest", coding: str, **options: Any) -> "Genotypes":
        """The same genotypes with alleles spelled in "AB", "TOP", "FWD" or "PLUS".

        `agrigen.genotypes.manifest.recode` lists the options.
        """
        from agrigen.genotypes.manifest import recode

        return recode(self, manifest, coding, **options)

    def to_xarray(self) -> "xarray.Dataset":
        """A dataset with the variables of sgkit, in memory."""
        from agrigen.io.vcf_zarr import to_xarray

        return to_xarray(self)

    @classmethod
    def from_xarray(cls, dataset: "xarray.Dataset", **options: Any) -> "Genotypes":
        """Genotypes of a dataset with the variables of sgkit."""
        from agrigen.io.vcf_zarr import from_xarray

        return from_xarray(dataset, **options)

    @property
    def ids(self) -> Texts:
        """Ids of the samples."""
        return self.samples.ids

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and markers."""
        return len(self.samples), len(self.markers)

    def __len__(self) -> int:
        return len(self.samples)

    def __repr__(self) -> str:
        samples, markers = self.shape
        shown = ", ".join(map(str, self.ids[:4])) + (", ..." if samples > 4 else "")
        return (
            f"Genotypes of {samples:,} samples at {markers:,} markers "
            f"({self.packed.nbytes / 2**20:,.1f} MiB)\n"
            f"samples: {shown}\n"
            f"markers: {self.markers!r}"
        )

    def __getitem__(self, key: Key | tuple[Key, Key]) -> "Genotypes":
        """Genotypes of chosen samples, or [samples, markers]: slices, masks, places or names."""
        rows, columns = key if isinstance(key, tuple) else (key, None)
        markers = chosen(columns, self.markers.names, "marker")
        samples = chosen(rows, self.ids, "sample")
        return Genotypes(
            packing.take(self.packed[markers], len(self), samples),
            self.samples.take(samples),
            self.markers.take(markers),
        )

    def dosages(
        self, samples: Key = None, markers: Key = None, dtype: npt.DTypeLike = np.int8
    ) -> np.ndarray:
        """Copies of the counted allele, shape (samples, markers): int8, float32 or float64."""
        part = self if samples is None and markers is None else self[samples, markers]
        return packing.unpack(part.packed, len(part), dtype)

    def iter_blocks(
        self, size: int = BLOCK, dtype: npt.DTypeLike = np.int8
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Blocks of markers: their places, and dosages of shape (samples, markers of the block)."""
        for first in range(0, len(self.markers), size):
            places = slice(first, min(first + size, len(self.markers)))
            yield places, packing.unpack(self.packed[places], len(self), dtype)

    def counts(self) -> Integers:
        """Samples with two, one and no copies and missing, shape (markers, 4)."""
        out = np.empty((len(self.markers), 4), np.int64)
        part = max(64, 2**22 // max(1, self.packed.shape[1]))
        in_parts(lambda a, b: kernels.count_markers(self.packed, len(self), out, a, b),
                 len(out), part)  # fmt: skip
        return out

    def sample_counts(self) -> Integers:
        """Markers with two, one and no copies and missing, shape (samples, 4)."""
        out = np.zeros((len(self), 4), np.int64)
        in_parts(lambda a, b: kernels.count_samples(self.packed, len(self), out, a, b),
                 self.packed.shape[1], 512)  # fmt: skip
        return out

    def frequencies(self) -> Floats:
        """Frequency of the counted allele among the samples; nan where none has a genotype."""
        two, one, none, _ = self.counts().T
        seen = two + one + none
        return np.divide(2 * two + one, 2 * seen, out=np.full(seen.size, np.nan), where=seen > 0)

    @cached_property
    def sha256(self) -> str:
        """Hash of the genotypes, sample ids, marker names, places and alleles."""
        digest = hashlib.sha256(b"agrigen genotypes 1\n")
        columns = (self.ids, self.markers.names, self.markers.chromosomes,
                   self.markers.positions, self.markers.counted, self.markers.other)  # fmt: skip
        for column in columns:
            digest.update("\n".join(map(str, column)).encode() + b"\n\n")
        for first in range(0, len(self.markers), BLOCK):
            digest.update(packing.without_padding(self.packed[first : first + BLOCK], len(self)))
        return digest.hexdigest()
