"""A drawn pedigree: what stands where, that texts are safe, and that both pictures can be made."""

from xml.etree import ElementTree

import pytest

import agrigen as ag
from agrigen import plot
from agrigen.plot.layout import pedigree_boxes

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def pedigree():
    """z is a child of half sibs: their sire stands twice."""
    return ag.Pedigree(
        ids=["s", "a", "b", "x", "y", "z"],
        sires=["", "", "", "s", "s", "x"],
        dams=["", "", "", "a", "b", "y"],
    )


def test_sires_stand_above_dams_and_children_in_the_middle(pedigree):
    boxes = {(box.role, box.id, box.child): box for box in pedigree_boxes(pedigree, "z")}
    sire, dam = boxes["sire", "x", 0], boxes["dam", "y", 0]
    assert sire.row < dam.row
    assert boxes["animal", "z", None].row == (sire.row + dam.row) / 2
    assert sire.column == dam.column == 1


def test_a_common_ancestor_is_marked(pedigree):
    boxes = pedigree_boxes(pedigree, "z")
    assert {box.id for box in boxes if box.repeated} == {"s"}


def test_nothing_is_drawn_behind_an_unknown_parent(pedigree):
    boxes = pedigree_boxes(pedigree, "x", generations=4)
    assert [box.id for box in boxes] == ["x", "s", "", "", "a", "", ""]


def test_generations_limit_the_drawing(pedigree):
    assert len(pedigree_boxes(pedigree, "z", generations=1)) == 3
    with pytest.raises(ValueError, match="1 or more"):
        pedigree_boxes(pedigree, "z", generations=0)


def test_the_svg_is_well_formed_and_says_itself_in_words(pedigree):
    text = plot.pedigree_svg(pedigree, "z", labels={"s": "Duke"}, values={"z": 1.234, "x": "best"})
    tree = ElementTree.fromstring(text)
    titles = [element.text for element in tree.iter(f"{SVG}title")]
    assert titles[0] == "Pedigree of z"
    assert "animal: z, +1.23" in titles
    assert "sire: x, best" in titles
    assert titles.count("sire: Duke, s, stands more than once in this pedigree") == 2
    assert len(list(tree.iter(f"{SVG}g"))) == len(pedigree_boxes(pedigree, "z"))


def test_names_cannot_smuggle_markup_into_a_page(pedigree):
    text = plot.pedigree_svg(pedigree, "z", labels={"x": '<script>alert("1")</script>'})
    assert "<script" not in text
    ElementTree.fromstring(text)


def test_a_long_name_is_cut_in_the_box_and_whole_in_the_tooltip(pedigree):
    name = "Longmeadow Perpetual Motion of the Valley"
    text = plot.pedigree_svg(pedigree, "z", labels={"z": name})
    assert f"animal: {name}" in text
    assert f">{name}</text>" not in text


def test_an_unknown_animal_is_named_in_the_error(pedigree):
    with pytest.raises(ag.AgrigenError, match="nobody"):
        plot.pedigree_svg(pedigree, "nobody")


def test_figures_are_drawn_without_pyplot(pedigree, tmp_path):
    figure = plot.pedigree(pedigree, "z", values={"z": 0.5})
    figure.savefig(tmp_path / "pedigree.png")
    assert (tmp_path / "pedigree.png").stat().st_size > 5_000


def test_a_distribution_shows_its_marks(tmp_path):
    figure = plot.distribution([1, 2, 2, 3, float("nan")], mark={"parents": 2.5}, label="kg")
    axes = figure.axes[0]
    assert axes.get_xlabel() == "kg"
    assert sum(patch.get_height() for patch in axes.patches) == 4
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["parents"]
    figure.savefig(tmp_path / "distribution.png")


def test_boxes_lead_where_they_are_told_to(pedigree):
    animal = str(pedigree.ids[-1])
    svg = plot.pedigree_svg(pedigree, animal, links={animal: "/animal?id=1&x=<2>"})
    assert svg.count("<a href=") == 1
    assert 'href="/animal?id=1&amp;x=&lt;2&gt;"' in svg
