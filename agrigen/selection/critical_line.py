"""The way of optimal contributions from the most merit to the least relationship (Markowitz).

Maximize t u'c - c'Kc / 2 with sums of 1/2 in each sex and bounds: t falls from infinity, where only
merit counts, to 0. Between two corners the optimal c is a straight line in t; at a corner one
candidate meets its bound or leaves it. So the optimum for any penalty, t = 1 / (2 penalty), and for
any limit of c'Kc is found without iterating towards it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from agrigen.errors import SolveError
from agrigen.types import Flags, Floats, Integers

REFRESH = 50
"""Corners after which the inverse is made anew, so that rounding does not grow."""
SHARE = 0.5


@dataclass
class Path:
    """Where the way ended: contributions, the corners it passed, and a bound that proves them."""

    contribution: Floats
    reached: bool = False
    gap: float = 0.0
    penalties: list[float] = field(default_factory=list)
    merits: list[float] = field(default_factory=list)
    squares: list[float] = field(default_factory=list)


def follow(
    u: Floats,
    columns: Callable[[Integers], Floats],
    sex: Integers,
    low: Floats,
    high: Floats,
    *,
    penalty: float | None = None,
    most: float | None = None,
) -> Path:
    """Go until the penalty, or c'Kc = `most`, is reached, or relationship is at its least."""
    if penalty == 0 or (penalty is None and most is None):
        most, penalty = np.inf, None
    line = _Line(u, columns, sex, low, high)
    return line.run(0.0 if penalty is None else 1 / (2 * penalty), most)


class _Line:
    """The candidates that stand between their bounds, and the inverse of K among them."""

    def __init__(
        self,
        u: Floats,
        columns: Callable[[Integers], Floats],
        sex: Integers,
        low: Floats,
        high: Floats,
    ) -> None:
        spread = float(np.ptp(u)) or 1.0
        # Candidates of equal merit would make the first corners ambiguous.
        order = np.argsort(np.argsort(-u, kind="stable"), kind="stable")
        self.u = u - 1e-7 * spread * order / max(u.size, 1)
        self.plain, self.columns = u, columns
        self.sex, self.low, self.high = sex, low, high
        self.c = low.copy()
        self.free = np.zeros(u.size, np.bool_)
        self.members: list[int] = []
        self.block = np.empty((u.size, 8))  # columns of K of the free ones
        self.inverse: Floats = np.zeros((0, 0))
        self.bound_product = np.zeros(u.size)  # K c of those at their bounds
        self._start()

    def _start(self) -> None:
        """The most merit: the best up to their upper bounds, one of each sex between its own."""
        entering = []
        for one in (0, 1):
            mine = np.flatnonzero(self.sex == one)
            left = SHARE - float(self.low[mine].sum())
            movable = mine[self.high[mine] > self.low[mine]]
            best = movable[np.argsort(-self.u[movable], kind="stable")]
            last = int(best[0]) if best.size else -1
            for i in best:
                add = min(left, self.high[i] - self.low[i])
                if add <= 0:
                    break
                self.c[i] += add
                left -= add
                last = int(i)
            if last >= 0:
                entering.append(last)
        held = np.flatnonzero(self.c > 0)
        for part in np.array_split(held, max(1, held.size // 64)):
            self.bound_product += self.columns(part) @ self.c[part]
        for i in entering:
            self._enter(i)

    def run(self, target: float, most: float | None) -> Path:
        path, t = Path(self.c), np.inf
        for corner in range(20 * self.u.size + 100):
            alpha, beta, nu = self._direction()
            if corner == 0:
                self._note(path, t, self.c)
                if most is not None and path.squares[-1] <= most:
                    path.reached = True
                    return path
            p, q = self._reduced(alpha, beta, nu)
            following, leaving, entering = self._next(t, alpha, beta, p, q)
            end = max(following, target, 0.0)
            c = self._at(end, alpha, beta)
            square = float(c @ self._product(alpha + beta * end))
            if most is not None and square <= most:
                end = self._meet(most, min(t, 1e300), end, alpha, beta)
                self._finish(path, end, self._at(end, alpha, beta))
                return path
            if end > following or following <= 0:
                self._finish(path, end, c)
                path.reached = most is None
                return path
            self.c = c
            self._note(path, end, c)
            t = following
            if leaving >= 0:
                self._leave(leaving)
            else:
                self._enter(entering)
            if corner % REFRESH == REFRESH - 1:
                self._refresh()
        raise SolveError("The way of optimal contributions does not end; check the relationships.")

    def _direction(self) -> tuple[Floats, Floats, Floats]:
        """c of the free ones = alpha + beta t, and the multipliers of both sexes likewise."""
        who = np.array(self.members, np.int64)
        sums = np.stack([(self.sex[who] == one).astype(np.float64) for one in (0, 1)], 1)
        there = sums.any(axis=0)
        right = np.column_stack([-self.bound_product[who], self.u[who], sums[:, there]])
        solved = self.inverse @ right
        inner = sums[:, there].T @ solved
        fixed = self.c.copy()
        fixed[who] = 0.0
        share = SHARE - np.array([fixed[self.sex == one].sum() for one in (0, 1)])[there]
        wanted = np.column_stack([inner[:, 0] - share, inner[:, 1]])
        found = np.linalg.solve(inner[:, 2:], wanted) if there.any() else wanted
        nu = np.zeros((2, 2))
        nu[there] = found
        line = solved[:, :2] - solved[:, 2:] @ found
        alone = sums.sum(axis=0)[self.sex[who]] == 1
        line[alone] = np.column_stack([share[np.cumsum(there)[self.sex[who[alone]]] - 1],
                                       np.zeros(alone.sum())])  # fmt: skip
        return line[:, 0], line[:, 1], nu

    def _reduced(self, alpha: Floats, beta: Floats, nu: Floats) -> tuple[Floats, Floats]:
        """t u - K c - nu as p + q t: what a unit more of each would gain."""
        columns = self.block[:, : len(self.members)]
        p = -(self.bound_product + columns @ alpha) - nu[self.sex, 0]
        q = self.u - columns @ beta - nu[self.sex, 1]
        return p, q

    def _next(
        self, t: float, alpha: Floats, beta: Floats, p: Floats, q: Floats
    ) -> tuple[float, int, int]:
        """The t of the next corner, and who meets a bound or leaves one there."""
        who = np.array(self.members, np.int64)
        scale = 1e-13 * (np.abs(self.u).max() + 1)
        best, leaving, entering = -1.0, -1, -1
        with np.errstate(divide="ignore", invalid="ignore"):
            toward = np.where(beta > 0, self.low[who], self.high[who])
            met = np.where(np.abs(beta) > 1e-12 * np.abs(beta).max(initial=0),
                           (toward - alpha) / beta, -1.0)  # fmt: skip
            at_low = self.c <= self.low
            crossing = np.where(at_low, q < -scale, q > scale)
            open_ = ~self.free & (self.high > self.low) & crossing
            left = np.where(open_, -p / q, -1.0)
        if who.size:
            k = int(np.argmax(met))
            best, leaving = float(min(met[k], t)), int(who[k])
        j = int(np.argmax(left))
        if min(left[j], t) > best:
            best, leaving, entering = float(min(left[j], t)), -1, j
        return best, leaving, entering

    def _at(self, t: float, alpha: Floats, beta: Floats) -> Floats:
        c = self.c.copy()
        who = np.array(self.members, np.int64)
        values = alpha + beta * t if np.isfinite(t) else alpha
        c[who] = np.clip(values, self.low[who], self.high[who])
        room = np.minimum(c - self.low, self.high - c)
        for one in (0, 1):  # what rounding took from a sum goes to the one with the most room
            mine = who[self.sex[who] == one]
            if mine.size:
                c[mine[np.argmax(room[mine])]] += SHARE - c[self.sex == one].sum()
        return c

    def _product(self, of_free: Floats) -> Floats:
        return self.bound_product + self.block[:, : len(self.members)] @ of_free

    def _meet(self, most: float, upper: float, lower: float, alpha: Floats, beta: Floats) -> float:
        """The t between two corners where c'Kc is `most`: a root of a parabola."""
        columns = self.block[:, : len(self.members)]
        fixed = self.c.copy()
        fixed[self.members] = 0.0
        inner = columns[self.members]
        two = float(beta @ inner @ beta)
        cross = self.bound_product[self.members] + inner @ alpha
        one = 2 * float(beta @ cross)
        zero = float(alpha @ (cross + self.bound_product[self.members]))
        zero += float(fixed @ self.bound_product) - most
        if two <= 0:
            return lower
        root = (-one + np.sqrt(max(one * one - 4 * two * zero, 0.0))) / (2 * two)
        return float(np.clip(root, lower, upper))

    def _finish(self, path: Path, t: float, c: Floats) -> None:
        self.c, path.contribution, path.reached = c, c, True
        self._note(path, t, c)
        product = self._product(c[self.members])
        slope = t * self.plain - product
        rise = _best(slope, self.sex, self.low, self.high) - float(slope @ c)
        path.gap = max(rise, 0.0) / t if t > 0 else max(rise, 0.0)

    def _note(self, path: Path, t: float, c: Floats) -> None:
        path.contribution = c
        path.penalties.append(1 / (2 * t) if t > 0 else np.inf)
        path.merits.append(float(self.plain @ c))
        path.squares.append(float(c @ self._product(c[self.members])))

    def _enter(self, i: int) -> None:
        column = self.columns(np.array([i]))[:, 0]
        self.bound_product -= column * self.c[i]
        size = len(self.members)
        if size == self.block.shape[1]:
            wider = np.empty((self.u.size, min(2 * size, self.u.size)))
            wider[:, :size] = self.block
            self.block = wider
        self.block[:, size] = column
        cross = column[self.members]
        turned = self.inverse @ cross
        pivot = float(column[i] - cross @ turned)
        larger = np.empty((size + 1, size + 1))
        larger[:size, :size] = self.inverse + np.outer(turned, turned) / pivot
        larger[size, :size] = larger[:size, size] = -turned / pivot
        larger[size, size] = 1 / pivot
        self.inverse = larger
        self.members.append(i)
        self.free[i] = True

    def _leave(self, i: int) -> None:
        place, last = self.members.index(i), len(self.members) - 1
        near_high = abs(self.c[i] - self.high[i]) < abs(self.c[i] - self.low[i])
        self.c[i] = self.high[i] if near_high else self.low[i]
        self.bound_product += self.block[:, place] * self.c[i]
        keep = np.arange(last + 1) != place
        column = self.inverse[keep, place]
        smaller = self.inverse[np.ix_(keep, keep)]
        smaller -= np.outer(column, column) / self.inverse[place, place]
        self.inverse = smaller
        self.block[:, place:last] = self.block[:, place + 1 : last + 1]
        self.members.pop(place)
        self.free[i] = False

    def _refresh(self) -> None:
        inner = self.block[self.members, : len(self.members)]
        self.inverse = np.asarray(np.linalg.inv(inner), np.float64)


def _best(slope: Floats, sex: Integers, low: Floats, high: Floats) -> float:
    """The most that contributions within their bounds can make of a slope."""
    total = float(slope @ low)
    for one in (0, 1):
        mine: Flags = sex == one
        left = SHARE - float(low[mine].sum())
        order = np.argsort(-slope[mine], kind="stable")
        room = (high - low)[mine][order]
        taken = np.clip(left - (np.cumsum(room) - room), 0, room)
        total += float(slope[mine][order] @ taken)
    return total
