"""Quality control of genotypes: one pass over the bits, a report, and a filter to repeat it.

    report = quality_control(genotypes, kind="sheep", pedigree=pedigree)
    clean = report.apply(genotypes)

Rules are applied in this order, each to what the earlier ones left:
samples by call rate; markers by map, call rate, alleles, Hardy-Weinberg and Mendelian conflicts;
samples by heterozygosity, duplicates, sex and parents.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from agrigen._kernels.products import missing_of_samples
from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.duplicates import duplicates
from agrigen.genotypes.frequency import expected_homozygosity, halved
from agrigen.genotypes.hardy_weinberg import exact_test
from agrigen.genotypes.mendelian import trio_counts
from agrigen.genotypes.planes import Planes, sample_planes
from agrigen.genotypes.products import missing_list
from agrigen.genotypes.quality_report import QualityReport
from agrigen.genotypes.quality_rules import QualityFilter, QualityRules
from agrigen.genotypes.recorded import Recorded, recorded
from agrigen.genotypes.sex import check_sex
from agrigen.species import Kind, Species, species
from agrigen.types import Flags, Floats, Integers

if TYPE_CHECKING:
    from agrigen.pedigree import Pedigree

__all__ = ["QualityFilter", "QualityReport", "QualityRules", "quality_control"]

FAMILIES = 10
"""Families that a marker must be known in before its conflicts count against it."""


def quality_control(
    genotypes: Genotypes,
    rules: QualityRules | Mapping[str, Any] | None = None,
    *,
    kind: str | Species | None = None,
    pedigree: "Pedigree | None" = None,
) -> QualityReport:
    """Check samples and markers, and say what to drop and why.

    Parameters
    ----------
    rules
        Thresholds; see `QualityRules`.
    kind
        The species ("sheep", "cattle", "goat", "pig", "chicken", "horse"): which chromosome
        numbers are autosomes and which the X. Without it every number counts as an autosome.
    pedigree
        For Mendelian conflicts and recorded sexes; without it those of the samples.

    Returns
    -------
    QualityReport
        Tables, reasons, pictures and the filter.

    Notes
    -----
    Counts equal `plink2 --missing --freq --hardy --het`. On X, frequencies count one-copy
    samples half, Hardy-Weinberg is tested in the two-copy sex, and heterozygosity is of
    autosomes. Markers on Y do not count in a sample's call rate.
    """
    told = rules if isinstance(rules, QualityRules) else QualityRules.from_mapping(rules or {})
    if 0 in genotypes.shape:
        message = f"There are {genotypes.shape[0]} samples and {genotypes.shape[1]} markers."
        raise GenotypeError([Problem("empty", (), message, "Give at least one of each.")])
    return _Control(genotypes, told, species(kind), recorded(genotypes, pedigree)).report()


class _Control:
    """One run: tables grow as the rules are applied."""

    def __init__(
        self, genotypes: Genotypes, rules: QualityRules, rule: Species, said: Recorded
    ) -> None:
        self.genotypes, self.rules, self.species, self.said = genotypes, rules, rule, said
        markers = genotypes.markers
        # A file without any map is checked as a set of autosomal markers.
        self.mapped = bool((markers.chromosomes != "0").any())
        placed = bool((markers.positions > 0).any())
        self.kinds = (
            rule.kinds(markers.chromosomes, markers.positions, markers.assembly, placed=placed)
            if self.mapped else np.full(len(markers), Kind.AUTOSOME, dtype=object)
        )  # fmt: skip
        self.sample_why: list[list[str]] = [[] for _ in genotypes.ids]
        self.sample_flags: list[list[str]] = [[] for _ in genotypes.ids]
        self.marker_why: list[list[str]] = [[] for _ in markers.names]
        self.notes: list[str] = []

    def report(self) -> QualityReport:
        samples = self.samples_by_calls()
        markers = self.markers_by_counts(samples)
        planes = sample_planes(self.genotypes[:, self.good_autosomes()])
        families = self.conflicts(markers, planes)
        self.heterozygosity(samples, markers)
        pairs = self.same_animals(planes, samples)
        self.sexes(samples)
        self.parents(samples, families)
        return self.close(samples, markers, pairs, families)

    def kept_samples(self) -> Flags:
        return np.array([not why for why in self.sample_why], bool)

    def kept_markers(self) -> Flags:
        return np.array([not why for why in self.marker_why], bool)

    def good_autosomes(self) -> Integers:
        return np.flatnonzero(self.kept_markers() & (self.kinds == Kind.AUTOSOME))

    def drop_samples(self, bad: Flags, reason: str, *, drop: bool = True) -> None:
        target = self.sample_why if drop else self.sample_flags
        for place in np.flatnonzero(bad):
            target[place].append(reason)

    def drop_markers(self, bad: Flags, reason: str) -> None:
        for place in np.flatnonzero(bad):
            self.marker_why[place].append(reason)

    def samples_by_calls(self) -> pd.DataFrame:
        """Call rates of samples over all markers but those on Y; autosomal counts are kept."""
        self.autosomal = self.genotypes[:, self.kinds == Kind.AUTOSOME].sample_counts()
        rest = (self.kinds != Kind.AUTOSOME) & (self.kinds != Kind.LIMITED)
        counts = self.autosomal + self.genotypes[:, rest].sample_counts()
        rate = 1 - counts[:, 3] / np.maximum(counts.sum(axis=1), 1)
        least = self.rules.sample_call_rate
        self.drop_samples(rate < (0 if least is None else least), "sample_call_rate")
        if not self.kept_samples().any():
            best = rate.max()
            message = f"No sample has a call rate of {least}; the best has {best:.3f}."
            remedy = "Lower sample_call_rate, or check that the file was read as it should."
            raise GenotypeError([Problem("no_sample", (), message, remedy)])
        return pd.DataFrame({"id": self.genotypes.ids, "call_rate": rate})

    def markers_by_counts(self, samples: pd.DataFrame) -> pd.DataFrame:
        """Counts over the samples that were kept, and what they say of every marker."""
        genotypes, kept = self.genotypes, self.kept_samples()
        counts = genotypes.counts()
        if not kept.all():  # what the dropped ones add is taken off: no second pass over all
            counts -= genotypes[~kept].counts()
        seen = counts[:, :3].sum(axis=1)
        frequency = self.frequency(counts, kept)
        markers = genotypes.markers
        with np.errstate(invalid="ignore", divide="ignore"):
            table = pd.DataFrame(
                {
                    "marker": markers.names, "chromosome": markers.chromosomes,
                    "position": markers.positions, "kind": self.kinds.astype(str),
                    "call_rate": seen / kept.sum(), "two": counts[:, 0], "one": counts[:, 1],
                    "none": counts[:, 2], "missing": counts[:, 3], "frequency": frequency,
                    "minor_frequency": np.minimum(frequency, 1 - frequency),
                    "heterozygosity": counts[:, 1] / seen,
                    "hardy_weinberg": self.hardy_weinberg(counts, kept),
                }
            )  # fmt: skip
        self.counts = counts
        self.judge_markers(table)
        return table

    def frequency(self, counts: Integers, kept: Flags) -> Floats:
        copies = 2.0 * counts[:, 0] + counts[:, 1]
        alleles = 2.0 * counts[:, :3].sum(axis=1)
        shared = np.flatnonzero(self.kinds == Kind.SHARED)
        single = kept & (self.said.sex == self.species.single_copy_sex)
        if shared.size:
            less = halved(self.genotypes, shared, single)
            copies[shared] -= less[0]
            alleles[shared] -= less[1]
        return np.divide(copies, alleles, out=np.full(copies.size, np.nan), where=alleles > 0)

    def hardy_weinberg(self, counts: Integers, kept: Flags) -> Floats:
        p = exact_test(counts)
        shared = np.flatnonzero(self.kinds == Kind.SHARED)
        double = kept & (self.said.sex == 3 - self.species.single_copy_sex)
        p[np.isin(self.kinds, (Kind.LIMITED, Kind.MITOCHONDRIAL))] = np.nan
        p[shared] = np.nan
        if shared.size and double.any():
            p[shared] = exact_test(self.genotypes[double, shared].counts())
        return p

    def judge_markers(self, table: pd.DataFrame) -> None:
        rules, kinds = self.rules, self.kinds
        if rules.chromosomes != "all":
            self.drop_markers(kinds == Kind.UNPLACED, "unplaced")
        if rules.chromosomes == "autosomes":
            self.drop_markers(~np.isin(kinds, (Kind.AUTOSOME, Kind.UNPLACED)), "not_autosomal")
        # Only one sex has a Y, so its calls are no measure.
        called = table["call_rate"].to_numpy().copy()
        called[kinds == Kind.LIMITED] = 1
        self.drop_markers(called < (rules.marker_call_rate or 0), "marker_call_rate")
        rare = table["minor_frequency"].to_numpy()
        single = ~(rare > 0)  # nothing observed is nan, and has no second allele either
        if rules.monomorphic:
            self.drop_markers(single, "monomorphic")
        self.drop_markers(~single & (rare < (rules.minor_frequency or 0)), "minor_frequency")
        p = table["hardy_weinberg"].to_numpy()
        self.drop_markers(p < (rules.hardy_weinberg or 0), "hardy_weinberg")

    def conflicts(self, markers: pd.DataFrame, planes: Planes) -> pd.DataFrame:
        """Mendelian conflicts at the good autosomal markers, by family and by marker."""
        kept = self.kept_samples()
        places = np.where(self._kept_parents(kept), self.said.places, -1)
        children = np.flatnonzero(kept & (places >= 0).any(axis=1))
        trios = np.column_stack([children, places[children]])
        counts, by_marker = trio_counts(planes, trios)
        use = self.good_autosomes()
        found = np.zeros(len(markers), np.int64)
        found[use] = by_marker[: use.size]
        markers["mendelian"] = found
        if not children.size:
            self.notes.append("No recorded parent is genotyped: conflicts were not checked.")
        least = self.rules.mendelian_markers
        if least is not None and children.size >= FAMILIES:
            # Families in real conflict say nothing about markers.
            wrong = counts[:, 0] > (self.rules.mendelian_samples or 0.02) * counts[:, 4]
            _, judged = trio_counts(planes, trios[~wrong])
            number = int((~wrong).sum())
            bad = np.zeros(len(markers), bool)
            bad[use] = (judged[: use.size] > least * number) & (number >= FAMILIES)
            self.drop_markers(bad, "mendelian")
        ids = np.append(self.genotypes.ids, "")
        return pd.DataFrame(
            {
                "id": ids[trios[:, 0]], "sire": ids[trios[:, 1]], "dam": ids[trios[:, 2]],
                "conflicts": counts[:, 0], "with_sire": counts[:, 1], "with_dam": counts[:, 2],
                "between": counts[:, 3], "compared": counts[:, 4],
                "rate": counts[:, 0] / np.maximum(counts[:, 4], 1),
            }
        )  # fmt: skip

    def _kept_parents(self, kept: Flags) -> Flags:
        return (self.said.places >= 0) & kept[self.said.places]

    def heterozygosity(self, samples: pd.DataFrame, markers: pd.DataFrame) -> None:
        """Share of heterozygotes, and F against what the frequencies let expect."""
        kept = self.kept_samples()
        used = self.good_autosomes()
        part = self.genotypes[:, used]
        counts = part.sample_counts()
        seen = counts[:, :3].sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = counts[:, 1] / seen
            samples["heterozygosity"] = rate
            samples["f"] = _f(part, counts, markers["frequency"].to_numpy()[used])
        limit = self.rules.heterozygosity
        values = rate[kept & (seen > 0)]
        if limit is None or values.size < 10:
            return
        middle = np.median(values)
        # 1.4826 medians of deviation are a standard deviation of the normal distribution; with
        # few markers the sampling of one sample's own genotypes is the least it can be.
        spread = 1.4826 * np.median(np.abs(values - middle))
        spread = max(spread, np.sqrt(middle * (1 - middle) / max(used.size, 1)))
        self.drop_samples(kept & (np.abs(rate - middle) > limit * spread), "heterozygosity")

    def same_animals(self, planes: Planes, samples: pd.DataFrame) -> pd.DataFrame:
        """Of each pair the sample with fewer calls goes, the later one where they are equal."""
        identity = self.rules.identity
        columns = ["a", "b", "different", "compared", "identity"]
        if identity is None or planes.shape[2] * 64 < 100:
            return pd.DataFrame(columns=columns)
        pairs = duplicates(self.genotypes[:, self.good_autosomes()], identity=identity,
                           least=100, planes=planes)  # fmt: skip
        place = {name: number for number, name in enumerate(self.genotypes.ids)}
        rate = samples["call_rate"].to_numpy()
        bad = np.zeros(len(samples), bool)
        kept = self.kept_samples()
        for a, b in zip(pairs["a"].map(place), pairs["b"].map(place), strict=True):
            if kept[a] and kept[b] and not bad[a] and not bad[b]:
                bad[a if rate[a] < rate[b] else b] = True
        self.drop_samples(bad, "duplicate")
        return pairs

    def sexes(self, samples: pd.DataFrame) -> None:
        if not (self.kinds == Kind.SHARED).any():
            self.notes.append(f"No marker is on {self.species.shared}: sexes were not checked.")
            return
        found = check_sex(self.genotypes, kind=self.species, recorded=self.said.sex)
        samples["recorded_sex"] = found["recorded"]
        samples["inferred_sex"] = found["inferred"]
        samples["x_heterozygosity"] = found["heterozygosity"]
        wrong = (found["verdict"] == "conflict").to_numpy() & self.kept_samples()
        self.drop_samples(wrong, "sex", drop=self.rules.drop_conflicts)

    def parents(self, samples: pd.DataFrame, families: pd.DataFrame) -> None:
        rate = families.set_index("id")["rate"].reindex(samples["id"]).to_numpy(dtype=float)
        samples["mendelian_rate"] = rate
        limit = self.rules.mendelian_samples
        if limit is not None:
            bad = (rate > limit) & self.kept_samples()
            self.drop_samples(bad, "parents", drop=self.rules.drop_conflicts)
        if self.said.absent:
            some = ", ".join(self.said.absent[:5])
            self.notes.append(f"{len(self.said.absent)} samples are not in the pedigree: {some}"
                              f"{', ...' if len(self.said.absent) > 5 else ''}.")  # fmt: skip

    def close(
        self,
        samples: pd.DataFrame,
        markers: pd.DataFrame,
        pairs: pd.DataFrame,
        families: pd.DataFrame,
    ) -> QualityReport:
        samples["keep"], markers["keep"] = self.kept_samples(), self.kept_markers()
        samples["reasons"] = [tuple(why) for why in self.sample_why]
        samples["flags"] = [tuple(found) for found in self.sample_flags]
        markers["reasons"] = [tuple(why) for why in self.marker_why]
        if not self.mapped:
            self.notes.append("The markers have no map: all are taken as autosomal.")
        elif self.species.name == "any":
            self.notes.append("No species was named: every numbered chromosome is an autosome.")
        dropped = [
            {str(name): tuple(why) for name, why in zip(names, reasons, strict=True) if why}
            for names, reasons in ((self.genotypes.ids, self.sample_why),
                                   (self.genotypes.markers.names, self.marker_why))
        ]  # fmt: skip
        made = QualityFilter(self.rules, dropped[0], dropped[1], self.genotypes.sha256)
        return QualityReport(self.rules, samples, markers, pairs, families, made,
                             tuple(self.notes), self.species.name)  # fmt: skip


def _f(part: Genotypes, counts: Integers, frequency: Floats) -> Floats:
    """1 less observed over expected heterozygotes at the markers known in each sample."""
    expected = 1 - expected_homozygosity(frequency, np.zeros(0, np.int64), small_sample=False)
    absent = np.zeros(len(counts))
    if counts[:, 3].any():
        missing_of_samples(*missing_list(part), expected, absent)
    return 1 - counts[:, 1] / (expected.sum() - absent)
