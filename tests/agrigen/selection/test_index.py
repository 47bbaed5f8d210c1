"""Selection indexes against Mrode's example and closed forms, ranks, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agrigen as ag
from agrigen.selection import merit

# Mrode, Linear Models for the Prediction of Animal Breeding Values, 3rd edition, examples 1.6 and
# 1.7: daily gain and lean percentage of beef calves.
P = [[6400, -57.6], [-57.6, 51.84]]
G = [[2752, 62.064], [62.064, 15.552]]


def test_mrode_1_7_lean_growth_of_beef_calves():
    index = ag.selection_index(P, G, [1.5, 0.5])
    assert index.coefficients == pytest.approx([0.674, 2.695], abs=0.0005)


def test_mrode_1_6_one_trait_of_the_goal():
    for column, printed in ((0, [0.445, 1.692]), (1, [0.0125, 0.314])):
        index = ag.selection_index(P, np.array(G)[:, [column]], [1.0], goal=[[G[column][column]]])
        assert index.coefficients == pytest.approx(printed, abs=0.0005)


@pytest.mark.parametrize("progeny", [1, 10, 100])
def test_a_progeny_mean_has_the_accuracy_of_the_textbook(progeny):
    h2 = 0.25
    variance = h2 / 4 + (1 - h2 / 4) / progeny
    index = ag.selection_index([[variance]], [[h2 / 2]], [1], goal=[[h2]])
    assert index.accuracy == pytest.approx(np.sqrt(progeny / (progeny + (4 - h2) / h2)))


def test_responses_to_an_index_of_desired_gains_stand_in_the_ratio_wanted():
    index = ag.desired_gains(P, G, [20, 1])
    assert index.responses[0] / index.responses[1] == pytest.approx(20)
    assert index.coefficients == pytest.approx(np.linalg.solve(G, [20, 1]))
    same = ag.selection_index(P, G, index.weights)
    assert same.coefficients == pytest.approx(index.coefficients)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_no_other_index_is_more_accurate(seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(3, 4))
    g = root @ root.T
    p = g + np.diag(rng.uniform(0.5, 3, 3))
    a = rng.normal(size=3)
    best = ag.selection_index(p, g, a)
    other = rng.normal(size=3)
    found = other @ g @ a / np.sqrt(other @ p @ other * (a @ g @ a))
    assert found <= best.accuracy + 1e-9
    assert best.responses @ a == pytest.approx(best.sd)


def test_merit_is_weights_times_breeding_values():
    values = pd.DataFrame({"gain": [1.0, 2.0], "cells": [0.5, np.nan]}, index=["a", "b"])
    found = merit(values, {"gain": 2, "cells": -1})
    assert found["a"] == 1.5 and np.isnan(found["b"])
    with pytest.raises(ag.DataError, match=r"no breeding values of fat\. There are gain, cells"):
        merit(values, {"fat": 1})


def test_ranks_and_percentiles_are_within_the_group():
    table = ag.standings([3, 1, 1, 9, np.nan], ["a", "a", "a", "b", "a"])
    assert table["rank"].tolist()[:4] == [1, 2, 2, 1] and pd.isna(table["rank"][4])
    assert table["percentile"].tolist()[:4] == pytest.approx([250 / 3, 100 / 3, 100 / 3, 50])
    assert table["animals"].tolist() == [3, 3, 3, 1, 3]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[1, 1], [1, 1]], G, [1, 1]), "not positive definite"),
        (([[1.0]], G, [1, 1]), "do not fit together"),
        ((P, G, [1]), "1 values for 2 traits"),
        ((P, G, [0, 0]), "only zeros"),
    ],
)
def test_what_cannot_be_an_index_is_refused(arguments, words):
    with pytest.raises(ag.DataError, match=words):
        ag.selection_index(*arguments)
