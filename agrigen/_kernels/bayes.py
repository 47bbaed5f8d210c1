"""Compiled sweep over marker effects: every effect is drawn given all others.

Markers go in blocks. What the residuals say about the markers of a block is computed at once, from
residuals that stay as they are while the block is drawn; inside the block it follows from the
products among its markers (`gram`), and the residuals take up all changes after it. That is the
same algebra as updating residuals after every marker (right-hand-side updating), in another order.

Shared arguments: `inverse`, 1 / residual variance; `data` = (diagonal, gram, weight), with x'Dx of
every marker, its products with the markers of its block, and the diagonal of D; `state` = (effects,
classes, odds, residuals, change), of which all are written: `odds` are log-odds of an effect that
is not 0, `residuals` D times those of the animals, `change` what is added to the animals' values;
`prior` = (halves, logs), of every marker and class half the variance of its effect given all others
(0 where the effect is 0) and the log-probability of the class before the residuals are seen;
`draws` = (uniform, normal), one of each a marker. With two classes `uniform` holds logistic
numbers: the second class is chosen where its log-odds are above.

Packed words hold sixteen dosages of two bits; the animal of lane f of word w is f * words + w, so
that a vector over animals is a matrix (16, words) without being moved. Missing is 0 in them.
Nothing is checked here.
"""

from typing import Any

import numpy as np
from numba import njit

SUMS = {"reassoc", "contract", "nsz"}


@njit(inline="always")
def _lane(word, shift, kind):  # type: ignore[no-untyped-def]
    return kind(np.int32((word >> shift) & np.uint32(3)))


@njit(cache=True, nogil=True, error_model="numpy")
def pack_lanes(dosages: np.ndarray, words: np.ndarray, first: int) -> None:
    """Dosages (markers, animals) of int8, -1 missing, to rows of words from `first`."""
    lanes = words.shape[1]
    for row in range(dosages.shape[0]):
        target = words[first + row]
        for animal in range(dosages.shape[1]):
            dosage = dosages[row, animal]
            if dosage > 0:
                shift = np.uint32(2 * (animal // lanes))
                target[animal % lanes] |= np.uint32(dosage) << shift


@njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _dot_packed(row, values):  # type: ignore[no-untyped-def]
    """Sum over animals of dosage times value; values: (16, words)."""
    kind = values.dtype.type
    total = kind(0)
    for w in range(np.uint64(row.size)):
        word = row[w]
        lane = kind(0)
        for f in range(np.uint64(16)):
            lane += values[f, w] * _lane(word, np.uint32(2) * np.uint32(f), kind)
        total += lane
    return total


@njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _add_packed(row, delta, out):  # type: ignore[no-untyped-def]
    """out += dosage * delta."""
    kind = out.dtype.type
    for f in range(16):
        shift = np.uint32(2 * f)
        lane = out[f]
        for w in range(np.uint64(row.size)):
            lane[w] += delta * _lane(row[w], shift, kind)


@njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _add_packed_4(r0, r1, r2, r3, a, b, c, d, out):  # type: ignore[no-untyped-def]
    """The same for four markers at once."""
    kind = out.dtype.type
    for f in range(16):
        shift = np.uint32(2 * f)
        lane = out[f]
        for w in range(np.uint64(r0.size)):
            lane[w] += (a * _lane(r0[w], shift, kind) + b * _lane(r1[w], shift, kind)) + (
                c * _lane(r2[w], shift, kind) + d * _lane(r3[w], shift, kind)
            )


@njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _dot(row, values):  # type: ignore[no-untyped-def]
    total = values.dtype.type(0)
    for i in range(np.uint64(row.size)):
        total += row[i] * values[i]
    return total


@njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _add(row, delta, out):  # type: ignore[no-untyped-def]
    for i in range(np.uint64(row.size)):
        out[i] += delta * row[i]


@njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _total(values):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(np.uint64(values.size)):
        total += values[i]
    return total


@njit(nogil=True, error_model="numpy", fastmath={"contract"})
def _less(row, delta, right, first, last):  # type: ignore[no-untyped-def]
    """Right-hand sides of a block's later markers after one has changed."""
    for k in range(np.uint64(first), np.uint64(last)):
        right[k] -= row[k] * delta


@njit(nogil=True, error_model="numpy", fastmath={"contract"})
def _settle(spread, offset, weight, residuals, change):  # type: ignore[no-untyped-def]
    """Residuals and animals' values take up what a block has changed."""
    kind = residuals.dtype.type
    for i in range(np.uint64(spread.size)):
        moved = spread[i] - offset
        change[i] += moved
        residuals[i] -= weight[i] * kind(moved)
        spread[i] = 0


@njit(nogil=True, error_model="numpy")
def _class(square, halves, logs, uniform, weights):  # type: ignore[no-untyped-def]
    """The class of a marker's effect by their probabilities, and the log-odds of not being 0."""
    count = halves.size
    largest = -np.inf
    for k in range(count):
        weights[k] = logs[k] + halves[k] * square
        largest = max(largest, weights[k])
    total, zero = 0.0, 0.0
    for k in range(count):
        weights[k] = np.exp(weights[k] - largest)
        total += weights[k]
        if halves[k] == 0.0:
            zero += weights[k]
    left = uniform * total
    chosen = 0
    while chosen < count - 1 and left >= weights[chosen]:
        left -= weights[chosen]
        chosen += 1
    return chosen, np.log((total - zero) / zero)


@njit(nogil=True, error_model="numpy")
def _block(  # type: ignore[no-untyped-def]
    first, last, inverse, data, state, prior, draws, right, deltas, weights
):
    """Draw the effects of the markers first:last; returns how many have changed."""
    diagonal, gram, _ = data
    effects, classes, odds = state[0], state[1], state[2]
    halves, logs = prior
    uniform, normal = draws
    count = halves.shape[1]
    changed = 0
    for j in range(first, last):
        k = j - first
        old = effects[j]
        own = right[k] * inverse
        if old != 0.0:
            own += diagonal[j] * inverse * old
        chosen = 0
        if count == 2:
            odds[j] = (logs[j, 1] - logs[j, 0]) + halves[j, 1] * (own * own)
            if uniform[j] < odds[j]:
                chosen = 1
        elif count > 2:
            chosen, odds[j] = _class(own * own, halves[j], logs[j], uniform[j], weights)
        classes[j] = chosen
        new = 0.0
        half = halves[j, chosen]
        if half > 0.0:
            new = 2.0 * half * own + normal[j] * np.sqrt(2.0 * half)
        delta = new - old
        deltas[k] = delta
        if delta != 0.0:
            effects[j] = new
            _less(gram[j], delta, right, k, last - first)
            changed += 1
    return changed


@njit(cache=True, nogil=True, error_model="numpy")
def sweep_packed(
    covariates: Any, inverse: float, data: Any, state: Any, prior: Any, draws: Any
) -> None:
    """Draw all effects once; covariates = (words, mean, start, missing)."""
    words, mean, start, missing = covariates
    weight = data[2]
    residuals, change = state[3], state[4]
    size = data[1].shape[1]
    kind = residuals.dtype.type
    lanes = words.shape[1]
    values = residuals.reshape((16, lanes))
    spread = np.zeros(residuals.size, residuals.dtype)
    spread_lanes = spread.reshape((16, lanes))
    right = np.empty(size)
    deltas = np.empty(size)
    moved = np.empty(size + 3, np.int64)
    weights = np.empty(prior[0].shape[1])
    markers = words.shape[0]
    for first in range(0, markers, size):
        last = min(first + size, markers)
        total = _total(residuals)
        for j in range(first, last):
            seen = total
            for place in range(start[j], start[j + 1]):
                seen -= residuals[missing[place]]
            right[j - first] = _dot_packed(words[j], values) - mean[j] * seen
        if not _block(first, last, inverse, data, state, prior, draws, right, deltas, weights):
            continue
        offset = 0.0
        count = 0
        for k in range(last - first):
            if deltas[k] != 0.0:
                j = first + k
                moved[count] = k
                count += 1
                offset += mean[j] * deltas[k]
                for place in range(start[j], start[j + 1]):
                    spread[missing[place]] += kind(mean[j] * deltas[k])
        done = 0
        while done + 4 <= count:
            a, b, c, d = moved[done], moved[done + 1], moved[done + 2], moved[done + 3]
            _add_packed_4(
                words[first + a], words[first + b], words[first + c], words[first + d],
                kind(deltas[a]), kind(deltas[b]), kind(deltas[c]), kind(deltas[d]),
                spread_lanes,
            )  # fmt: skip
            done += 4
        for place in range(done, count):
            _add_packed(words[first + moved[place]], kind(deltas[moved[place]]), spread_lanes)
        _settle(spread, kind(offset), weight, residuals, change)


@njit(cache=True, nogil=True, error_model="numpy")
def sweep_dense(
    rows: np.ndarray, inverse: float, data: Any, state: Any, prior: Any, draws: Any
) -> None:
    """Draw all effects once; rows: centered covariates, shape (markers, animals)."""
    weight = data[2]
    residuals, change = state[3], state[4]
    size = data[1].shape[1]
    kind = residuals.dtype.type
    spread = np.zeros(residuals.size, residuals.dtype)
    right = np.empty(size)
    deltas = np.empty(size)
    weights = np.empty(prior[0].shape[1])
    markers = rows.shape[0]
    for first in range(0, markers, size):
        last = min(first + size, markers)
        for j in range(first, last):
            right[j - first] = _dot(rows[j], residuals)
        if not _block(first, last, inverse, data, state, prior, draws, right, deltas, weights):
            continue
        for k in range(last - first):
            if deltas[k] != 0.0:
                _add(rows[first + k], kind(deltas[k]), spread)
        _settle(spread, kind(0), weight, residuals, change)
