"""Gibbs sampling with genomic effects: the same posterior as dense algebra, and mice."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

import agrigen as ag
from agrigen.evaluation.arrays import pattern_inverses
from agrigen.evaluation.covariances import as_covariances
from agrigen.evaluation.design import build_design
from agrigen.variance import dense_reml
from agrigen.variance.coefficients import Coefficients
from tests.agrigen.variance import designs, herds


@pytest.fixture(scope="module")
def genotyped():
    rng = np.random.default_rng(4)
    pedigree, records = herds.herd([[1, 0.5], [0.5, 1]], [[1, 0.2], [0.2, 1]], seed=6, animals=120)
    ids = [str(id) for id in list(pedigree.ids)[-70:]]
    dosages = rng.binomial(2, rng.uniform(0.1, 0.9, 200), (70, 200))
    records = records.assign(animal=records["animal"].astype(str))
    return pedigree, records, ag.Genotypes.from_dosages(dosages, ids)


CASES = {
    "one trait": (["y"], "gblup", {"g": 0.6, "residual": 1.1}),
    "two traits": (
        ["y", "z"], "gblup", {"g": [[0.6, 0.2], [0.2, 0.9]], "residual": [[1, 0.2], [0.2, 1.2]]},
    ),
    "single step": (["y"], "single_step", {"g": 0.6, "residual": 1.1}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_draws_given_variances_have_the_posterior_of_dense_algebra(case, genotyped):
    """The sweep over coefficients alone, with fixed effects at zero, many times."""
    pedigree, records, genotypes = genotyped
    traits, method, variances = CASES[case]
    if method == "gblup":
        records, pedigree = records[records["animal"].isin(set(genotypes.ids))], None
    if len(traits) > 1:
        records = records.copy()
        records.loc[records.index[::4], "z"] = np.nan
    records = pd.concat([records, records[:25]])  # some animals have two records
    model = ag.Model(traits, [ag.Genomic(method=method)])
    design = build_design(model, records, pedigree, genotypes)
    covariances = as_covariances(design, variances)
    block, g = design.blocks[0], covariances.blocks[0]
    of = Coefficients.of(design, block)
    rinv = pattern_inverses(design, covariances)
    w = _matrix(design)
    c = designs.dense(design, covariances).c[block.span, block.span]
    adjoint = w.T @ _weighted(design, rinv, design.records.y)
    mean, covariance = np.linalg.solve(c, adjoint), np.linalg.inv(c)
    rng = np.random.default_rng(1)
    ginv = np.linalg.inv(g)
    b = np.zeros((len(of), block.width))
    u = of.levels(b)
    samples = []
    for _ in range(1500):
        e = design.records.y - w @ u.ravel()
        of.draw(rinv, ginv, rng.standard_normal(b.shape), b, e, u)
        samples.append(u.ravel().copy())
    found = np.array(samples[50:])
    np.testing.assert_allclose(of.levels(b), u, atol=1e-9)
    sd = np.sqrt(np.diag(covariance))
    assert np.abs((found.mean(axis=0) - mean) / sd).max() < 0.25
    assert np.abs(found.std(axis=0) / sd - 1).max() < 0.15
    assert abs(found.std(axis=0).mean() / sd.mean() - 1) < 0.03


def _matrix(design):
    r = design.records
    shape = (r.y.size, design.size)
    return csr_array((r.value, r.column, r.first), shape=shape).toarray()[:, design.blocks[0].span]


def _weighted(design, rinv, v):
    r = design.records
    out = np.zeros_like(v)
    for k in range(r.weight.size):
        mine = slice(r.start[k], r.start[k + 1])
        t = r.trait[mine]
        out[mine] = r.weight[k] * rinv[r.pattern[k]][np.ix_(t, t)] @ v[mine]
    return out


def test_the_posterior_of_mice_is_where_their_likelihood_is(reference):
    folder = reference / "data" / "bglr_mice"
    genotypes = ag.Genotypes.read(folder / "mice.bed")[:300]
    data = pd.read_csv(folder / "pheno.csv")[:300]
    trait = "Obesity.EndNormalBW"
    found = ag.gibbs(
        ag.Model(trait, [ag.Fixed("GENDER"), ag.Genomic("g", "SUBJECT.NAME")]), data,
        genotypes=genotypes, iterations=4000, burn_in=500, thin=5, priors="flat", rng=2,
    )  # fmt: skip
    wanted = dense_reml(
        ag.Model(trait, [ag.Fixed("GENDER"), ag.Animal("g", "SUBJECT.NAME")]), data,
        ag.grm(genotypes),
    ).variances.set_index("term")  # fmt: skip
    summary = found.summary.set_index("parameter")
    for name in ("g", "residual"):
        # With flat priors the median is near the mode of the likelihood: a third of its width.
        apart = abs(summary["median"][name] - wanted.value[name])
        assert apart < 4 * summary.mcse[name] + 0.3 * wanted.se[name]
        assert summary.sd[name] == pytest.approx(wanted.se[name], rel=0.3)


def test_evaluate_estimates_with_a_single_step(genotyped):
    pedigree, records, genotypes = genotyped
    model = ag.Model("y", [ag.Fixed("sex"), ag.Genomic(method="single_step")])
    result = ag.evaluate(
        model, records, pedigree, genotypes=genotypes, estimate="gibbs",
        options={"iterations": 400, "burn_in": 100, "thin": 2, "seed": 3},
    )  # fmt: skip
    assert set(result.components.covariances) == {"g", "residual"}
    assert result.marker_effects is not None


def test_the_same_seed_gives_the_same_samples(genotyped):
    _, records, genotypes = genotyped
    records = records[records["animal"].isin(set(genotypes.ids))]
    model = ag.Model(["y", "z"], [ag.Fixed("sex"), ag.Genomic()])
    one, two = (
        ag.gibbs(model, records, genotypes=genotypes, iterations=60, burn_in=10, thin=1, rng=5)
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(one.samples, two.samples)


def test_what_cannot_be_sampled_is_named(genotyped, monkeypatch):
    from agrigen.variance import coefficients

    pedigree, records, genotypes = genotyped
    model = ag.Model("y", [ag.Genomic(method="single_step")])
    monkeypatch.setattr(coefficients, "LIMIT", 50)
    with pytest.raises(ag.NotAvailable, match="would decompose 120 relationships"):
        ag.gibbs(model, records, pedigree, genotypes=genotypes)
