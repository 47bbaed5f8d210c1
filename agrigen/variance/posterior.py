"""The result of Gibbs sampling."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from agrigen.citations import Citation
from agrigen.evaluation import tables
from agrigen.evaluation.arrays import Covariances, Design
from agrigen.evaluation.covariances import as_mapping
from agrigen.evaluation.model import Model
from agrigen.types import Floats
from agrigen.variance.diagnostics import diagnose
from agrigen.variance.ratios import COLUMNS, ratios_of, unpacked
from agrigen.variance.terms import Term, labels, to_covariances, unseen

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENOUGH = 100
"""Effective samples below which means are not to be relied on."""

AGREEMENT = 1.05
"""Potential scale reduction above which chains do not say the same yet."""

AT_ZERO = 0.01
"""Share of the phenotypic variance below which the lower end of an interval counts as zero."""


@dataclass(frozen=True, eq=False)
class Gibbs:
    """Samples of variance components and what they say.

    Attributes
    ----------
    samples
        One row a kept iteration: chain, iteration, then a column for each variance and covariance
        and for each heritability, repeatability, proportion and correlation.
    summary
        One row for each of them: mean, sd, median, hpd_low and hpd_high (shortest 95 %), ess
        (effective sample size), mcse (Monte Carlo standard error of the mean), geweke_z, rhat.
    variances
        As of an evaluation: the value is the posterior mean, se the posterior standard deviation.
    covariances
        Posterior means, as `evaluate` takes variances.
    ratios
        Heritabilities, proportions, repeatabilities and correlations as of `Reml`: kind, effect_1,
        trait_1, effect_2, trait_2, value (mean), se (standard deviation), lower, upper (95 %).
    errors
        Posterior standard deviations.
    effects
        Mean and sd of every random effect, where they were asked for.
    converged
        Whether every quantity has 100 effective samples and a scale reduction of at most 1.05.
    rate
        Iterations a second, of all chains.
    notes
        What to know before the numbers are used.
    """

    model: Model
    samples: pd.DataFrame
    summary: pd.DataFrame
    variances: pd.DataFrame
    covariances: dict[str, Any]
    ratios: pd.DataFrame
    errors: Covariances
    effects: pd.DataFrame | None
    converged: bool
    rate: float
    notes: tuple[str, ...]
    provenance: dict[str, Any]
    citations: tuple[Citation, ...]

    def to_frame(self) -> pd.DataFrame:
        """The summary."""
        return self.summary

    @property
    def heritability(self) -> pd.DataFrame:
        """The rows of the summary that are heritabilities."""
        return self.summary[self.summary["parameter"].str.startswith("heritability")]

    @property
    def correlations(self) -> pd.DataFrame:
        """The rows of the summary that are correlations."""
        return self.summary[self.summary["parameter"].str.startswith("correlation")]

    def plot(self, parameters: Sequence[str] | None = None) -> "Figure":
        """Traces and histograms of some parameters; default: variances and covariances."""
        from agrigen.plot.chains import chains  # matplotlib: heavy and optional

        own = self.summary["parameter"][: len(self.variances)]
        return chains(self.samples, list(own if parameters is None else parameters))

    def __repr__(self) -> str:
        chains = self.samples["chain"].nunique()
        lines = [
            f"Gibbs sampling of {', '.join(self.model.traits)}: {len(self.samples)} samples of "
            f"{chains} chain{'s' if chains > 1 else ''}"
            + ("" if self.converged else ", NOT CONVERGED")
        ]
        columns = ["parameter", "mean", "sd", "hpd_low", "hpd_high", "ess", "rhat"]
        shown = self.summary[~self.summary["parameter"].str.startswith("proportion")][columns]
        lines.append(shown.head(SHOWN).to_string(index=False, float_format=lambda v: f"{v:.4g}"))
        if len(shown) > SHOWN:
            lines.append(f"... and {len(shown) - SHOWN} more in .summary")
        return "\n".join([*lines, *self.notes])


SHOWN = 20
"""Rows of the summary that fit one screen."""


def summarize(
    design: Design,
    terms: list[Term],
    samples: Floats,
    iterations: np.ndarray,
    *,
    complete: bool,
    moments: tuple[Floats, Floats] | None,
    rate: float,
    provenance: dict[str, Any],
    citations: tuple[Citation, ...],
) -> Gibbs:
    """The result of samples of shape (chains, draws, parameters)."""
    names = labels(terms)
    keys, ratios = _ratios(design, terms, samples)
    every = np.concatenate([samples, ratios], axis=2)
    everyone = [*names, *_ratio_names(design, keys)]
    summary = pd.DataFrame(
        {"parameter": name, **asdict(diagnose(every[:, :, place]))}
        for place, name in enumerate(everyone)
    )
    means = _matrices(design, terms, samples.mean(axis=(0, 1)))
    errors = _matrices(design, terms, samples.reshape(-1, len(names)).std(axis=0, ddof=1))
    notes = _notes(design, summary, iterations.size, complete=complete)
    return Gibbs(
        design.model,
        _frame(every, everyone, iterations),
        summary,
        tables.variances(design, means, errors),
        as_mapping(design, means),
        _ratio_frame(keys, summary.iloc[len(names) :]),
        errors,
        None if moments is None else _effects(design, *moments),
        complete and not _doubtful(summary),
        rate,
        notes,
        provenance,
        citations,
    )


def _matrices(design: Design, terms: list[Term], parameters: Floats) -> Covariances:
    return to_covariances(unpacked(terms, parameters), len(design.blocks))


def _ratios(
    design: Design, terms: list[Term], samples: Floats
) -> tuple[list[tuple[str, ...]], Floats]:
    """Heritabilities, correlations ... of every sample, and what they are."""
    rows = []
    for parameters in samples.reshape(-1, samples.shape[2]):
        rows.append(ratios_of(design, _matrices(design, terms, parameters)))
    keys = [key for key, value in rows[0].items() if np.isfinite(value)]
    values = np.array([[row[key] for key in keys] for row in rows])
    return keys, values.reshape(*samples.shape[:2], len(keys))


def _ratio_frame(keys: list[tuple[str, ...]], summary: pd.DataFrame) -> pd.DataFrame:
    columns = {"mean": "value", "sd": "se", "hpd_low": "lower", "hpd_high": "upper"}
    found = summary[list(columns)].rename(columns=columns).reset_index(drop=True)
    return pd.concat([pd.DataFrame(keys, columns=COLUMNS), found], axis=1)


def _ratio_names(design: Design, keys: list[tuple[str, ...]]) -> list[str]:
    several = len(design.model.traits) > 1 or len(design.groups) > 1
    genetic = {key[1] for key in keys if key[0] == "heritability"}
    return [_ratio_name(key, several=several, one=len(genetic) == 1) for key in keys]


def _ratio_name(key: tuple[str, ...], *, several: bool, one: bool) -> str:
    """`heritability`, `heritability m`, `proportion pe(weight)`, `correlation a(weight, fat)`."""
    kind, effect_1, trait_1, effect_2, trait_2 = key
    if kind != "correlation":
        alone = kind == "repeatability" or (kind == "heritability" and one)
        effect = "" if alone else f" {effect_1}"
        return f"{kind}{effect}({trait_1})" if several else f"{kind}{effect}"
    if effect_1 == effect_2:
        return f"correlation {effect_1}({trait_1}, {trait_2})"
    traits = f"({trait_1}, {trait_2})" if several else ""
    return f"correlation {effect_1}:{effect_2}{traits}"


def _frame(every: Floats, names: list[str], iterations: np.ndarray) -> pd.DataFrame:
    chains, draws, count = every.shape
    frame = pd.DataFrame(every.reshape(-1, count), columns=names)
    frame.insert(0, "chain", np.repeat(np.arange(1, chains + 1), draws))
    frame.insert(1, "iteration", np.tile(iterations, chains))
    return frame


def _doubtful(summary: pd.DataFrame) -> list[str]:
    """Parameters that need more samples; constant ones need none."""
    moving = summary["sd"] > 0
    short = (summary["ess"] < ENOUGH) | (summary["rhat"] > AGREEMENT)
    return list(summary["parameter"][moving & short])


def _notes(design: Design, summary: pd.DataFrame, kept: int, *, complete: bool) -> tuple[str, ...]:
    notes = [str(note) for note in (*design.notes, *unseen(design))]
    if not complete:
        notes.append(f"Sampling was interrupted after {kept} samples a chain.")
    doubtful = _doubtful(summary)
    if doubtful:
        worst = summary.set_index("parameter").loc[doubtful, "ess"]
        factor = max(2, int(np.ceil(ENOUGH / max(worst.min(), 1.0))))
        notes.append(
            f"Not converged: {doubtful[0]} and {len(doubtful) - 1} more have fewer than {ENOUGH} "
            f"effective samples or chains that disagree. Sample {factor} times longer."
        )
    share = summary[summary["parameter"].str.startswith("proportion ")]
    for name in share["parameter"][share["hpd_low"] < AT_ZERO]:
        notes.append(
            f"The interval of the {name} reaches zero: how much it is, if anything at all, is "
            "decided by the prior as much as by the records."
        )
    return tuple(notes)


def _effects(design: Design, mean: Floats, sd: Floats) -> pd.DataFrame:
    parts = []
    for block in design.blocks:
        for place, component in enumerate(block.components):
            span = slice(block.offset + place, block.span.stop, block.width)
            order = pd.NA if component.coefficient is None else component.coefficient
            parts.append(
                pd.DataFrame(
                    {
                        "effect": component.effect,
                        "trait": component.trait,
                        "level": block.structure.names,
                        "coefficient": pd.array([order], dtype="Int64").repeat(block.levels),
                        "mean": mean[span],
                        "sd": sd[span],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)
