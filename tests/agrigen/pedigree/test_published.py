"""Pedigrees against published numbers and other programs."""

import json

import numpy as np
import pandas as pd

import agrigen as ag


def mrode_2_1():
    """Mrode, Linear Models for the Prediction of Animal Breeding Values, 3rd ed., table 2.1."""
    return ag.Pedigree(range(1, 7), [0, 0, 1, 1, 4, 5], [0, 0, 2, 0, 3, 2])


def test_relationship_matrix_of_mrode_table_2_2():
    expected = [
        [1, 0, 0.5, 0.5, 0.5, 0.25],
        [0, 1, 0.5, 0, 0.25, 0.625],
        [0.5, 0.5, 1, 0.25, 0.625, 0.5625],
        [0.5, 0, 0.25, 1, 0.625, 0.3125],
        [0.5, 0.25, 0.625, 0.625, 1.125, 0.6875],
        [0.25, 0.625, 0.5625, 0.3125, 0.6875, 1.125],
    ]
    np.testing.assert_allclose(mrode_2_1().relationship_matrix(), expected, atol=1e-14)


def test_inverses_of_mrode_table_2_1(reference):
    example = json.loads((reference / "worked_examples" / "ex_2_1.json").read_text())
    computed = example["computed"]
    pedigree = mrode_2_1()
    atol = 1e-8  # printed with eight decimals
    np.testing.assert_allclose(pedigree.ainverse().toarray(), computed["Ainv"], atol=atol)
    without = pedigree.ainverse(counted=False).toarray()
    np.testing.assert_allclose(without, computed["Ainv_no_inbreeding"], atol=atol)
    np.testing.assert_allclose(pedigree.inbreeding(), computed["F"], atol=1e-14)


def test_inbreeding_of_6547_holsteins_equals_nadiv(reference):
    pedigree = ag.Pedigree.read_csv(reference / "milk" / "pedCows.csv")
    nadiv = pd.read_csv(reference / "milk" / "pedCows_inbreeding_nadiv.csv", dtype={"id": str})
    expected = nadiv.set_index("id").loc[pedigree.ids, "F"]
    np.testing.assert_allclose(pedigree.inbreeding(), expected, atol=1e-8)
    assert expected.max() > 0.2
