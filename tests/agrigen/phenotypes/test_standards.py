"""Standards that come with the library, and a herd's level against them."""

import numpy as np
import pandas as pd
import pytest

from agrigen.errors import DataError
from agrigen.phenotypes import (
    LactationStandard,
    dairy_standards,
    expected_yields,
    standard_for,
)
from tests.agrigen.phenotypes.herd import monthly


@pytest.mark.parametrize("parity", [1, 2, 3])
def test_a_shipped_standard_is_that_of_the_published_tests(reference, parity):
    tests = monthly(reference)
    group = np.minimum(tests["parity"], 3) == parity
    made, shipped = LactationStandard.from_tests(tests[group]), dairy_standards()[parity]
    np.testing.assert_allclose(shipped.mean, made.mean, atol=2e-4)
    np.testing.assert_allclose(shipped.deviation, made.deviation, atol=2e-4)
    assert (shipped.own, shipped.correlation) == pytest.approx((made.own, made.correlation))


def herd(level, tests=400):
    days = np.arange(tests) % 300 + 1
    parity = np.arange(tests) % 4 + 1
    mean = {one: standard_for(dairy_standards(), one).mean for one in (1, 2, 3, 4)}
    milk = [level * mean[one][day - 1] for one, day in zip(parity, days, strict=True)]
    return pd.DataFrame({"dim": days, "milk": milk, "parity": parity})


def test_a_herd_of_half_the_milk_is_expected_to_give_half():
    standards = dairy_standards()
    own = expected_yields(pd.concat([herd(0.5)] * 50), standards)
    assert own == pytest.approx({k: 0.5 * one.mean.sum() for k, one in standards.items()}, rel=1e-3)


def test_few_tests_move_the_level_little_and_none_not_at_all():
    standards = dairy_standards()
    whole = {parity: one.mean.sum() for parity, one in standards.items()}
    assert expected_yields(herd(1)[:0], standards) == pytest.approx(whole)
    assert 0.9 < expected_yields(herd(0.5, tests=2), standards)[1] / whole[1] < 1


def test_a_parity_below_the_first_standard_is_refused():
    with pytest.raises(DataError, match="no standard"):
        expected_yields(herd(1).assign(parity=0), dairy_standards())
