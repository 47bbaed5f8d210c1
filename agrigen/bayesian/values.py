"""Breeding values of all animals from the effects of the markers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from agrigen.bayesian.imputed import Imputation
from agrigen.bayesian.sampling import Kept
from agrigen.genotypes import Genotypes, packing
from agrigen.types import Floats, Integers, Texts

BATCHES = 10
"""Parts of a chain whose means tell the Monte Carlo error."""


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects of the markers that vary, with what centers their dosages.

    Attributes
    ----------
    places
        Of the markers among those of the genotypes.
    mean
        Dosage that is subtracted.
    """

    places: Integers
    mean: Floats
    kept: Kept

    def of(self, genotypes: Genotypes, *, samples: bool = True) -> tuple[Floats, Floats, Floats]:
        """Mean value of every animal, stored samples (animals, samples), expected variance."""
        kept = self.kept
        value = np.zeros(len(genotypes))
        drawn = np.zeros((len(genotypes), kept.stored.shape[0] if samples else 0), np.float32)
        spread = np.zeros(len(genotypes))
        columns = kept.stored.tocsc() if samples else None
        for first in range(0, self.places.size, 512):
            part = slice(first, min(first + 512, self.places.size))
            x = centered(genotypes, self.places[part], self.mean[part])
            value += x @ kept.effects[part]
            spread += (x * x) @ kept.spread[part]
            if columns is not None:
                drawn += x.astype(np.float32) @ columns[:, part].toarray().T
        return value, drawn, spread


def centered(genotypes: Genotypes, places: Integers, mean: Floats) -> Floats:
    """Dosages less their means; missing is 0."""
    dosages = packing.unpack(genotypes.packed[places], len(genotypes), np.int8)
    return np.where(dosages < 0, 0.0, dosages - mean)


def table(
    ids: Texts,
    effect: str,
    trait: str,
    value: Floats,
    drawn: np.ndarray,
    spread: Floats,
    chain: Integers,
    *,
    records: Integers,
    genotyped: np.ndarray,
    inbreeding: Floats | None,
) -> pd.DataFrame:
    """One row an animal."""
    sd = drawn.std(axis=1, ddof=1, dtype=np.float64) if drawn.shape[1] > 1 else np.nan * value
    with np.errstate(divide="ignore", invalid="ignore"):
        reliability = np.clip(1.0 - sd**2 / spread, 0.0, 1.0)
    return pd.DataFrame(
        {
            "id": ids,
            "effect": effect,
            "trait": trait,
            "breeding_value": value,
            "sd": sd,
            "mcse": monte_carlo_error(drawn, chain),
            "reliability": reliability,
            "accuracy": np.sqrt(reliability),
            "inbreeding": np.full(len(ids), np.nan) if inbreeding is None else inbreeding,
            "records": records,
            "genotyped": genotyped,
        }
    )


def monte_carlo_error(drawn: np.ndarray, chain: Integers) -> Floats:
    """Standard error of the mean of each row, by means of consecutive batches of each chain."""
    means = []
    for number in np.unique(chain):
        own = drawn[:, chain == number]
        size = own.shape[1] // BATCHES
        if size:
            cut = own[:, : size * BATCHES].reshape(len(own), BATCHES, size)
            means.append(cut.mean(axis=2, dtype=np.float64))
    if not means:
        return np.full(len(drawn), np.nan)
    together = np.concatenate(means, axis=1)
    return np.asarray(together.std(axis=1, ddof=1) / np.sqrt(together.shape[1]))


def of_all_animals(
    effects: Effects,
    genotypes: Genotypes,
    imputation: Imputation | None,
    imputed: Floats | None,
    mean_shift: float,
    shift: Floats | None,
) -> tuple[Floats, np.ndarray, Floats]:
    """Values, samples and expected variances of the genotyped animals, or of the pedigree.

    In a single step the values of genotyped animals are those of their markers less the mean of
    the base, and go through the pedigree to all others, which have a residual of their own.
    """
    value, drawn, spread = effects.of(genotypes)
    if imputation is None:
        return value, drawn, spread
    if shift is not None:
        value = value - mean_shift
        drawn = drawn - shift.astype(np.float32)
    whole = imputation.spread(value)
    samples = imputation.spread(drawn.astype(np.float64)).astype(np.float32)
    if imputed is not None:
        whole += imputed
        samples += effects.kept.stored_levels.T
    return whole, samples, np.full(whole.size, np.nan)
