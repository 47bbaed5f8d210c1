"""Rules of quality control, and the filter that they make."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from agrigen.errors import DataError, GenotypeError, Problem, name_some
from agrigen.genotypes.container import Genotypes

CHROMOSOMES = ("autosomes", "placed", "all")


@dataclass(frozen=True)
class QualityRules:
    """When a sample or a marker is dropped. None switches a rule off.

    Attributes
    ----------
    sample_call_rate, marker_call_rate
        Least share of genotypes that are known.
    minor_frequency
        Least frequency of the rarer allele. Monomorphic markers go with it; with None or 0 they
        stay unless `monomorphic` is True.
    monomorphic
        Drop markers with one allele only.
    hardy_weinberg
        Least p-value of the exact test. Breeds mixed in one set depart from the proportions in
        earnest: set it low, or test breed by breed.
    heterozygosity
        Standard deviations from the median (by median deviation) beyond which a sample's
        heterozygosity is an outlier: contaminated, inbred, or of another breed.
    identity
        Share of equal genotypes from which two samples are one animal; the one with fewer calls
        goes.
    mendelian_markers
        Most conflicts of a marker, as a share of the families that it could conflict in.
    mendelian_samples
        Most conflicts of an offspring with its recorded parents, as a share of the compared
        markers, beyond which it is reported. Whether the sample or the pedigree is wrong, the
        parentage report tells: it is dropped only with `drop_conflicts`.
    drop_conflicts
        Drop samples of conflicting sex or parents, not only report them.
    chromosomes
        Markers to keep: "autosomes", "placed" (X, Y and MT too), or "all".
    """

    sample_call_rate: float | None = 0.90
    marker_call_rate: float | None = 0.90
    minor_frequency: float | None = 0.01
    monomorphic: bool = True
    hardy_weinberg: float | None = 1e-6
    heterozygosity: float | None = 6.0
    identity: float | None = 0.99
    mendelian_markers: float | None = 0.10
    mendelian_samples: float | None = 0.02
    drop_conflicts: bool = False
    chromosomes: str = "autosomes"

    def __post_init__(self) -> None:
        shares = ("sample_call_rate", "marker_call_rate", "minor_frequency", "hardy_weinberg",
                  "identity", "mendelian_markers", "mendelian_samples")  # fmt: skip
        problems = [
            Problem("rule", (), f"{name} is {value}.", "Give a share from 0 to 1, or None.")
            for name in shares
            if (value := getattr(self, name)) is not None and not 0 <= value <= 1
        ]
        if self.heterozygosity is not None and not self.heterozygosity > 0:
            text = f"heterozygosity is {self.heterozygosity}."
            problems.append(Problem("rule", (), text, "Give deviations above 0, or None."))
        if self.chromosomes not in CHROMOSOMES:
            text = f"chromosomes is {self.chromosomes!r}."
            problems.append(Problem("rule", (), text, f"Give one of {', '.join(CHROMOSOMES)}."))
        if problems:
            raise DataError(problems)

    def to_mapping(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "QualityRules":
        """Rules of plain values; an unknown name is refused."""
        unknown = sorted(set(values) - set(cls.__dataclass_fields__))
        if unknown:
            message = f"{', '.join(unknown)} is no rule of quality control."
            remedy = f"Known are {', '.join(cls.__dataclass_fields__)}."
            raise DataError([Problem("rule", (), message, remedy)])
        return cls(**values)


@dataclass(frozen=True)
class QualityFilter:
    """What quality control drops, with every reason: the same again on the same genotypes.

    Attributes
    ----------
    rules
        That made it.
    samples, markers
        Dropped ones by name, with their reasons.
    source
        `Genotypes.sha256` of what it was made of.
    """

    rules: QualityRules
    samples: Mapping[str, tuple[str, ...]]
    markers: Mapping[str, tuple[str, ...]]
    source: str = ""

    def apply(self, genotypes: Genotypes, *, what: str = "both") -> Genotypes:
        """Genotypes without the dropped samples and markers.

        `what` is "both", "samples" or "markers": new animals take the markers of the old ones.

        Raises
        ------
        GenotypeError
            If a marker that was dropped is not there: the filter is of another chip.
        """
        if what not in ("both", "samples", "markers"):
            raise DataError([Problem("rule", (), f"what is {what!r}.",
                                     "Give both, samples or markers.")])  # fmt: skip
        names = genotypes.markers.names
        if what != "samples":
            absent = sorted(set(self.markers) - set(map(str, names)))
            if absent:
                message = f"The filter drops {name_some(absent)}, which the genotypes do not have."
                remedy = "Apply it to genotypes of the same chip, before any other filter."
                raise GenotypeError([Problem("unknown_marker", tuple(absent), message, remedy)])
        rows = self._kept(genotypes.ids, self.samples, use=what != "markers")
        columns = self._kept(names, self.markers, use=what != "samples")
        return genotypes[rows, columns]

    def to_mapping(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "version": 1, "source": self.source, "rules": self.rules.to_mapping(),
            "samples": {name: list(why) for name, why in self.samples.items()},
            "markers": {name: list(why) for name, why in self.markers.items()},
        }  # fmt: skip

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "QualityFilter":
        """A filter of what `to_mapping` gave."""
        if values.get("version") != 1:
            message = f"The filter has version {values.get('version')!r}; this reads version 1."
            remedy = "Make it anew with this version."
            raise DataError([Problem("version", (), message, remedy)])
        dropped = [{str(name): tuple(why) for name, why in values[part].items()}
                   for part in ("samples", "markers")]  # fmt: skip
        rules = QualityRules.from_mapping(values["rules"])
        return cls(rules, dropped[0], dropped[1], str(values.get("source", "")))

    @staticmethod
    def _kept(names: np.ndarray, dropped: Mapping[str, object], *, use: bool) -> np.ndarray:
        if not use or not dropped:
            return np.ones(names.size, bool)
        return np.array([str(name) not in dropped for name in names], bool)

    def __repr__(self) -> str:
        return f"Filter that drops {len(self.samples):,} samples and {len(self.markers):,} markers"
