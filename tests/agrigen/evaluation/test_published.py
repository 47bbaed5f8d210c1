"""Evaluations against published worked examples."""

import json

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from tests.agrigen.evaluation import examples
from tests.agrigen.evaluation.examples import solution

PRINTED = 1e-7  # expected values have eight decimals, some of them float32 in the source


@pytest.mark.parametrize("solver", ["direct", "pcg"])
def test_animal_model_of_mrode_3_1(solver):
    result = ag.evaluate(
        examples.MRODE_3_1_MODEL,
        examples.MRODE_3_1,
        examples.mrode_3_1_pedigree(),
        examples.MRODE_3_1_VARIANCES,
        solver=solver,
    )
    expected = examples.MRODE_3_1_EXPECTED
    values = result.breeding_values
    np.testing.assert_allclose(values.breeding_value, expected["breeding_value"], atol=PRINTED)
    assert solution(result, "(Intercept)") == pytest.approx(expected["female"], abs=PRINTED)
    male = solution(result, "(Intercept)") + solution(result, "sex", "M")
    assert male == pytest.approx(expected["male"], abs=PRINTED)
    if solver == "direct":
        np.testing.assert_allclose(values.se, expected["se"], atol=PRINTED)
        np.testing.assert_allclose(values.reliability, expected["reliability"], atol=PRINTED)
        # BLUPF90 prints 5.66554023 for the females' solution.
        assert result.solutions.se[0] == pytest.approx(5.66554023, abs=3e-7)


@pytest.mark.parametrize("solver", ["direct", "pcg"])
def test_repeatability_model_of_mrode_4_1(solver):
    result = ag.evaluate(
        examples.MRODE_4_1_MODEL,
        examples.MRODE_4_1,
        examples.mrode_4_1_pedigree(),
        examples.MRODE_4_1_VARIANCES,
        solver=solver,
    )
    expected = examples.MRODE_4_1_EXPECTED
    values = result.breeding_values
    np.testing.assert_allclose(values.breeding_value, expected["breeding_value"], atol=PRINTED)
    pe = result.solutions[result.solutions.effect == "pe"]
    np.testing.assert_allclose(pe.solution, expected["pe"], atol=PRINTED)
    hys = {level: solution(result, "hys", level) for level in "1234"}
    parity = {level: solution(result, "parity", level) for level in "12"}
    mean = solution(result, "(Intercept)")
    assert hys["2"] - hys["1"] == pytest.approx(expected["hys_2_minus_1"], abs=PRINTED)
    assert hys["4"] - hys["3"] == pytest.approx(expected["hys_4_minus_3"], abs=PRINTED)
    first = mean + hys["1"] + parity["1"]
    assert first == pytest.approx(expected["hys_1_parity_1"], abs=PRINTED)
    second = mean + hys["3"] + parity["2"]
    assert second == pytest.approx(expected["hys_3_parity_2"], abs=PRINTED)
    # Herd-year-seasons 1 and 2 hold only parity 1: parity cannot be told from them.
    assert result.summary["dependent"] == ["parity 2"]
    assert result.summary["repeatability"] == {"fat": 32 / 60}
    if solver == "direct":
        np.testing.assert_allclose(values.se, expected["se"], atol=PRINTED)


def test_common_environment_of_mrode_4_2(reference):
    example = json.loads((reference / "worked_examples" / "ex_4_2.json").read_text())
    pedigree = ag.Pedigree(*example["inputs"]["pedigree"].values())
    model = ag.Model(
        "ww", [ag.Fixed("sex"), ag.Animal(column="piglet"), ag.Random("c", "litter_dam")]
    )
    records = pd.DataFrame(example["inputs"]["data"])
    result = ag.evaluate(model, records, pedigree, {"a": 20, "c": 15, "residual": 65})
    computed = example["computed"]
    np.testing.assert_allclose(result.breeding_values.breeding_value, computed["ebv"], atol=1e-7)
    litter = result.solutions[result.solutions.effect == "c"].solution
    np.testing.assert_allclose(litter, computed["litter"], atol=1e-7)
    assert solution(result, "(Intercept)") == pytest.approx(computed["sex"][1], abs=1e-7)


# Masuda's BLUPF90 tutorial, quick tour (public domain): y = A + S + b x, S random with variance 1,
# residual 2; solutions as BLUPF90 prints them, in single precision.
QUICK_TOUR = pd.DataFrame(
    {
        "y": [3.0, 2, 4, 6, 3, 6, 6, 6, 8, 4],
        "A": [1, 1, 1, 2, 2, 2, 3, 3, 3, 3],
        "S": [1, 2, 1, 2, 1, 2, 1, 2, 1, 2],
        "x": [1.0, 1, 2, 2, 1, 2, 2, 1, 1, 2],
        "animal": [6, 9, 12, 7, 10, 13, 8, 11, 14, 15],
    }
)
QUICK_TOUR_PARENTS = (
    [0, 0, 0, 0, 0, 0, 2, 1, 2, 7, 7, 11, 11, 9, 11],
    [0, 0, 0, 0, 0, 0, 5, 4, 3, 6, 4, 8, 10, 13, 10],
)
SINGLE = 5e-6


def reported(result):
    mean = solution(result, "(Intercept)")
    found = [mean + solution(result, "A", level) for level in "123"]
    return [*found, solution(result, "S", "1"), solution(result, "S", "2"), solution(result, "x")]


def test_a_model_without_animals_needs_no_pedigree():
    model = ag.Model("y", [ag.Fixed("A"), ag.Random("S"), ag.Covariate("x")])
    result = ag.evaluate(model, QUICK_TOUR, None, {"S": 1, "residual": 2})
    printed = [2.30434783, 4.26086957, 5.2826087, 0.17391304, -0.17391304, 0.47826087]
    np.testing.assert_allclose(reported(result), printed, atol=SINGLE)
    assert result.breeding_values.empty


def test_inbreeding_left_out_of_the_inverse_as_blupf90_does():
    effects = [ag.Fixed("A"), ag.Random("S"), ag.Covariate("x"), ag.Animal()]
    model = ag.Model("y", effects, inbreeding=False)
    pedigree = ag.Pedigree(range(1, 16), *QUICK_TOUR_PARENTS)
    result = ag.evaluate(model, QUICK_TOUR, pedigree, {"a": 0.5, "S": 1, "residual": 2})
    printed = [2.27101829, 4.24566929, 5.21524118, 0.18586035, -0.18586066, 0.49101139]
    np.testing.assert_allclose(reported(result), printed, atol=SINGLE)
    values = result.breeding_values.set_index("id").loc[[str(i) for i in range(1, 16)]]
    animals = [
        -0.01963655,
        0.06556686,
        0.02911205,
        0.04793111,
        0.03646405,
        -0.15943505,
        0.08747653,
        -0.00548994,
        0.07644881,
        -0.24829955,
        0.13527276,
        0.12002543,
        0.15461713,
        0.33690598,
        -0.27372367,
    ]
    np.testing.assert_allclose(values.breeding_value, animals, atol=SINGLE)
