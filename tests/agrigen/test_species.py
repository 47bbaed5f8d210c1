"""Chromosomes of species, by the names that files give them."""

import numpy as np
import pytest

import agrigen as ag
from agrigen.errors import DataError
from agrigen.genotypes.sex import check_sex
from agrigen.species import SPECIES, Kind, Species, same_assembly, species, species_of


@pytest.mark.parametrize(
    ("kind", "name", "normal", "how"),
    [
        ("sheep", "27", "X", Kind.SHARED),
        ("cattle", "27", "27", Kind.AUTOSOME),
        ("cattle", "30", "X", Kind.SHARED),
        ("goat", "31", "Y", Kind.LIMITED),
        ("pig", "chr01", "1", Kind.AUTOSOME),
        ("pig", "21", "XY", Kind.PSEUDOAUTOSOMAL),
        ("sheep", "OAR26", "26", Kind.AUTOSOME),
        ("sheep", "30", "MT", Kind.MITOCHONDRIAL),
        ("chicken", "chrZ", "Z", Kind.SHARED),
        ("chicken", "w", "W", Kind.LIMITED),
        ("sheep", "PAR", "XY", Kind.PSEUDOAUTOSOMAL),
        ("cattle", "Un", "0", Kind.UNPLACED),
        ("cattle", "NKLS02000001.1", "NKLS02000001.1", Kind.UNPLACED),
        (None, "27", "27", Kind.AUTOSOME),
    ],
)
def test_names_become_chromosomes_of_the_species(kind, name, normal, how):
    assert species(kind).normalize(name) == normal
    assert species(kind).kind(name, 1) == how


def test_the_pseudo_autosomal_region_needs_the_assembly():
    cattle = species("Bos taurus")
    x = np.array(["X", "X", "X"], dtype=object)
    at = np.array([1000, 133_300_518, 0])
    told = [Kind.SHARED, Kind.PSEUDOAUTOSOMAL, Kind.UNPLACED]
    assert cattle.kinds(x, at, "ARS-UCD1.2").tolist() == told
    assert cattle.kinds(x, at).tolist() == [Kind.SHARED, Kind.SHARED, Kind.UNPLACED]


def test_every_species_has_a_source_and_the_hen_has_one_z():
    assert all(one.source for one in SPECIES.values())
    assert species("chicken").single_copy_sex == 2
    assert species("sheep").single_copy_sex == 1
    assert species("sheep").order(["X", "10", "2"]) == ["2", "10", "X"]


def test_an_unknown_species_is_refused_and_a_new_one_is_given():
    with pytest.raises(DataError, match="Name one of sheep"):
        species("dodo")
    assert species(Species("alpaca", "Vicugna pacos", 36, "own")).kind("37") == Kind.SHARED


@pytest.mark.parametrize(
    ("kind", "autosomes"),
    [("sheep", 26), ("cattle", 29), ("goat", 29), ("pig", 18), ("chicken", 39), ("horse", 31)],
)
def test_plinks_numbers_are_written_as_they_are_read(kind, autosomes):
    rule = species(kind)
    assert rule.autosomes == autosomes
    for name in (*rule.names, "XY"):
        assert rule.normalize(rule.number(name)) == name
    assert rule.number("X" if rule.shared == "X" else "Z") == (
        "Z" if kind == "chicken" else str(autosomes + 1)
    )
    assert rule.number("scaffold_9") == "scaffold_9"


def test_an_assembly_is_known_by_its_other_names():
    assert same_assembly("bosTau9", "ars_ucd1.2")
    assert same_assembly("ARS-UCD1.3", "GCF_002263795.1")
    assert not same_assembly("UMD3.1", "ARS-UCD1.2")
    assert not same_assembly("Oar_v3.1", "Oar_v4.0")
    assert same_assembly("my own 1", "My_own_1")
    assert species_of("oviAri4").name == "sheep"
    assert species_of("hg38") is None


def test_sheep_recombine_x_and_y_below_seven_megabases_and_no_place_is_no_region():
    x = np.array(["X", "27", "X"], dtype=object)
    at = np.array([7_000_000, 7_300_000, 0])
    told = species("sheep").kinds(x, at, "GCF_016772045.1", placed=False)
    assert told.tolist() == [Kind.PSEUDOAUTOSOMAL, Kind.SHARED, Kind.SHARED]


@pytest.mark.parametrize("assembly", ["", "ARS-UI_Ramb_v2.0"])
def test_markers_that_x_shares_with_y_do_not_tell_the_sex(assembly):
    """Nine rams, too few to find the region by their heterozygosity."""
    rng = np.random.default_rng(2)
    shared = rng.integers(0, 3, (9, 40))
    own = 2 * rng.integers(0, 2, (9, 60))
    chip = ag.MarkerMap.of(
        [f"x{k}" for k in range(100)], chromosomes=["27"] * 100, assembly=assembly,
        positions=[1_000_000 + k for k in range(40)] + [20_000_000 + k for k in range(60)],
    )  # fmt: skip
    rams = ag.genotypes.Samples.of([f"r{k}" for k in range(9)], sex=[1] * 9)
    found = check_sex(ag.Genotypes.from_dosages(np.hstack([shared, own]), rams, chip), kind="sheep")
    assert ("agrees" in set(found["verdict"])) == bool(assembly)
    assert found["verdict"].nunique() == 1 or not assembly
    assert set(found["markers"]) == ({60} if assembly else {100})
