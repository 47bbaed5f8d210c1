"""How well missing genotypes are filled: known ones are hidden, filled and compared."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes.columns import Key, chosen
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.imputation import Fill, Imputed, as_fill
from agrigen.random import Seed, generator
from agrigen.types import Floats, Integers

CLASSES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Edges of classes of minor allele frequency."""


@dataclass(frozen=True, eq=False)
class ImputationAccuracy:
    """What came out where known genotypes were hidden.

    Attributes
    ----------
    concordance
        Share of hidden genotypes that were filled with what was observed; not filled is wrong.
    error
        Mean absolute difference of expected and observed copies.
    correlation
        Of expected and observed copies, each less the marker's mean: frequencies alone give 0.
    raw_correlation
        Of the copies as they are: frequencies alone give a high one.
    hidden, filled
        Genotypes that were hidden, and filled again.
    by_frequency
        The same by class of minor allele frequency, and `expected`: the concordance of always
        guessing the most frequent genotype.
    by_sample, by_marker
        Hidden genotypes and concordance of each.
    """

    concordance: float
    error: float
    correlation: float
    raw_correlation: float
    hidden: int
    filled: int
    by_frequency: pd.DataFrame
    by_sample: pd.DataFrame = field(repr=False)
    by_marker: pd.DataFrame = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """By class of minor allele frequency."""
        return self.by_frequency


def imputation_accuracy(
    genotypes: Genotypes,
    method: str | Fill = "population",
    *,
    share: float = 0.05,
    rng: Seed = None,
    samples: Key = None,
    markers: Key = None,
    **options: Any,
) -> ImputationAccuracy:
    """Hide a share of the known genotypes, fill them, and compare.

    Parameters
    ----------
    method
        As `impute`; or a function of genotypes that returns `Imputed`.
    share
        Of the known genotypes of `samples` and `markers` that are hidden. With share=1 the markers
        are hidden altogether in these samples, as if they had a chip of lower density.
    samples, markers
        Where to hide; everywhere without.
    options
        Of `impute`.
    """
    if not 0 < share <= 1:
        text = f"A share of {share:g} cannot be hidden."
        raise GenotypeError([Problem("share", (), text, "Give a share above 0, up to 1.")])
    truth = genotypes.dosages().copy()
    row, column = _hidden(truth, genotypes, samples, markers, share, generator(rng))
    observed = truth[row, column].astype(np.float64)
    truth[row, column] = -1
    masked = Genotypes.from_dosages(truth, genotypes.samples, genotypes.markers)
    result = as_fill(method, options)(masked)
    dosage, call = _at(result, masked, row, column)
    frequency = masked.frequencies()[column]
    table = pd.DataFrame({
        "sample": genotypes.ids[row], "marker": genotypes.markers.names[column],
        "observed": observed, "dosage": dosage, "right": call == observed,
        "filled": call >= 0, "frequency": frequency,
    })  # fmt: skip
    return _compared(table)


def _hidden(
    truth: np.ndarray, genotypes: Genotypes, samples: Key, markers: Key, share: float, rng: Any
) -> tuple[Integers, Integers]:
    """Places of the genotypes that are hidden."""
    rows = np.arange(len(genotypes))[chosen(samples, genotypes.ids, "sample")]
    columns = np.arange(truth.shape[1])[chosen(markers, genotypes.markers.names, "marker")]
    known = truth[np.ix_(rows, columns)] >= 0
    hide = known if share == 1 else known & (rng.random(known.shape) < share)
    if not hide.any():
        text = "No known genotype was hidden: the share, the samples or the markers are too few."
        raise GenotypeError([Problem("nothing_hidden", (), text, "Raise the share.")])
    a, b = np.nonzero(hide)
    return rows[a], columns[b]


def _at(
    result: Imputed, masked: Genotypes, row: Integers, column: Integers
) -> tuple[Floats, np.ndarray]:
    """Expected and called copies at the hidden places."""
    width = len(masked.markers)
    cells = result.sample * width + result.marker
    order = np.argsort(cells)
    place = order[np.searchsorted(cells[order], row * width + column)]
    call = result.genotypes.dosages()[row, column]
    return np.where(call < 0, np.nan, result.dosage[place]), call


def _compared(table: pd.DataFrame) -> ImputationAccuracy:
    minor = np.minimum(table["frequency"], 1 - table["frequency"]).fillna(0.0)
    classes = pd.cut(minor, CLASSES, include_lowest=True)
    rows = [_summary(part) | {"class": str(name)} for name, part in
            table.groupby(classes, observed=True)]  # fmt: skip
    by_class = pd.DataFrame(rows)
    counted = {"hidden": ("right", "size"), "concordance": ("right", "mean")}
    whole = _summary(table)
    return ImputationAccuracy(
        whole["concordance"], whole["error"], whole["correlation"], whole["raw_correlation"],
        len(table), int(table["filled"].sum()),
        by_class[["class", *[name for name in by_class if name != "class"]]],
        table.groupby("sample", sort=False).agg(**counted).reset_index(),
        table.groupby("marker", sort=False).agg(**counted).reset_index(),
    )  # fmt: skip


def _summary(part: pd.DataFrame) -> dict[str, Any]:
    known = part[part["dosage"].notna()]
    p = part["frequency"].fillna(0.0)
    expected = np.maximum.reduce([p**2, 2 * p * (1 - p), (1 - p) ** 2]).mean()
    mean = 2 * known["frequency"]
    return {
        "hidden": len(part), "concordance": float(part["right"].mean()),
        "expected": float(expected),
        "error": float((known["dosage"] - known["observed"]).abs().mean()),
        "correlation": _correlation(known["dosage"] - mean, known["observed"] - mean),
        "raw_correlation": _correlation(known["dosage"], known["observed"]),
    }  # fmt: skip


def _correlation(a: pd.Series, b: pd.Series) -> float:
    """Correlation; nan where one of them does not vary."""
    if len(a) < 2 or np.ptp(a) < 1e-9 or np.ptp(b) < 1e-9:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
