"""Charts along the genome and of a region."""

import numpy as np
import pandas as pd

from dashboards.components import charts, genome

TABLE = pd.DataFrame({
    "chromosome": ["1", "1", "2", "X"], "position": [1_000_000, 9_000_000, 5_000_000, 0],
    "marker": ["a", "b", "c", "d"], "log10_p": [1.0, 8.0, 3.0, 0.5],
    "effect": [0.1, -2.0, 0.3, np.nan],
})  # fmt: skip


def points(plot):
    return plot.renderers[0].data_source


def test_chromosomes_stand_side_by_side_in_their_order():
    place = genome.along(TABLE["chromosome"], TABLE["position"])
    assert list(place.ends) == ["1", "2", "X"]
    assert list(place.x) == sorted(place.x)
    start, stop = place.of("1")
    assert 0 <= start <= place.x[0] and place.x[1] <= stop < place.x[2]
    assert place.of("") == place.of("no such") == (0.0, 1.0)


def test_markers_above_the_line_are_told_apart_and_may_be_tapped():
    tapped: list[int] = []
    plot, _ = genome.association(TABLE, threshold=6.0, suggestive=4.0, chosen=tapped.append)
    data = points(plot).data
    assert [color == genome.ORANGE for color in data["color"]] == [False, True, False, False]
    assert data["p"][1] == "1e-08"
    assert plot.y_range.end > 8.0
    points(plot).selected.indices = [1]
    assert tapped == [1]


def test_a_study_without_points_is_an_empty_picture():
    plot, place = genome.association(TABLE.iloc[:0], threshold=None, suggestive=None)
    assert place.ends == {}
    assert plot.y_range.end > 0


def test_a_p_that_is_too_small_for_a_number_is_still_written():
    strong = TABLE.assign(log10_p=400.0)
    plot, _ = genome.association(strong, threshold=6.0, suggestive=None)
    assert points(plot).data["p"][0] == "1e-400"


def test_effects_are_drawn_from_zero():
    plot, _ = genome.effects(TABLE.assign(share=[0.1, 0.5, 0.2, 0.2]), "share", up="share")
    assert plot.y_range.start == 0
    assert plot.y_range.end > 0.5


def test_quantiles_have_a_band_where_it_is_known():
    with_band = genome.quantiles([2.0, 1.0], [3.0, 1.0], [0.1, 0.1], [4.0, 2.0])
    without = genome.quantiles([2.0, 1.0], [3.0, 1.0])
    assert len(with_band.renderers) == len(without.renderers) + 1


def test_a_region_shows_alleles_and_what_is_not_known():
    markers = [{"marker": "m", "position": 5, "counted": "A", "other": "G"}]
    plot = genome.region(markers, ["Lamb 1", "Lamb 2", "Lamb 3"], [[2], [1], [None]])
    data = points(plot).data
    assert data["genotype"] == ["AA", "AG", "not known"]
    assert data["color"][0] == genome.GENOTYPE_COLORS[2]
    unknown = genome.region([{"marker": "m", "position": 5}], ["Lamb 1"], [[1]])
    assert points(unknown).data["genotype"] == ["1 copy"]


def test_a_distribution_marks_where_the_rule_cuts():
    plot = charts.distribution([0, 0.5, 1.0], [3, 4], across="call rate", what="samples", mark=0.9)
    spans = [one for one in plot.center if getattr(one, "dimension", "") == "height"]
    assert [span.location for span in spans] == [0.9]
