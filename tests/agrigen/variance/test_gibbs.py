"""Gibbs sampling: does it draw from the right distribution, and does it say so honestly?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import agrigen as ag
from agrigen.errors import Cancelled, ModelError
from agrigen.evaluation.arrays import Covariances
from agrigen.evaluation.simulated import add_residuals, draw_effects, fitted
from agrigen.variance import diagnostics
from agrigen.variance.gibbs import Plan, gibbs
from agrigen.variance.sampler import Chain, Layout, Prior, Priors, draw_covariance
from tests.agrigen.evaluation.test_iterative import with_groups
from tests.agrigen.variance import designs
from tests.daily import some_of

KINDS = {
    **designs.KINDS,
    "metafounders": lambda rng: with_groups(rng, np.array([[2.0, -0.5], [-0.5, 3.0]])),
}


def without_fixed(d):
    """The same design, with its fixed columns held at zero: every prior is proper."""
    pinned = d.pinned.copy()
    pinned[d.fixed] = True
    return replace(d, pinned=pinned)


def proper(rng, d, degrees=12):
    """Priors with several moments, so that means of squares can be compared."""

    def prior(rows):
        return Prior(designs.spd(rng, rows, scale=float(degrees)), degrees + rows)

    traits = d.records.observed.shape[1]
    return Priors(tuple(prior(b.width) for b in d.blocks), tuple(prior(traits) for _ in d.groups))


def from_prior(priors, generator):
    def draw(p):
        rows = np.atleast_2d(p.scale).shape[0]
        return draw_covariance(p, np.zeros((rows, rows)), 0, generator)

    return Covariances(
        tuple(draw(p) for p in priors.blocks), np.stack([draw(p) for p in priors.residual])
    )


def quantities(covariances, x, y):
    """What is compared: parameters, their squares, and how they go with effects and records."""
    parameters = np.concatenate(
        [m[np.tril_indices(len(m))] for m in (*covariances.blocks, *covariances.residual)]
    )
    return np.concatenate([parameters, parameters**2, x[:6] ** 2, [y @ y, x @ x], y[:4] ** 2])


def simulate_records(d, covariances, x, generator):
    return add_residuals(d, covariances, fitted(d, x), generator)


@pytest.mark.parametrize("kind", some_of(KINDS, "single", "maternal"))
def test_joint_distribution(kind):
    """Geweke 2004: records drawn given effects, effects given records, leave the prior alone."""
    rng = np.random.default_rng(1)
    d = without_fixed(KINDS[kind](rng))
    priors = proper(rng, d)
    direct = []
    for _ in range(2_000):
        covariances = from_prior(priors, rng)
        x = draw_effects(d, covariances, rng)
        direct.append(quantities(covariances, x, simulate_records(d, covariances, x, rng)))
    chain = Chain(Layout(d), priors, from_prior(priors, rng), rng)
    successive = []
    for _ in range(5_000):
        chain.data = simulate_records(d, chain.covariances, chain.x, rng)
        chain.refresh()
        chain.step()
        successive.append(quantities(chain.covariances, chain.x, chain.data))
    direct, successive = np.array(direct), np.array(successive)[100:]
    error = direct.var(axis=0) / len(direct)
    error += [diagnostics.mean_variance(column) for column in successive.T]
    z = (direct.mean(axis=0) - successive.mean(axis=0)) / np.sqrt(error)
    assert np.abs(z).max() < stats.norm.isf(1e-5 / z.size)


@pytest.mark.parametrize("kind", [*KINDS, "fixed groups"])
def test_effects_have_their_conditional_distribution(kind):
    """With variances held, means and variances are those of the mixed-model equations."""
    rng = np.random.default_rng(2)
    make = {**KINDS, "fixed groups": lambda rng: with_groups(rng, np.zeros((2, 2)))}[kind]
    d = make(rng)
    covariances = designs.covariances_of(d, rng)
    m = designs.dense(d, covariances)
    free = np.flatnonzero(~d.pinned)
    c = m.c[np.ix_(free, free)]
    expected = np.linalg.solve(c, (m.w.T @ np.linalg.solve(m.r, d.records.y))[free])
    variance = np.diag(np.linalg.inv(c))
    chain = Chain(Layout(d), proper(rng, d), covariances, rng)
    draws = []
    for _ in range(2_500):
        chain.covariances = covariances
        chain.step()
        draws.append(chain.x[free])
    draws = np.array(draws)
    error = np.sqrt([diagnostics.mean_variance(column) for column in draws.T])
    z = (draws.mean(axis=0) - expected) / error
    assert np.abs(z).max() < stats.norm.isf(5e-4 / z.size)
    squares = (draws - expected) ** 2
    error = np.sqrt([diagnostics.mean_variance(column) for column in squares.T])
    z = (squares.mean(axis=0) - variance) / error
    assert np.abs(z).max() < stats.norm.isf(5e-4 / z.size)
    assert (chain.x[d.pinned] == 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_running_residuals_stay_exact(kind):
    rng = np.random.default_rng(3)
    d = KINDS[kind](rng)
    chain = Chain(Layout(d), proper(rng, d), designs.covariances_of(d, rng), rng)
    for _ in range(50):
        chain.step()
    e, phi = chain.e.copy(), [p.copy() for p in chain.phi]
    chain.refresh()
    np.testing.assert_allclose(chain.e, e, atol=1e-9)
    for before, after in zip(phi, chain.phi, strict=True):
        np.testing.assert_allclose(after, before, atol=1e-9)


def test_the_inverse_wishart_has_its_mean():
    rng = np.random.default_rng(1)
    scale = np.array([[4.0, 1.0], [1.0, 3.0]])
    prior = Prior(scale, 9.0)
    draws = [draw_covariance(prior, np.eye(2), 5, rng) for _ in range(20_000)]
    expected = (scale + np.eye(2)) / (9 + 5 - 3)
    np.testing.assert_allclose(np.mean(draws, axis=0), expected, rtol=0.02)
    sampled = [d[0, 0] for d in draws]
    exact = stats.invgamma((14 - 1) / 2, scale=5.0 / 2)  # its first element
    assert stats.kstest(sampled, exact.cdf).pvalue > 1e-3


def test_a_variance_alone_has_its_closed_form():
    """A random effect that cannot vary: the residual variance is scaled chi-square."""
    rng = np.random.default_rng(4)
    y = rng.normal(10, 2, 30)
    data = pd.DataFrame({"y": y, "litter": np.arange(30) // 15})
    model = ag.Model("y", [ag.Random("litter")])
    tiny = Prior(1e-10 * 1e6, 1e6)
    found = gibbs(
        model, data, start={"litter": 1e-10}, priors={"litter": tiny, "residual": Prior.flat(1)},
        iterations=6_000, burn_in=500, thin=1, rng=1,
    )  # fmt: skip
    # flat prior, n - 1 degrees: sum of squares over chi-square with n - 3 degrees
    squares = ((y - y.mean()) ** 2).sum()
    assert found.summary.set_index("parameter").loc["residual", "mean"] == pytest.approx(
        squares / (30 - 1 - 2 - 2), rel=0.02
    )


# diagnostics


def autoregression(rng, rho, n):
    x = np.empty(n)
    x[0] = rng.normal() / np.sqrt(1 - rho**2)
    for i in range(1, n):
        x[i] = rho * x[i - 1] + rng.normal()
    return x


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_effective_size_of_an_autoregression(rho):
    rng = np.random.default_rng(5)
    sizes = [diagnostics.effective_size(autoregression(rng, rho, 5_000)) for _ in range(20)]
    assert np.mean(sizes) == pytest.approx(5_000 * (1 - rho) / (1 + rho), rel=0.1)


def test_the_standard_error_of_the_mean_is_the_spread_of_means():
    rng = np.random.default_rng(6)
    runs = np.array([autoregression(rng, 0.8, 2_000) for _ in range(300)])
    stated = np.sqrt([diagnostics.mean_variance(run) for run in runs])
    assert stated.mean() == pytest.approx(runs.mean(axis=1).std(), rel=0.15)


def test_geweke_z_is_standard_normal_when_nothing_drifts():
    rng = np.random.default_rng(7)
    zs = [diagnostics.geweke(autoregression(rng, 0.5, 2_000)) for _ in range(300)]
    assert np.std(zs) == pytest.approx(1.0, abs=0.15)
    drifting = autoregression(rng, 0.5, 2_000) + np.linspace(0, 5, 2_000)
    assert abs(diagnostics.geweke(drifting)) > 5


def test_the_shortest_interval_of_a_skewed_distribution():
    rng = np.random.default_rng(8)
    low, high = diagnostics.hpd(rng.exponential(size=200_000))
    assert low == pytest.approx(0.0, abs=0.01)
    assert high == pytest.approx(-np.log(0.05), rel=0.03)


def test_chains_that_disagree_have_a_large_scale_reduction():
    rng = np.random.default_rng(9)
    same = rng.normal(size=(2, 1_000))
    assert diagnostics.split_rhat(same) == pytest.approx(1.0, abs=0.01)
    assert diagnostics.split_rhat(same + np.array([[0.0], [3.0]])) > 1.5


def test_a_chain_that_stands_still_is_worth_nothing():
    found = diagnostics.diagnose(np.ones((2, 100)))
    assert found.ess == 0
    assert np.isnan(found.mcse)
    assert np.isnan(found.rhat)
    assert (found.hpd_low, found.hpd_high) == (1.0, 1.0)


# the public function


def population(seed=2, animals=1_500, founders=150, h2=0.4):
    """Records of a simulated population of three generations or so."""
    rng = np.random.default_rng(seed)
    sire = [-1] * founders + [2 * int(rng.integers(i // 4)) for i in range(founders, animals)]
    dam = [-1] * founders + [
        1 + 2 * int(rng.integers(i // 8, i // 2)) for i in range(founders, animals)
    ]
    pedigree = ag.Pedigree(
        [f"a{i}" for i in range(animals)],
        ["" if s < 0 else f"a{s}" for s in sire],
        ["" if s < 0 else f"a{s}" for s in dam],
    )
    a = rng.normal(size=animals) / np.sqrt(pedigree.structure().precision)
    for i in range(founders, animals):
        a[i] += 0.5 * (a[sire[i]] + a[dam[i]])
    herd = rng.integers(20, size=animals)
    y = 5 + rng.normal(size=20)[herd] + a + rng.normal(size=animals) * np.sqrt(1 / h2 - 1)
    data = pd.DataFrame({"animal": [f"a{i}" for i in range(animals)], "herd": herd, "y": y})
    return data, pedigree, a


MODEL = ag.Model("y", [ag.Fixed("herd"), ag.Animal()])


@pytest.fixture(scope="module")
def run():
    data, pedigree, a = population()
    found = gibbs(
        MODEL, data, pedigree, iterations=6_000, burn_in=1_000, thin=5, chains=2, rng=1,
        effects=True,
    )  # fmt: skip
    return data, pedigree, a, found


def test_posterior_and_restricted_likelihood_agree(run):
    data, pedigree, _, found = run
    reml = ag.reml(MODEL, data, pedigree)
    by_name = found.summary.set_index("parameter")
    for name in ("a", "residual"):
        estimate = reml.covariances[name]
        off = (by_name.loc[name, "mean"] - estimate) / by_name.loc[name, "sd"]
        assert abs(off) < 0.35  # means and modes of a posterior differ; a sampling error would too
    assert found.converged
    assert by_name.loc["heritability", "hpd_low"] < 0.4 < by_name.loc["heritability", "hpd_high"]


def test_mean_effects_are_the_breeding_values(run):
    data, pedigree, a, found = run
    exact = ag.evaluate(MODEL, data, pedigree, found.covariances)
    mine = found.effects.set_index("level").loc[exact.breeding_values["id"]]
    assert np.corrcoef(mine["mean"], exact.breeding_values["breeding_value"])[0, 1] > 0.998
    ratio = mine["sd"].to_numpy() / exact.breeding_values["se"].to_numpy()
    assert ratio.mean() == pytest.approx(1.0, abs=0.05)
    assert np.corrcoef(mine["mean"], a)[0, 1] > 0.6


def test_the_result_reads_well(run):
    found = run[3]
    text = repr(found)
    assert "Gibbs sampling of y: 2000 samples of 2 chains" in text
    assert len(text.splitlines()) < 30
    assert list(found.variances["effect"]) == ["a", "residual"]
    assert (found.variances["se"] > 0).all()
    assert set(found.covariances) == {"a", "residual"}
    assert list(found.heritability["parameter"]) == ["heritability"]
    assert found.samples.shape[0] == 2_000
    assert found.to_frame() is found.summary
    assert found.provenance["seed"] == 1
    assert found.provenance["parameters"]["priors"]["a"]["degrees"] == 3
    assert found.citations[0].year == 1993
    assert found.rate > 0


def test_samples_can_be_drawn(run):
    pytest.importorskip("matplotlib")
    figure = run[3].plot()
    assert len(figure.axes) == 4
    assert len(run[3].plot(["heritability"]).axes) == 2


def test_the_same_seed_gives_the_same_samples():
    data, pedigree, _ = population(animals=300, founders=60)

    def once(seed):
        return gibbs(
            MODEL, data, pedigree, iterations=60, burn_in=10, thin=1, chains=2, rng=seed
        ).samples

    pd.testing.assert_frame_equal(once(3), once(3))
    assert not once(3).equals(once(4))


@pytest.mark.slow
def test_two_traits_with_missing_records_recover_their_correlations():
    rng = np.random.default_rng(11)
    data, pedigree, a = population(animals=1_500, founders=150)
    b = 0.6 * a + 0.8 * population(seed=8)[2]  # another trait's breeding values
    e = rng.multivariate_normal([0, 0], [[1.5, 0.5], [0.5, 1.5]], size=1_500)
    data["y"], data["z"] = a + e[:, 0], b + e[:, 1]
    data.loc[rng.random(1_500) < 0.3, "y"] = np.nan
    data.loc[rng.random(1_500) < 0.3, "z"] = np.nan
    found = gibbs(
        ag.Model(["y", "z"], [ag.Animal()]), data, pedigree,
        iterations=4_000, burn_in=500, thin=5, rng=2,
    )  # fmt: skip
    rows = found.summary.set_index("parameter")
    low, high = rows.loc["residual(y, z)", ["hpd_low", "hpd_high"]]
    assert low < 0.5 < high
    low, high = rows.loc["a(y)", ["hpd_low", "hpd_high"]]
    assert low < 1.0 < high
    assert rows.loc["correlation a(y, z)", "mean"] > 0.2


def test_traits_that_no_record_has_together_keep_a_residual_covariance_of_zero():
    data, pedigree, _ = population(animals=400, founders=60)
    data["z"] = data["y"] + 1.0
    data.loc[data.index % 2 == 0, "y"] = np.nan
    data.loc[data.index % 2 == 1, "z"] = np.nan
    found = gibbs(
        ag.Model(["y", "z"], [ag.Animal()]), data, pedigree,
        iterations=100, burn_in=20, thin=1, rng=2,
    )  # fmt: skip
    assert (found.samples["residual(y, z)"] == 0).all()
    assert any("No record has both" in note for note in found.notes)
    assert not found.converged


def test_a_short_run_says_that_it_is_short():
    data, pedigree, _ = population(animals=200, founders=60)
    found = gibbs(MODEL, data, pedigree, iterations=80, burn_in=10, thin=1, rng=1)
    assert not found.converged
    assert "NOT CONVERGED" in repr(found)
    assert any("times longer" in note for note in found.notes)


def test_an_effect_without_variance_is_named():
    rng = np.random.default_rng(12)
    data = pd.DataFrame({"y": rng.normal(size=400), "pen": np.arange(400) % 40})
    model = ag.Model("y", [ag.Random("pen")])
    found = gibbs(
        model, data, rng=1, iterations=4_000, burn_in=500, thin=1,
        priors={"pen": Prior(0.002, 3.0)},
    )  # fmt: skip
    assert any("interval of the proportion pen reaches zero" in note for note in found.notes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"iterations": 10, "burn_in": 20}, "only 0 samples"),
        ({"thin": 0}, "thin is 0"),
        ({"chains": 1.5}, "chains is 1.5"),
        ({"priors": {"b": Prior(1.0, 3.0)}}, "'b', which is no block"),
        ({"priors": {"a": 3.0}}, "Give ag.Prior"),
        ({"priors": {"a": Prior(np.eye(2), 4.0)}}, "1 rows"),
        ({"priors": {"a": Prior(-1.0, 4.0)}}, "not positive definite"),
        ({"priors": {"a": Prior(1.0, 0.0)}}, "more than 0"),
        ({"priors": "weak"}, "or 'flat'"),
        ({"start": {"a": -1.0}}, "a"),
    ],
)
def test_what_cannot_be_sampled_is_refused(arguments, message):
    data, pedigree, _ = population(animals=200, founders=60)
    with pytest.raises(ModelError, match=message):
        gibbs(MODEL, data, pedigree, **arguments)


def test_cancel_stops_and_progress_moves():
    data, pedigree, _ = population(animals=200, founders=60)
    told = []
    gibbs(
        MODEL, data, pedigree, iterations=50, burn_in=10, thin=1, rng=1,
        progress=lambda fraction, words: told.append(fraction),
    )  # fmt: skip
    assert told == sorted(told)
    with pytest.raises(Cancelled):
        gibbs(MODEL, data, pedigree, cancel=lambda: True)


def test_an_interrupt_gives_the_samples_so_far():
    data, pedigree, _ = population(animals=200, founders=60)

    def stop(fraction, words):
        if fraction > 0.5:
            raise KeyboardInterrupt

    found = gibbs(MODEL, data, pedigree, iterations=400, burn_in=10, thin=1, rng=1, progress=stop)
    assert not found.converged
    assert 20 <= len(found.samples) < 390
    assert any("interrupted" in note for note in found.notes)


def test_the_plan_counts_its_samples():
    assert Plan(100, 20, 3, 1).kept == 26


def test_an_evaluation_can_sample_its_variances():
    data, pedigree, _ = population(animals=300, founders=60)
    options = {"iterations": 300, "burn_in": 50, "thin": 1, "seed": 1}
    result = ag.evaluate(MODEL, data, pedigree, estimate="gibbs", options=options)
    assert isinstance(result.components, ag.Gibbs)
    assert result.variances["se"].gt(0).all()
    own = ag.gibbs(MODEL, data, pedigree, iterations=300, burn_in=50, thin=1, rng=1)
    assert result.components.covariances == own.covariances


def test_chains_side_by_side_do_not_disturb_each_other(monkeypatch):
    """Several traits and a sparse factor of the fixed effects, whose room the chains share."""
    monkeypatch.setattr("agrigen.variance.sampler.DENSE", 3)
    data, pedigree, _ = population(animals=300, founders=60)
    data["z"] = data["y"][::-1].to_numpy()
    model = ag.Model(["y", "z"], [ag.Fixed("herd"), ag.Animal()])

    def once():
        return gibbs(
            model, data, pedigree, iterations=60, burn_in=10, thin=1, chains=2, rng=3
        ).samples

    first = once()
    for _ in range(3):
        pd.testing.assert_frame_equal(once(), first)
