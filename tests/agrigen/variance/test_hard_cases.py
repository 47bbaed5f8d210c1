"""Edges of the space, bad starts, too little data: clear answers, the right likelihood."""

import warnings

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.variance import reml
from tests.agrigen.variance import herds

EFFECTS = [ag.Fixed("sex"), ag.Animal()]
ONE = ag.Model("y", EFFECTS)
TWO = ag.Model(["y", "z"], EFFECTS)


@pytest.fixture(scope="module")
def noise():
    return herds.herd(0, 9, seed=3)


@pytest.fixture(scope="module")
def two_traits():
    return herds.herd([[1, -0.2], [-0.2, 0.5]], [[1, 0.3], [0.3, 4]], seed=4)


@pytest.fixture(scope="module")
def two_traits_fit(two_traits):
    return reml(TWO, two_traits[1], two_traits[0])


def kinds(result):
    return [note.kind for note in result.notes]


def parameter(result, name):
    return result.variances.set_index("parameter").value[name]


def test_a_variance_that_is_not_there_converges_to_zero_and_is_named():
    pedigree, records = herds.herd(3, 0, seed=5)
    rng = np.random.default_rng(5)
    records = pd.concat(
        [records.assign(y=records.y + 2 * rng.normal(size=len(records))) for _ in range(2)]
    )
    result = reml(ag.Model("y", [*EFFECTS, ag.Random("pe", "animal")]), records, pedigree)
    assert parameter(result, "pe") == 0
    assert kinds(result) == ["zero_variance"]
    assert "The variance of pe converged to zero" in repr(result)
    without = reml(ONE, records, pedigree)
    assert result.log_likelihood == pytest.approx(without.log_likelihood, abs=1e-4)
    for name in ("a", "residual"):
        found, expected = (r.variances.set_index("parameter").loc[name] for r in (result, without))
        assert found.value == pytest.approx(expected.value, rel=1e-4)
        assert found.se == pytest.approx(expected.se, rel=1e-3)


def test_the_estimates_at_an_edge_can_be_evaluated(noise):
    pedigree, records = noise
    result = reml(ONE, records, pedigree)
    assert parameter(result, "a") == 0
    assert np.isnan(result.variances.set_index("parameter").se["a"])
    values = ag.evaluate(ONE, records, pedigree, result.covariances).breeding_values
    assert values.breeding_value.abs().max() < 1e-3


def test_a_correlation_of_one_is_followed_to_the_edge():
    pedigree, records = herds.herd([[1, 3], [3, 9]], [[1, 0], [0, 4]], seed=5)
    result = reml(TWO, records, pedigree)
    assert result.converged
    assert kinds(result) == ["singular"]
    assert "a(y, z) converged to +1" in str(result.notes[0])
    g = np.array(result.covariances["a"])
    assert g[0, 1] / np.sqrt(g[0, 0] * g[1, 1]) == pytest.approx(1, abs=1e-4)
    # No other matrix near it is more likely, on the edge or inside.
    assert no_better(result, scale=1e-3)


def no_better(result, *, scale):
    from agrigen.variance.likelihood import Likelihood

    rng = np.random.default_rng(1)
    likelihood = Likelihood(result.design)
    for _ in range(30):
        moved = []
        for m in result.matrices:
            half = np.linalg.cholesky(m)
            half = half + scale * rng.normal(size=half.shape) * np.sqrt(np.diag(m))[:, None]
            moved.append(half @ half.T)
        if likelihood.at(moved).value > result.log_likelihood + 1e-7:
            return False
    return True


def test_a_genetic_matrix_of_rank_one_of_three_traits():
    vector = np.array([1.0, 2, 3])
    pedigree, records = herds.herd(np.outer(vector, vector), np.diag([1, 4, 4]), seed=6)
    records.loc[::3, "w"] = np.nan
    result = reml(ag.Model(["y", "z", "w"], EFFECTS), records, pedigree)
    assert result.converged
    assert "singular" in kinds(result)
    assert no_better(result, scale=1e-3)


def test_the_scale_of_a_trait_does_not_matter(two_traits, two_traits_fit):
    pedigree, records = two_traits
    scaled = reml(TWO, records.assign(y=records.y * 1e4, z=records.z * 1e-3), pedigree)
    factor = np.array([1e4, 1e-3])
    for name in ("a", "residual"):
        np.testing.assert_allclose(
            np.array(scaled.covariances[name]) / np.outer(factor, factor),
            two_traits_fit.covariances[name],
            rtol=1e-3,
        )


@pytest.mark.parametrize(
    "start",
    [
        {"a": [[100, 99], [99, 100]], "residual": [[1e-3, 0], [0, 1e-3]]},
        {"a": [[1e-6, 0], [0, 1e6]], "residual": [[1e6, 0], [0, 1e-6]]},
        {"a": [[1, 0.999], [0.999, 1]]},
        {"residual": [[1e-9, 0], [0, 1e9]]},
    ],
)
def test_a_bad_start_leads_to_the_same_estimates(two_traits, two_traits_fit, start):
    pedigree, records = two_traits
    result = reml(TWO, records, pedigree, start=start)
    assert result.converged
    assert result.log_likelihood == pytest.approx(two_traits_fit.log_likelihood, abs=1e-6)
    np.testing.assert_allclose(
        result.variances.value, two_traits_fit.variances.value, rtol=1e-3, atol=1e-4
    )


def test_effects_that_the_records_cannot_tell_apart_are_named(noise):
    pedigree, records = noise
    model = ag.Model("y", [*EFFECTS, ag.Random("pe", "animal")])
    with pytest.raises(ag.ModelError, match="cannot tell pe, residual apart"):
        reml(model, records, pedigree)


def test_too_few_records_for_the_parameters_are_refused(noise):
    pedigree, records = noise
    with pytest.raises(ag.ModelError, match=r"1 differences? for 2 parameters"):
        reml(ag.Model("y", [ag.Animal()]), records.head(2), pedigree)


def test_a_handful_of_records_gives_an_answer():
    pedigree, records = herds.herd(1, 1, seed=8, animals=48)
    result = reml(ONE, records.tail(9), pedigree)
    assert result.converged
    assert result.degrees == 7


def test_a_trait_without_variation_is_refused(noise):
    pedigree, records = noise
    with pytest.raises(ag.DataError, match="y"):
        reml(ONE, records.assign(y=records.sex * 2.0), pedigree)


def test_records_that_the_model_explains_exactly():
    pedigree, records = herds.herd(1, 0, seed=3)
    result = reml(ONE, records, pedigree)
    assert parameter(result, "residual") == 0
    assert "explains every record exactly" in str(result.notes[0])


def test_a_residual_covariance_that_no_record_shows_is_held_and_named(two_traits):
    pedigree, records = two_traits
    apart = records.copy()
    apart.loc[::2, "y"] = np.nan
    apart.loc[1::2, "z"] = np.nan
    result = reml(TWO, apart, pedigree)
    assert parameter(result, "residual(y, z)") == 0
    assert result.parameters == 5
    assert "No record has both y and z" in repr(result)


def test_a_stop_before_the_top_warns_and_can_go_on(two_traits, two_traits_fit):
    pedigree, records = two_traits
    with pytest.warns(ag.ConvergenceWarning, match="after 2 iterations"):
        half = reml(TWO, records, pedigree, max_iterations=2)
    assert not half.converged
    assert "NOT CONVERGED" in repr(half)
    rest = reml(TWO, records, pedigree, start=half.covariances)
    assert rest.converged
    assert rest.fit.iterations < two_traits_fit.fit.iterations


def test_a_cancelled_run_keeps_what_it_reached(two_traits):
    pedigree, records = two_traits
    said = []
    with pytest.raises(ag.Cancelled) as stop:
        reml(TWO, records, pedigree, progress=lambda f, text: said.append((f, text)),
             cancel=lambda: any("iteration 4" in text for _, text in said))  # fmt: skip
    assert set(stop.value.state) == {"a", "residual"}
    fractions = [f for f, _ in said]
    assert fractions == sorted(fractions)
    assert any("log-likelihood" in text for _, text in said)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert reml(TWO, records, pedigree, start=stop.value.state).converged


def test_an_interrupt_from_the_keyboard_keeps_what_was_reached(two_traits):
    pedigree, records = two_traits

    def interrupt(_, text):
        if "iteration 3" in text:
            raise KeyboardInterrupt

    with pytest.raises(ag.Cancelled, match="Stopped after 2 iterations") as stop:
        reml(TWO, records, pedigree, progress=interrupt)
    assert set(stop.value.state) == {"a", "residual"}
