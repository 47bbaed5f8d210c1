"""Pictures are drawn from results, with the words that explain them."""

import io

import numpy as np
import pytest

from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.genotypes.disequilibrium import ld_decay
from agrigen.genotypes.effective_size import effective_size
from agrigen.genotypes.homozygosity import RunRules, runs_of_homozygosity
from agrigen.genotypes.structure import pca
from agrigen.plot.ld import effective_size_plot, ld_decay_plot
from agrigen.plot.pca import pca_plot, scree_plot
from agrigen.plot.roh import islands_plot, runs_plot


@pytest.fixture(scope="module")
def few():
    rng = np.random.default_rng(1)
    names = [f"m{i}" for i in range(200)]
    places = MarkerMap.of(names, chromosomes=["1"] * 120 + ["2"] * 80,
                          positions=100_000 * np.arange(1, 201))  # fmt: skip
    return Genotypes.from_dosages(
        rng.binomial(2, 0.3, (30, 200)), [f"a{i}" for i in range(30)], places
    )


def svg(figure):
    out = io.StringIO()
    figure.savefig(out, format="svg")
    return out.getvalue()


def test_components_name_what_they_explain(few):
    found = pca(few, 3)
    figure = pca_plot(found, groups=["a", "b", "c"] * 10, axes_of=(2, 3))
    assert figure.axes[0].get_xlabel() == f"PC2 ({found.explained[1]:.1%})"
    assert len(figure.axes[0].get_legend().texts) == 3
    assert len(scree_plot(found).axes[0].patches) == 3
    with pytest.raises(ValueError, match="components 1 to 3"):
        pca_plot(found, axes_of=(1, 4))


def test_linkage_and_size_are_drawn(few):
    assert "<svg" in svg(ld_decay_plot(ld_decay(few, edges_kb=[0, 500, 5000]), label="flock"))
    assert "<svg" in svg(effective_size_plot(effective_size(few, edges=[0.1, 1, 5])))


def test_runs_and_islands_are_drawn(few):
    rules = RunRules(markers=3, length_kb=100, kb_per_marker=200)
    runs = runs_of_homozygosity(few, rules=rules)
    assert len(runs.runs)
    assert "<svg" in svg(runs_plot(runs, chromosome="1", most=10))
    assert [text.get_text() for text in islands_plot(runs, few).axes[0].get_xticklabels()] == [
        "1",
        "2",
    ]
    assert runs.by_length()["runs"].sum() == len(runs.runs)
