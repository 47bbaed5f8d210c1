"""Dosages to packed genotypes and back, and packed genotypes of chosen samples."""

import numpy as np
import numpy.typing as npt

from agrigen._kernels import genotypes as kernels
from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes.columns import frozen
from agrigen.genotypes.parallel import in_parts
from agrigen.types import Integers, Packed, Texts

DTYPES = (np.int8, np.float32, np.float64)
BYTES = 64
"""Bytes of four samples that one thread decodes at a time."""


def unpack(packed: Packed, samples: int, dtype: npt.DTypeLike) -> np.ndarray:
    """Dosages, shape (samples, markers); missing is -1, or nan in floats."""
    kind = np.dtype(dtype)
    if kind not in DTYPES:
        message = f"Dosages come as int8, float32 or float64, not {kind}."
        raise GenotypeError([Problem("dtype", (), message, "Ask for one of these.")])
    out = np.empty((samples, packed.shape[0]), kind)
    decode = kernels.decode if kind == np.int8 else kernels.decode_floats
    in_parts(lambda a, b: decode(packed, out, a, b), packed.shape[1], BYTES)
    return out


def pack(dosages: np.ndarray, ids: Texts, names: Texts) -> Packed:
    """Packed genotypes of 0, 1, 2 and missing, shape (samples, markers)."""
    samples, markers = dosages.shape
    packed = np.zeros((markers, (samples + 3) // 4), np.uint8)

    def work(first: int, last: int) -> int:
        block = _integers(dosages[4 * first : 4 * last])
        wrong = kernels.encode(block, packed[:, first:last], 0, last - first)
        return wrong if wrong < 0 else wrong + 4 * first * markers

    wrong = [place for place in in_parts(work, packed.shape[1], BYTES) if place >= 0]
    if wrong:
        sample, marker = divmod(wrong[0], markers)
        raise _not_a_dosage(dosages[sample, marker], str(ids[sample]), str(names[marker]))
    return frozen(packed)


def take(packed: Packed, samples: int, chosen: slice | Integers) -> Packed:
    """Packed genotypes of the chosen samples."""
    if isinstance(chosen, slice):
        if chosen == slice(0, samples):
            return packed
        if chosen.start % 4 == 0:
            return packed[:, chosen.start // 4 : (chosen.stop + 3) // 4]
        chosen = np.arange(chosen.start, chosen.stop)
    out = np.empty((packed.shape[0], (chosen.size + 3) // 4), np.uint8)
    in_parts(lambda a, b: kernels.take_samples(packed, chosen, out, a, b), len(out), 1024)
    return out


def flipped(packed: Packed, flip: np.ndarray) -> Packed:
    """The same genotypes with the other allele counted at the markers of the mask."""
    codes = np.array([3, 1, 2, 0], np.uint8)
    value = np.arange(256, dtype=np.int64)
    parts = [codes[(value >> shift) & 3].astype(np.int64) << shift for shift in (0, 2, 4, 6)]
    table = np.add.reduce(parts).astype(np.uint8)
    out = packed.copy()
    out[flip] = table[packed[flip]]
    return out


def without_padding(packed: Packed, samples: int) -> bytes:
    """Bytes of the rows, with nothing in the bits after the last sample."""
    if samples % 4 == 0:
        return packed.tobytes()
    clean = packed.copy()
    clean[:, -1] &= (1 << (2 * (samples % 4))) - 1
    return clean.tobytes()


def _integers(dosages: np.ndarray) -> np.ndarray:
    """Dosages as int8; what is not 0, 1, 2 or missing becomes 9."""
    if dosages.dtype == np.int8:
        return np.ascontiguousarray(dosages)
    values = dosages.astype(np.float64)
    legal = (values == 0) | (values == 1) | (values == 2)
    missing = (values == -1) | np.isnan(values)
    return np.where(legal, np.nan_to_num(values), np.where(missing, -1, 9)).astype(np.int8)


def _not_a_dosage(value: object, sample: str, marker: str) -> GenotypeError:
    message = f"Sample {sample} has {value} at marker {marker}; dosages are 0, 1, 2 or missing."
    remedy = "Round imputed dosages to whole copies, and mark missing as -1 (nan in floats)."
    return GenotypeError([Problem("not_a_dosage", (sample,), message, remedy)])
