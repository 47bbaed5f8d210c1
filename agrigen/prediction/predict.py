"""Breeding values of newly genotyped animals, in milliseconds."""

from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from agrigen.citations import Citation
from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes import Genotypes
from agrigen.genotypes.products import CenteredGenotypes
from agrigen.prediction.alignment import Alignment, align
from agrigen.prediction.effects import MarkerEffects
from agrigen.provenance import Stopwatch, record
from agrigen.types import Floats

LEAST = 0.8
"""Share of the markers with effects that new genotypes must have."""

BLOCK = 2048
"""Markers decoded at a time for reliabilities."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """Breeding values of genotyped animals from marker effects.

    Attributes
    ----------
    values
        One row an animal and trait: id, trait, breeding_value, se, reliability (nan where the
        effects were kept without), known (share of the markers with effects that the animal's
        genotypes have).
    alignment
        How the markers were matched.
    """

    values: pd.DataFrame
    alignment: Alignment
    model: MarkerEffects = field(repr=False)
    genotypes: Genotypes = field(repr=False)
    seconds: float = 0.0

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Where the values come from; hashes are made when asked for, as they take longer."""
        inputs = {
            "marker_effects": {"sha256": self.model.sha256, "rows": len(self.model.markers)},
            "genotypes": {"sha256": self.genotypes.sha256, "rows": len(self.genotypes)},
        }
        parameters = {"markers_used": int(self.alignment.places.size)}
        return record(parameters, inputs, seconds=self.seconds)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the values rest on."""
        return self.model.citations

    def to_frame(self) -> pd.DataFrame:
        """The values."""
        return self.values

    def __repr__(self) -> str:
        traits = self.values["trait"].unique()
        head = f"Breeding values of {len(self.values) // max(len(traits), 1):,} animals for "
        lines = [head + ", ".join(traits), repr(self.alignment)]
        for trait, mine in self.values.groupby("trait", sort=False):
            best = mine.sort_values(["breeding_value", "id"], ascending=[False, True]).head(5)
            lines += [f"highest of {trait}:", best.drop(columns="trait").to_string(index=False)]
        return "\n".join(lines)


def predict(
    genotypes: Genotypes | str | PathLike[str],
    marker_model: MarkerEffects | str | PathLike[str],
    *,
    least: float = LEAST,
) -> Prediction:
    """Breeding values of genotyped animals from stored marker effects.

    Markers are found by name. Where the new genotypes count the other allele, or are of the other
    strand, they are turned; a marker with other alleles, and a missing genotype, stand at the mean
    of the animals that the effects come from.

    Parameters
    ----------
    genotypes
        Of the new animals, or their file.
    marker_model
        `Evaluation.marker_model()`, or the file it was written to.
    least
        Share of the markers with effects that must be there.

    Raises
    ------
    GenotypeError
        If fewer are there.

    Notes
    -----
    Predicting the genotyped animals of a GBLUP or SNP-BLUP again gives their breeding values. Of a
    single step it gives the genomic part (Lourenco et al. 2015): what markers do not explain, the
    share `polygenic` of the genetic variance, comes from parents and records and is not in it.
    Reliabilities take missing genotypes, filled with the mean, as if they were observed.

    References
    ----------
    Lourenco et al. 2015, J Anim Sci 93:2653, doi:10.2527/jas.2014-8836
    """
    stopwatch = Stopwatch()
    animals = genotypes if isinstance(genotypes, Genotypes) else Genotypes.read(genotypes)
    model = (
        marker_model
        if isinstance(marker_model, MarkerEffects)
        else MarkerEffects.read(marker_model)
    )
    if not len(animals):
        text = "There are no animals among the genotypes."
        raise GenotypeError([Problem("empty", (), text, "Give at least one.")])
    alignment = align(model.markers, animals.markers)
    alignment.require(least)
    chosen = animals if _all_in_order(alignment, animals) else animals[:, alignment.columns]
    values = _values(model, alignment, chosen)
    return Prediction(values, alignment, model, animals, stopwatch.seconds)


def _all_in_order(alignment: Alignment, genotypes: Genotypes) -> bool:
    return np.array_equal(alignment.columns, np.arange(genotypes.shape[1]))


def _values(model: MarkerEffects, alignment: Alignment, genotypes: Genotypes) -> pd.DataFrame:
    frequencies = alignment.frequencies(model.frequencies)
    centered = CenteredGenotypes(genotypes, frequencies)
    known = 1.0 - genotypes.sample_counts()[:, 3] / max(genotypes.shape[1], 1)
    reliability, error = _precision(model, alignment, genotypes, frequencies)
    parts = [
        pd.DataFrame({
            "id": genotypes.ids, "trait": trait,
            "breeding_value": model.base[t] + centered.times(alignment.effects(model.effects[t])),
            "se": error[t], "reliability": reliability[t], "known": known * alignment.share,
        })
        for t, trait in enumerate(model.traits)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _precision(
    model: MarkerEffects, alignment: Alignment, genotypes: Genotypes, frequencies: Floats
) -> tuple[Floats, Floats]:
    """Reliability and standard error of prediction, (traits, animals); nan where not kept."""
    shape = (len(model.traits), len(genotypes))
    if model.precision is None:
        return np.full(shape, np.nan), np.full(shape, np.nan)
    factor = model.precision.factor
    signs = np.where(alignment.swapped, -1.0, 1.0)
    sums = np.repeat(factor[:, :, -1:].astype(np.float64), len(genotypes), axis=2)
    squares = np.zeros(len(genotypes))
    for places, block in genotypes.iter_blocks(BLOCK, np.float32):
        z = np.where(np.isnan(block), 0.0, block - 2 * frequencies[places].astype(np.float32))
        squares += np.einsum("ij,ij->i", z, z, dtype=np.float64)
        weights = factor[:, :, alignment.places[places]] * signs[places].astype(np.float32)
        sums += weights @ z.T
    predicted = np.einsum("tri,tri->ti", sums, sums) / model.precision.kept
    own = model.constant + model.share * squares / model.scale + model.polygenic
    # Without a single genotype nothing is known of the animal: it varies as any other.
    own[genotypes.sample_counts()[:, 3] == genotypes.shape[1]] = 1.0
    total = model.variances[:, None] * own
    error = np.sqrt(np.maximum(total - predicted, 0.0))
    return np.clip(predicted / total, 0.0, 1.0), error
