"""Approximate reliabilities with genomic effects against exact ones, and draws from their model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.evaluation.approximation import approximate_pev
from agrigen.relationship.draws import draw_genomic
from agrigen.simulate import Genome, gene_drop

HERD = ag.Fixed("herd")
ONE = {"g": 0.4, "residual": 0.6}
TWO = {"g": [[0.4, 0.2], [0.2, 0.3]], "residual": [[0.6, 0.1], [0.1, 0.7]]}


@pytest.fixture(scope="module")
def population():
    """300 animals of four generations; the youngest 120 are genotyped, and a few of their sires."""
    rng = np.random.default_rng(2)
    animals, founders = 300, 60
    known = range(founders, animals)  # sires are even, dams odd
    sire = [""] * founders + [f"a{2 * rng.integers(0, k // 16)}" for k in known]
    dam = [""] * founders + [f"a{1 + 2 * rng.integers(k // 16, k // 4)}" for k in known]
    ids = [f"a{k}" for k in range(animals)]
    pedigree = ag.Pedigree(ids, sire, dam)
    haplotypes = gene_drop(pedigree, Genome(5, loci_per_chromosome=80), frequency=0.5, rng=3)
    whole = ag.Genotypes.from_dosages(haplotypes.sum(axis=1), list(pedigree.ids))
    chosen = [*range(0, 12), *range(180, 300)]
    data = pd.DataFrame({
        "animal": ids, "herd": rng.integers(0, 8, animals),
        "y": rng.normal(size=animals), "z": rng.normal(size=animals),
    })  # fmt: skip
    data.loc[rng.random(animals) < 0.3, "z"] = np.nan
    return pedigree, whole[[f"a{k}" for k in chosen]], data


CASES = {
    "gblup": (ag.Model("y", [HERD, ag.Genomic()]), ONE, 0.005, 0.05),
    "single step": (ag.Model("y", [HERD, ag.Genomic(method="single_step")]), ONE, 0.03, 0.12),
    "core": (ag.Model("y", [HERD, ag.Genomic(method="single_step", core=60)]), ONE, 0.03, 0.12),
    "two traits": (
        ag.Model(["y", "z"], [HERD, ag.Genomic(method="single_step")]), TWO, 0.03, 0.12,
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=CASES)
def case(request, population):
    """A solved model, its exact PEV, what random effects vary before the records, and bounds."""
    pedigree, genotypes, data = population
    model, variances, bias, largest = CASES[request.param]
    if request.param == "gblup":
        data, pedigree = data[data.animal.isin(set(genotypes.ids))], None
    run = ag.evaluate(model, data, pedigree, variances, genotypes=genotypes, solver="direct").run
    block, g = run.design.blocks[0], run.covariances.blocks[0]
    total = np.outer(block.structure.scale, np.diag(g)).ravel()
    return run.design, run.covariances, run.solution.pev[block.span], total, bias, largest


def test_information_is_close_to_exact(case):
    design, covariances, exact, total, bias, largest = case
    found = approximate_pev(design, covariances, method="information")
    difference = (exact - found.values[: exact.size]) / total
    assert abs(difference.mean()) < bias
    assert np.abs(difference).max() < largest
    assert "genomic relationships" in found.description


def test_samples_differ_from_exact_by_their_stated_error(case):
    design, covariances, exact, total, _, _ = case
    found = approximate_pev(design, covariances, method="sampled", samples=60)
    z = (found.values[: exact.size] - exact) / found.errors[: exact.size]
    assert np.sqrt(np.mean(z**2)) < 1.5
    assert abs(((found.values[: exact.size] - exact) / total).mean()) < 0.02
    assert np.isfinite(found.values).all()


def test_an_evaluation_takes_either(population):
    pedigree, genotypes, data = population
    model = ag.Model("y", [HERD, ag.Genomic(method="single_step")])
    for method in ("information", "sampled"):
        result = ag.evaluate(model, data, pedigree, ONE, genotypes=genotypes, reliability=method)
        assert result.summary["reliability"] == method
        assert result.breeding_values.reliability.between(0, 1).all()


def test_many_genotyped_animals_are_sampled(population, monkeypatch):
    from agrigen.evaluation import approximation, genomic_information

    pedigree, genotypes, data = population
    model = ag.Model("y", [ag.Genomic(method="single_step")])
    run = ag.evaluate(model, data, pedigree, ONE, genotypes=genotypes).run
    monkeypatch.setattr(genomic_information, "LIMIT", 50)
    monkeypatch.setattr(approximation, "LIMIT", 50)
    with pytest.raises(ag.ModelError, match="132 genotyped animals cannot be found by information"):
        approximate_pev(run.design, run.covariances, method="information")
    found = approximate_pev(run.design, run.covariances, method="auto", samples=3)
    assert found.method == "sampled"


@pytest.mark.parametrize(
    "effect",
    [
        ag.Genomic(),
        ag.Genomic(blend=0.1, tune="vitezica"),
        ag.Genomic(method="single_step"),
        ag.Genomic(method="single_step", core=30),
    ],
    ids=["gblup", "tuned", "single step", "core"],
)
def test_drawn_values_have_the_covariance_of_the_structure(effect, population):
    pedigree, genotypes, data = population
    few = genotypes[:60]
    data = data[data.animal.isin(set(few.ids))]
    design = ag.evaluate(
        ag.Model("y", [effect]), data, pedigree, ONE, genotypes=few, reliability="none"
    ).run.design
    _check_draws(design.genomic["g"])


def test_a_mean_that_tuning_takes_off_is_drawn(population):
    pedigree, genotypes, data = population
    few = genotypes[:60]
    model = ag.Model("y", [ag.Genomic(method="single_step", frequencies="half", tune="none")])
    design = ag.evaluate(model, data, pedigree, ONE, genotypes=few, reliability="none").run.design
    covariance = design.genomic["g"]
    g = replace(covariance.g, constant=-0.02)
    part = replace(covariance.part, g=g)
    structure = replace(covariance.structure, dense=part)
    _check_draws(replace(covariance, g=g, part=part, structure=structure))
    far = replace(covariance.g, constant=-5.0)
    with pytest.raises(ag.SolveError, match="tuned relationships are not positive definite"):
        draw_genomic(
            replace(covariance, g=far, part=replace(part, g=far)), 1, np.random.default_rng(1)
        )


def _check_draws(covariance):
    size = len(covariance.structure)
    k = covariance.structure.times(np.eye(size))
    count = 4000
    u = draw_genomic(covariance, count, np.random.default_rng(1))
    diagonal = np.diag(k)
    error = np.sqrt((k**2 + np.outer(diagonal, diagonal)) / count)
    z = (u @ u.T / count - k) / error
    assert 0.8 < z.std() < 1.2
    assert np.abs(z).max() < 5.5
