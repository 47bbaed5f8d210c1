"""What an association gives back: a table of tests, how inflated they are, and pictures."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from agrigen.association.annotation import annotate
from agrigen.association.clumps import clump, in_region
from agrigen.association.points import MOST, qq_points, thinned
from agrigen.association.statistics import inflation
from agrigen.association.windows import windows
from agrigen.citations import Citation
from agrigen.evaluation.model import Model
from agrigen.genotypes import Genotypes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from agrigen.io.gff import Genes

SHOWN = 8


@dataclass(frozen=True, eq=False)
class Association:
    """Tests of single markers.

    Attributes
    ----------
    table
        One row a tested marker, in the order of the map: chromosome, position, marker,
        effect_allele, other_allele, frequency (of the effect allele), missing, beta (of one copy),
        se, statistic, p, log10_p (its negative), variance_explained; ratio (genetic over residual
        variance) with relationships. With several traits beta, se and variance_explained have the
        trait behind them (`beta_weight`), and correlation_<a>_<b> is that of two effects' errors.
    excluded
        Markers that were not tested, and why.
    null
        The model without markers, one row a relationship matrix: name, heritability, ratio,
        genetic, residual, log_likelihood. With several traits one row a pair: name, trait, with,
        genetic and residual (co)variance, genetic_correlation, heritability, log_likelihood.
    test
        What `statistic` is: "t", "chi-square" or "F".
    animals
        Number of them.
    provenance, citations
        Where the numbers come from and what they rest on.
    """

    model: Model
    table: pd.DataFrame
    excluded: pd.DataFrame
    null: pd.DataFrame
    test: str
    animals: int
    provenance: dict[str, Any] = field(repr=False)
    citations: tuple[Citation, ...] = field(repr=False)

    @cached_property
    def lambda_gc(self) -> float:
        """Genomic control: median chi-square over that expected; 1 is no inflation."""
        return inflation(self.table["p"].to_numpy())

    @property
    def bonferroni(self) -> float:
        """p below which a test holds at 5 % over all of them."""
        return 0.05 / len(self.table)

    def top(self, count: int = 10) -> pd.DataFrame:
        """The markers with the smallest p."""
        return self.table.nlargest(count, "log10_p").reset_index(drop=True)

    def significant(self, threshold: float | None = None) -> pd.DataFrame:
        """Markers with p below a threshold, Bonferroni's without one."""
        limit = self.bonferroni if threshold is None else threshold
        return self.table[self.table["p"] < limit].reset_index(drop=True)

    def windows(
        self, size: int = 1_000_000, *, step: int | None = None, prior: float = 0.05
    ) -> pd.DataFrame:
        """Windows of the genome: best marker, mean chi-square, variance, posterior inclusion.

        `variance_explained` adds up that of single markers and `share` is its part of the sum over
        all windows: linked markers repeat each other, so compare windows by it and do not read it
        as a part of the genetic variance (`ag.window_variance` gives that, from marker effects).

        Parameters
        ----------
        size, step
            Base pairs of a window and between two starts; without a step they do not overlap.
        prior
            Standard deviation of an effect, in phenotypic standard deviations, before the data
            (Wakefield 2009); `inclusion` is the posterior probability that the marker behind the
            one effect of the chromosome lies in the window.
        """
        return windows(self.table, size, step=step or size, prior=prior)

    def clump(
        self,
        genotypes: Genotypes,
        *,
        threshold: float | None = None,
        r2: float = 0.5,
        distance: int = 1_000_000,
        secondary: float | None = None,
    ) -> pd.DataFrame:
        """Independent hits: the best marker and those linked to it make a clump, and so on.

        Parameters
        ----------
        threshold
            p of a marker that may lead a clump; Bonferroni's without one.
        r2, distance
            Markers of a clump have at least this r2 with the lead and are no farther in base
            pairs (PLINK's --clump-r2 and --clump-kb).
        secondary
            p of the others in a clump; `threshold` without.

        Returns
        -------
        pandas.DataFrame
            One row a clump, the strongest first: marker, chromosome, position, p, log10_p, beta,
            variance_explained, members (number of others), start, stop (the first base behind
            the last marker), markers (names).
        """
        limit = self.bonferroni if threshold is None else threshold
        return clump(
            self.table, genotypes, limit, limit if secondary is None else secondary,
            r2=r2, distance=distance,
        )  # fmt: skip

    def annotate(
        self,
        genes: "Genes",
        *,
        distance: int = 100_000,
        hits: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """Genes in or near hits, the nearest first; `distance` is 0 inside a gene.

        Parameters
        ----------
        genes
            `ag.read_genes("sheep.gff3.gz", kind="sheep")`.
        distance
            Base pairs to each side.
        hits
            Rows of the table, of `windows()` or of `clump()`; the significant markers without.
        """
        return annotate(self.significant() if hits is None else hits, genes, distance)

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def manhattan(self, **options: Any) -> "Figure":
        """-log10 p along the genome; options as `ag.plot.manhattan`."""
        from agrigen.plot.manhattan import manhattan

        return manhattan(self.table, **options)

    def qq(self, **options: Any) -> "Figure":
        """Observed over expected -log10 p; options as `ag.plot.qq`."""
        from agrigen.plot.qq import qq

        return qq(self.table["log10_p"], **({"lambda_gc": self.lambda_gc} | options))

    def points(self, most: int = MOST) -> pd.DataFrame:
        """Rows of the table that a picture needs: all strong markers, few of the weak ones."""
        return thinned(self.table, most)

    def plot(self, *, interactive: bool = False, most: int = MOST, **options: Any) -> Any:
        """Manhattan and QQ side by side: matplotlib, or Bokeh to point at, zoom and tap.

        Options are `threshold`, `suggestive` and `title`; and `label` of `ag.plot.manhattan` or
        `on_tap` of `ag.plot.manhattan_interactive`. Interactive pictures show `most` points: all
        with p < 0.001, even if they are more, and of the others what there is room for.
        """
        if not interactive:
            return self._both(**options)
        from agrigen.plot.manhattan_interactive import manhattan_interactive

        some, tail = self.points(most), qq_points(self.table["log10_p"])
        return manhattan_interactive(
            some["chromosome"], some["position"], some["log10_p"], some["marker"],
            some.get("beta"), qq=(tail["expected"], tail["observed"]), tests=len(self.table),
            lambda_gc=self.lambda_gc, **options,
        )  # fmt: skip

    def region(
        self,
        chromosome: str | int,
        start: int,
        stop: int,
        *,
        genotypes: Genotypes | None = None,
        genes: "Genes | None" = None,
        **options: Any,
    ) -> "Figure":
        """The tests of a region, before `stop`; options as `ag.plot.region`.

        With genotypes, colors tell r2 with the best marker; with genes (`ag.read_genes`), they are
        drawn below.
        """
        from agrigen.plot.region import region

        part, linked = in_region(self.table, (str(chromosome), start, stop), genotypes)
        near = None if genes is None else genes.within(str(chromosome), start, stop)
        return region(part, r2=linked, genes=near, **({"threshold": self.bonferroni} | options))

    def _both(self, **options: Any) -> "Figure":
        from agrigen.plot.theme import new_figure

        figure = new_figure(13.0, 3.8)
        left, right = figure.subplots(1, 2, width_ratios=[2.6, 1])
        self.manhattan(axes=left, **options)
        self.qq(axes=right)
        return figure

    def __repr__(self) -> str:
        known = self.table.columns
        effects = [name for name in known if name.startswith(("beta", "se"))]
        names = ["chromosome", "position", "marker", "effect_allele", "frequency", *effects, "p"]
        many = f"{len(self.table):,} markers, {self.animals:,} animals"
        passed = len(self.significant())
        lines = [
            f"Association of {', '.join(self.model.traits)}: {many}",
            f"genomic control {self.lambda_gc:.3f}; {passed} with p < {self.bonferroni:.2g}",
            *_null_lines(self.null),
            self.top(SHOWN)[names].to_string(index=False, float_format=lambda v: f"{v:.4g}"),
        ]
        if len(self.excluded):
            counts = self.excluded["reason"].value_counts()
            lines.append("not tested: " + ", ".join(f"{n:,} {why}" for why, n in counts.items()))
        return "\n".join(lines)


def _null_lines(null: pd.DataFrame) -> list[str]:
    """Heritabilities of the first relationship matrix, and correlations of traits."""
    lines = []
    first = null[null["name"] == null["name"].iloc[0]] if len(null) else null
    for row in first.to_dict("records"):
        trait, other = row.get("trait"), row.get("with")
        if trait == other:
            what = f" of {trait}" if trait else ""
            value = f"{row['heritability']:.3f} ({row['name']})"
            lines.append(f"without markers: heritability{what} {value}")
        else:
            value = f"{row['genetic_correlation']:.3f}"
            lines.append(f"without markers: genetic correlation of {trait} and {other} {value}")
    return lines
