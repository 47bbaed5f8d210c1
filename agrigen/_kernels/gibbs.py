"""Compiled loops of the Gibbs sampler: every level is drawn given all others.

Two running vectors make a draw as cheap as what it touches: `e`, the residual of every
observation, and `phi`, the Mendelian sampling term (own value less what comes of the parents) of
every animal. Nothing is checked here.

Arguments that many kernels share: `records` and `animals` as in agrigen._kernels.iterative;
`links` = (start, link), the offspring of every level as 2 * animal, + 1 where the level is its dam;
`meets` = (start, record), the records of every level.
"""

from typing import Any

import numpy as np
from numba import njit

from agrigen.types import Flags, Floats, Indices, Integers


@njit(cache=True, nogil=True, error_model="numpy")
def offspring(animals: Any, levels: int) -> tuple[Integers, Integers]:
    """Offspring of every level: start, and 2 * animal (+ 1 as dam)."""
    sire, dam, _, _, _ = animals
    start = np.zeros(levels + 1, np.int64)
    for i in range(sire.size):
        if sire[i] >= 0:
            start[sire[i] + 1] += 1
        if dam[i] >= 0:
            start[dam[i] + 1] += 1
    for j in range(levels):
        start[j + 1] += start[j]
    place = start[:-1].copy()
    link = np.empty(start[levels], np.int64)
    for i in range(sire.size):
        if sire[i] >= 0:
            link[place[sire[i]]] = 2 * i
            place[sire[i]] += 1
        if dam[i] >= 0:
            link[place[dam[i]]] = 2 * i + 1
            place[dam[i]] += 1
    return start, link


@njit(cache=True, nogil=True, error_model="numpy")
def records_of_levels(
    records: Any, offset: int, width: int, levels: int
) -> tuple[Integers, Indices]:
    """Records of every level of a block, each once."""
    rstart, _, first, column, _, _, _ = records
    start = np.zeros(levels + 1, np.int64)
    place = np.zeros(levels, np.int64)
    found = np.empty(0, np.int32)
    for step in range(2):
        last = np.full(levels, -1, np.int64)
        for r in range(rstart.size - 1):
            for k in range(first[rstart[r]], first[rstart[r + 1]]):
                inside = column[k] - offset
                if inside < 0 or inside >= levels * width:
                    continue
                level = inside // width
                if last[level] == r:
                    continue
                last[level] = r
                if step == 0:
                    start[level + 1] += 1
                else:
                    found[place[level]] = r
                    place[level] += 1
        if step == 0:
            for j in range(levels):
                start[j + 1] += start[j]
            place[:] = start[:-1]
            found = np.empty(start[levels], np.int32)
    return start, found


@njit(cache=True, nogil=True, error_model="numpy")
def mendelian(animals: Any, x: Floats, phi: Floats) -> None:
    """phi = t'x of every animal; x: (levels, width)."""
    sire, dam, w, v, _ = animals
    for i in range(sire.size):
        for c in range(x.shape[1]):
            value = x[i, c]
            if sire[i] >= 0:
                value -= w * x[sire[i], c]
            if dam[i] >= 0:
                value -= v * x[dam[i], c]
            phi[i, c] = value


@njit(cache=True, nogil=True, error_model="numpy")
def residuals(records: Any, y: Floats, x: Floats, e: Floats) -> None:
    """e = y - W x."""
    _, _, first, column, value, _, _ = records
    for a in range(y.size):
        e[a] = y[a]
        for k in range(first[a], first[a + 1]):
            e[a] -= value[k] * x[column[k]]


@njit(cache=True, nogil=True, error_model="numpy")
def _prior_row(
    level: int,
    animals: Any,
    links: Any,
    base: Floats,
    independent: bool,
    x: Floats,
    phi: Floats,
    out: Floats,
) -> None:
    """out = the level's row of K^-1 times x."""
    if independent:
        for c in range(out.size):
            out[c] = x[level, c]
        return
    _, _, w, v, precision = animals
    start, link = links
    n = precision.size
    for c in range(out.size):
        out[c] = precision[level] * phi[level, c] if level < n else 0.0
    if level >= n:
        for m in range(base.shape[0]):
            for c in range(out.size):
                out[c] += base[level - n, m] * x[n + m, c]
    for k in range(start[level], start[level + 1]):
        i = link[k] >> 1
        share = (v if link[k] & 1 else w) * precision[i]
        for c in range(out.size):
            out[c] -= share * phi[i, c]


@njit(cache=True, nogil=True, error_model="numpy")
def _move_phi(
    level: int, animals: Any, links: Any, independent: bool, delta: Floats, phi: Floats
) -> None:
    """Mendelian terms after a level has moved."""
    if independent:
        return
    _, _, w, v, precision = animals
    start, link = links
    for c in range(delta.size):
        if level < precision.size:
            phi[level, c] += delta[c]
    for k in range(start[level], start[level + 1]):
        i = link[k] >> 1
        share = v if link[k] & 1 else w
        for c in range(delta.size):
            phi[i, c] -= share * delta[c]


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(precision: Floats, gradient: Floats, z: Floats, out: Floats) -> None:
    """out ~ N(precision^-1 gradient, precision^-1); precision is overwritten by its factor."""
    q = gradient.size
    for i in range(q):
        for j in range(i + 1):
            total = precision[i, j]
            for k in range(j):
                total -= precision[i, k] * precision[j, k]
            precision[i, j] = np.sqrt(total) if i == j else total / precision[j, j]
    for i in range(q):
        total = gradient[i]
        for k in range(i):
            total -= precision[i, k] * out[k]
        out[i] = total / precision[i, i]
    for i in range(q - 1, -1, -1):
        total = out[i] + z[i]
        for k in range(i + 1, q):
            total -= precision[k, i] * out[k]
        out[i] = total / precision[i, i]


@njit(cache=True, nogil=True, error_model="numpy")
def sweep_one(
    animals: Any,
    links: Any,
    base: Floats,
    independent: bool,
    diagonal: Floats,
    ginv: float,
    entries: Any,
    scale: Floats,
    pinned: Flags,
    z: Floats,
    x: Floats,
    phi: Floats,
    e: Floats,
) -> None:
    """Draw every level of a block of width 1, single-trait records.

    `entries` = (start, observation, value), those of W by level; `scale`, the precision of each
    observation.
    """
    start, observation, value = entries
    _, _, w, v, mendelian_precision = animals
    first, link = links
    n = mendelian_precision.size
    for level in range(x.shape[0]):
        if pinned[level]:
            continue
        if independent:
            prior = x[level, 0]
        else:
            prior = mendelian_precision[level] * phi[level, 0] if level < n else 0.0
            if level >= n:
                for m in range(base.shape[0]):
                    prior += base[level - n, m] * x[n + m, 0]
            for k in range(first[level], first[level + 1]):
                i = link[k] >> 1
                prior -= (v if link[k] & 1 else w) * mendelian_precision[i] * phi[i, 0]
        gradient = -ginv * prior
        precision = ginv * diagonal[level]
        for k in range(start[level], start[level + 1]):
            a = observation[k]
            s = scale[a] * value[k]
            gradient += s * e[a]
            precision += s * value[k]
        delta = gradient / precision + z[level, 0] / np.sqrt(precision)
        x[level, 0] += delta
        for k in range(start[level], start[level + 1]):
            e[observation[k]] -= value[k] * delta
        if independent:
            continue
        if level < n:
            phi[level, 0] += delta
        for k in range(first[level], first[level + 1]):
            phi[link[k] >> 1, 0] -= (v if link[k] & 1 else w) * delta


@njit(cache=True, nogil=True, error_model="numpy")
def _read_row(
    a: int, first: Integers, column: Indices, value: Floats, left: int, out: Floats
) -> bool:
    """What observation a says about the components of one level."""
    found = False
    for c in range(out.size):
        out[c] = 0.0
    for k in range(first[a], first[a + 1]):
        c = column[k] - left
        if 0 <= c < out.size:
            out[c] += value[k]
            found = True
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _add_record(
    r: int,
    records: Any,
    rinv: Floats,
    left: int,
    e: Floats,
    rows: Floats,
    gradient: Floats,
    precision: Floats,
) -> None:
    """gradient += H' R^-1 e and precision += H' R^-1 H, with H the record's rows of a level."""
    start, trait, first, column, value, pattern, weight = records
    for a in range(start[r], start[r + 1]):
        _read_row(a, first, column, value, left, rows[a - start[r]])
    for a in range(start[r], start[r + 1]):
        for b in range(start[r], start[r + 1]):
            s = weight[r] * rinv[pattern[r], trait[a], trait[b]]
            for c in range(gradient.size):
                h = s * rows[a - start[r], c]
                if h != 0.0:
                    gradient[c] += h * e[b]
                    for d in range(gradient.size):
                        precision[c, d] += h * rows[b - start[r], d]


@njit(cache=True, nogil=True, error_model="numpy")
def sweep_many(
    animals: Any,
    links: Any,
    base: Floats,
    independent: bool,
    diagonal: Floats,
    ginv: Floats,
    meets: Any,
    records: Any,
    rinv: Floats,
    offset: int,
    pinned: Flags,
    z: Floats,
    x: Floats,
    phi: Floats,
    e: Floats,
) -> None:
    """Draw every level of a block, all its components at once; pinned: (levels, width)."""
    rstart, _, first, column, value, _, _ = records
    start, record = meets
    width = ginv.shape[0]
    prior = np.empty(width)
    gradient = np.empty(width)
    noise = np.empty(width)
    delta = np.empty(width)
    precision = np.empty((width, width))
    rows = np.empty((rinv.shape[1], width))
    row = np.empty(width)
    for level in range(x.shape[0]):
        left = offset + level * width
        _prior_row(level, animals, links, base, independent, x, phi, prior)
        for c in range(width):
            gradient[c] = 0.0
            noise[c] = z[level, c]
            for d in range(width):
                gradient[c] -= ginv[c, d] * prior[d]
                precision[c, d] = diagonal[level] * ginv[c, d]
        for k in range(start[level], start[level + 1]):
            _add_record(record[k], records, rinv, left, e, rows, gradient, precision)
        for c in range(width):
            if pinned[level, c]:
                precision[c, :] = 0.0
                precision[:, c] = 0.0
                precision[c, c] = 1.0
                gradient[c] = 0.0
                noise[c] = 0.0
        _draw(precision, gradient, noise, delta)
        for c in range(width):
            x[level, c] += delta[c]
        for k in range(start[level], start[level + 1]):
            for a in range(rstart[record[k]], rstart[record[k] + 1]):
                if _read_row(a, first, column, value, left, row):
                    for c in range(width):
                        e[a] -= row[c] * delta[c]
        _move_phi(level, animals, links, independent, delta, phi)


@njit(cache=True, nogil=True, error_model="numpy")
def weighted_square(values: Floats, weight: Floats, out: Floats) -> None:
    """out += sum over rows of weight * v v'."""
    for i in range(weight.size):
        for c in range(out.shape[0]):
            for k in range(c + 1):
                out[c, k] += weight[i] * values[i, c] * values[i, k]
    for c in range(out.shape[0]):
        for k in range(c):
            out[k, c] = out[c, k]


@njit(cache=True, nogil=True, error_model="numpy")
def add_noise(records: Any, root: Floats, z: Floats, e: Floats, out: Floats) -> None:
    """out = e + noise of the residual distribution; root: Cholesky factor of each pattern's R."""
    start, trait, _, _, _, pattern, weight = records
    for r in range(start.size - 1):
        scale = 1.0 / np.sqrt(weight[r])
        for a in range(start[r], start[r + 1]):
            out[a] = e[a]
            for b in range(start[r], a + 1):
                out[a] += scale * root[pattern[r], trait[a], trait[b]] * z[b]


@njit(cache=True, nogil=True, error_model="numpy")
def gather_fixed(records: Any, rinv: Floats, begin: int, data: Floats, out: Floats) -> None:
    """out += X' R^-1 data, of the columns from `begin`."""
    start, trait, first, column, value, pattern, weight = records
    for r in range(start.size - 1):
        for a in range(start[r], start[r + 1]):
            v = 0.0
            for b in range(start[r], start[r + 1]):
                v += rinv[pattern[r], trait[a], trait[b]] * data[b]
            v *= weight[r]
            for k in range(first[a], first[a + 1]):
                if column[k] >= begin:
                    out[column[k] - begin] += value[k] * v


@njit(cache=True, nogil=True, error_model="numpy")
def move_fixed(records: Any, begin: int, delta: Floats, e: Floats) -> None:
    """e -= X delta, of the columns from `begin`."""
    _, _, first, column, value, _, _ = records
    for a in range(e.size):
        for k in range(first[a], first[a + 1]):
            if column[k] >= begin:
                e[a] -= value[k] * delta[column[k] - begin]


@njit(cache=True, nogil=True, error_model="numpy")
def residual_squares(
    records: Any,
    group: Indices,
    drawn: Flags,
    regression: Floats,
    root: Floats,
    z: Floats,
    e: Floats,
    out: Floats,
) -> None:
    """out (groups, traits, traits) += weight * f f' of every record, missing traits drawn.

    Of a pattern, the residuals of the traits that are `drawn` are `regression` times those that
    were observed, plus `root` times standard normal numbers; z holds one for each of them.
    """
    start, trait, _, _, _, pattern, weight = records
    traits = drawn.shape[1]
    f = np.empty(traits)
    noise = np.empty(traits)
    used = 0
    for r in range(start.size - 1):
        p = pattern[r]
        scale = 1.0 / np.sqrt(weight[r])
        f[:] = 0.0
        for a in range(start[r], start[r + 1]):
            f[trait[a]] = e[a]
        for t in range(traits):
            if not drawn[p, t]:
                continue
            noise[t] = z[used]
            used += 1
            for a in range(start[r], start[r + 1]):
                f[t] += regression[p, t, trait[a]] * e[a]
            for u in range(t + 1):
                if drawn[p, u]:
                    f[t] += scale * root[p, t, u] * noise[u]
        for t in range(traits):
            for u in range(traits):
                out[group[p], t, u] += weight[r] * f[t] * f[u]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def sweep_coefficients_one(
    axes: Floats, weight: Floats, ginv: float, z: Floats, b: Floats, s: Floats, u: Floats
) -> None:
    """Draw the coefficients b of u = axes' b one after the other; b has variance 1 / ginv.

    `s` = W' R^-1 e of every level, which moves with u, and `weight` = W' R^-1 W.
    """
    for k in range(b.size):
        axis = axes[k]
        gradient = 0.0
        precision = 0.0
        for a in range(s.size):
            gradient += axis[a] * s[a]
            precision += axis[a] * axis[a] * weight[a]
        precision += ginv
        delta = (gradient - ginv * b[k]) / precision + z[k] / np.sqrt(precision)
        b[k] += delta
        for a in range(s.size):
            change = axis[a] * delta
            u[a] += change
            s[a] -= weight[a] * change


@njit(cache=True, nogil=True, error_model="numpy")
def sweep_coefficients(
    axes: Floats, weight: Floats, ginv: Floats, z: Floats, b: Floats, s: Floats, u: Floats
) -> None:
    """The same for several components: weight (levels, q, q); z, b, s and u of q columns."""
    q = ginv.shape[0]
    gradient = np.empty(q)
    noise = np.empty(q)
    delta = np.empty(q)
    precision = np.empty((q, q))
    for k in range(b.shape[0]):
        for c in range(q):
            gradient[c] = 0.0
            noise[c] = z[k, c]
            for d in range(q):
                precision[c, d] = ginv[c, d]
                gradient[c] -= ginv[c, d] * b[k, d]
        for a in range(s.shape[0]):
            v = axes[k, a]
            for c in range(q):
                gradient[c] += v * s[a, c]
                for d in range(q):
                    precision[c, d] += v * v * weight[a, c, d]
        _draw(precision, gradient, noise, delta)
        for c in range(q):
            b[k, c] += delta[c]
        for a in range(s.shape[0]):
            v = axes[k, a]
            for c in range(q):
                change = v * delta[c]
                u[a, c] += change
                for d in range(q):
                    s[a, d] -= weight[a, d, c] * change
