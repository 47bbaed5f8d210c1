"""The report of quality control: tables, counts, reasons, pictures."""

import json
from collections import Counter
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from agrigen.citations import Citation
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.quality_rules import QualityFilter, QualityRules
from agrigen.genotypes.sources import CHANG_2015, WIGGINTON_2005

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REASONS = {
    "sample_call_rate": "too few genotypes known",
    "heterozygosity": "heterozygosity far from the others'",
    "duplicate": "the same animal as another sample",
    "sex": "sex conflicts with the X chromosome",
    "parents": "conflicts with the recorded parents",
    "unplaced": "no place on the map",
    "not_autosomal": "not on an autosome",
    "marker_call_rate": "too few genotypes known",
    "monomorphic": "one allele only",
    "minor_frequency": "rarer allele too rare",
    "hardy_weinberg": "not in Hardy-Weinberg proportions",
    "mendelian": "conflicts between parents and offspring",
}


@dataclass(frozen=True, eq=False)
class QualityReport:
    """What quality control found.

    Attributes
    ----------
    samples
        One row a sample: id, call_rate, heterozygosity, f (method of moments), and, where they
        were checked, recorded_sex, inferred_sex, x_heterozygosity, mendelian_rate; keep, reasons
        (why it is dropped) and flags (what was found and left to a person).
    markers
        One row a marker: marker, chromosome, position, kind, call_rate, counts of genotypes,
        frequency, minor_frequency, heterozygosity, hardy_weinberg (p), mendelian (conflicts),
        keep and reasons.
    duplicates
        Pairs of samples that are one animal.
    families
        Mendelian conflicts by offspring.
    filter
        What to drop: `report.filter.apply(genotypes)`.
    notes
        Sentences on what could not be checked, and why.
    """

    rules: QualityRules
    samples: pd.DataFrame
    markers: pd.DataFrame
    duplicates: pd.DataFrame
    families: pd.DataFrame
    filter: QualityFilter
    notes: tuple[str, ...]
    species: str

    @property
    def counts(self) -> dict[str, int]:
        """Samples and markers before and after."""
        return {
            "samples": len(self.samples), "samples_kept": int(self.samples["keep"].sum()),
            "markers": len(self.markers), "markers_kept": int(self.markers["keep"].sum()),
        }  # fmt: skip

    @property
    def dropped(self) -> pd.DataFrame:
        """Drops by reason: what, reason, meaning, number; one item may have several reasons."""
        return self._counted("reasons")

    @property
    def flagged(self) -> pd.DataFrame:
        """What was found and is left to a person, by reason."""
        return self._counted("flags")

    def _counted(self, column: str) -> pd.DataFrame:
        rows = []
        for what, table in (("samples", self.samples), ("markers", self.markers)):
            if column not in table:
                continue
            found = Counter(reason for reasons in table[column] for reason in reasons)
            rows += [(what, reason, REASONS[reason], found[reason])
                     for reason in REASONS if found[reason]]  # fmt: skip
        return pd.DataFrame(rows, columns=["what", "reason", "meaning", "number"])

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What to cite."""
        return (CHANG_2015, WIGGINTON_2005)

    def apply(self, genotypes: Genotypes) -> Genotypes:
        """Genotypes without what was dropped."""
        return self.filter.apply(genotypes)

    def to_frame(self) -> pd.DataFrame:
        """The samples."""
        return self.samples

    def to_mapping(self) -> dict[str, Any]:
        """Numbers for JSON, without the rows of samples and markers."""
        return {
            "species": self.species, "counts": self.counts, "rules": self.rules.to_mapping(),
            "dropped": self.dropped.to_dict("records"),
            "flagged": self.flagged.to_dict("records"),
            "duplicates": self.duplicates.to_dict("records"), "notes": list(self.notes),
        }  # fmt: skip

    def figures(self) -> "dict[str, Figure]":
        """Pictures by name; they need matplotlib (`pip install agrigen[plot]`)."""
        from agrigen.plot.quality import quality_figures

        return quality_figures(self)

    def write(self, folder: str | PathLike[str], *, pictures: bool = True) -> Path:
        """Write report.json, filter.json, the tables as CSV and the pictures as SVG."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        for name, values in (("report", self.to_mapping()), ("filter", self.filter.to_mapping())):
            (place / f"{name}.json").write_text(json.dumps(values, indent=1, ensure_ascii=False))
        for name in ("samples", "markers", "duplicates", "families"):
            _plain(getattr(self, name)).to_csv(place / f"{name}.csv", index=False)
        for name, figure in (self.figures() if pictures else {}).items():
            figure.savefig(place / f"{name}.svg")
        return place

    def __repr__(self) -> str:
        n = self.counts
        lines = [f"Quality control: {n['samples_kept']:,} of {n['samples']:,} samples and "
                 f"{n['markers_kept']:,} of {n['markers']:,} markers kept"]  # fmt: skip
        for title, table in (("dropped", self.dropped), ("found", self.flagged)):
            for row in table.itertuples():
                lines.append(f"  {title} {row.number:,} {row.what}: {row.meaning} ({row.reason})")
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Reasons as one text."""
    shown = table.copy()
    for column in ("reasons", "flags"):
        if column in shown:
            shown[column] = [";".join(reasons) for reasons in shown[column]]
    return shown
