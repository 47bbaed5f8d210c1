"""Compiled analysis of a sparse Cholesky factor: elimination tree, counts, supernodes, pattern.

Patterns are symmetric and come as one triangle by column (start, rows), values left out.
A supernode is a run of columns that share their rows below the run; its values stand as one
dense panel, column by column: first the run's own rows, then the rows below.
"""

import numpy as np
from numba import njit

from agrigen.types import Indices, Integers


@njit(cache=True, nogil=True, error_model="numpy")
def permuted_upper(start: Integers, rows: Indices, place: Indices) -> tuple[Integers, Indices]:
    """Upper triangle by column of the permuted pattern, without diagonal; `place[old] = new`."""
    n = start.size - 1
    first = np.zeros(n + 2, np.int64)
    for j in range(n):
        b = place[j]
        for q in range(start[j], start[j + 1]):
            a = place[rows[q]]
            if a != b:
                first[max(a, b) + 2] += 1
    for j in range(n):
        first[j + 2] += first[j + 1]
    out = np.empty(first[n + 1], np.int32)
    for j in range(n):
        b = place[j]
        for q in range(start[j], start[j + 1]):
            a = place[rows[q]]
            if a != b:
                c = max(a, b) + 1
                out[first[c]] = min(a, b)
                first[c] += 1
    return first[: n + 1], out


@njit(cache=True, nogil=True, error_model="numpy")
def permuted_lower(
    start: Integers, rows: Indices, place: Indices
) -> tuple[Integers, Indices, Indices]:
    """Lower triangle by column of the permuted pattern, and where each entry comes from.

    The diagonal is there; rows of a column are in no order.
    """
    n = start.size - 1
    first = np.zeros(n + 2, np.int64)
    for j in range(n):
        b = place[j]
        for q in range(start[j], start[j + 1]):
            first[min(place[rows[q]], b) + 2] += 1
    for j in range(n):
        first[j + 2] += first[j + 1]
    out = np.empty(rows.size, np.int32)
    source = np.empty(rows.size, np.int32)
    for j in range(n):
        b = place[j]
        for q in range(start[j], start[j + 1]):
            a = place[rows[q]]
            c = min(a, b) + 1
            out[first[c]] = max(a, b)
            source[first[c]] = q
            first[c] += 1
    return first[: n + 1], out, source


@njit(cache=True, nogil=True, error_model="numpy")
def elimination_tree(start: Integers, rows: Indices) -> Indices:
    """Parent of each column in the elimination tree of an upper triangle; -1 at a root."""
    n = start.size - 1
    parent = np.full(n, -1, np.int32)
    shortcut = np.full(n, -1, np.int32)
    for j in range(n):
        for q in range(start[j], start[j + 1]):
            i = rows[q]
            while i != -1 and i < j:
                above = shortcut[i]
                shortcut[i] = j
                if above == -1:
                    parent[i] = j
                i = above
    return parent


@njit(cache=True, nogil=True, error_model="numpy")
def postorder(parent: Indices) -> Indices:
    """Children before parents, subtree by subtree, the largest right before its parent.

    The fill stays the same. The child of the largest subtree has nearly the rows of its parent
    and is the one to share a supernode with.
    """
    n = parent.size
    size = np.ones(n, np.int32)
    heavy = np.full(n, -1, np.int32)
    for j in range(n):
        p = parent[j]
        if p >= 0:
            size[p] += size[j]
            if heavy[p] == -1 or size[j] >= size[heavy[p]]:
                heavy[p] = j
    head = heavy.copy()
    following = np.full(n, -1, np.int32)
    for j in range(n - 1, -1, -1):
        p = parent[j]
        if p >= 0 and heavy[p] != j:
            following[j] = head[p]
            head[p] = j
    order = np.empty(n, np.int32)
    k = 0
    for root in range(n):
        if parent[root] >= 0:
            continue
        j = root
        while True:
            while head[j] != -1:
                child = head[j]
                head[j] = following[child]
                j = child
            order[k] = j
            k += 1
            if j == root:
                break
            j = parent[j]
    return order


@njit(cache=True, nogil=True, error_model="numpy")
def column_counts(start: Integers, rows: Indices, parent: Indices) -> Integers:
    """Non-zeros of each column of L, diagonal included, in nearly linear time.

    Takes the lower triangle by column in a postorder of the tree: Gilbert, Ng and Peyton 1994.
    """
    n = parent.size
    first = np.full(n, -1, np.int32)  # descendant
    latest = np.full(n, -1, np.int32)
    previous = np.full(n, -1, np.int32)
    ancestor = np.arange(n).astype(np.int32)
    counts = np.zeros(n, np.int64)
    for j in range(n):
        p = parent[j]
        if first[j] == -1:
            first[j] = j
            counts[j] += 1  # a leaf; children may have taken from it already
        if p != -1:
            if first[p] == -1:
                first[p] = first[j]
            counts[p] -= 1
        for q in range(start[j], start[j + 1]):
            i = rows[q]
            if i == j or first[j] <= latest[i]:
                continue
            latest[i] = first[j]
            before = previous[i]
            previous[i] = j
            counts[j] += 1
            if before == -1:
                continue
            top = before
            while top != ancestor[top]:
                top = ancestor[top]
            while before != top:
                above = ancestor[before]
                ancestor[before] = top
                before = above
            counts[top] -= 1
        if p != -1:
            ancestor[j] = p
    for j in range(n):
        if parent[j] != -1:
            counts[parent[j]] += counts[j]
    return counts


@njit(cache=True, nogil=True, error_model="numpy")
def supernodes(
    parent: Indices, counts: Integers, m: int, wide: int, slack: float
) -> tuple[Indices, Indices]:
    """First column of each supernode over the first m columns (and m), and its rows below.

    Columns of equal rows share one; so do a run and its parent when the zeros stored for it stay
    below the share `slack` of the panel (a tenth of it for runs of more than `wide` columns):
    fewer, denser panels are faster.
    """
    first = np.empty(m + 1, np.int32)
    below = np.empty(m, np.int32)
    entries = np.empty(m, np.int64)  # true non-zeros
    k = 0
    for j in range(m):
        joins = j > 0 and parent[j - 1] == j and counts[j - 1] == counts[j] + 1
        if not joins:
            # The run before is complete: it may join the runs before it.
            k = _amalgamate(parent, first, below, entries, k, j, wide, slack)
            first[k] = j
            entries[k] = 0
            k += 1
        entries[k - 1] += counts[j]
        below[k - 1] = counts[j] - 1
    k = _amalgamate(parent, first, below, entries, k, m, wide, slack)
    first[k] = m
    return first[: k + 1].copy(), below[:k].copy()


@njit(cache=True, nogil=True, error_model="numpy")
def _amalgamate(
    parent: Indices,
    first: Indices,
    below: Indices,
    entries: Integers,
    k: int,
    end: int,
    wide: int,
    slack: float,
) -> int:
    """Merge the last of k supernodes, which ends at `end`, with those before it; the new k."""
    while k > 1:
        p = parent[first[k - 1] - 1]
        if p < first[k - 1] or p >= end:
            break
        w = end - first[k - 2]
        stored = np.int64(w) * (w + 1) // 2 + np.int64(w) * below[k - 1]
        true = entries[k - 2] + entries[k - 1]
        share = slack if w <= wide else 0.1 * slack
        if stored - true > share * stored:
            break
        entries[k - 2] = true
        below[k - 2] = below[k - 1]
        k -= 1
    return k


@njit(cache=True, nogil=True, error_model="numpy")
def _sort(a: Indices, lo: int, hi: int) -> None:
    """Shell sort of a[lo:hi]: short lists, and small to compile."""
    gap = 1
    while gap < (hi - lo) // 3:
        gap = 3 * gap + 1
    while gap >= 1:
        for i in range(lo + gap, hi):
            v = a[i]
            j = i
            while j >= lo + gap and a[j - gap] > v:
                a[j] = a[j - gap]
                j -= gap
            a[j] = v
        gap //= 3


@njit(cache=True, nogil=True, error_model="numpy")
def pattern(
    start: Integers,
    arows: Indices,
    source: Indices,
    parent: Indices,
    first: Indices,
    rfirst: Integers,
    vfirst: Integers,
    rows: Indices,
    target: Integers,
) -> None:
    """Rows below each supernode, ascending, and the place of each entry of the matrix.

    (start, arows, source): lower triangle by column. Rows of supernode s: rfirst[s] to
    rfirst[s + 1]; its panel: vfirst[s] to vfirst[s + 1]. Entries of the tail get
    -1 - (row * tail + column).
    """
    n = start.size - 1
    count = first.size - 1
    m = first[count]
    head = np.full(count, -1, np.int32)
    following = np.full(count, -1, np.int32)
    home = np.empty(m, np.int32)
    for s in range(count):
        home[first[s] : first[s + 1]] = s
    mark = np.full(n, -1, np.int32)
    place = np.empty(n, np.int32)
    fresh = np.empty(n, np.int32)
    for s in range(count):
        end = first[s + 1]
        largest = head[s]
        c = head[s]
        while c != -1:
            if rfirst[c + 1] - rfirst[c] > rfirst[largest + 1] - rfirst[largest]:
                largest = c
            c = following[c]
        a = np.int64(0)
        b = np.int64(0)
        if largest != -1:
            a = rfirst[largest]
            b = rfirst[largest + 1]
            while a < b and rows[a] < end:
                a += 1
            for q in range(a, b):
                mark[rows[q]] = s
        k = 0
        c = head[s]
        while c != -1:
            if c != largest:
                for q in range(rfirst[c], rfirst[c + 1]):
                    r = rows[q]
                    if r >= end and mark[r] != s:
                        mark[r] = s
                        fresh[k] = r
                        k += 1
            c = following[c]
        for q in range(start[first[s]], start[end]):
            r = arows[q]
            if r >= end and mark[r] != s:
                mark[r] = s
                fresh[k] = r
                k += 1
        _sort(fresh, 0, k)
        # Merge with the rows of the largest child.
        x = 0
        q = rfirst[s]
        w = end - first[s]
        for z in range(rfirst[s + 1] - rfirst[s]):
            if a < b and (x == k or rows[a] < fresh[x]):
                r = rows[a]
                a += 1
            else:
                r = fresh[x]
                x += 1
            rows[q + z] = r
            place[r] = w + z
        height = w + rfirst[s + 1] - rfirst[s]
        for j in range(first[s], end):
            for z in range(start[j], start[j + 1]):
                r = arows[z]
                at = place[r] if r >= end else r - first[s]
                target[source[z]] = vfirst[s] + (j - first[s]) * height + at
        p = parent[end - 1]
        if p != -1 and p < m:
            u = home[p]
            following[s] = head[u]
            head[u] = s
    for j in range(m, n):
        for z in range(start[j], start[j + 1]):
            target[source[z]] = -1 - (np.int64(arows[z] - m) * (n - m) + (j - m))
