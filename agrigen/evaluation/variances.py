"""Variances and covariances as people give them, checked against the model."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from agrigen.errors import ModelError, Problem, name_some
from agrigen.evaluation.arrays import Covariances
from agrigen.evaluation.model import Component, Model, block_components, block_name, row_order
from agrigen.types import Floats

RESIDUAL = "residual"
ASYMMETRY = 1e-8
"""Of the larger of two mirrored values: rounding in a file, not two different covariances."""
NEARLY_SINGULAR = 1e-12
"""Smallest eigenvalue of a correlation matrix that can still be inverted."""

Given = dict[str, Floats | dict[str, Floats]]
"""A matrix for each block, by its name; the residual's, or one for each level of residual_by."""


def check_variances(model: Model, given: Mapping[str, Any], *, complete: bool = True) -> Given:
    """Given variances as matrices, by block and `residual`.

    A block is named after its first effect; the name of any effect in it is understood. Rows are
    by effect, then trait, then coefficient (`block_components`).

    Parameters
    ----------
    complete
        Whether every block and the residual must be there; starting values need not be.

    Raises
    ------
    ModelError
        With every problem: absent, unknown, of a wrong size, not symmetric, impossible.
    """
    problems: list[Problem] = []
    names = _block_names(model, given, problems)
    checked: Given = {}
    for effects in model.blocks:
        name, rows = block_name(effects), block_components(model, effects)
        if name in names:
            matrix = _matrix(name, given[names[name]], rows, problems)
            if matrix is not None:
                checked[name] = matrix
        elif complete:
            problems.append(_absent(name))
    if RESIDUAL in given:
        _check_residual(model, given[RESIDUAL], checked, problems)
    elif complete:
        problems.append(_absent(RESIDUAL))
    if problems:
        raise ModelError(problems)
    return checked


def covariances(model: Model, given: Given, groups: Sequence[str]) -> Covariances:
    """The matrices in the order of the model's blocks, and the residual one of each group.

    Parameters
    ----------
    groups
        Levels of residual_by in the records; one name, whatever it is, without residual_by.
    """
    residual = given[RESIDUAL]
    if isinstance(residual, Mapping):
        absent = [level for level in groups if level not in residual]
        if absent:
            text = f"No residual variance is given for {model.residual_by} {name_some(absent)}."
            remedy = f"Given are {name_some(list(residual))}; add the others."
            raise ModelError([Problem("variance", (), text, remedy)])
        matrices = [residual[level] for level in groups]
    else:
        matrices = [residual] * len(groups)
    blocks = [np.asarray(given[block_name(effects)]) for effects in model.blocks]
    return Covariances(tuple(blocks), np.stack(matrices))


def plain(given: Given) -> dict[str, Any]:
    """The same as numbers and lists, as in a model file."""
    return {
        name: {level: _plain(matrix) for level, matrix in value.items()}
        if isinstance(value, Mapping)
        else _plain(value)
        for name, value in given.items()
    }


def _plain(matrix: Floats) -> float | list[list[float]]:
    return float(matrix[0, 0]) if matrix.size == 1 else matrix.tolist()


def _block_names(model: Model, given: Mapping[str, Any], problems: list[Problem]) -> dict[str, str]:
    """Under which key each block is given."""
    home = {effect.name: block_name(block) for block in model.blocks for effect in block}
    wanted = [*dict.fromkeys(home.values()), RESIDUAL]
    found: dict[str, str] = {}
    for name in given:
        if name == RESIDUAL:
            continue
        if name not in home:
            text = f"A variance is given for {name!r}, which is no random effect of the model."
            problems.append(_problem(text, f"Random effects are {', '.join(wanted)}."))
        elif home[name] in found:
            text = f"{found[home[name]]!r} and {name!r} are correlated: they share one matrix."
            problems.append(_problem(text, f"Give it once, under {home[name]!r}."))
        else:
            found[home[name]] = name
    return found


def _check_residual(model: Model, value: Any, checked: Given, problems: list[Problem]) -> None:
    rows = [Component(RESIDUAL, trait) for trait in model.traits]
    if not isinstance(value, Mapping):
        matrix = _matrix(RESIDUAL, value, rows, problems)
        if matrix is not None:
            checked[RESIDUAL] = matrix
        return
    if model.residual_by is None:
        text = f"The residual variance is given by {name_some([str(key) for key in value])}."
        remedy = "Name the column of these levels: residual_by: column."
        problems.append(_problem(text, remedy))
        return
    matrices = {
        str(level): _matrix(f"{RESIDUAL} {level}", part, rows, problems)
        for level, part in value.items()
    }
    if not value:
        problems.append(_absent(RESIDUAL))
    checked[RESIDUAL] = {level: part for level, part in matrices.items() if part is not None}


def _matrix(
    name: str, value: Any, rows: Sequence[Component], problems: list[Problem]
) -> Floats | None:
    """A positive definite matrix with these rows, or None and what is wrong."""
    size = len(rows)
    matrix = _numbers(value)
    if matrix is None or matrix.shape != (size, size):
        remedy = "Give one number above 0."
        if size > 1:
            remedy = f"Give a matrix of {size} rows and columns ({row_order(rows)})."
        problems.append(_problem(f"The variance of {name!r} is {value!r}.", remedy))
        return None
    found = _impossible(name, matrix, rows)
    problems += found
    return None if found else (matrix + matrix.T) / 2.0


def _numbers(value: Any) -> Floats | None:
    """A square matrix of finite numbers; None for anything else. Text is no number."""
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    rows = np.asarray(value, dtype=object) if _is_even(value) else None
    if rows is None or not all(_is_number(part) for part in rows.ravel()):
        return None
    matrix = rows.astype(np.float64)
    while matrix.size == 1 and matrix.ndim < 2:
        matrix = matrix[None]
    return matrix if np.isfinite(matrix).all() else None


def _is_even(value: Any) -> bool:
    """Rows of one length: a ragged list is no matrix."""
    if not isinstance(value, list | tuple):
        return True
    lengths = {len(row) if isinstance(row, list | tuple | np.ndarray) else -1 for row in value}
    return len(lengths) == 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _impossible(name: str, matrix: Floats, rows: Sequence[Component]) -> list[Problem]:
    """Variances above 0, symmetry, correlations inside -1 to 1, and all of them together."""
    if len(rows) == 1:
        value = float(matrix[0, 0])
        text = f"The variance of {name!r} is {value:g}."
        return [] if value > 0 else [_problem(text, "Give one number above 0.")]
    problems = []
    for row, value in zip(rows, np.diagonal(matrix), strict=True):
        if value <= 0:
            text = f"The variance of {row} is {value:g} in the matrix of {name!r}."
            problems.append(_problem(text, "Give a number above 0 on the diagonal."))
    for one, two in combinations(range(len(rows)), 2):
        low, high = matrix[two, one], matrix[one, two]
        if abs(low - high) > ASYMMETRY * max(abs(low), abs(high)):
            text = f"The covariance of {rows[one]} and {rows[two]} is {high:g} above and {low:g}"
            remedy = "Give the same number twice."
            text += f" below the diagonal of {name!r}."
            problems.append(_problem(text, remedy))
    return problems or _correlations(name, matrix, rows)


def _correlations(name: str, matrix: Floats, rows: Sequence[Component]) -> list[Problem]:
    scale = np.sqrt(np.diagonal(matrix))
    correlation = matrix / np.outer(scale, scale)
    problems = []
    for one, two in combinations(range(len(rows)), 2):
        value = correlation[one, two]
        if abs(value) >= 1.0 - NEARLY_SINGULAR:
            text = f"The correlation of {rows[one]} and {rows[two]} is {value:.4g} in {name!r}."
            remedy = "Covariances must leave it between -1 and 1."
            problems.append(_problem(text, remedy))
    lowest = float(np.linalg.eigvalsh(correlation)[0])
    if not problems and lowest < NEARLY_SINGULAR:
        text = (
            f"The covariances in {name!r} contradict each other: the matrix is not positive "
            f"definite (lowest eigenvalue of its correlations {lowest:.2g})."
        )
        problems.append(_problem(text, f"Check them; the rows are {row_order(rows)}."))
    return problems


def _absent(name: str) -> Problem:
    return _problem(f"No variance is given for {name!r}.", "Add it to variances.")


def _problem(message: str, remedy: str) -> Problem:
    return Problem("variance", (), message, remedy)
