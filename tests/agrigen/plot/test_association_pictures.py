"""Pictures of associations: what stands in them, and what is said without Bokeh."""

import re
import sys

import numpy as np
import pytest

import agrigen as ag
from agrigen import plot
from agrigen.association.points import qq_points, thinned
from tests.agrigen.association.flock import flock


@pytest.fixture(scope="module")
def sheep():
    genotypes, data = flock()
    return genotypes, ag.gwas("y ~ sex + animal(id)", data, genotypes, method="approximate")


def test_points_can_be_pointed_at_and_tapped(sheep):
    _, result = sheep
    tapped = []
    layout = result.plot(interactive=True, on_tap=tapped.append, suggestive=1e-3)
    source = layout.select_one({"name": "markers"})
    assert len(source.data["x"]) == len(result.table)
    assert set(source.data) >= {"chromosome", "position", "marker", "effect", "y"}
    best = int(np.argmax(source.data["y"]))
    source.selected.indices = [best]
    assert tapped == [result.top(1)["marker"][0]]
    assert source.data["effect"][best] == pytest.approx(result.top(1)["beta"][0])


def test_a_page_needs_no_network_though_panel_is_loaded(sheep, tmp_path):
    pytest.importorskip("panel")
    _, result = sheep
    plot.save_html(result.plot(interactive=True), tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text()
    assert not re.search(r"<(script|link)[^>]*(src|href)=", page)
    assert result.top(1)["marker"][0] in page
    hostile = ["</script><script>alert(1)</script>"]
    layout = plot.manhattan_interactive(["1"], [5], [1.0], hostile)
    plot.save_html(layout, tmp_path / "b.html", title="<b>")
    page = (tmp_path / "b.html").read_text()
    assert "<script>alert" not in page
    assert "<title>&lt;b&gt;</title>" in page


def test_a_picture_from_plain_arrays(sheep):
    layout = plot.manhattan_interactive(
        ["1", "1", "2"], [5, 9, 3], [1.0, 7.0, 2.0], ["a", "b", "c"]
    )
    source = layout.select_one({"name": "markers"})
    assert list(source.data["marker"]) == ["a", "b", "c"]
    assert np.isnan(source.data["effect"]).all()
    axis = layout.children[0].xaxis[0]
    named = axis.formatter.args["names"]
    assert [named[f"{place:.9f}"] for place in axis.ticker.ticks] == ["1", "2"]
    with pytest.raises(ag.DataError, match="3 values of -log10 p and 2 of position"):
        plot.manhattan_interactive(["1"] * 3, [5, 9], [1.0, 7.0, 2.0], ["a", "b", "c"])


def test_without_bokeh_it_says_what_to_install(sheep, monkeypatch):
    _, result = sheep
    monkeypatch.setitem(sys.modules, "bokeh", None)
    with pytest.raises(ag.NotAvailable, match=r"agrigen\[interactive\]"):
        result.plot(interactive=True)


def test_thinning_keeps_all_strong_markers_and_every_chromosome(sheep):
    _, result = sheep
    few = thinned(result.table, most=40, strong=2.0)
    assert len(few) == 40
    assert (result.table["log10_p"] >= 2.0).sum() == (few["log10_p"] >= 2.0).sum()
    assert set(few["chromosome"]) == set(result.table["chromosome"])
    assert few["marker"].isin(result.table["marker"]).all()
    tail = qq_points(result.table["log10_p"], most=60)
    assert len(tail) <= 60
    assert tail["observed"].iloc[0] == result.table["log10_p"].max()
    assert (np.diff(tail["observed"]) <= 0).all()


def test_regions_are_drawn_with_linkage(sheep):
    genotypes, result = sheep
    figure = result.region("2", 1, 3_000_000, genotypes=genotypes, title="m100")
    assert "chromosome 2" in figure.axes[-1].get_xlabel()
    with pytest.raises(ag.DataError, match="No tested marker is on chromosome 7"):
        result.region(7, 1, 1000)


def test_the_static_picture_has_both_parts(sheep):
    _, result = sheep
    assert len(result.plot(label=1).axes) == 2


def test_clumps_are_of_linked_markers():
    genotypes, data = flock()
    dosages = genotypes.dosages().copy()
    dosages[:, 101] = dosages[:, 100]  # its neighbor is the same marker again
    twin = ag.Genotypes.from_dosages(dosages, genotypes.samples, genotypes.markers)
    result = ag.gwas("y ~ sex + animal(id)", data, twin, method="approximate")
    clumps = result.clump(twin, threshold=1e-4, r2=0.8)
    assert clumps["markers"][0] in (["m100"], ["m101"])
    assert clumps["members"][0] == 1
    apart = result.clump(twin, threshold=1e-4, r2=0.8, distance=10)
    assert apart["members"][0] == 0
    with pytest.raises(ag.ModelError, match="r2 2"):
        result.clump(twin, r2=2)


def test_a_name_is_no_formula(sheep, tmp_path):
    _, result = sheep
    table = result.table.assign(marker="$\\frac$<b>")
    drawn = plot.manhattan(table, title="costs $\\x$", label=3, threshold=0.5)
    drawn.savefig(tmp_path / "m.svg")
    page = (tmp_path / "m.svg").read_text()
    assert "costs $\\x$" in page
    assert "<b>" not in page.replace("&lt;b&gt;", "")
