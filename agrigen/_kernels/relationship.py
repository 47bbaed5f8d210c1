"""Compiled loops of genomic relationships: dot products of genotypes by counting bits.

With x = dosage - 1 in {-1, 0, 1} and missing 0, a sample is two planes of bits, `known` (x is not
0) and `minus` (x is -1), and a dot product is ones(k & k') - 2 ones(k & k' & (m ^ m')): whole
numbers, exact. Centring is outside the product. Loops over words run over contiguous rows with
unsigned indices: the compiler makes vector instructions of those only.
"""

import numpy as np
from numba import njit

from agrigen._kernels.bits import load, ones
from agrigen.types import Floats, Integers, Packed

LOW = np.uint64(0x5555555555555555)
TILE = 64
"""Rows and columns of one tile of dot products; a multiple of four."""


@njit(inline="always")
def _even_bits(x):  # type: ignore[no-untyped-def]
    """The 32 even bits of a word side by side."""
    x &= np.uint64(0x5555555555555555)
    x = (x | (x >> np.uint64(1))) & np.uint64(0x3333333333333333)
    x = (x | (x >> np.uint64(2))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    x = (x | (x >> np.uint64(4))) & np.uint64(0x00FF00FF00FF00FF)
    x = (x | (x >> np.uint64(8))) & np.uint64(0x0000FFFF0000FFFF)
    return (x | (x >> np.uint64(16))) & np.uint64(0x00000000FFFFFFFF)


@njit(inline="always")
def _transpose(a):  # type: ignore[no-untyped-def]
    """Transpose 64 x 64 bits in place: halves, quarters, ... change places."""
    width = np.uint64(32)
    mask = np.uint64(0x00000000FFFFFFFF)
    while width != np.uint64(0):
        row = np.uint64(0)
        while row < np.uint64(64):
            moved = ((a[row] >> width) ^ a[row + width]) & mask
            a[row + width] ^= moved
            a[row] ^= moved << width
            row = (row + width + np.uint64(1)) & ~width
        width >>= np.uint64(1)
        mask ^= mask << width


@njit(cache=True, nogil=True, error_model="numpy")
def bit_planes(
    packed: Packed, samples: int, known: np.ndarray, minus: np.ndarray, first: int, last: int
) -> None:
    """Planes of the markers of words first:last; rows are samples, 64 markers to a word.

    `known` and `minus` have a row for each sample, up to a multiple of 64.
    """
    markers, row_bytes = packed.shape
    k = np.empty(64, np.uint64)
    m = np.empty(64, np.uint64)
    edge = np.zeros(16, np.uint8)
    for block in range((samples + 63) // 64):
        left = row_bytes - 16 * block
        for word in range(first, last):
            for q in range(64):
                marker = 64 * word + q
                k[q] = 0
                m[q] = 0
                if marker >= markers:
                    continue
                if left >= 16:
                    part = packed[marker, 16 * block : 16 * block + 16]
                    x0 = load(part, np.uint64(0))
                    x1 = load(part, np.uint64(1))
                else:
                    edge[:left] = packed[marker, 16 * block :]
                    x0 = load(edge, np.uint64(0))
                    x1 = load(edge, np.uint64(1))
                low = _even_bits(x0) | (_even_bits(x1) << np.uint64(32))
                high = _even_bits(x0 >> np.uint64(1)) | (
                    _even_bits(x1 >> np.uint64(1)) << np.uint64(32)
                )
                k[q] = ~(low ^ high)
                m[q] = low & high
            _transpose(k)
            _transpose(m)
            for q in range(64):
                known[64 * block + q, word] = k[q]
                minus[64 * block + q, word] = m[q]


@njit(nogil=True, error_model="numpy")
def _two_by_four(known, minus, i, j, out, a, b):  # type: ignore[no-untyped-def]
    """Add the dot products of rows i:i+2 and j:j+4 to out[a:a+2, b:b+4]."""
    p0 = np.int64(0)
    p1 = np.int64(0)
    p2 = np.int64(0)
    p3 = np.int64(0)
    q0 = np.int64(0)
    q1 = np.int64(0)
    q2 = np.int64(0)
    q3 = np.int64(0)
    r0 = np.int64(0)
    r1 = np.int64(0)
    r2 = np.int64(0)
    r3 = np.int64(0)
    s0 = np.int64(0)
    s1 = np.int64(0)
    s2 = np.int64(0)
    s3 = np.int64(0)
    ki0 = known[i]
    ki1 = known[i + 1]
    mi0 = minus[i]
    mi1 = minus[i + 1]
    kj0 = known[j]
    kj1 = known[j + 1]
    kj2 = known[j + 2]
    kj3 = known[j + 3]
    mj0 = minus[j]
    mj1 = minus[j + 1]
    mj2 = minus[j + 2]
    mj3 = minus[j + 3]
    for word in range(np.uint64(ki0.size)):
        k0 = ki0[word]
        k1 = ki1[word]
        m0 = mi0[word]
        m1 = mi1[word]
        k = kj0[word]
        m = mj0[word]
        both = k0 & k
        p0 += np.int64(ones(both))
        q0 += np.int64(ones(both & (m0 ^ m)))
        both = k1 & k
        r0 += np.int64(ones(both))
        s0 += np.int64(ones(both & (m1 ^ m)))
        k = kj1[word]
        m = mj1[word]
        both = k0 & k
        p1 += np.int64(ones(both))
        q1 += np.int64(ones(both & (m0 ^ m)))
        both = k1 & k
        r1 += np.int64(ones(both))
        s1 += np.int64(ones(both & (m1 ^ m)))
        k = kj2[word]
        m = mj2[word]
        both = k0 & k
        p2 += np.int64(ones(both))
        q2 += np.int64(ones(both & (m0 ^ m)))
        both = k1 & k
        r2 += np.int64(ones(both))
        s2 += np.int64(ones(both & (m1 ^ m)))
        k = kj3[word]
        m = mj3[word]
        both = k0 & k
        p3 += np.int64(ones(both))
        q3 += np.int64(ones(both & (m0 ^ m)))
        both = k1 & k
        r3 += np.int64(ones(both))
        s3 += np.int64(ones(both & (m1 ^ m)))
    out[a, b] = p0 - 2 * q0
    out[a, b + 1] = p1 - 2 * q1
    out[a, b + 2] = p2 - 2 * q2
    out[a, b + 3] = p3 - 2 * q3
    out[a + 1, b] = r0 - 2 * s0
    out[a + 1, b + 1] = r1 - 2 * s1
    out[a + 1, b + 2] = r2 - 2 * s2
    out[a + 1, b + 3] = r3 - 2 * s3


@njit(cache=True, nogil=True, error_model="numpy")
def add_dots(
    known: np.ndarray, minus: np.ndarray, sums: np.ndarray, begin: int, first: int, last: int
) -> None:
    """Add dot products of all pairs to the lower triangle; tiles first:last of it.

    Tile t is row tile r and column tile c with t = r (r + 1) / 2 + c. `sums` has the rows of the
    matrix from `begin` on.
    """
    samples = begin + sums.shape[0]
    part = np.empty((TILE, TILE), np.int64)
    for tile in range(first, last):
        row = int((np.sqrt(8.0 * tile + 1.0) - 1.0) / 2.0)
        while (row + 1) * (row + 2) // 2 <= tile:
            row += 1
        while row * (row + 1) // 2 > tile:
            row -= 1
        top = row * TILE
        left = (tile - row * (row + 1) // 2) * TILE
        for j in range(0, TILE, 4):
            for i in range(0, TILE, 2):
                _two_by_four(known, minus, top + i, left + j, part, i, j)
        for i in range(min(TILE, samples - top)):
            for j in range(min(TILE, top + i - left + 1)):
                sums[top - begin + i, left + j] += part[i, j]


@njit(cache=True, nogil=True, error_model="numpy")
def center(
    sums: np.ndarray, means: Floats, constant: float, out: np.ndarray, first: int, last: int
) -> None:
    """sums[i, k] - means[i] - means[k] + constant for rows first:last, lower triangle.

    `out` may be the memory of `sums`.
    """
    for i in range(first, last):
        for k in range(i + 1):
            out[i, k] = (sums[i, k] - means[i] - means[k]) + constant


@njit(cache=True, nogil=True, error_model="numpy")
def mirror(matrix: np.ndarray, scale: float, first: int, last: int) -> None:
    """Multiply the lower triangle by `scale` and copy it above; tiles of columns first:last."""
    size = matrix.shape[0]
    for left in range(first, last, TILE):
        for top in range(left, size, TILE):
            for i in range(top, min(top + TILE, size)):
                for j in range(left, min(left + TILE, last, i + 1)):
                    value = matrix[i, j] * scale
                    matrix[i, j] = value
                    matrix[j, i] = value


@njit(cache=True, nogil=True, error_model="numpy")
def list_missing(
    packed: Packed, samples: int, start: Integers, out: np.ndarray, first: int, last: int
) -> None:
    """Samples without a genotype at markers first:last, from out[start[marker]] on."""
    for marker in range(first, last):
        row = packed[marker]
        at = start[marker]
        if start[marker + 1] == at:
            continue
        for sample in range(samples):
            if (row[sample >> 2] >> (2 * (sample & 3))) & 3 == 1:
                out[at] = sample
                at += 1


@njit(cache=True, nogil=True, error_model="numpy")
def missing_by_sample(
    start: Integers, samples: np.ndarray, first: Integers, out: np.ndarray
) -> None:
    """Markers that each sample misses, in order, from out[first[sample]] on."""
    at = first.copy()
    for marker in range(start.size - 1):
        for place in range(start[marker], start[marker + 1]):
            sample = samples[place]
            out[at[sample]] = marker
            at[sample] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def decode_tile(packed: Packed, samples: int, low: int, out: np.ndarray) -> None:
    """x of the samples low:low + TILE as out[marker], 0 where missing; low is a multiple of 4."""
    first = low // 4
    last = min(first + TILE // 4, packed.shape[1])
    for marker in range(packed.shape[0]):
        row = packed[marker, first:last]
        values = out[marker]
        for byte in range(last - first):
            for lane in range(4):
                code = (row[byte] >> np.uint8(2 * lane)) & 3
                values[4 * byte + lane] = 1 if code == 0 else -1 if code == 3 else 0


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def add_missing(
    tile: np.ndarray,
    first: Integers,
    at: Integers,
    markers: np.ndarray,
    mean: np.ndarray,
    stop: int,
    offset: int,
    part: np.ndarray,
) -> None:
    """Add to part[sample] mean * x, summed over the markers before `stop` that it misses.

    `mean` is that of x; at[sample] is how far its list has been read; tile[marker - offset] are
    the columns. Four markers are added at a time, which is three times as fast as one by one.
    """
    kind = part.dtype.type
    for sample in range(part.shape[0]):
        sums = part[sample]
        place = at[sample]
        end = place
        while end < first[sample + 1] and markers[end] < stop:
            end += 1
        while place + 4 <= end:
            c0 = mean[markers[place]]
            c1 = mean[markers[place + 1]]
            c2 = mean[markers[place + 2]]
            c3 = mean[markers[place + 3]]
            x0 = tile[markers[place] - offset]
            x1 = tile[markers[place + 1] - offset]
            x2 = tile[markers[place + 2] - offset]
            x3 = tile[markers[place + 3] - offset]
            for k in range(np.uint64(TILE)):
                sums[k] += (c0 * kind(x0[k]) + c1 * kind(x1[k])) + (
                    c2 * kind(x2[k]) + c3 * kind(x3[k])
                )
            place += 4
        while place < end:
            c = mean[markers[place]]
            x = tile[markers[place] - offset]
            for k in range(np.uint64(TILE)):
                sums[k] += c * kind(x[k])
            place += 1
        at[sample] = end


@njit(cache=True, nogil=True, error_model="numpy")
def add_both_missing(
    start: Integers, samples: np.ndarray, mean: np.ndarray, low: int, part: np.ndarray
) -> None:
    """Add half of mean^2 for each marker that the samples of row and column both miss."""
    kind = part.dtype.type
    for marker in range(start.size - 1):
        value = kind(0.5) * mean[marker] * mean[marker]
        left = start[marker]
        right = start[marker + 1]
        for place in range(left, right):
            column = samples[place] - low
            if column < 0 or column >= TILE:
                continue
            for other in range(left, right):
                part[samples[other], column] += value


@njit(cache=True, nogil=True, error_model="numpy")
def fold(matrix: np.ndarray, part: np.ndarray, less: Floats, low: int) -> None:
    """Add twice the part, less a constant of each row, to the columns from low on.

    The mean of both triangles then has it once.
    """
    width = min(TILE, matrix.shape[0] - low)
    for i in range(matrix.shape[0]):
        for k in range(width):
            matrix[i, low + k] += 2 * (part[i, k] - less[i])


@njit(cache=True, nogil=True, error_model="numpy")
def average(matrix: np.ndarray, first: int, last: int) -> None:
    """The mean of both triangles in both; columns first:last of the lower one."""
    size = matrix.shape[0]
    for left in range(first, last, TILE):
        for top in range(left, size, TILE):
            for i in range(top, min(top + TILE, size)):
                for j in range(left, min(left + TILE, last, i + 1)):
                    value = (matrix[i, j] + matrix[j, i]) / 2
                    matrix[i, j] = value
                    matrix[j, i] = value


@njit(cache=True, nogil=True, error_model="numpy")
def decode_values(
    packed: Packed, values: np.ndarray, out: np.ndarray, first: int, last: int
) -> None:
    """out[marker, sample] = values[marker, code] for markers first:last."""
    samples = out.shape[1]
    for marker in range(first, last):
        row = packed[marker]
        four = values[marker]
        target = out[marker]
        for sample in range(np.uint64(samples)):
            shift = np.uint8(2) * np.uint8(sample & np.uint64(3))
            target[sample] = four[(row[sample >> np.uint64(2)] >> shift) & 3]
