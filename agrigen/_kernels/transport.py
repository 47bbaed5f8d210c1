"""Kernels that share out rows among columns with capacities at the least cost, exactly."""

import numpy as np
from numba import njit

from agrigen.types import Floats, Indices


@njit(cache=True, nogil=True, error_model="numpy")
def assign(cost: Floats, capacity: Indices) -> Indices:
    """Column of each row with the least total cost; inf is not allowed, the last column is open.

    Rows go in one by one, each along the cheapest chain of moves that ends in a column with room
    (successive shortest paths, so every step keeps the optimum). `move[a, b]` is what it costs to
    move the best row from a to b.
    """
    rows, columns = cost.shape
    chosen = np.full(rows, -1, np.int32)
    used = np.zeros(columns, np.int64)
    move = np.full((columns, columns), np.inf)
    mover = np.full((columns, columns), -1, np.int32)
    distance = np.empty(columns)
    before = np.empty(columns, np.int32)
    least = 1e-13 * (1.0 + cost[0, columns - 1]) if rows else 0.0  # below is rounding, not gain
    for row in range(rows):
        for b in range(columns):
            distance[b] = cost[row, b]
            before[b] = -1
        for _ in range(columns):
            changed = False
            for a in range(columns):
                if distance[a] == np.inf:
                    continue
                for b in range(columns):
                    through = distance[a] + move[a, b]
                    if through < distance[b] - least:
                        distance[b] = through
                        before[b] = a
                        changed = True
            if not changed:
                break
        end = -1
        for b in range(columns):
            if used[b] < capacity[b] and (end < 0 or distance[b] < distance[end]):
                end = b
        used[end] += 1
        while before[end] >= 0:
            a = before[end]
            moved = mover[a, end]
            chosen[moved] = end
            _arrive(cost, moved, end, move, mover)
            _recount(cost, chosen, a, move, mover)
            end = a
        chosen[row] = end
        _arrive(cost, row, end, move, mover)
    return chosen


@njit(cache=True, nogil=True, error_model="numpy")
def _arrive(cost: Floats, row: int, a: int, move: Floats, mover: Indices) -> None:
    for b in range(cost.shape[1]):
        change = cost[row, b] - cost[row, a]
        if b != a and change < move[a, b]:
            move[a, b] = change
            mover[a, b] = row


@njit(cache=True, nogil=True, error_model="numpy")
def _recount(cost: Floats, chosen: Indices, a: int, move: Floats, mover: Indices) -> None:
    move[a, :] = np.inf
    mover[a, :] = -1
    for row in range(chosen.size):
        if chosen[row] == a:
            _arrive(cost, row, a, move, mover)
