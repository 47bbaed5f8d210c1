"""Pictures of a quality report: call rates, frequencies, heterozygosity, proportions, sexes."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agrigen.plot import theme
from agrigen.plot.distribution import distribution

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from agrigen.genotypes.quality_report import QualityReport


def quality_figures(report: "QualityReport") -> "dict[str, Figure]":
    """All pictures of a report by name; those of what was not checked are left out."""
    rules = report.rules
    figures = {
        "call_rates": call_rates(report),
        "heterozygosity": heterozygosity(report.samples),
        "minor_frequency": distribution(
            report.markers["minor_frequency"].to_numpy(), mark=rules.minor_frequency,
            label="frequency of the rarer allele", count="markers", bins=50,
        ),
        "hardy_weinberg": hardy_weinberg(report.markers, rules.hardy_weinberg),
    }  # fmt: skip
    if "x_heterozygosity" in report.samples:
        figures["sex"] = sexes(report.samples)
    if len(report.families):
        figures["parents"] = conflicts(report.families, rules.mendelian_samples)
    return figures


def conflicts(families: pd.DataFrame, limit: float | None) -> "Figure":
    """Conflicts of offspring with their parents; wrong parents stand far to the right."""
    percent = 100 * families["rate"].to_numpy()
    mark = None if limit is None else 100 * limit
    bins = np.linspace(0, max(percent.max(), 1.2 * (mark or 0), 0.1), 50)
    return distribution(percent, label="conflicts with parents, % of markers", mark=mark,
                        bins=list(bins), count="offspring")  # fmt: skip


def call_rates(report: "QualityReport") -> "Figure":
    """Call rates of samples and of markers, sorted, with what is asked of them."""
    figure, axes = theme.empty_figure(6.4, 3.6)
    parts = (
        (report.samples["call_rate"], "samples", theme.BLUE, "-", report.rules.sample_call_rate),
        (report.markers["call_rate"], "markers", theme.ORANGE, "--",
         report.rules.marker_call_rate),
    )  # fmt: skip
    for values, name, color, line, least in parts:
        rising = np.sort(values.to_numpy())
        share = 100 * np.arange(1, rising.size + 1) / rising.size
        axes.plot(share, rising, color=color, linestyle=line, linewidth=2, label=name)
        if least is not None:
            axes.axhline(least, color=color, linestyle=":", linewidth=1)
    axes.set(xlabel="% of samples, or markers, from the worst", ylabel="call rate")
    return _plain(figure, axes, legend=True)


def heterozygosity(samples: pd.DataFrame) -> "Figure":
    """Heterozygosity of samples by call rate; dropped ones are crosses."""
    figure, axes = theme.empty_figure(6.4, 3.6)
    for keep, color, mark, name in ((True, theme.BLUE, "o", "kept"),
                                    (False, theme.ORANGE, "x", "dropped")):  # fmt: skip
        some = samples[samples["keep"] == keep]
        axes.scatter(some["call_rate"], some["heterozygosity"], s=14, c=color, marker=mark,
                     label=f"{name} ({len(some):,})", linewidths=1)  # fmt: skip
    axes.set(xlabel="call rate", ylabel="heterozygosity")
    return _plain(figure, axes, legend=True)


def hardy_weinberg(markers: pd.DataFrame, least: float | None) -> "Figure":
    """Observed against expected p-values: markers above the line depart from the proportions."""
    figure, axes = theme.empty_figure(4.8, 4.4)
    varies = markers["minor_frequency"] > 0
    p = np.sort(markers.loc[varies, "hardy_weinberg"].dropna().to_numpy())
    expected = -np.log10((np.arange(p.size) + 0.5) / max(p.size, 1))
    observed = -np.log10(np.maximum(p, 1e-50))  # further down is of no use to see
    axes.scatter(expected, observed, s=8, c=theme.BLUE)
    top = float(expected.max()) if p.size else 1.0
    axes.plot([0, top], [0, top], color=theme.QUIET, linewidth=1)
    if least:
        axes.axhline(-np.log10(least), color=theme.ORANGE, linestyle="--", linewidth=1.4)
    axes.set(xlabel="expected −log₁₀ p", ylabel="observed −log₁₀ p (Hardy-Weinberg)")
    return _plain(figure, axes)


def sexes(samples: pd.DataFrame) -> "Figure":
    """Heterozygosity on X by recorded sex; conflicts stand in the wrong cloud."""
    figure, axes = theme.empty_figure(6.4, 3.2)
    colors = {"male": theme.BLUE, "female": theme.ORANGE, "unknown": theme.QUIET}
    bins = np.linspace(0, max(0.5, float(samples["x_heterozygosity"].max(skipna=True))), 40)
    for sex, color in colors.items():
        some = samples[samples["recorded_sex"] == sex]["x_heterozygosity"].dropna()
        if len(some):
            axes.hist(some, bins=list(bins), color=color, alpha=0.7, label=f"recorded {sex}")
    axes.set(xlabel="heterozygosity on the X chromosome", ylabel="samples")
    return _plain(figure, axes, legend=True)


def _plain(figure: "Figure", axes: "Axes", *, legend: bool = False) -> "Figure":
    theme.finish(axes)
    if legend:
        axes.legend(frameon=False)
    return figure
