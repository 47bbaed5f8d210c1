"""Compiled loops that fill missing genotypes: peeling of single loci, and nearest neighbors.

Genotypes of a locus are 0, 1 and 2 copies. Peeling passes probabilities between animals and nuclear
families: what a family says about an animal is all that its other members know.
"""

import numpy as np
from numba import njit

from agrigen._kernels.bits import ones
from agrigen._kernels.disequilibrium import correlation
from agrigen.types import Floats, Integers, Packed

ONE = np.uint64(1)
CLOSE = 1e-4
"""Change of a probability that ends the cycles."""

FLOOR = 1e-12
"""Least message: data that contradict each other leave a locus with probabilities."""


@njit(nogil=True, error_model="numpy")
def _child(table, message, out):  # type: ignore[no-untyped-def]
    """out[s, d]: probability of what is known below a child, for each genotype of its parents."""
    for s in range(3):
        for d in range(3):
            total = 0.0
            for g in range(3):
                total += table[s, d, g] * message[g]
            out[s, d] = total


@njit(nogil=True, error_model="numpy")
def _normalize(message):  # type: ignore[no-untyped-def]
    total = message[0] + message[1] + message[2]
    if not total > 0.0:
        message[:] = 1.0
        total = 3.0
    for g in range(3):
        message[g] = max(message[g] / total, FLOOR)


@njit(nogil=True, error_model="numpy")
def _cavity(belief, inbox, animal, edge, out):  # type: ignore[no-untyped-def]
    """What is known of an animal without what one family says (edge -1: nothing is left out)."""
    for g in range(3):
        out[g] = belief[animal, g] - (inbox[edge, g] if edge >= 0 else 0.0)
    top = max(out[0], out[1], out[2])
    for g in range(3):
        out[g] = np.exp(out[g] - top)
    _normalize(out)


@njit(nogil=True, error_model="numpy")
def _family(f, parents, start, children, belief, inbox, table, scratch):  # type: ignore[no-untyped-def]
    """New messages of one family to its members; returns the largest change.

    Messages and beliefs, their sums, are logarithms. Edges: 2 f and 2 f + 1 are its sire and dam;
    2 families + place in `children` is a child.
    """
    families = parents.shape[0]
    size = start[f + 1] - start[f]
    sire, dam, message, new = scratch[0], scratch[1], scratch[2], scratch[3]
    _cavity(belief, inbox, parents[f, 0], 2 * f, sire)
    _cavity(belief, inbox, parents[f, 1], 2 * f + 1, dam)
    likely = np.empty((size, 3, 3))
    joint = np.ones((3, 3))
    for c in range(size):
        edge = start[f] + c
        _cavity(belief, inbox, children[edge], 2 * families + edge, message)
        _child(table, message, likely[c])
        total = 0.0
        for s in range(3):
            for d in range(3):
                joint[s, d] *= likely[c, s, d]
                total += joint[s, d]
        joint /= max(total, 1e-300)
    change = 0.0
    for side in range(2):
        other = dam if side == 0 else sire
        for g in range(3):
            new[g] = 0.0
            for h in range(3):
                new[g] += other[h] * (joint[g, h] if side == 0 else joint[h, g])
        change = max(change, _send(new, belief[parents[f, side]], inbox[2 * f + side]))
    for c in range(size):
        for g in range(3):
            new[g] = 0.0
        for s in range(3):
            for d in range(3):
                rest = sire[s] * dam[d] * joint[s, d] / max(likely[c, s, d], 1e-300)
                for g in range(3):
                    new[g] += rest * table[s, d, g]
        edge = start[f] + c
        change = max(change, _send(new, belief[children[edge]], inbox[2 * families + edge]))
    return change


@njit(nogil=True, error_model="numpy")
def _send(new, belief, box):  # type: ignore[no-untyped-def]
    """Put a message into its box; returns how far its probabilities moved."""
    _normalize(new)
    change = 0.0
    for g in range(3):
        change = max(change, abs(new[g] - np.exp(box[g])))
        message = np.log(new[g])
        belief[g] += message - box[g]
        box[g] = message
    return change


@njit(cache=True, nogil=True, error_model="numpy")
def peel(
    packed: Packed, sample: Integers, founder: np.ndarray, frequency: Floats, error: float,
    parents: Integers, start: Integers, children: Integers, order: Integers,
    table: Floats, cycles: int,
    missing_start: Integers, missing: np.ndarray, place: Integers,
    out: Floats, begin: int, end: int,
) -> None:  # fmt: skip
    """Probabilities of the missing genotypes of markers begin:end, shape (missing, 3).

    `sample[animal]` is its row in `packed`, -1 without genotypes; `place[row]` the animal of a row,
    -1 where it is not in the pedigree. Families are visited in `order` (oldest first) and back.
    """
    animals = sample.size
    belief = np.empty((animals, 3))
    inbox = np.empty((2 * parents.shape[0] + children.size, 3))
    scratch = np.empty((4, 3))
    for m in range(begin, end):
        if missing_start[m] == missing_start[m + 1]:
            continue
        p = frequency[m]
        prior = np.array([(1 - p) ** 2, 2 * p * (1 - p), p * p])
        for a in range(animals):
            for g in range(3):
                belief[a, g] = np.log(max(prior[g], FLOOR)) if founder[a] else 0.0
            row = sample[a]
            if row >= 0:
                code = (packed[m, row >> 2] >> np.uint8(2 * (row & 3))) & 3
                if code != 1:
                    seen = 2 if code == 0 else 3 - code
                    for g in range(3):
                        belief[a, g] += np.log(1.0 - error if g == seen else 0.5 * error)
        inbox[:] = np.log(1.0 / 3.0)
        for edge in range(inbox.shape[0]):
            if edge < 2 * parents.shape[0]:
                belief[parents[edge >> 1, edge & 1]] += inbox[edge]
            else:
                belief[children[edge - 2 * parents.shape[0]]] += inbox[edge]
        for _ in range(cycles):
            change = 0.0
            for k in range(2 * order.size):
                f = order[k] if k < order.size else order[2 * order.size - 1 - k]
                change = max(change, _family(f, parents, start, children, belief, inbox, table,
                                             scratch))  # fmt: skip
            if change < CLOSE:
                break
        for k in range(missing_start[m], missing_start[m + 1]):
            animal = place[missing[k]]
            if animal < 0:
                total = prior.sum()
                for g in range(3):
                    out[k, g] = prior[g] / total
                continue
            _cavity(belief, inbox, animal, -1, scratch[0])
            total = scratch[0].sum()
            for g in range(3):
                out[k, g] = scratch[0, g] / total


@njit(cache=True, nogil=True, error_model="numpy")
def nearest(
    planes: np.ndarray, chromosome: Integers, window: int, linked: int, neighbors: int,
    missing_start: Integers, missing: np.ndarray, out: Floats, begin: int, end: int,
) -> None:  # fmt: skip
    """Shares of neighbors with 0, 1 and 2 copies, for the missing genotypes of markers begin:end.

    Neighbors of a sample are alike at the `linked` markers (64 at most) with the highest r2 among
    `window` to each side; each weighs 1 over its distance. Planes are those of markers.
    """
    markers, words = planes.shape[1], planes.shape[2]
    samples = 64 * words
    r2 = np.empty(2 * window + 1)
    known = np.empty(samples, np.uint64)
    hom = np.empty(samples, np.uint64)
    high = np.empty(samples, np.uint64)
    near = np.empty(neighbors)
    who = np.empty(neighbors, np.int64)
    for m in range(begin, end):
        if missing_start[m] == missing_start[m + 1]:
            continue
        low = max(0, m - window)
        stop = min(markers, m + window + 1)
        for j in range(low, stop):
            r2[j - low] = -1.0
            if j != m and chromosome[j] == chromosome[m]:
                r = correlation(planes, m, j)
                r2[j - low] = r * r if r == r else -1.0
        best = np.argsort(-r2[: stop - low], kind="mergesort")
        count = 0
        known[:] = 0
        hom[:] = 0
        high[:] = 0
        for k in range(min(linked, best.size)):
            if r2[best[k]] <= 0.0:
                break
            _gather(planes, low + best[k], np.uint64(k), known, hom, high)
            count += 1
        for k in range(missing_start[m], missing_start[m + 1]):
            out[k, :] = 0.0
            if count:
                _vote(planes, m, missing[k], known, hom, high, count, near, who, out[k])


@njit(nogil=True, error_model="numpy")
def _gather(planes, j, bit, known, hom, high):  # type: ignore[no-untyped-def]
    """Bits of one marker into a word of each sample."""
    for word in range(planes.shape[2]):
        a, b, c = planes[0, j, word], planes[1, j, word], planes[2, j, word]
        for s in range(64):
            shift = np.uint64(s)
            known[64 * word + s] |= ((a >> shift) & ONE) << bit
            hom[64 * word + s] |= ((b >> shift) & ONE) << bit
            high[64 * word + s] |= ((c >> shift) & ONE) << bit


@njit(nogil=True, error_model="numpy")
def _vote(planes, m, sample, known, hom, high, count, near, who, out):  # type: ignore[no-untyped-def]
    """Weights of the genotypes among the nearest samples that are known at marker m."""
    near[:] = np.inf
    who[:] = -1
    k0, h0, x0 = known[sample], hom[sample], high[sample]
    for other in range(known.size):
        bit = np.uint64(other & 63)
        if not (planes[0, m, other >> 6] >> bit) & ONE:
            continue
        both = k0 & known[other]
        compared = ones(both)
        if compared == 0:
            continue
        h1, x1 = hom[other], high[other]
        unlike = both & ((h0 ^ h1) | (h0 & h1 & (x0 ^ x1)))
        opposing = h0 & h1 & (x0 ^ x1) & both
        # Copies that differ at each compared marker, with one copy for what cannot be compared.
        distance = float(ones(unlike) + ones(opposing)) + 0.5 * (count - float(compared))
        if distance >= near[-1]:
            continue
        at = near.size - 1
        while at > 0 and near[at - 1] > distance:
            near[at] = near[at - 1]
            who[at] = who[at - 1]
            at -= 1
        near[at] = distance
        who[at] = other
    total = 0.0
    for n in range(near.size):
        if who[n] < 0:
            break
        bit = np.uint64(who[n] & 63)
        word = who[n] >> 6
        copies = 1
        if (planes[1, m, word] >> bit) & ONE:
            copies = 0 if (planes[2, m, word] >> bit) & ONE else 2
        weight = 1.0 / (near[n] + 0.5)
        out[copies] += weight
        total += weight
    if total > 0.0:
        for g in range(3):
            out[g] /= total
