"""Mixed-model equations: one sparse symmetric matrix, random effects first, then fixed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import block_array, csr_array, diags_array, hstack, tril

from agrigen.evaluation._old_design import Design, RandomTerm
from agrigen.evaluation.factor import dependent_columns
from agrigen.pedigree import Pedigree
from agrigen.types import Flags, Floats

NATURAL_LIMIT = 2_000
"""Fixed columns up to which later columns are the dependent ones, as a reader expects."""


@dataclass(frozen=True)
class Equations:
    """Lower triangle and right-hand side, and where each effect's unknowns stand."""

    lower: csr_array
    rhs: Floats
    spans: dict[str, slice]
    fixed: slice
    kept: Flags
    log_penalty: float
    log_residual: float
    total: float

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return int(self.rhs.size)


def build_equations(
    design: Design,
    variances: Mapping[str, float],
    pedigree: Pedigree | None,
    *,
    inbreeding: bool,
) -> Equations:
    """Equations of Henderson (1975) at the given variances.

    Linearly dependent fixed columns are left out; their solution is zero.
    """
    residual = variances["residual"]
    precision = design.weights / residual
    kept = _independent(design.fixed, precision)
    spans, parts, at = {}, [], 0
    for term in design.random:
        spans[term.name] = slice(at, at + len(term.levels))
        at += len(term.levels)
        parts.append(_incidence(term))
    parts.append(design.fixed[:, np.flatnonzero(kept)])
    incidence = hstack(parts, format="csr")
    weighted = (incidence.T @ diags_array(precision)).tocsr()
    coefficients = tril((weighted @ incidence).tocsr(), format="csr")

    penalties, log_penalty = [], 0.0
    for term in design.random:
        penalty, log_determinant = _penalty(term, pedigree, inbreeding=inbreeding)
        penalties.append(penalty / variances[term.name])
        log_penalty += log_determinant + len(term.levels) * np.log(variances[term.name])
    fixed = slice(at, incidence.shape[1])
    empty = csr_array((fixed.stop - at, fixed.stop - at))
    lower = (coefficients + _diagonal_blocks([*penalties, empty])).tocsr()
    lower.sort_indices()
    return Equations(
        lower,
        weighted @ design.y,
        spans,
        fixed,
        kept,
        log_penalty=float(log_penalty),
        log_residual=-float(np.log(precision).sum()),
        total=float((precision * design.y**2).sum()),
    )


def _independent(fixed: csr_array, precision: Floats) -> Flags:
    cross = tril((fixed.T @ diags_array(precision) @ fixed).tocsr(), format="csr")
    cross.sort_indices()
    dropped = dependent_columns(cross, natural=cross.shape[0] <= NATURAL_LIMIT)
    return np.asarray(~dropped, dtype=np.bool_)


def _incidence(term: RandomTerm) -> csr_array:
    """One 1 a record, in the column of its level."""
    n = term.codes.size
    shape = (n, len(term.levels))
    return csr_array((np.ones(n), term.codes, np.arange(n + 1)), shape=shape)


def _penalty(
    term: RandomTerm, pedigree: Pedigree | None, *, inbreeding: bool
) -> tuple[csr_array, float]:
    """Lower triangle of the inverse covariance of a unit-variance effect, and log |covariance|."""
    if not term.genetic or pedigree is None:
        return diags_array(np.ones(len(term.levels)), format="csr"), 0.0
    mendelian = pedigree.mendelian(counted=inbreeding)
    return pedigree.ainverse_lower(counted=inbreeding), float(np.log(mendelian).sum())


def _diagonal_blocks(blocks: list[csr_array]) -> csr_array:
    count = len(blocks)
    grid = [[blocks[i] if i == j else None for j in range(count)] for i in range(count)]
    return block_array(grid, format="csr")
