"""Effects of markers and all that a prediction from them needs, as one value that can be kept."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from agrigen.citations import Citation
from agrigen.errors import DataError, Problem
from agrigen.genotypes.markers import MarkerMap
from agrigen.prediction.sources import LOURENCO_2015, VANRADEN_2008
from agrigen.types import Floats


@dataclass(frozen=True, eq=False)
class Precision:
    """How well breeding values are predicted, as a factor of few rows.

    Attributes
    ----------
    factor
        float32 (traits, rank, markers + 1). The variance of a predicted breeding value is the sum
        of squares of `factor @ [z, 1]`, z the centred genotypes.
    kept
        Part of the variance of the predictions of the genotyped animals that the rank keeps. 1 is
        exact; less is made up for in the mean: variances are divided by it.
    """

    factor: np.ndarray
    kept: float

    @property
    def rank(self) -> int:
        """Rows kept of each trait."""
        return int(self.factor.shape[1])


@dataclass(frozen=True, eq=False)
class MarkerEffects:
    """Marker effects of one evaluation: u = base + sum of (dosage - 2 frequency) effect.

    Attributes
    ----------
    markers
        Their map; effects are those of one copy of the allele `counted`.
    frequencies
        Of the counted alleles: what genotypes are centred with, and what a missing one is.
    traits, effects
        Names, and effects of shape (traits, markers).
    base
        By trait, the breeding value of an animal with mean genotypes: not 0 where G was tuned.
    variances
        By trait, the genetic variance.
    scale
        What the sum of squared centred genotypes is divided by: 2 sum p q.
    share, constant, polygenic
        The relationship of an animal with itself is constant + share z'z / scale + polygenic; the
        last is what blending leaves to the pedigree and markers do not predict.
    precision
        For reliabilities; None where it was not kept.
    origin
        Where the effects come from: effect, method, software, inputs with their hashes.
    """

    markers: MarkerMap
    frequencies: Floats
    traits: tuple[str, ...]
    effects: Floats
    base: Floats
    variances: Floats
    scale: float
    share: float = 1.0
    constant: float = 0.0
    polygenic: float = 0.0
    precision: Precision | None = None
    origin: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shapes = {
            "frequencies": (self.frequencies.shape, (len(self.markers),)),
            "effects": (self.effects.shape, (len(self.traits), len(self.markers))),
            "base": (self.base.shape, (len(self.traits),)),
            "variances": (self.variances.shape, (len(self.traits),)),
        }
        if self.precision is not None:
            found = self.precision.factor.shape
            shapes["factor"] = (found, (len(self.traits), found[1], len(self.markers) + 1))
        problems = [
            Problem("shape", (), f"{name} has shape {found}, not {wanted}.", "Check the file.")
            for name, (found, wanted) in shapes.items()
            if found != wanted
        ]
        numbers = (self.frequencies, self.effects, self.base)
        if not problems and not all(np.isfinite(values).all() for values in numbers):
            text = "Marker effects or frequencies are not all numbers."
            problems = [Problem("not_a_number", (), text, "Check the evaluation they come from.")]
        if problems:
            raise DataError(problems)

    @classmethod
    def of(
        cls,
        markers: MarkerMap,
        frequencies: Floats,
        effects: Floats,
        *,
        traits: tuple[str, ...] = ("trait",),
        variances: Any = np.nan,
        origin: dict[str, Any] | None = None,
    ) -> "MarkerEffects":
        """Effects of shape (markers,) or (traits, markers) from anywhere, such as a Bayesian model.

        `variances`: genetic variance of each trait, where known.
        """
        values = np.atleast_2d(np.asarray(effects, dtype=np.float64))
        p = np.asarray(frequencies, dtype=np.float64)
        count = len(traits)
        genetic = np.broadcast_to(np.asarray(variances, dtype=np.float64), (count,)).copy()
        scale = float(2 * (p * (1 - p)).sum())
        return cls(markers, p, traits, values, np.zeros(count), genetic, scale,
                   origin=dict(origin or {}))  # fmt: skip

    @classmethod
    def read(cls, path: str | PathLike[str]) -> "MarkerEffects":
        """Of a file that `write` made, .npz or .parquet."""
        from agrigen.prediction.file import read

        return read(path)

    def write(self, path: str | PathLike[str]) -> None:
        """Write an .npz, or a .parquet with one row a marker (which needs pyarrow)."""
        from agrigen.prediction.file import write

        write(self, path)

    def to_frame(self) -> pd.DataFrame:
        """One row a marker: its place, alleles, frequency and one column of effects a trait."""
        columns = {
            "marker": self.markers.names, "chromosome": self.markers.chromosomes,
            "position": self.markers.positions, "counted": self.markers.counted,
            "other": self.markers.other, "frequency": self.frequencies,
        }  # fmt: skip
        return pd.DataFrame({**columns, **dict(zip(self.traits, self.effects, strict=True))})

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What a prediction from marker effects rests on."""
        return (VANRADEN_2008, LOURENCO_2015)

    @cached_property
    def header(self) -> dict[str, Any]:
        """All that is no array of markers, for JSON."""
        return {
            "format": "agrigen marker effects", "version": 1, "traits": list(self.traits),
            "base": self.base.tolist(),
            "variances": [None if np.isnan(v) else float(v) for v in self.variances],
            "scale": self.scale, "share": self.share, "constant": self.constant,
            "polygenic": self.polygenic,
            "kept": None if self.precision is None else self.precision.kept,
            "assembly": self.markers.assembly, "array": self.markers.array,
            "coding": self.markers.coding, "origin": self.origin,
        }  # fmt: skip

    @cached_property
    def sha256(self) -> str:
        """Hash of everything in it."""
        digest = hashlib.sha256(json.dumps(self.header, sort_keys=True).encode())
        for column in ("names", "chromosomes", "counted", "other"):
            digest.update("\n".join(map(str, getattr(self.markers, column))).encode() + b"\n\n")
        arrays = [self.markers.positions, self.frequencies, self.effects]
        arrays += [] if self.precision is None else [self.precision.factor]
        for array in arrays:
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def __repr__(self) -> str:
        of = ", ".join(self.traits)
        known = "" if self.precision is None else f", reliabilities of rank {self.precision.rank}"
        lines = [f"Effects of {len(self.markers):,} markers on {of}{known}"]
        for name, text in (("polygenic", "blending leaves {:.0%} to the pedigree"),):
            value = getattr(self, name)
            lines += [text.format(value)] if value else []
        if self.origin.get("method"):
            lines.append(f"from {self.origin['method']}, effect {self.origin.get('effect')!r}")
        return "\n".join(lines)
