"""Compiled selected inverse: the entries of A^-1 at the places of L.

Takahashi 1973, Erisman and Tinney 1975, over supernodes. With V = L_BJ L_JJ^-1 for a supernode's
columns J and rows below B: Z_BJ = -Z_BB V and Z_JJ = (L_JJ L_JJ')^-1 - V' Z_BJ.
"""

import numpy as np
from numba import njit

from agrigen._kernels.tail import divide
from agrigen.types import Floats, Indices, Integers


@njit(cache=True, nogil=True, error_model="numpy")
def selected_inverse(
    first: Indices,
    rfirst: Integers,
    split: Integers,
    rows: Indices,
    vfirst: Integers,
    vals: Floats,
    out: Floats,
) -> None:
    """Panels of the inverse; `out` comes with Z_TT V at the rows of the tail, see tail_product."""
    count = first.size - 1
    m = first[count]
    home = np.empty(m, np.int32)
    for s in range(count):
        home[first[s] : first[s + 1]] = s
    longest = 0
    largest = 0
    bottom = 0
    for s in range(count):
        longest = max(longest, rfirst[s + 1] - rfirst[s])
        largest = max(largest, vfirst[s + 1] - vfirst[s])
        for q in range(rfirst[s], rfirst[s + 1]):
            bottom = max(bottom, rows[q])
    place = np.zeros(max(m, bottom + 1), np.int64)
    near = np.empty(longest)
    panel = np.empty(largest)
    for s in range(count - 1, -1, -1):
        w = first[s + 1] - first[s]
        below = rfirst[s + 1] - rfirst[s]
        height = w + below
        base = vfirst[s]
        for z in range(height * w):
            panel[z] = vals[base + z]
        divide(panel, 0, height, w)
        k = 0
        inner = split[s] - rfirst[s]
        while k < inner:
            u = home[rows[rfirst[s] + k]]
            uw = first[u + 1] - first[u]
            uheight = uw + rfirst[u + 1] - rfirst[u]
            for j in range(first[u], first[u + 1]):
                place[j] = j - first[u]
            for q in range(rfirst[u], rfirst[u + 1]):
                place[rows[q]] = uw + q - rfirst[u]
            while k < inner and rows[rfirst[s] + k] < first[u + 1]:
                col = vfirst[u] + (rows[rfirst[s] + k] - first[u]) * uheight
                for x in range(k, below):
                    near[x] = out[col + place[rows[rfirst[s] + x]]]
                _add_column(panel, height, w, near, k, out, base)
                k += 1
        _finish(panel, height, w, out, base)


@njit(cache=True, nogil=True, error_model="numpy")
def _add_column(
    panel: Floats, height: int, w: int, near: Floats, k: int, out: Floats, base: int
) -> None:
    """Column k of Z_BB (from its diagonal down, in `near`) times V, and its mirror image."""
    below = height - w
    for q in range(w):
        by = np.uint64(q * height + w)
        to = np.uint64(base + q * height + w)
        f = panel[by + np.uint64(k)]
        v = 0.0
        for x in range(np.uint64(k + 1), np.uint64(below)):
            v += near[x] * panel[by + x]
            out[to + x] += near[x] * f
        out[to + np.uint64(k)] += v + near[k] * f


@njit(cache=True, nogil=True, error_model="numpy")
def _finish(panel: Floats, height: int, w: int, out: Floats, base: int) -> None:
    """Turn Z_BB V into Z_BJ and add Z_JJ; the triangle of `panel` is overwritten."""
    for z in range(base, base + height * w):
        out[z] = -out[z]
    # The inverse of the triangle, column by column, in its own place.
    for j in range(w):
        panel[j * height + j] = 1.0 / panel[j * height + j]
        for i in range(j + 1, w):
            v = 0.0
            for k in range(j, i):
                v -= panel[k * height + i] * panel[j * height + k]
            panel[j * height + i] = v / panel[i * height + i]
    for j in range(w):
        for i in range(j, w):
            v = 0.0
            for k in range(i, w):
                v += panel[i * height + k] * panel[j * height + k]
            for k in range(w, height):
                v -= panel[i * height + k] * out[base + j * height + k]
            out[base + j * height + i] = v
