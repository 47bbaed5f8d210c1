"""Runs of homozygosity, and the inbreeding that they show."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from agrigen._kernels import homozygosity as kernels
from agrigen.citations import Citation
from agrigen.errors import DataError, GenotypeError, Problem
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.parallel import in_parts
from agrigen.genotypes.planes import sample_planes
from agrigen.genotypes.sources import CHANG_2015, MARRAS_2015, MCQUILLAN_2008
from agrigen.species import Kind, Species, species
from agrigen.types import Floats

CLASSES_MB = (0, 2, 4, 8, 16, float("inf"))
"""Classes of length: a run of L Mb is of an ancestor about 50 / L generations ago at 1 cM/Mb."""


@dataclass(frozen=True)
class RunRules:
    """What counts as a run.

    Attributes
    ----------
    method
        "consecutive": marker by marker, no window (Marras and others 2015, Anim. Genet. 46:110);
        "sliding": markers that lie in enough homozygous windows, as `plink --homozyg`.
    markers, length_kb, kb_per_marker
        Least markers and length of a run, and most kilobases for one marker.
    gap_kb
        Two neighbors further apart are not in one run.
    heterozygous, missing
        Genotypes of these kinds allowed in a run (consecutive) or in a window (sliding).
    window, hits
        Sliding: markers of a window, and the share of the windows over a marker that must be
        homozygous.
    """

    method: str = "consecutive"
    markers: int = 20
    length_kb: float = 1000
    kb_per_marker: float = 100
    gap_kb: float = 1000
    heterozygous: int = 1
    missing: int = 1
    window: int = 50
    hits: float = 0.05

    def __post_init__(self) -> None:
        if self.method not in ("consecutive", "sliding"):
            message = f"The method {self.method!r} is not known."
            remedy = "Give 'consecutive' or 'sliding'."
            raise DataError([Problem("rule", (), message, remedy)])
        if min(self.markers, self.length_kb, self.kb_per_marker, self.gap_kb, self.window) <= 0 or (
            min(self.heterozygous, self.missing) < 0 or not 0 < self.hits <= 1
        ):
            message = "A rule of runs is 0 or below."
            raise DataError([Problem("rule", (), message, "Give lengths and numbers above 0.")])

    @classmethod
    def plink(cls, **changes: Any) -> "RunRules":
        """The defaults of `plink --homozyg`."""
        values: dict[str, Any] = {
            "method": "sliding", "markers": 100, "length_kb": 1000, "kb_per_marker": 50,
            "gap_kb": 1000, "heterozygous": 1, "missing": 5, "window": 50, "hits": 0.05,
        }  # fmt: skip
        return cls(**{**values, **changes})

    def to_mapping(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of homozygosity.

    Attributes
    ----------
    runs
        One row a run: id, chromosome, first and last (markers), start, end, length_kb, markers,
        heterozygous, missing.
    samples
        One row a sample: id, runs, total_kb, longest_kb, f_roh.
    genome_kb
        What the markers span: the denominator of f_roh.
    """

    rules: RunRules
    runs: pd.DataFrame
    samples: pd.DataFrame
    genome_kb: float

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What to cite."""
        return (MARRAS_2015 if self.rules.method == "consecutive" else CHANG_2015, MCQUILLAN_2008)

    def to_frame(self) -> pd.DataFrame:
        """The runs."""
        return self.runs

    def by_length(self, classes_mb: Any = CLASSES_MB) -> pd.DataFrame:
        """Number of runs and F_ROH by class of length: recent inbreeding makes long runs."""
        edges = np.asarray(classes_mb, dtype=float)
        kind = pd.cut(self.runs["length_kb"] / 1000, edges, right=False)
        grouped = self.runs.groupby(kind, observed=False)["length_kb"]
        share = grouped.sum() / (self.genome_kb * max(len(self.samples), 1))
        return pd.DataFrame({"from_mb": edges[:-1], "to_mb": edges[1:],
                             "runs": grouped.size().to_numpy(),
                             "mean_f_roh": share.to_numpy()})  # fmt: skip

    def coverage(self, genotypes: Genotypes) -> Floats:
        """Share of the samples with a run over each marker: islands of homozygosity."""
        markers = genotypes.markers
        share = np.zeros(len(markers))
        for name in pd.unique(self.runs["chromosome"]):
            on = np.flatnonzero(markers.chromosomes == name)
            order = on[np.argsort(markers.positions[on], kind="stable")]
            some = self.runs[self.runs["chromosome"] == name]
            first = np.searchsorted(markers.positions[order], some["start"])
            last = np.searchsorted(markers.positions[order], some["end"], side="right")
            change = np.zeros(order.size + 1)
            np.add.at(change, first, 1)
            np.add.at(change, last, -1)
            share[order] = np.cumsum(change)[:-1]
        return share / max(len(self.samples), 1)

    def __repr__(self) -> str:
        f = self.samples["f_roh"]
        return (f"{len(self.runs):,} runs of {len(self.samples):,} samples ({self.rules.method}); "
                f"F_ROH mean {f.mean():.4f}, largest {f.max():.4f}")  # fmt: skip


def runs_of_homozygosity(
    genotypes: Genotypes,
    *,
    rules: RunRules | Mapping[str, Any] | None = None,
    kind: str | Species | None = None,
) -> Runs:
    """Runs of homozygosity on autosomes and the inbreeding F_ROH of every sample.

    F_ROH is the length of the runs over the length that the markers span on autosomes (McQuillan
    and others 2008, Am. J. Hum. Genet. 83:359): chromosome by chromosome, first to last marker.
    A run's length counts both its end markers' bases.

    Raises
    ------
    GenotypeError
        If no marker has a place on an autosome.
    """
    told = RunRules() if rules is None else rules
    told = told if isinstance(told, RunRules) else RunRules(**told)
    part, codes = _ordered(genotypes, kind)
    position = part.markers.positions.astype(np.float64)
    first = np.flatnonzero(np.diff(codes, prepend=-1))
    starts = np.append(first, codes.size).astype(np.int64)
    span = (position[starts[1:] - 1] - position[first]).sum() / 1000
    raw = _search(part, told, codes, position, starts)
    table = _table(part, raw, told)
    return Runs(told, table, _samples(part, table, span), float(span))


def _ordered(genotypes: Genotypes, kind: str | Species | None) -> tuple[Genotypes, np.ndarray]:
    """Autosomal markers by chromosome and position, and a number for each chromosome."""
    markers = genotypes.markers
    rule = species(kind)
    use = np.flatnonzero(rule.kinds(markers.chromosomes, markers.positions) == Kind.AUTOSOME)
    if not use.size:
        message = "No marker has a place on an autosome, so there are no runs to find."
        remedy = "Give positions in the marker map, and name the species."
        raise GenotypeError([Problem("no_map", (), message, remedy)])
    codes = pd.factorize(markers.chromosomes[use])[0]
    order = np.lexsort((markers.positions[use], codes))
    return genotypes[:, use[order]], codes[order].astype(np.int64)


def _search(
    part: Genotypes, rules: RunRules, codes: np.ndarray, position: Floats, starts: np.ndarray
) -> list[tuple[int, np.ndarray]]:
    """Of each sample first and last markers of its runs, and what is in them."""
    known, homozygous, _ = sample_planes(part)

    def work(first: int, last: int) -> list[tuple[int, np.ndarray]]:
        state = np.empty(position.size, np.int8)
        covered = np.empty(position.size, np.int32)
        runs = np.empty((position.size + 1, 2), np.int64)
        found = []
        for sample in range(first, last):
            kernels.states(known[sample], homozygous[sample], state)
            if rules.method == "consecutive":
                count = kernels.consecutive(state, codes, position, rules.heterozygous,
                                            rules.missing, 1000 * rules.gap_kb, runs)  # fmt: skip
            else:
                count = kernels.sliding(state, starts, position, rules.window, rules.heterozygous,
                                        rules.missing, rules.hits, 1000 * rules.gap_kb, covered,
                                        runs)  # fmt: skip
            found.append((sample, _kept(runs[:count], state, position, rules)))
        return found

    return [one for block in in_parts(work, len(part), 32) for one in block]


def _kept(runs: np.ndarray, state: np.ndarray, position: Floats, rules: RunRules) -> np.ndarray:
    """Runs that are long and dense enough, with their heterozygous and missing genotypes."""
    first, last = runs.T
    markers = last - first + 1
    length = (position[last] - position[first] + 1) / 1000
    good = (markers >= rules.markers) & (length >= rules.length_kb)
    good &= length <= rules.kb_per_marker * markers
    kept = runs[good]
    inside = [
        np.array([np.count_nonzero(state[a : b + 1] == code) for a, b in kept], np.int64)
        for code in (kernels.HETEROZYGOUS, kernels.MISSING)
    ]
    return np.column_stack([kept, *inside])


def _table(part: Genotypes, raw: list[tuple[int, np.ndarray]], rules: RunRules) -> pd.DataFrame:
    sample = np.repeat([one for one, _ in raw], [len(runs) for _, runs in raw]).astype(np.int64)
    rows = np.concatenate([runs for _, runs in raw]) if raw else np.empty((0, 4), np.int64)
    first, last, hets, gone = rows.astype(np.int64).T
    markers = part.markers
    start, end = markers.positions[first], markers.positions[last]
    return pd.DataFrame(
        {
            "id": part.ids[sample], "chromosome": markers.chromosomes[first],
            "first": markers.names[first], "last": markers.names[last], "start": start,
            "end": end, "length_kb": (end - start + 1) / 1000, "markers": last - first + 1,
            "heterozygous": hets, "missing": gone,
        }
    )  # fmt: skip


def _samples(part: Genotypes, table: pd.DataFrame, span: float) -> pd.DataFrame:
    grouped = table.groupby("id")["length_kb"].agg(["size", "sum", "max"])
    filled = grouped.reindex(part.ids).fillna(0)
    return pd.DataFrame(
        {
            "id": part.ids, "runs": filled["size"].astype(np.int64).to_numpy(),
            "total_kb": filled["sum"].to_numpy(), "longest_kb": filled["max"].to_numpy(),
            "f_roh": filled["sum"].to_numpy() / span if span > 0 else np.nan,
        }
    )  # fmt: skip
