"""Windows along the genome: how strong, and how probable, an effect in each is."""

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from agrigen.errors import ModelError, Problem
from agrigen.types import Floats

COLUMNS = [
    "chromosome", "start", "stop", "markers", "best", "best_position", "p", "log10_p",
    "mean_chi_square", "variance_explained", "share", "inclusion",
]  # fmt: skip


def windows(table: pd.DataFrame, size: int, *, step: int, prior: float) -> pd.DataFrame:
    """One row a window that has markers; `stop` is the first base behind it.

    With several traits the inclusion is not known (nan).
    """
    if size < 1 or step < 1 or prior <= 0:
        text = f"A window has size {size}, step {step} and prior {prior:g}."
        raise ModelError([Problem("windows", (), text, "Give numbers above 0.")])
    single = "beta" in table
    explained = table.filter(regex="^variance_explained").sum(axis=1)
    total = float(explained.sum())
    rows = []
    for chromosome, part in table.groupby("chromosome", sort=False):
        part = part.sort_values("position")
        positions = part["position"].to_numpy()
        weights = posterior(part, prior) if single else np.full(len(part), np.nan)
        squares = ((part["beta"] / part["se"]) ** 2 if single else part["statistic"]).to_numpy()
        own = explained[part.index].to_numpy()
        for start in range(0, int(positions[-1]) + 1, step):
            low, high = np.searchsorted(positions, (start, start + size))
            if low == high:
                continue
            inside = float(own[low:high].sum())
            best = part.iloc[low + int(part["log10_p"].to_numpy()[low:high].argmax())]
            rows.append(
                (chromosome, start, start + size, high - low, best["marker"], best["position"],
                 best["p"], best["log10_p"], squares[low:high].mean(), inside,
                 inside / total if total > 0 else np.nan, weights[low:high].sum())
            )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def posterior(table: pd.DataFrame, prior: float) -> Floats:
    """Probability of each marker to be the one with an effect, all alike before the data."""
    variance = table["se"].to_numpy() ** 2
    wide = (prior * table.attrs.get("deviation", 1.0)) ** 2
    shrink = wide / (variance + wide)
    squares = (table["beta"].to_numpy() / table["se"].to_numpy()) ** 2
    log = 0.5 * np.log1p(-shrink) + 0.5 * squares * shrink
    return np.asarray(np.exp(log - logsumexp(log)))
