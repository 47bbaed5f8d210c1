"""The sampler: equal to a slow one draw by draw, and from the right distribution."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from agrigen.bayesian.chain import Chain
from agrigen.bayesian.markers import inverse_gaussian
from agrigen.variance.diagnostics import mean_variance
from tests.agrigen.bayes.flock import METHODS, flock, setup
from tests.agrigen.reference.slow_bayes import SlowSampler
from tests.daily import some_of


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("weights", [None, "w"])
def test_the_same_seed_gives_the_draws_of_the_slow_sampler(method, weights):
    genotypes, data, _, _ = flock()
    found = setup(genotypes, data, method, {"pi": None}, weights=weights)
    layout, priors = found.layout, found.priors
    fast = Chain(layout, np.random.default_rng(5), elsewhere=False)
    m = layout.covariates.rows(0, layout.covariates.markers).T
    start = {"residual": priors.start("residual")}
    if "markers" in priors.variances:
        start["markers"] = priors.start("markers")
    order = np.argsort(layout.animal)  # animals of the covariates as the records
    assert (layout.animal[order] == np.arange(len(order))).all()
    slow = SlowSampler(
        layout.y, layout.fixed.toarray(), m[layout.animal], layout.weight, priors, start,
        np.random.default_rng(5),
    )  # fmt: skip
    for _ in range(12):
        fast.step()
        slow.step()
        scale = max(np.abs(slow.a).max(), 1e-3)
        np.testing.assert_allclose(fast.markers.effects, slow.a, atol=1e-10 * scale, rtol=1e-8)
        np.testing.assert_allclose(fast.b, slow.b, atol=1e-10)
        np.testing.assert_allclose(fast.variances["residual"], slow.residual, rtol=1e-10)
        np.testing.assert_array_equal(fast.markers.classes, slow.label)
        np.testing.assert_allclose(fast.markers.pi, slow.pi, rtol=1e-10)


def test_single_precision_differs_by_rounding_only():
    genotypes, data, _, _ = flock(missing=0.05)
    chains = [
        Chain(setup(genotypes, data, "ridge", dtype=dtype).layout, np.random.default_rng(2),
              elsewhere=False)
        for dtype in (np.float32, np.float64)
    ]  # fmt: skip
    for _ in range(20):
        for chain in chains:
            chain.step()
    one, two = (chain.markers.effects for chain in chains)
    assert np.abs(one - two).max() < 1e-4 * np.abs(two).max()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_running_residuals_stay_exact_with_missing_genotypes(dtype):
    genotypes, data, _, _ = flock(animals=300, missing=0.1)
    found = setup(genotypes, data, "bayes_a", dtype=dtype)
    chain = Chain(found.layout, np.random.default_rng(1), elsewhere=False)
    for _ in range(100):
        chain.step()
    e, g = chain.e.copy(), chain.g.copy()
    chain.refresh()
    limit = 1e-5 if dtype is np.float32 else 1e-11
    np.testing.assert_allclose(chain.e, e, atol=limit)
    np.testing.assert_allclose(chain.g, g, atol=limit)


def without_fixed(layout):
    """The same layout without flat priors, so that records can be drawn from the prior."""
    return replace(layout, fixed=layout.fixed[:, :0])


def from_prior(chain, random):
    """Variances, shares and effects from their prior distributions, into the chain."""
    priors, markers = chain.layout.priors, chain.markers

    def variance(name, size=None):
        prior = priors.variances[name]
        return float(prior.scale) / random.chisquare(prior.degrees, size)

    for name in chain.variances:
        chain.variances[name] = variance(name)
    if priors.estimate_pi:
        markers.pi = random.dirichlet(priors.pi_counts)
    if markers.lasso:
        markers.squared_lambda = random.gamma(priors.lasso_shape, 1 / priors.lasso_rate)
        markers.tau = random.exponential(2 / markers.squared_lambda, markers.size)
        spread = chain.variances["residual"] * markers.tau
    else:
        many = markers.size if priors.method.own else 1
        markers.variance = np.atleast_1d(variance("markers", many))
        markers.classes = random.choice(markers.pi.size, markers.size, p=markers.pi).astype(np.int8)
        spread = markers.variance * priors.unit * priors.mixture[markers.classes]
    markers.effects = random.standard_normal(markers.size) * np.sqrt(spread)
    for x, levels in zip(chain.x, chain.layout.levels, strict=True):
        size = np.sqrt(chain.variances[levels.block.name])
        x[:, 0] = random.standard_normal(len(x)) * size


def simulate(chain, random):
    """Records given all effects."""
    layout = chain.layout
    chain.y = np.zeros(layout.y.size)
    chain.refresh()
    noise = random.standard_normal(layout.y.size)
    chain.y = noise * np.sqrt(chain.variances["residual"] / layout.weight) - chain.e
    chain.refresh()


def quantities(chain):
    """What is compared: parameters and their logs, effects, and how they go with records."""
    markers = chain.markers
    found = [np.log(value) for value in chain.variances.values()]
    if markers.lasso:
        found += [np.log(markers.squared_lambda), np.log(markers.tau).mean(), markers.tau[0]]
    else:
        found += [np.log(markers.variance).mean(), np.log(markers.variance[0])]
    found += [*markers.pi, *np.log(markers.pi), (markers.effects != 0).mean()]
    size = np.abs(markers.effects)
    found += [*np.tanh(size[:4]), *np.tanh(markers.effects[:4] * chain.y[:4])]
    found += [np.log(chain.y @ chain.y), np.log(chain.e @ chain.e)]
    found += [np.tanh(x[0, 0] ** 2) for x in chain.x]
    return np.array(found)


@pytest.mark.parametrize("method", some_of(METHODS, "bayes_r"))
def test_joint_distribution(method):
    """Geweke 2004: records drawn given effects, effects given records, leave the prior alone."""
    genotypes, data, _, _ = flock(animals=12, markers=8, seed=3)
    data["pen"] = np.arange(12) % 4
    priors = {"degrees": 8.0, "pi": None, "mixture": (0.0, 0.05, 0.5)}
    if method == "bayes_r":
        priors["pi_counts"] = (3.0, 2.0, 2.0)
    if method == "bayes_cpi":
        priors["pi_counts"] = (2.0, 2.0)
    if method in ("bayes_b", "bayes_c"):
        priors["pi"] = 0.5
    found = setup(
        genotypes, data, method, priors, formula="y ~ genomic(id) + random(pen)", weights="w"
    )
    layout = without_fixed(found.layout)
    random = np.random.default_rng(11)
    chain = Chain(layout, random, elsewhere=False)
    direct = []
    for _ in range(6_000):
        from_prior(chain, random)
        simulate(chain, random)
        direct.append(quantities(chain))
    successive = []
    for _ in range(12_000):
        simulate(chain, random)
        chain.step()
        successive.append(quantities(chain))
    direct, successive = np.array(direct), np.array(successive)[500:]
    moving = direct.std(axis=0) > 1e-9
    direct, successive = direct[:, moving], successive[:, moving]
    error = direct.var(axis=0) / len(direct)
    error += [mean_variance(column) for column in successive.T]
    z = (direct.mean(axis=0) - successive.mean(axis=0)) / np.sqrt(error)
    assert np.abs(z).max() < stats.norm.isf(5e-4 / z.size), z


def test_the_inverse_gaussian_has_its_moments():
    random = np.random.default_rng(1)
    n = 200_000
    for mean, shape in ((1.0, 2.0), (30.0, 2.0), (0.01, 5.0)):
        x = inverse_gaussian(np.full(n, mean), shape, random.random(n), random.standard_normal(n))
        known = stats.invgauss(mean / shape, scale=shape)
        assert stats.kstest(x, known.cdf).pvalue > 1e-4
    far = inverse_gaussian(np.full(9, 1e100), 2.0, random.random(9), random.standard_normal(9))
    assert np.isfinite(far).all()
    assert (far > 0).all()
