"""Single genes: PrP types, crosses, and probabilities of carriers against full enumeration."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agrigen as ag
from agrigen.selection import cross, gene_probabilities, prnp_alleles, recessive_risk
from agrigen.selection.genes import ERROR, HAPLOTYPES, STATES

# The fifteen genotypes of the National Scrapie Plan and their types.
NSP = {
    "ARR/ARR": 1, "ARR/AHQ": 2, "ARR/ARH": 2, "ARR/ARQ": 2, "AHQ/AHQ": 3, "AHQ/ARH": 3,
    "AHQ/ARQ": 3, "ARH/ARH": 3, "ARH/ARQ": 3, "ARQ/ARQ": 3, "ARR/VRQ": 4, "AHQ/VRQ": 5,
    "ARH/VRQ": 5, "ARQ/VRQ": 5, "VRQ/VRQ": 5,
}  # fmt: skip


@pytest.mark.parametrize(("genotype", "type_"), NSP.items())
def test_the_types_of_the_national_scrapie_plan(genotype, type_):
    assert ag.prnp_type(genotype) == type_
    assert ag.prnp_type(genotype[4:].lower() + " " + genotype[:3]) == type_
    assert "/".join(prnp_alleles(genotype)) == genotype


@given(*[st.sampled_from(HAPLOTYPES)] * 4)
def test_progeny_have_one_allele_of_each_parent(a, b, c, d):
    found = ag.prnp_cross(f"{a}/{b}", f"{c}/{d}")
    assert found["probability"].sum() == 1
    for genotype in found["genotype"]:
        one, two = genotype.split("/")
        assert {one, two} & {a, b} and {one, two} & {c, d}


def test_mendel():
    assert cross("A/a", "A/a") == {"A/A": 0.25, "A/a": 0.5, "a/a": 0.25} or (
        cross("A/a", "A/a") == {"A/A": 0.25, "a/a": 0.25, "A/a": 0.5}
    )
    assert recessive_risk([0, 1, 0], [[0, 1, 0], [1, 0, 0], [0, 0, 1]]).tolist() == [0.25, 0, 0.5]


def by_enumeration(pedigree, known, frequency):
    """Posterior of every animal by going through all genotypes of all animals."""
    q = frequency
    founders = [(1 - q) ** 2, 2 * q * (1 - q), q**2]
    stated = {pedigree.index(name): copies for name, copies in known.items()}
    out = np.zeros((len(pedigree), 3))
    for genotypes in product(range(3), repeat=len(pedigree)):
        chance = 1.0
        for i, g in enumerate(genotypes):
            s, d = pedigree.sire[i], pedigree.dam[i]
            if s < 0 and d < 0:
                chance *= founders[g]
            else:
                a = genotypes[s] / 2 if s >= 0 else q
                b = genotypes[d] / 2 if d >= 0 else q
                chance *= [(1 - a) * (1 - b), a * (1 - b) + b * (1 - a), a * b][g]
            if i in stated:
                chance *= 1 - ERROR if stated[i] == g else ERROR / 2
        out[range(len(pedigree)), genotypes] += chance
    return out / out.sum(axis=1, keepdims=True)


@settings(max_examples=8, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 2), min_size=1, max_size=3),
    st.floats(0.01, 0.4),
)
def test_probabilities_are_exact_in_pedigrees_without_loops(known, frequency):
    # Full and half siblings, a mate from outside, an animal with one known parent.
    sires, dams = ["", "", "a", "a", "", "e", "", "f"], ["", "", "b", "b", "", "d", "", ""]
    pedigree = ag.Pedigree(list("abcdefgh"), sires, dams)
    found = gene_probabilities(pedigree, known, frequency=frequency)
    expected = by_enumeration(pedigree, known, frequency)
    assert found[list(STATES)].to_numpy() == pytest.approx(expected, abs=1e-6)


def test_both_parents_of_an_affected_lamb_are_carriers():
    pedigree = ag.Pedigree(["r", "e", "lamb", "twin"], ["", "", "r", "r"], ["", "", "e", "e"])
    table = ag.gene_probabilities(pedigree, {"lamb": "affected"}, frequency=0.001)
    carrier = table.set_index("id")["carrier"]
    assert carrier["r"] > 0.99 and carrier["e"] > 0.99
    assert carrier["twin"] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p: ag.prnp_type("ARR/XYZ"), "Give two of ARR, AHQ"),
        (lambda p: cross("A", "A/a"), "Write two alleles as A/B"),
        (lambda p: gene_probabilities(p, {"z": 1}), "z is not in the pedigree"),
        (lambda p: gene_probabilities(p, {"a": "sick"}), "free, carrier or affected"),
        (lambda p: gene_probabilities(p, {"a": 1}, frequency=0), "between 0 and 1"),
    ],
)
def test_what_is_no_genotype_is_refused(call, words):
    with pytest.raises(ag.DataError, match=words):
        call(ag.Pedigree(["a"], [""], [""]))
