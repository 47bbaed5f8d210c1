"""Compiled minimum-degree ordering of a symmetric sparse matrix.

The quotient-graph method with approximate external degrees, element absorption, mass
elimination and merging of indistinguishable variables: Amestoy, Davis and Duff 1996.
"""

import numpy as np
from numba import njit

from agrigen.types import Flags, Indices, Integers


@njit(cache=True, nogil=True, error_model="numpy")
def _unlink(i: int, degree: Indices, head: Indices, following: Indices, preceding: Indices) -> None:
    """Take variable i out of its degree list."""
    f = following[i]
    p = preceding[i]
    if p >= 0:
        following[p] = f
    else:
        head[degree[i]] = f
    if f >= 0:
        preceding[f] = p


@njit(cache=True, nogil=True, error_model="numpy")
def _link(i: int, degree: Indices, head: Indices, following: Indices, preceding: Indices) -> None:
    """Put variable i at the front of the list of its degree."""
    f = head[degree[i]]
    following[i] = f
    preceding[i] = -1
    if f >= 0:
        preceding[f] = i
    head[degree[i]] = i


@njit(cache=True, nogil=True, error_model="numpy")
def _compact(
    pool: Indices, first: Integers, size: Indices, alive: Flags, order: Indices, done: int
) -> int:
    """Close the gaps that absorbed elements left in the pool; elements in order of birth."""
    free = 0
    for k in range(done):
        e = order[k]
        if alive[e]:
            a = first[e]
            for q in range(size[e]):
                pool[free + q] = pool[a + q]
            first[e] = free
            free += size[e]
    return free


@njit(cache=True, nogil=True, error_model="numpy")
def minimum_degree(start: Integers, rows: Indices) -> Indices:
    """Elimination order of a symmetric pattern (start, rows: every column, both triangles).

    Diagonal entries are ignored. Every column's list holds first its elements, then its
    variables, in the room that its entries had: a list never grows.
    """
    n = start.size - 1
    adj = np.empty(rows.size + n, np.int32)  # one more place a column, for its first element
    base = np.empty(n + 1, np.int64)
    n_elem = np.zeros(n, np.int32)
    n_var = np.zeros(n, np.int32)
    free = 0
    for j in range(n):
        base[j] = free
        for q in range(start[j], start[j + 1]):
            if rows[q] != j:
                adj[free] = rows[q]
                free += 1
        n_var[j] = free - base[j]
        free += 1
    base[n] = free
    room = rows.size + n
    pool = np.empty(room, np.int32)
    efirst = np.zeros(n, np.int64)
    esize = np.zeros(n, np.int32)
    eweight = np.zeros(n, np.int32)
    alive = np.zeros(n, np.bool_)
    pool_free = 0
    weight = np.ones(n, np.int32)  # variables merged into this one; 0 = gone
    merged_into = np.full(n, -1, np.int32)
    degree = np.empty(n, np.int32)
    head = np.full(n + 1, -1, np.int32)
    following = np.full(n, -1, np.int32)
    preceding = np.full(n, -1, np.int32)
    for j in range(n - 1, -1, -1):
        degree[j] = n_var[j]
        _link(j, degree, head, following, preceding)
    stamp = np.zeros(n, np.int64)  # of variables: in the new element
    outside = np.zeros(n, np.int64)  # of elements: weight outside the new element, plus a tag
    tag = np.int64(1)
    bucket = np.full(n, -1, np.int32)
    chain = np.full(n, -1, np.int32)
    hashes = np.zeros(n, np.int64)
    same = np.zeros(n, np.int64)
    same_tag = np.int64(0)
    pivots = np.empty(n, np.int32)
    n_pivots = 0
    eliminated = 0
    lowest = 0
    while eliminated < n:
        while head[lowest] < 0:
            lowest += 1
        p = head[lowest]
        _unlink(p, degree, head, following, preceding)
        # The new element: all variables met through p's variables and elements.
        need = np.int64(n_var[p])  # may pass 2**31
        for q in range(base[p], base[p] + n_elem[p]):
            need += esize[adj[q]]
        if pool_free + need > room:
            pool_free = _compact(pool, efirst, esize, alive, pivots, n_pivots)
            if pool_free + need > room:
                room = 2 * (pool_free + int(need))
                larger = np.empty(room, np.int32)
                larger[:pool_free] = pool[:pool_free]
                pool = larger
        a = pool_free
        tag += 1
        stamp[p] = tag
        size = 0
        element_weight = 0
        for q in range(base[p], base[p] + n_elem[p]):
            e = adj[q]
            for r in range(efirst[e], efirst[e] + esize[e]):
                i = pool[r]
                if weight[i] > 0 and stamp[i] != tag:
                    stamp[i] = tag
                    pool[a + size] = i
                    size += 1
                    element_weight += weight[i]
            alive[e] = False
        for q in range(base[p] + n_elem[p], base[p] + n_elem[p] + n_var[p]):
            i = adj[q]
            if weight[i] > 0 and stamp[i] != tag:
                stamp[i] = tag
                pool[a + size] = i
                size += 1
                element_weight += weight[i]
        pool_free = a + size
        efirst[p] = a
        esize[p] = size
        alive[p] = True
        pivots[n_pivots] = p
        n_pivots += 1
        eliminated += weight[p]
        # Weight of every touched element outside the new one.
        for q in range(a, a + size):
            i = pool[q]
            for r in range(base[i], base[i] + n_elem[i]):
                e = adj[r]
                if alive[e]:
                    if outside[e] < tag * n:
                        outside[e] = tag * n + eweight[e]
                    outside[e] -= weight[i]
        # New lists, approximate degree and hash of every variable of the element.
        kept = 0
        for q in range(a, a + size):
            i = pool[q]
            _unlink(i, degree, head, following, preceding)
            b = base[i]
            end = b + n_elem[i] + n_var[i]
            split = b + n_elem[i]
            fill = b
            beyond = np.int64(0)
            mixed = np.int64(p)
            for r in range(b, split):
                e = adj[r]
                if alive[e]:
                    out = outside[e] - tag * n
                    if out == 0:
                        alive[e] = False  # wholly inside the new element: absorbed
                    else:
                        beyond += out
                        adj[fill] = e
                        fill += 1
                        mixed += e
            elements = fill - b
            # Variables move one place up at most once: the new element needs a place.
            keep_from = fill
            variables = 0
            for r in range(split, end):
                v = adj[r]
                if weight[v] > 0 and stamp[v] != tag:
                    adj[keep_from + variables] = v
                    variables += 1
                    beyond += weight[v]
                    mixed += v
            if elements == 0 and variables == 0:
                # Nothing outside the element: eliminated together with p.
                merged_into[i] = p
                eliminated += weight[i]
                element_weight -= weight[i]
                weight[p] += weight[i]
                weight[i] = 0
                continue
            if variables > 0:
                adj[keep_from + variables] = adj[keep_from]
            adj[keep_from] = p
            n_elem[i] = elements + 1
            n_var[i] = variables
            degree[i] = min(np.int64(degree[i]), beyond)  # the element's weight is added below
            hashes[i] = mixed % n
            pool[a + kept] = i
            kept += 1
        size = kept
        esize[p] = size
        pool_free = a + size
        # Variables with the same lists are one from now on.
        for q in range(a, a + size):
            i = pool[q]
            h = hashes[i]
            chain[i] = bucket[h]
            bucket[h] = i
        for q in range(a, a + size):
            h = hashes[pool[q]]
            i = bucket[h]
            bucket[h] = -1
            while i >= 0 and chain[i] >= 0:
                same_tag += 1
                for r in range(base[i], base[i] + n_elem[i] + n_var[i]):
                    same[adj[r]] = same_tag
                before = i
                j = chain[i]
                while j >= 0:
                    equal = n_elem[j] == n_elem[i] and n_var[j] == n_var[i]
                    if equal:
                        for r in range(base[j], base[j] + n_elem[j] + n_var[j]):
                            if same[adj[r]] != same_tag:
                                equal = False
                                break
                    if equal:
                        weight[i] += weight[j]
                        weight[j] = 0
                        merged_into[j] = i
                        chain[before] = chain[j]
                    else:
                        before = j
                    j = chain[j]
                i = chain[i]
        # Back into the degree lists.
        kept = 0
        for q in range(a, a + size):
            i = pool[q]
            if weight[i] == 0:
                continue
            d = np.int64(degree[i]) + element_weight - weight[i]
            degree[i] = max(np.int64(0), min(d, np.int64(n - eliminated - weight[i])))
            _link(i, degree, head, following, preceding)
            lowest = min(lowest, degree[i])
            pool[a + kept] = i
            kept += 1
        esize[p] = kept
        eweight[p] = element_weight
        pool_free = a + kept
        if kept == 0:
            alive[p] = False
    return _expand(pivots[:n_pivots], merged_into)


@njit(cache=True, nogil=True, error_model="numpy")
def _expand(pivots: Indices, merged_into: Indices) -> Indices:
    """The full order: each pivot followed by everything merged into it."""
    n = merged_into.size
    head = np.full(n, -1, np.int32)
    following = np.full(n, -1, np.int32)
    for j in range(n - 1, -1, -1):
        m = merged_into[j]
        if m >= 0:
            following[j] = head[m]
            head[m] = j
    order = np.empty(n, np.int32)
    stack = np.empty(n, np.int32)
    k = 0
    for p in pivots:
        stack[0] = p
        top = 1
        while top > 0:
            top -= 1
            j = stack[top]
            order[k] = j
            k += 1
            c = head[j]
            while c >= 0:
                stack[top] = c
                top += 1
                c = following[c]
    return order
