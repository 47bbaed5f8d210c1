"""What must hold for any records: traits apart, relabelling, order, repetition."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import agrigen as ag
from agrigen.variance import reml
from tests.agrigen.variance import herds

EFFECTS = [ag.Fixed("sex"), ag.Animal()]
COVARIANCES = ["a(y, z)", "residual(y, z)"]


@pytest.fixture(scope="module")
def herd():
    return herds.herd([[1, 0], [0, 2]], [[1, 0], [0, 1]], seed=11, animals=200)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 1000), missing=st.floats(0, 0.4))
def test_two_traits_without_covariances_are_two_single_traits(seed, missing):
    pedigree, records = herds.herd([[1, 0], [0, 2]], [[1, 0], [0, 1]], seed=seed, animals=120)
    rng = np.random.default_rng(seed)
    records.loc[rng.random(len(records)) < missing, "z"] = np.nan
    model = ag.Model(["y", "z"], EFFECTS)
    together = reml(model, records, pedigree, fix=COVARIANCES)
    alone = [reml(ag.Model(trait, EFFECTS), records, pedigree) for trait in "yz"]
    assert together.log_likelihood == pytest.approx(sum(r.log_likelihood for r in alone), abs=1e-5)
    for place in range(2):
        for name in ("a", "residual"):
            found = np.array(together.covariances[name])
            assert found[0, 1] == 0
            expected = alone[place].covariances[name]
            assert found[place, place] == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_the_order_of_records_and_the_names_of_animals_do_not_matter(herd):
    pedigree, records = herd
    model = ag.Model("y", EFFECTS)
    first = reml(model, records, pedigree)
    frame = pedigree.to_frame()
    names = {name: f"x{hash(name) % 997}-{name}" for name in frame.id}
    renamed = ag.Pedigree(
        *(frame[c].map(lambda v: names.get(v, "")).tolist()[::-1] for c in ("id", "sire", "dam"))
    )
    shuffled = records.sample(frac=1, random_state=1).assign(
        animal=lambda t: t.animal.astype(str).map(names)
    )
    second = reml(model, shuffled, renamed)
    np.testing.assert_allclose(first.variances.value, second.variances.value, rtol=1e-6)
    assert first.log_likelihood == pytest.approx(second.log_likelihood, abs=1e-8)


def test_the_same_input_gives_the_same_bits(herd):
    pedigree, records = herd
    one, two = (reml(ag.Model(["y", "z"], EFFECTS), records, pedigree) for _ in range(2))
    np.testing.assert_array_equal(one.variances.value, two.variances.value)
    np.testing.assert_array_equal(one.ratios.to_numpy()[:, 5:], two.ratios.to_numpy()[:, 5:])


def test_the_gradient_vanishes_at_the_estimates(herd):
    pedigree, records = herd
    result = reml(ag.Model(["y", "z"], EFFECTS), records, pedigree)
    from agrigen.variance.likelihood import Likelihood

    for slope in Likelihood(result.design).at(result.matrices).gradient():
        assert np.abs(slope).max() < 1e-2


def test_held_parameters_stay(herd):
    pedigree, records = herd
    model = ag.Model("y", EFFECTS)
    result = reml(model, records, pedigree, start={"a": 0.5}, fix=["a"])
    table = result.variances.set_index("parameter")
    assert table.value["a"] == 0.5
    assert np.isnan(table.se["a"])
    assert result.parameters == 1
    with pytest.raises(ag.ModelError, match="no parameter 'b'"):
        reml(model, records, pedigree, fix=["b"])
    with pytest.raises(ag.ModelError, match="nothing to estimate"):
        reml(model, records, pedigree, fix=["a", "residual"])
