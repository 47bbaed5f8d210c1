"""Whether the chains may be believed, and what to do where not."""

from dataclasses import asdict

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from agrigen.types import Floats
from agrigen.variance.diagnostics import diagnose, split_rhat

ENOUGH = 100
"""Effective samples of a chain's parameter below which its mean is not to be relied on."""

AGREEMENT = 1.05
"""Rank-normalized potential scale reduction above which chains do not say the same yet."""

DRIFT = 4.0
"""Geweke's z beyond which the beginning of a chain differs from its end."""


def summarize(names: list[str], trace: Floats) -> pd.DataFrame:
    """One row a parameter of samples of shape (chains, draws, parameters)."""
    rows = []
    for place, name in enumerate(names):
        chains = trace[:, :, place]
        rows.append({"parameter": name, **asdict(diagnose(chains)), "rhat": ranked_rhat(chains)})
    return pd.DataFrame(rows)


def ranked_rhat(chains: Floats) -> float:
    """The larger of the potential scale reductions of ranks and of folded ranks.

    Vehtari et al. 2021: samples become normal scores of their ranks, of the half chains; folded,
    they are distances from the median, so that chains of different spread are found too.
    """
    folded = np.abs(chains - np.median(chains))
    found = [split_rhat(_scores(values)) for values in (chains, folded)]
    return float(np.max(found)) if np.isfinite(found).all() else float("nan")


def _scores(values: Floats) -> Floats:
    ranks = rankdata(values).reshape(values.shape)
    scores: Floats = ndtri((ranks - 0.375) / (values.size + 0.25))
    return scores


def doubtful(summary: pd.DataFrame) -> pd.DataFrame:
    """Parameters that need more samples; constant ones need none."""
    moving = summary["sd"] > 0
    bad = (summary["ess"] < ENOUGH) | (summary["rhat"] > AGREEMENT)
    return summary[moving & bad]


def advice(summary: pd.DataFrame, kept: int, chains: int, *, complete: bool) -> str:
    """What to do next, in words."""
    lines = []
    if not complete:
        lines.append(f"Sampling was stopped after {kept} samples a chain.")
    weak = doubtful(summary)
    if weak.empty:
        lowest = summary[summary["sd"] > 0].nsmallest(1, "ess")
        if len(lowest):
            name, ess = lowest["parameter"].iloc[0], lowest["ess"].iloc[0]
            lines.append(
                f"Long enough: the least certain parameter, {name}, has {ess:.0f} effective "
                f"samples ({ENOUGH} are wanted)."
            )
    short = weak[weak["ess"] < ENOUGH].sort_values("ess")
    if len(short):
        name, ess = short["parameter"].iloc[0], max(float(short["ess"].iloc[0]), 1.0)
        factor = int(np.ceil(ENOUGH / ess))
        more = f" and {len(short) - 1} more" if len(short) > 1 else ""
        lines.append(
            f"Sample {max(2, factor)} times longer: {name}{more} has {ess:.0f} effective samples, "
            f"{ENOUGH} are wanted."
        )
    apart = weak[weak["rhat"] > AGREEMENT].sort_values("rhat", ascending=False)
    if len(apart):
        name, rhat = apart["parameter"].iloc[0], apart["rhat"].iloc[0]
        lines.append(
            f"The chains do not agree about {name} (R-hat {rhat:.2f}, {AGREEMENT} at most): "
            "double burn_in and iterations."
        )
    drifting = summary[summary["geweke_z"].abs() > DRIFT]
    if len(drifting) and not len(apart):
        name = drifting["parameter"].iloc[0]
        z = drifting["geweke_z"].iloc[0]
        lines.append(
            f"The beginning of a chain differs from its end in {name} (Geweke z {z:.1f}): "
            "double burn_in."
        )
    if chains == 1:
        lines.append("One chain cannot show that another start gives the same: run chains=2.")
    return " ".join(lines)
