"""Samples that are the same animal: identical genotypes under two names."""

import numpy as np
import pandas as pd

from agrigen._kernels import parentage as kernels
from agrigen.errors import DataError, GenotypeError, Problem
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.parallel import in_parts
from agrigen.genotypes.planes import Planes, sample_planes
from agrigen.types import Floats

ROWS = 256
"""Samples compared with all later ones at a time, to bound memory."""

WORDS = 2**23
"""Words of bits of pairs that are looked at again at a time: 64 MiB."""

MOST = 1_000_000
"""Pairs that are told: as many as 1,400 copies of one sample make."""


def duplicates(
    genotypes: Genotypes,
    *,
    identity: float = 0.99,
    least: int = 200,
    planes: Planes | None = None,
) -> pd.DataFrame:
    """Pairs of samples with the same genotype at a share of markers of at least `identity`.

    Parameters
    ----------
    identity
        Share of the markers known in both that are equal. Full sibs share about half to two
        thirds; twins from one egg, and clones, are as equal as duplicates.
    least
        Markers that must be known in both.
    planes
        Of `sample_planes`, where the caller has them.

    Returns
    -------
    pandas.DataFrame
        a, b, different, compared, identity: one row a pair, in the order of the samples.

    Notes
    -----
    A comparison ends as soon as it cannot reach `identity`, so that 10,000 samples with
    themselves take seconds.
    """
    if not 0.5 < identity <= 1:
        message = f"identity is {identity}; it is a share above 0.5 and up to 1."
        raise DataError([Problem("rule", (), message, "Give 0.99, for example.")])
    bits = sample_planes(genotypes) if planes is None else planes
    known = np.bitwise_count(bits[0]).sum(axis=1).astype(np.int64)
    limit = np.floor((1 - identity) * known + 1e-9).astype(np.int64)
    limit[known < least] = -1  # too little is known to be like any other
    found: list[pd.DataFrame] = [_alike(bits, np.empty((2, 0), np.int64), identity, least)]
    for first in range(0, len(genotypes), ROWS):
        pairs = _block(bits, limit, first, min(first + ROWS, len(genotypes)))
        step = max(1, WORDS // bits.shape[2])
        parts = range(0, pairs.shape[1], step)
        found += [_alike(bits, pairs[:, at : at + step], identity, least) for at in parts]
        _refuse_many(found)
    frame = pd.concat(found, ignore_index=True)
    return frame.assign(a=genotypes.ids[frame["a"]], b=genotypes.ids[frame["b"]])


def _alike(bits: Planes, pairs: np.ndarray, identity: float, least: int) -> pd.DataFrame:
    """Those of the pairs that are equal at enough markers, by their places."""
    a, b = pairs
    both = np.bitwise_count(bits[0, a] & bits[0, b]).sum(axis=1).astype(np.int64)
    unlike = (bits[1, a] ^ bits[1, b]) | (bits[2, a] ^ bits[2, b])
    different = np.bitwise_count(bits[0, a] & bits[0, b] & unlike).sum(axis=1).astype(np.int64)
    share = 1 - different / np.maximum(both, 1)
    same = (both >= least) & (share >= identity - 1e-12)
    frame = pd.DataFrame({"a": a, "b": b, "different": different, "compared": both,
                          "identity": share})  # fmt: skip
    return frame[same]


def _refuse_many(found: list[pd.DataFrame]) -> None:
    if sum(map(len, found)) > MOST:
        message = f"More than {MOST:,} pairs of samples are equal: a few samples stand there often."
        remedy = "Keep each sample once, or leave the search for duplicates out (identity: null)."
        raise GenotypeError([Problem("duplicates", (), message, remedy)])


def _block(planes: Planes, limit: np.ndarray, first: int, last: int) -> np.ndarray:
    out = np.full((last - first, planes.shape[1]), np.iinfo(np.int32).max, np.int32)
    in_parts(lambda a, b: kernels.search_identical(planes, limit, out, first, first + a, first + b),
             last - first, 32)  # fmt: skip
    row, column = np.nonzero(out <= limit[first:last, None])
    return np.stack([row + first, column])


def identity_by_state(genotypes: Genotypes) -> Floats:
    """Mean share of alleles alike in state of every pair, shape (samples, samples); nan if none.

    Over the markers known in both: 1 where a pair is equal, 0.5 where one is heterozygous, 0 for
    opposing homozygotes. 1 minus it is the distance of `plink --distance 1-ibs flat-missing`.
    """
    planes = sample_planes(genotypes)
    samples = len(genotypes)
    out = np.zeros((3, samples, samples), np.int32)
    in_parts(lambda a, b: kernels.identity_by_state(planes, out, a, b), samples, 16)
    opposing, equal, compared = out
    alike = 0.5 * (compared + equal - opposing)
    return np.divide(alike, compared, out=np.full(alike.shape, np.nan), where=compared > 0)
