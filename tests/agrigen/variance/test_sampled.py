"""REML with traces by Monte Carlo against REML with exact ones."""

from importlib import import_module

import numpy as np
import pytest

import agrigen as ag
from agrigen.variance import reml
from tests.agrigen.variance import herds

MODEL = ag.Model(["y", "z"], [ag.Fixed("sex"), ag.Animal()])


@pytest.fixture(scope="module")
def herd():
    pedigree, records = herds.herd([[1, 0.5], [0.5, 1]], [[2, 0.3], [0.3, 1]], seed=3, animals=1000)
    records.loc[::4, "z"] = np.nan
    return pedigree, records


@pytest.fixture(scope="module")
def exact(herd):
    return reml(MODEL, herd[1], herd[0])


@pytest.fixture(scope="module")
def sampled(herd):
    return reml(MODEL, herd[1], herd[0], traces="sampled", samples=30)


def test_estimates_differ_by_monte_carlo_error_only(exact, sampled):
    difference = (sampled.variances.value - exact.variances.value) / exact.variances.se
    # The error has a standard deviation of 1 / sqrt(30) = 0.18; seeds are fixed.
    assert difference.abs().max() < 3 * 0.18
    np.testing.assert_allclose(sampled.variances.se, exact.variances.se, rtol=0.15)
    assert sampled.converged


def test_the_likelihood_is_not_pretended(herd, exact, sampled):
    assert np.isnan(sampled.log_likelihood)
    assert "log-likelihood not known" in repr(sampled)
    assert "Monte Carlo error of about 0.18 standard errors" in repr(sampled)
    single = ag.Model("y", [ag.Fixed("sex"), ag.Animal()])
    with pytest.raises(ag.ModelError, match="by samples"):
        sampled.compare(exact)
    with pytest.raises(ag.ModelError, match="by samples"):
        sampled.profile("a(y)")
    with pytest.raises(ag.ModelError, match="no traces 'none'"):
        reml(single, herd[1], herd[0], traces="none")


def test_the_same_samples_are_drawn_again(herd, sampled):
    again = reml(MODEL, herd[1], herd[0], traces="sampled", samples=30)
    np.testing.assert_array_equal(again.variances.value, sampled.variances.value)


def test_large_factors_are_avoided(herd, monkeypatch):
    monkeypatch.setattr(import_module("agrigen.variance.reml"), "DIRECT_WORK", 1e3)
    result = reml(ag.Model("y", [ag.Animal()]), herd[1], herd[0], samples=5)
    assert result.provenance["parameters"]["traces"] == "sampled"


@pytest.mark.parametrize("method", ["gblup", "single_step"])
def test_genomic_effects_are_estimated_without_an_inverse(method):
    rng = np.random.default_rng(4)
    pedigree, records = herds.herd([[1.0]], [[1.0]], seed=5, animals=200)
    ids = list(pedigree.ids)[-100:]
    dosages = rng.binomial(2, rng.uniform(0.2, 0.8, 200), (100, 200))
    genotypes = ag.Genotypes.from_dosages(dosages, ids)
    z = dosages - dosages.mean(axis=0)
    g = dict(zip(ids, z @ rng.normal(0, 0.14, 200), strict=True))
    records["y"] += [g.get(str(id), 0.0) for id in records["animal"]]
    if method == "gblup":
        records = records[records["animal"].astype(str).isin(ids)]
        pedigree = None
    model = ag.Model("y", [ag.Fixed("sex"), ag.Genomic(method=method)])
    wanted = reml(model, records, pedigree, genotypes=genotypes)
    found = reml(model, records, pedigree, genotypes=genotypes, traces="sampled", samples=20)
    difference = (found.variances.value - wanted.variances.value) / wanted.variances.se
    assert difference.abs().max() < 3 / np.sqrt(20)
    assert found.converged
