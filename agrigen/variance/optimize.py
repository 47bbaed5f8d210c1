"""AI-REML on arrays: climb the restricted likelihood to its top, or to the edge of the space."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from agrigen.errors import Cancelled, ModelError, Problem, SolveError, name_some
from agrigen.evaluation.arrays import Covariances, Design
from agrigen.evaluation.progress import Cancel, Progress, Stages
from agrigen.types import Flags, Floats
from agrigen.variance.edges import edges_of, vanished
from agrigen.variance.likelihood import Direction, Likelihood, Point, expectation_step
from agrigen.variance.space import Piece, assembled, embedded, pieces_of
from agrigen.variance.terms import (
    Term,
    default_start,
    hold,
    labels,
    pack,
    sensible,
    terms_of,
    to_list,
    unseen,
)

MAX_ITERATIONS = 60
TOLERANCE = 1e-9
"""Gain of log-likelihood to be expected of a further step, below which a step is the last."""

SMALL_GAIN = 1e-3
HALVINGS = 6
CONFOUNDED = 1e-10
"""Smallest eigenvalue of the scaled information from which parameters can be told apart."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Where the likelihood is highest, and how sure that is.

    Attributes
    ----------
    terms, matrices
        Covariance matrices: blocks, then residual groups.
    labels
        Names of all parameters: the lower triangles of the matrices, row by row.
    sampling
        Covariance matrix of their estimates, 0 where held or at the edge.
    information
        Average information in the free coordinates of the last iteration.
    edges
        What lies at the edge of the space, in words.
    zeros
        Rows of every matrix whose variance converged to zero.
    parameters
        Number of parameters that were not held.
    degrees
        Observations less rank of the fixed effects.
    history
        One row an iteration.
    """

    terms: list[Term]
    matrices: list[Floats]
    labels: list[str]
    sampling: Floats
    information: Floats
    log_likelihood: float
    parameters: int
    degrees: int
    converged: bool
    edges: list[Problem]
    notes: list[Problem]
    zeros: list[Flags]
    history: list[dict[str, Any]]

    @property
    def covariances(self) -> Covariances:
        """The matrices as solvers take them."""
        blocks = sum(term.group is None for term in self.terms)
        return Covariances(tuple(self.matrices[:blocks]), np.stack(self.matrices[blocks:]))

    @property
    def iterations(self) -> int:
        """Steps taken."""
        return len(self.history) - 1

    @property
    def errors(self) -> Floats:
        """Standard errors of the parameters; nan where held or at the edge."""
        variance = np.diag(self.sampling)
        return np.sqrt(np.where(variance > 0.0, variance, np.nan))


def reml_on(
    design: Design,
    start: Covariances | None = None,
    *,
    fix: Sequence[str] = (),
    max_iterations: int = MAX_ITERATIONS,
    tolerance: float = TOLERANCE,
    em_iterations: int = 0,
    likelihood: Likelihood | None = None,
    stage: Stages | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Fit:
    """Estimate the covariance matrices of a design by average-information REML.

    Parameters
    ----------
    start
        Where to begin; default: the phenotypic variance in parts.
    fix
        Effects, `residual`, or single parameters that stay where they start.
    em_iterations
        First so many iterations are of the EM algorithm. It also steps in when the likelihood
        rises along no part of an AI step.
    likelihood
        Of the same design, to save ordering its equations again; or a `SampledLikelihood`.

    Raises
    ------
    ModelError
        If the records cannot tell the parameters apart, naming them.
    Cancelled
        On `cancel` and on an interrupt from the keyboard; its `state` holds the covariances
        reached, to start from again.
    """
    terms = _seen(hold(terms_of(design), fix), design)
    matrices = default_start(terms) if start is None else sensible(terms, to_list(start))
    climb = _Climb(
        terms,
        likelihood or Likelihood(design),
        matrices,
        pieces_of(terms, matrices),
        stage or Stages(progress, cancel),
        em_iterations,
        tolerance,
    )
    try:
        return climb.run(max_iterations)
    except (Cancelled, KeyboardInterrupt) as stop:
        text = f"Stopped after {max(len(climb.history) - 1, 0)} iterations; start from .state."
        error = Cancelled(text)
        error.state = climb.covariances
        raise error from stop


def _seen(terms: list[Term], design: Design) -> list[Term]:
    """Terms where only residual elements are free that some record tells about."""
    if not any(t.free.any() for t in terms):
        text = "Every variance is held: there is nothing to estimate."
        raise ModelError([Problem("all_held", (), text, "Hold fewer, or evaluate at them.")])
    count = sum(len(term.pairs) for term in terms)
    degrees = int(design.records.y.size) - design.rank
    if degrees < max(count, 1):
        text = f"{degrees + design.rank} observations and {design.rank} fixed effects leave "
        text += f"{max(degrees, 0)} differences for {count} parameters."
        remedy = "Use more records, fewer effects, or hold some variances."
        raise ModelError([Problem("too_few_records", (), text, remedy)])
    return terms


@dataclass(eq=False)
class _Climb:
    """State of one search."""

    terms: list[Term]
    likelihood: Likelihood
    matrices: list[Floats]
    pieces: list[Piece]
    stage: Stages
    em_iterations: int
    tolerance: float
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def covariances(self) -> Covariances:
        """Where the search stands."""
        blocks = len(self.likelihood.design.blocks)
        return Covariances(tuple(self.matrices[:blocks]), np.stack(self.matrices[blocks:]))

    def run(self, max_iterations: int) -> Fit:
        """Iterate until the next step would gain nothing."""
        point = self._first()
        converged, last = False, False
        for iteration in range(1, max_iterations + 1):
            self._announce(iteration, point)
            information = self._information(point)
            if iteration == 1:
                self._check_information(information)
            gradient = self._gradient(point)
            curved = self._curved(information, gradient)
            step = self._newton(curved, gradient)
            gain = 0.5 * float(self._coordinates(gradient) @ step)
            last = self._is_last(gain)
            point, kind, part = self._advance(point, gradient, step, iteration)
            self._note(iteration, point, kind, part, gain)
            edged = [p.at_edge() for p in self.pieces]
            if any(new is not old for new, old in zip(edged, self.pieces, strict=True)):
                self.pieces = edged
                self.matrices = assembled(edged, self.matrices)
                point = self._at(edged)
                continue
            stuck = kind == "none"
            if (last or stuck) and any(p.root is not None for p in self.pieces):
                point, moved = self._check_edges(point)
                if moved:
                    continue
            if last or stuck:
                converged = last or abs(gain) < 100 * self.tolerance
                break
        return self._fit(point, converged)

    def _is_last(self, gain: float) -> bool:
        """Whether the step after this one would gain next to nothing.

        Gains fall by the same factor or a growing one from step to step near the top.
        """
        before = self.history[-1]["expected_gain"]
        factor = min(1.0, abs(gain) / before) if before > 0.0 else 1.0
        small = abs(gain) < SMALL_GAIN and abs(gain) * factor < self.tolerance
        return small and not any(p.falling for p in self.pieces)

    def _first(self) -> Point:
        point = self._at(self.pieces)
        self._note(0, point, "start", 1.0, np.nan)
        return point

    def _at(self, pieces: Sequence[Piece]) -> Point:
        return self.likelihood.at(assembled(pieces, self.matrices))

    def _announce(self, iteration: int, point: Point) -> None:
        fraction = 1.0 - 0.85**iteration
        known = "" if np.isnan(point.value) else f", log-likelihood {point.value:.4f}"
        self.stage(fraction, f"REML iteration {iteration}{known}")

    def _note(self, iteration: int, point: Point, kind: str, part: float, gain: float) -> None:
        values = dict(zip(labels(self.terms), pack(self.terms, self.matrices), strict=True))
        row = {"iteration": iteration, "log_likelihood": point.value, "step": kind}
        self.history.append({**row, "part": part, "expected_gain": gain, **values})

    def _gradient(self, point: Point) -> list[Floats]:
        """Of every piece."""
        whole = point.gradient()
        return [whole[p.term][np.ix_(p.rows, p.rows)] for p in self.pieces]

    def _coordinates(self, gradient: Sequence[Floats]) -> Floats:
        return np.array(
            [
                float(np.sum(g * change))
                for piece, g in zip(self.pieces, gradient, strict=True)
                for change in piece.changes
            ]
        )

    def _directions(self) -> list[Direction]:
        return [
            Direction(piece.term, embedded(piece, change, self.terms[piece.term].size))
            for piece in self.pieces
            for change in piece.changes
        ]

    def _information(self, point: Point) -> Floats:
        """Average information in the coordinates of the pieces."""
        directions = self._directions()
        return point.information(directions) if directions else np.zeros((0, 0))

    def _curved(self, information: Floats, gradient: Sequence[Floats]) -> Floats:
        """The information with the curvature of the edge."""
        curved = information.copy()
        at = 0
        for piece, g in zip(self.pieces, gradient, strict=True):
            extra = piece.curvature(g)
            own = slice(at, at + len(extra))
            curved[own, own] += extra
            at = own.stop
        return curved

    def _check_information(self, information: Floats) -> None:
        """Refuse parameters that the records cannot tell apart."""
        names = [
            term.label(i, j, traits=self._several)
            for piece in self.pieces
            for term in [self.terms[piece.term]]
            for i, j in _free_pairs(piece)
        ]
        diagonal = np.diag(information)
        blind = [n for n, d in zip(names, diagonal, strict=True) if not d > 0.0]
        if blind:
            text = f"The records say nothing about {name_some(blind)}."
            remedy = "Leave the effect out, or hold the parameter."
            raise ModelError([Problem("no_information", (), text, remedy)])
        scaled = information / np.sqrt(np.outer(diagonal, diagonal))
        values, vectors = np.linalg.eigh(scaled)
        if values[0] < CONFOUNDED:
            involved = [n for n, v in zip(names, vectors[:, 0], strict=True) if abs(v) > 0.1]
            text = f"The records cannot tell {', '.join(involved)} apart: they explain the same."
            remedy = "Leave one of these effects out, hold one (fix), or add records that differ."
            raise ModelError([Problem("confounded", (), text, remedy)])

    @property
    def _several(self) -> bool:
        return len({c.trait for term in self.terms for c in term.components}) > 1

    def _newton(self, curved: Floats, gradient: Sequence[Floats]) -> Floats:
        """The step; single variances that would become negative stop on the way, others know."""
        slope = self._coordinates(gradient)
        step = _solve(curved, slope)
        held = np.zeros(step.size, bool)
        single = self._singles()
        for _ in range(len(single)):
            out = [k for k, value in single.items() if not held[k] and step[k] < -0.97 * value]
            if not out:
                break
            for k in out:
                held[k], step[k] = True, -0.97 * single[k]
            rest = ~held
            known = curved[np.ix_(rest, held)] @ step[held]
            step[rest] = _solve(curved[np.ix_(rest, rest)], slope[rest] - known)
        return step

    def _singles(self) -> dict[int, float]:
        """Coordinate and value of variances that have no covariance."""
        found, at = {}, 0
        for piece in self.pieces:
            if piece.root is None and piece.matrix.size == 1 and piece.whole:
                found[at] = float(piece.matrix[0, 0])
            at += len(piece.changes)
        return found

    def _advance(
        self, point: Point, gradient: Sequence[Floats], step: Floats, iteration: int
    ) -> tuple[Point, str, float]:
        """The first of AI, parts of AI and EM that does not lower the likelihood."""
        enough = point.value - 1e-11 * abs(point.value) - 1e-10
        if iteration > self.em_iterations:
            for halving in range(HALVINGS):
                part = 0.5**halving
                found = self._try(self._moved(part * step), enough)
                if found is not None:
                    return found, "AI", part
        found = self._try(self._expected(point, gradient), enough)
        if found is not None:
            return found, "EM", 1.0
        return self._at(self.pieces), "none", 0.0

    def _try(self, pieces: list[Piece], enough: float) -> Point | None:
        try:
            point = self._at(pieces)
        except (SolveError, np.linalg.LinAlgError):
            return None
        if point.value < enough:
            return None
        self.pieces = pieces
        self.matrices = assembled(pieces, self.matrices)
        return point

    def _moved(self, step: Floats) -> list[Piece]:
        moved, at = [], 0
        for piece in self.pieces:
            count = len(piece.changes)
            moved.append(piece.moved(step[at : at + count]))
            at += count
        return moved

    def _expected(self, point: Point, gradient: Sequence[Floats]) -> list[Piece]:
        """An EM step of every piece that is inside and wholly free."""
        levels = [self.terms[p.term].freedom for p in self.pieces]
        matrices = expectation_step([p.matrix for p in self.pieces], gradient, levels)
        return [
            replace(p, matrix=m, falling=False) if p.whole and p.root is None else p
            for p, m in zip(self.pieces, matrices, strict=True)
        ]

    def _check_edges(self, point: Point) -> tuple[Point, bool]:
        """Whether the likelihood truly falls away from every edge; if not, go back inside."""
        moved = False
        here = self._at(self.pieces).value
        for k, piece in enumerate(self.pieces):
            if piece.root is None:
                continue
            lifted = [*self.pieces[:k], piece.lifted(10.0), *self.pieces[k + 1 :]]
            if self._at(lifted).value > here + 1e-9:
                self.pieces[k] = piece.back_inside()
                moved = True
        self.matrices = assembled(self.pieces, self.matrices)
        return self._at(self.pieces), moved

    def _fit(self, point: Point, converged: bool) -> Fit:
        jacobian = self._jacobian()
        curved = information = self._information(point)
        if any(p.root is not None for p in self.pieces):  # elsewhere there is no curvature
            curved = self._curved(information, self._gradient(point))
        sampling = jacobian @ _inverse(curved) @ jacobian.T
        design = self.likelihood.design
        return Fit(
            self.terms,
            self.matrices,
            labels(self.terms),
            sampling,
            information,
            point.value,
            sum(len(term.pairs) for term in self.terms),
            self.likelihood.degrees,
            converged,
            self._edges(),
            unseen(design),
            self._zeros(),
            self.history,
        )

    def _jacobian(self) -> Floats:
        """Change of every parameter for every coordinate."""
        columns = []
        for direction in self._directions():
            zeros = [np.zeros((t.size, t.size)) for t in self.terms]
            zeros[direction.term] = direction.change
            columns.append(pack(self.terms, zeros))
        if not columns:
            return np.zeros((len(labels(self.terms)), 0))
        return np.column_stack(columns)

    def _zeros(self) -> list[Flags]:
        found = [np.zeros(term.size, np.bool_) for term in self.terms]
        for piece in self.pieces:
            found[piece.term][list(piece.rows)] = vanished(piece)
        return found

    def _edges(self) -> list[Problem]:
        return [
            edge
            for piece in self.pieces
            if piece.root is not None
            for edge in edges_of(self.terms[piece.term], piece, traits=self._several)
        ]


def _free_pairs(piece: Piece) -> list[tuple[int, int]]:
    rows = piece.rows
    return [(rows[i], rows[j]) for i in range(len(rows)) for j in range(i + 1) if piece.free[i, j]]


def _solve(matrix: Floats, b: Floats) -> Floats:
    return np.asarray(_inverse(matrix) @ b)


def _inverse(matrix: Floats) -> Floats:
    """Inverse of a scaled symmetric matrix, without directions that hold no information."""
    if not matrix.size:
        return matrix
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    good = values > 1e-12 * values[-1]
    half = vectors[:, good] / np.sqrt(values[good])
    return np.asarray((half @ half.T) / np.outer(scale, scale))
