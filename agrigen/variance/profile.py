"""The likelihood over one parameter, the others at their best, and the interval it gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq
from scipy.special import chdtri

from agrigen.errors import ModelError, Problem, name_some
from agrigen.plot import variance as plots
from agrigen.types import Floats
from agrigen.variance.optimize import reml_on
from agrigen.variance.space import FLOOR
from agrigen.variance.terms import Term, to_covariances

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from agrigen.variance.result import Reml

WIDEN = 8
"""Times that the range is widened to find where the likelihood has fallen enough."""


@dataclass(frozen=True, eq=False)
class Profile:
    """Profile likelihood of one parameter.

    Attributes
    ----------
    frame
        value, log_likelihood, converged; the estimate itself included.
    interval
        Where the likelihood is above its `level` limit; an end at 0 for a variance that may be
        zero, nan where the likelihood did not fall far enough within the values.
    """

    parameter: str
    estimate: float
    level: float
    interval: tuple[float, float]
    frame: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The values and their likelihoods."""
        return self.frame

    def plot(self) -> "Figure":
        """The curve, its limit and the interval."""
        limit = self.frame.log_likelihood.max() - 0.5 * chdtri(1, 1.0 - self.level)
        return plots.profile(self.frame, self.parameter, limit, self.interval)

    def __repr__(self) -> str:
        low, high = self.interval
        return (
            f"Profile of {self.parameter}: {self.estimate:.6g}, "
            f"{self.level:.0%} interval {low:.6g} to {high:.6g}"
        )


def profile(
    result: "Reml", parameter: str, points: int | Sequence[float], *, level: float
) -> Profile:
    """Fit the other parameters at each value of one."""
    if np.isnan(result.log_likelihood):
        text = "The likelihood of a fit by samples is not known."
        raise ModelError([Problem("sampled", (), text, "Fit with traces='exact'.")])
    place, i, j = _find(result, parameter)
    walk = _Walk(result, parameter, place, i, j)
    center = float(result.matrices[place][i, j])
    drop = 0.5 * float(chdtri(1, 1.0 - level))
    if isinstance(points, int):
        walk.cover(center, drop, max(points, 3))
    else:
        for value in sorted(points, key=lambda v: abs(v - center)):
            walk.fit(float(value))
    frame = walk.frame(center)
    interval = _interval(frame, center, drop, edge=walk.least if i == j else None)
    return Profile(parameter, center, level, interval, frame)


class _Walk:
    """Fits with one parameter held, each started from the nearest one before."""

    def __init__(self, result: "Reml", name: str, place: int, i: int, j: int) -> None:
        self.result = result
        self.name = name
        self.place, self.i, self.j = place, i, j
        self.likelihood = result.likelihood()
        term: Term = result.fit.terms[place]
        self.least = float(FLOOR * term.scale[i])
        self.found: dict[float, tuple[float, bool, list[Floats]]] = {}
        self.held = _held(result, name)

    def fit(self, value: float) -> float:
        """Log-likelihood with the parameter at a value."""
        if self.i == self.j:
            value = max(value, self.least)
        if value in self.found:
            return self.found[value][0]
        start = self._start(value)
        fit = reml_on(
            self.result.design,
            to_covariances(start, len(self.result.design.blocks)),
            fix=self.held,
            likelihood=self.likelihood,
        )
        self.found[value] = (fit.log_likelihood, fit.converged, fit.matrices)
        return fit.log_likelihood

    def cover(self, center: float, drop: float, points: int) -> None:
        """Go to both sides until the likelihood has fallen by `drop`."""
        k = self.result.fit.labels.index(self.name)
        error = float(np.sqrt(self.result.fit.sampling[k, k]))
        if not error > 0.0:
            term = self.result.fit.terms[self.place]
            error = 0.02 * float(np.sqrt(term.scale[self.i] * term.scale[self.j]))
        side = (points - 1) // 2
        top = self.result.log_likelihood
        for direction in (-1.0, 1.0):
            far = 2.2 * error * direction
            for _ in range(WIDEN):
                if self.fit(center + far) < top - drop or self._at_end(center + far):
                    break
                far *= 1.6
            for k in range(1, side):
                self.fit(center + far * k / side)

    def _at_end(self, value: float) -> bool:
        return self.i == self.j and value <= self.least

    def _start(self, value: float) -> list[Floats]:
        nearest = min(self.found, key=lambda v: abs(v - value), default=None)
        base = self.result.matrices if nearest is None else self.found[nearest][2]
        start = [m.copy() for m in base]
        start[self.place] = with_element(start[self.place], self.i, self.j, value)
        return start

    def frame(self, center: float) -> pd.DataFrame:
        """All fits, the estimate included, by value."""
        rows = [(value, *found[:2]) for value, found in self.found.items()]
        rows.append((center, self.result.log_likelihood, self.result.converged))
        frame = pd.DataFrame(rows, columns=["value", "log_likelihood", "converged"])
        return frame.sort_values("value").drop_duplicates("value").reset_index(drop=True)


def with_element(matrix: Floats, i: int, j: int, value: float) -> Floats:
    """The matrix with one element set, the rest changed as far as it must to stay positive.

    A changed variance keeps its correlations; a covariance beyond its variances enlarges them.
    """
    out = matrix.copy()
    if i == j:
        factor = np.ones(len(out))
        factor[i] = np.sqrt(value / out[i, i])
        return np.asarray(out * np.outer(factor, factor))
    out[i, j] = out[j, i] = value
    for _ in range(60):
        if np.linalg.eigvalsh(out)[0] > 1e-6 * np.diag(out).min():
            break
        out[[i, j], [i, j]] *= 1.2
    return out


def _find(result: "Reml", parameter: str) -> tuple[int, int, int]:
    several = len(result.model.traits) > 1
    names = []
    for place, term in enumerate(result.fit.terms):
        for i, j in term.all_pairs:
            name = term.label(i, j, traits=several)
            if name == parameter and term.free[i, j]:
                return place, i, j
            names += [name] if term.free[i, j] else []
    text = f"There is no free parameter {parameter!r}."
    remedy = f"Name one of {name_some(names, shown=30)}."
    raise ModelError([Problem("parameter", (), text, remedy)])


def _held(result: "Reml", parameter: str) -> list[str]:
    """Names of what is held already, and of the parameter."""
    several = len(result.model.traits) > 1
    return [
        parameter,
        *(
            term.label(i, j, traits=several)
            for term in result.fit.terms
            for i, j in term.all_pairs
            if not term.free[i, j]
        ),
    ]


def _interval(
    frame: pd.DataFrame, center: float, drop: float, *, edge: float | None
) -> tuple[float, float]:
    """Where the signed root of the likelihood ratio, nearly a line, passes the limit."""
    value = frame.value.to_numpy(float)
    height = frame.log_likelihood.to_numpy(float)
    top = height.max()
    root = np.sign(value - center) * np.sqrt(np.maximum(top - height, 0.0))
    curve = PchipInterpolator(value, root)
    limit = np.sqrt(drop)
    ends = []
    for side, sign in ((0, -1.0), (-1, 1.0)):
        if sign * root[side] > limit:
            ends.append(float(brentq(lambda v, s=sign: curve(v) - s * limit, value[0], value[-1])))
        elif sign < 0 and edge is not None and value[0] <= edge * 1.0001:
            ends.append(0.0)
        else:
            ends.append(float("nan"))
    return ends[0], ends[1]
