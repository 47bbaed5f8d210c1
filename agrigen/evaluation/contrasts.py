"""Differences between solutions, with their exact standard errors."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import ModelError, Problem, name_some
from agrigen.evaluation.arrays import Design
from agrigen.evaluation.solve import Solution
from agrigen.types import Floats


def contrasts(
    design: Design, solution: Solution, wanted: Sequence[Mapping[str, Any]]
) -> pd.DataFrame:
    """Weighted sums of solutions, with the root of their prediction error variance.

    Parameters
    ----------
    wanted
        Each a mapping: name (optional), effect, trait (the first by default) and weights by level,
        as {"effect": "a", "weights": {"ram 1": 1, "ram 2": -1}}.

    Returns
    -------
    pandas.DataFrame
        name, effect, trait, value, se (nan without the factor).

    Raises
    ------
    ModelError
        For effects, traits or levels that the model does not have.
    """
    problems: list[Problem] = []
    rows, weights = [], np.zeros((design.size, len(wanted)))
    for column, contrast in enumerate(wanted):
        trait = str(contrast.get("trait", design.model.traits[0]))
        effect = str(contrast.get("effect", ""))
        problems += _fill(design, effect, trait, contrast.get("weights", {}), weights[:, column])
        rows.append((str(contrast.get("name", f"contrast {column + 1}")), effect, trait))
    if problems:
        raise ModelError(problems)
    table = pd.DataFrame(rows, columns=["name", "effect", "trait"])
    table["value"] = weights.T @ solution.values
    table["se"] = np.nan
    if solution.factor is not None and len(wanted):
        table["se"] = np.sqrt(np.einsum("ij,ij->j", weights, solution.factor.solve(weights)))
    return table


def _fill(
    design: Design, effect: str, trait: str, weights: Mapping[Any, float], out: Floats
) -> list[Problem]:
    """Write the weights of one contrast to the unknowns; what cannot be found is a problem."""
    places = _places(design, effect, trait)
    if not places:
        text = f"A contrast is of effect {effect!r} and trait {trait!r}, which do not go together."
        return [Problem("contrast", (), text, "Name an effect of the model and one of its traits.")]
    absent = [str(level) for level in weights if str(level) not in places]
    if absent:
        text = f"Effect {effect!r} has no level {name_some(absent)}."
        return [Problem("contrast", tuple(absent), text, "Check the levels in the solutions.")]
    for level, weight in weights.items():
        for place, share in places[str(level)]:
            out[place] += weight * share
    out[design.pinned] = 0.0
    return []


def _places(design: Design, effect: str, trait: str) -> dict[str, list[tuple[int, float]]]:
    """Unknowns, and how much of each, of every level of an effect."""
    for block in design.blocks:
        for k, component in enumerate(block.components):
            if (component.effect, component.trait) == (effect, trait):
                if component.coefficient is not None:
                    return {}
                first = block.offset + k
                return {
                    str(name): [(first + level * block.width, 1.0)]
                    for level, name in enumerate(block.structure.names)
                }
    start, report = design.fixed.start, design.report
    found: dict[str, list[tuple[int, float]]] = {}
    for c in design.coefficients:
        if (c.effect, c.trait) == (effect, trait) and c.order is None:
            row = slice(0, 0) if c.place < 0 else slice(*report.indptr[c.place : c.place + 2])
            columns = report.indices[row].tolist()
            found[c.level] = [
                (start + column, float(share))
                for column, share in zip(columns, report.data[row], strict=True)
            ]
    return found
