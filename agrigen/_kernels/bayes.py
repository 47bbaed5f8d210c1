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

Packed genotypes are rows of a .bed file in whole strips, with whole groups of rows; vectors over
animals are spread over strips as in `agrigen._kernels.products`, flat, and 0 where nobody stands.
Nothing is checked here.
"""

from typing import Any

import numpy as np
from numba import njit

from agrigen._kernels.vectors import ADD_ROWS, DOT_ROWS, STRIP_BYTES, add_dots, add_rows

SUMS = {"reassoc", "contract", "nsz"}


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


@njit(nogil=True, error_model="numpy")
def _dots(packed, values, first, last, right, sums):  # type: ignore[no-untyped-def]
    """right = sum over animals of dosage times value, for the markers first:last."""
    for marker in range(first, last, DOT_ROWS):
        sums[:] = 0.0
        for strip in range(values.shape[0]):
            low = STRIP_BYTES * strip
            rows = packed[marker : marker + DOT_ROWS, low : low + STRIP_BYTES]
            add_dots(rows, values[strip], sums)
        for k in range(min(DOT_ROWS, last - marker)):
            right[marker - first + k] = sums[k]


@njit(nogil=True, error_model="numpy")
def _add_changes(packed, moved, count, deltas, first, few, some, spread):  # type: ignore[no-untyped-def]
    """spread += dosage times change of the markers of a block that have changed."""
    for start in range(0, count, ADD_ROWS):
        size = min(ADD_ROWS, count - start)
        some[:] = 0
        for k in range(size):
            some[k] = deltas[moved[start + k]]
        together = size == ADD_ROWS and moved[start + size - 1] - moved[start] == ADD_ROWS - 1
        begin = first + moved[start]
        for strip in range(spread.shape[0]):
            low = STRIP_BYTES * strip
            if together:
                rows = packed[begin : begin + ADD_ROWS, low : low + STRIP_BYTES]
                add_rows(rows, some, spread[strip])
                continue
            for k in range(size):
                few[k, :] = packed[first + moved[start + k], low : low + STRIP_BYTES]
            add_rows(few, some, spread[strip])


@njit(cache=True, nogil=True, error_model="numpy")
def sweep_packed(
    covariates: Any, inverse: float, data: Any, state: Any, prior: Any, draws: Any
) -> None:
    """Draw all effects once; covariates = (packed, mean, start, missing).

    `missing` are places of animals in the vectors, from start[marker] to start[marker + 1].
    """
    packed, mean, start, missing = covariates
    weight = data[2]
    residuals, change = state[3], state[4]
    size = data[1].shape[1]
    kind = residuals.dtype.type
    strips = packed.shape[1] // STRIP_BYTES
    lanes = 4 * residuals.itemsize
    shape = (strips, lanes, 4 * STRIP_BYTES // lanes)
    values = residuals.reshape(shape)
    spread = np.zeros(residuals.size, residuals.dtype)
    spread_lanes = spread.reshape(shape)
    few = np.zeros((ADD_ROWS, STRIP_BYTES), np.uint8)
    some = np.zeros(ADD_ROWS, residuals.dtype)
    sums = np.zeros(DOT_ROWS)
    right = np.empty(size)
    deltas = np.empty(size)
    moved = np.empty(size, np.int64)
    weights = np.empty(prior[0].shape[1])
    markers = mean.size
    for first in range(0, markers, size):
        last = min(first + size, markers)
        total = _total(residuals)
        _dots(packed, values, first, last, right, sums)
        for j in range(first, last):
            seen = total
            for place in range(start[j], start[j + 1]):
                seen -= residuals[missing[place]]
            right[j - first] -= mean[j] * seen
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
        if 2 * count > last - first:  # rows side by side are faster than the gathering of some
            count = last - first
            for k in range(count):
                moved[k] = k
        _add_changes(packed, moved, count, deltas, first, few, some, spread_lanes)
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
