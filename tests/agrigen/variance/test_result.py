"""What REML gives back: tables, ratios, tests, profiles, pictures."""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.variance import reml
from agrigen.variance.compare import mixture, p_value
from tests.agrigen.variance import herds

EFFECTS = [ag.Fixed("sex"), ag.Animal()]
TWO = ag.Model(["y", "z"], EFFECTS)


@pytest.fixture(scope="module")
def herd():
    return herds.herd([[1, 0.6], [0.6, 2]], [[1, 0.2], [0.2, 2]], seed=21, animals=600)


@pytest.fixture(scope="module")
def result(herd):
    return reml(TWO, herd[1], herd[0])


@pytest.fixture(scope="module")
def single(herd):
    return reml(ag.Model("y", EFFECTS), herd[1], herd[0])


def test_a_result_prints_in_one_screen(result):
    text = repr(result)
    assert len(text.splitlines()) < 24
    assert "heritability (a of y)" in text
    assert "AIC" in text


def test_the_table_names_every_parameter(result):
    assert result.to_frame().parameter.tolist() == [
        "a(y)", "a(y, z)", "a(z)", "residual(y)", "residual(y, z)", "residual(z)",
    ]  # fmt: skip
    assert (result.variances.se > 0).all()
    assert result.information.shape == (6, 6)


def test_heritability_and_its_error_in_closed_form(single):
    """Var(a / (a + e)) by the delta method, written out."""
    a, e = single.variances.value
    row = single.heritability.iloc[0]
    slope = np.array([e, -a]) / (a + e) ** 2
    assert row.value == pytest.approx(a / (a + e))
    assert row.se == pytest.approx(np.sqrt(slope @ single.fit.sampling @ slope), rel=1e-6)
    assert row.se_sampled == pytest.approx(row.se, rel=0.15)
    assert row.lower < row.value < row.upper


def test_correlations_of_each_kind(result):
    table = result.correlations.set_index("effect_1").value
    g, r = (np.array(result.covariances[name]) for name in ("a", "residual"))
    for name, m in [("a", g), ("residual", r), ("phenotypic", g + r)]:
        assert table[name] == pytest.approx(m[0, 1] / np.sqrt(m[0, 0] * m[1, 1]))


def test_maternal_effects_have_their_correlation_and_total_heritability():
    rng = np.random.default_rng(31)
    pedigree, sire, dam = herds.family(900, 5, rng)
    values = herds.breeding_values(sire, dam, [[1, -0.2], [-0.2, 0.5]], rng)
    animal = np.flatnonzero(dam)
    y = values[animal, 0] + values[dam[animal] - 1, 1] + rng.normal(size=animal.size)
    records = pd.DataFrame({"animal": animal + 1, "dam": dam[animal], "y": y})
    effects = [ag.Animal(), ag.Animal("m", "dam", correlated_with="a")]
    found = reml(ag.Model("y", effects), records, pedigree)
    g = np.array(found.covariances["a"])
    phenotypic = g[0, 0] + g[1, 1] + g[0, 1] + found.covariances["residual"]
    table = found.heritability.set_index("effect").value
    assert table["a"] == pytest.approx(g[0, 0] / phenotypic)
    assert table["m"] == pytest.approx(g[1, 1] / phenotypic)
    willham = g[0, 0] + 1.5 * g[0, 1] + 0.5 * g[1, 1]
    assert table["total"] == pytest.approx(willham / phenotypic)
    assert len(found.correlations) == 1


def test_the_estimates_go_into_an_evaluation(herd, result):
    given = ag.evaluate(TWO, herd[1], herd[0], result.covariances)
    estimated = ag.evaluate(TWO, herd[1], herd[0], estimate="reml")
    assert estimated.components.converged
    np.testing.assert_allclose(
        given.breeding_values.breeding_value, estimated.breeding_values.breeding_value, atol=1e-9
    )
    assert given.summary["log_likelihood"] == pytest.approx(result.log_likelihood, abs=1e-7)
    assert estimated.variances.se.notna().all()


def test_a_likelihood_ratio_test_of_a_variance(herd, single):
    pedigree, records = herd
    repeated = pd.concat([records, records.assign(y=records.y + 0.1 * records.z)])
    small = reml(ag.Model("y", EFFECTS), repeated, pedigree)
    large = reml(ag.Model("y", [*EFFECTS, ag.Random("pe", "animal")]), repeated, pedigree)
    test = large.compare(small)
    assert test.variances == ("pe",)
    assert test.weights == {0: 0.5, 1: 0.5}
    assert test.statistic == pytest.approx(2 * (large.log_likelihood - small.log_likelihood))
    assert test.p_value < 1e-6
    assert test == small.compare(large)
    assert "0.5 chi2(0) + 0.5 chi2(1)" in repr(test)
    with pytest.raises(ag.ModelError, match="different records"):
        large.compare(single)


def test_a_likelihood_ratio_test_of_covariances(herd, result):
    apart = reml(TWO, herd[1], herd[0], fix=["a(y, z)", "residual(y, z)"])
    test = result.compare(apart)
    assert test.weights == {2: 1.0}
    assert test.covariances == ("a(y, z)", "residual(y, z)")
    assert test.p_value < 0.01
    assert test.aic > 0


def test_a_likelihood_ratio_test_of_residual_groups(herd, single):
    groups = ag.Model("y", EFFECTS, residual_by="sex")
    test = reml(groups, herd[1], herd[0]).compare(single)
    assert test.weights == {1: 1.0}


def test_models_that_do_not_contain_each_other_are_refused(herd, single):
    sire = reml(ag.Model("y", [ag.Fixed("sex"), ag.Random("dam")]), herd[1], herd[0])
    with pytest.raises(ag.ModelError, match="Neither model is within the other"):
        sire.compare(single)


def test_models_with_other_fixed_effects_are_refused(herd, single):
    other = reml(ag.Model("y", [ag.Animal()]), herd[1], herd[0])
    with pytest.raises(ag.ModelError, match="different fixed effects"):
        other.compare(single)


def test_the_critical_values_of_published_mixtures():
    """Stram and Lee 1994: 5 % points 2.71, 5.14 and 7.05 of 0:1, 1:2 and 2:3 degrees."""
    for inside, value in [(0, 2.706), (1, 5.138), (2, 7.045)]:
        assert p_value(value, mixture(1, inside)) == pytest.approx(0.05, abs=1e-4)


def test_a_profile_has_the_estimate_at_its_top(single):
    found = single.profile("a", points=7)
    table = found.frame
    assert table.converged.all()
    assert table.value[table.log_likelihood.idxmax()] == found.estimate
    low, high = found.interval
    se = single.variances.se[0]
    assert low < found.estimate < high
    assert high - low == pytest.approx(2 * 1.96 * se, rel=0.1)
    # The limits are where the likelihood has fallen by half of 3.84.
    at = [single.profile("a", points=[v]).frame.log_likelihood.min() for v in (low, high)]
    np.testing.assert_allclose(single.log_likelihood - np.array(at), 1.92, atol=0.02)
    assert "95% interval" in repr(found)


def test_a_profile_of_a_covariance(result):
    found = result.profile("a(y, z)", points=5)
    low, high = found.interval
    assert low < found.estimate < high
    with pytest.raises(ag.ModelError, match="no free parameter 'b'"):
        result.profile("b")


def test_a_profile_of_a_variance_that_may_be_zero():
    pedigree, records = herds.herd(0, 9, seed=3)
    found = reml(ag.Model("y", EFFECTS), records, pedigree).profile("a", points=5)
    assert found.interval[0] == 0
    assert found.interval[1] > 0


def test_pictures(result, single):
    assert result.plot().axes[0].get_xlabel() == "iteration"
    assert len(result.plot("parameters").axes[0].get_yticklabels()) == 6
    assert single.profile("residual", points=3).plot().axes[0].get_xlabel() == "residual"


def test_where_a_result_comes_from(result):
    assert result.provenance["inputs"]["records"]["rows"] == 600
    assert result.provenance["parameters"]["model"]["traits"] == ["y", "z"]
    assert "Gilmour" in ag.cite(result)
    assert result.aic == pytest.approx(12 - 2 * result.log_likelihood)
    assert result.bic == pytest.approx(6 * np.log(1196) - 2 * result.log_likelihood)
