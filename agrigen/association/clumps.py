"""Hits that are one and the same: markers linked to a stronger one nearby."""

import numpy as np
import pandas as pd

from agrigen.errors import DataError, ModelError, Problem
from agrigen.genotypes import Genotypes
from agrigen.genotypes.columns import places
from agrigen.genotypes.disequilibrium import r2 as linkage
from agrigen.types import Flags, Floats, Integers

LEAD = ["marker", "chromosome", "position", "p", "log10_p", "beta", "variance_explained"]
COLUMNS = [*LEAD, "members", "start", "stop", "markers"]


def clump(
    table: pd.DataFrame,
    genotypes: Genotypes,
    threshold: float,
    secondary: float,
    *,
    r2: float,
    distance: int,
) -> pd.DataFrame:
    """Clumps, the strongest first; a marker is in one clump only; `stop` is behind the last."""
    _check(threshold, secondary, r2, distance)
    strong = np.flatnonzero((table["p"] <= max(threshold, secondary)).to_numpy())
    part = table.iloc[strong].reset_index(drop=True)
    part = part.sort_values("log10_p", ascending=False, kind="stable").reset_index(drop=True)
    at = places(part["marker"].to_numpy(dtype=object), genotypes.markers.names, "marker")
    leads, free = (part["p"] <= threshold).to_numpy(), np.ones(len(part), bool)
    rows = []
    for lead in np.flatnonzero(leads).tolist():
        if not free[lead]:
            continue
        near = _near(part, lead, free, distance)
        linked = near[linkage(genotypes, np.full(near.size, at[lead]), at[near]) >= r2]
        free[linked] = free[lead] = False
        rows.append(_row(part, lead, linked))
    return pd.DataFrame(rows, columns=COLUMNS)


def in_region(
    table: pd.DataFrame, where: tuple[str, int, int], genotypes: Genotypes | None
) -> tuple[pd.DataFrame, Floats | None]:
    """Tests of a region, and r2 with the best of them where there are genotypes."""
    chromosome, start, stop = where
    inside = (table["chromosome"] == chromosome) & table["position"].between(start, stop - 1)
    part = table[inside].sort_values("position").reset_index(drop=True)
    if part.empty:
        text = f"No tested marker is on chromosome {chromosome} from {start:,} to {stop:,}."
        raise DataError([Problem("no_markers", (), text, "Choose another or a wider region.")])
    if genotypes is None:
        return part, None
    at = places(part["marker"].to_numpy(dtype=object), genotypes.markers.names, "marker")
    best = int(part["log10_p"].to_numpy().argmax())
    return part, linkage(genotypes, np.full(at.size, at[best]), at)


def _near(part: pd.DataFrame, lead: int, free: Flags, distance: int) -> Integers:
    """Free markers of the lead's chromosome that are not too far, without the lead."""
    same = (part["chromosome"] == part["chromosome"].iloc[lead]).to_numpy()
    apart = np.abs((part["position"] - part["position"].iloc[lead]).to_numpy())
    chosen = free & same & (apart <= distance)
    chosen[lead] = False
    return np.flatnonzero(chosen)


def _row(part: pd.DataFrame, lead: int, linked: Integers) -> list[object]:
    all_of_it = part.iloc[np.append(linked, lead)]["position"]
    names = part["marker"].iloc[linked].tolist()
    own = [part[name].iloc[lead] if name in part else np.nan for name in LEAD]
    return [*own, linked.size, int(all_of_it.min()), int(all_of_it.max()) + 1, names]


def _check(threshold: float, secondary: float, r2: float, distance: int) -> None:
    right = 0 < threshold <= 1 and 0 < secondary <= 1 and 0 <= r2 <= 1 and distance > 0
    if not right:
        text = f"A clump has p {threshold:g} and {secondary:g}, r2 {r2:g}, distance {distance}."
        remedy = "Give p above 0 and up to 1, r2 from 0 to 1 and base pairs above 0."
        raise ModelError([Problem("clump", (), text, remedy)])
