"""Several traits at once: dense algebra, GEMMA, laws, and what is refused."""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import special, stats
from scipy.optimize import minimize

import agrigen as ag
from agrigen._kernels import multivariate as kernels
from agrigen.association.multivariate import fit_null
from agrigen.association.statistics import chi_square
from agrigen.relationship import grm
from tests.agrigen.association import slow
from tests.agrigen.association.flock import flock

FORMULA = "y, z ~ sex + animal(id)"


@pytest.fixture(scope="module")
def sheep():
    genotypes, data = flock(animals=120, markers=120)
    rng = np.random.default_rng(2)
    data["z"] = 0.5 * data["y"] + genotypes.dosages()[:, 30:60].sum(axis=1) * 0.3
    data["z"] += rng.normal(size=len(data))
    return genotypes, data


def dense_fit(y, x, k):
    """Restricted likelihood over both covariances by a general search: value, effects, errors."""
    n, d = y.shape
    big = np.kron(np.eye(d), x)
    flat = y.T.ravel()

    def parts(theta):
        half = [np.zeros((d, d)) for _ in range(2)]
        size = d * (d + 1) // 2
        for lower, values in zip(half, (theta[:size], theta[size:]), strict=True):
            lower[np.tril_indices(d)] = values
        vg, ve = (lower @ lower.T for lower in half)
        v = np.kron(vg, k) + np.kron(ve, np.eye(n))
        vi = np.linalg.inv(v)
        information = big.T @ vi @ big
        b = np.linalg.solve(information, big.T @ vi @ flat)
        return v, vi, information, b

    def cost(theta):
        v, vi, information, b = parts(theta)
        r = flat - big @ b
        return 0.5 * (np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1] + r @ vi @ r)

    start = np.linalg.cholesky(np.cov(y.T) / 2)[np.tril_indices(d)]
    found = minimize(cost, np.tile(start, 2), method="BFGS", options={"gtol": 1e-5})
    _, _, information, b = parts(found.x)
    mine = np.arange(d) * x.shape[1] + x.shape[1] - 1
    covariance = np.linalg.inv(information)[np.ix_(mine, mine)]
    return -found.fun, b[mine], covariance


def test_both_covariances_are_re_estimated_for_every_marker(sheep):
    genotypes, data = sheep
    table = ag.gwas(FORMULA, data, genotypes, precision="double").table.set_index("marker")
    y = data[["y", "z"]].to_numpy()
    x = np.column_stack([np.ones(len(data)), data["sex"] == "m"]).astype(float)
    k = grm(genotypes).matrix
    for name in ["m45"]:
        column = slow.filled(genotypes.dosages(None, [name])[:, 0])
        _, effects, covariance = dense_fit(y, np.column_stack([x, column]), k)
        row = table.loc[name]
        chi = effects @ np.linalg.solve(covariance, effects)
        assert row["statistic"] == pytest.approx(chi, rel=1e-4)
        assert row["p"] == pytest.approx(stats.chi2.sf(chi, 2), rel=1e-3)
        assert (row["beta_y"], row["beta_z"]) == pytest.approx(tuple(effects), rel=1e-3, abs=1e-4)
        errors = np.sqrt(np.diag(covariance))
        assert (row["se_y"], row["se_z"]) == pytest.approx(tuple(errors), rel=1e-3)
        correlation = covariance[0, 1] / errors.prod()
        assert row["correlation_y_z"] == pytest.approx(correlation, abs=1e-3)


def test_mice_equal_gemma_when_it_iterates_to_the_end(reference, tmp_path):
    """CD8 and MCH, gemma -lmm 1 -n 1 2. By default GEMMA stops its EM at a gain of 0.001 in
    log-likelihood, which moves -log10 p by up to 0.026; told to go on, it is equal to 1e-5."""
    program = shutil.which("gemma")
    if program is None:
        pytest.skip("gemma is not installed; it is the outside witness of this test")
    folder = reference / "data/gemma_mouse_hs1940"
    records = pd.read_csv(folder / "mouse_hs1940.pheno.txt", sep=r"\s+", header=None)[[0, 5]]
    some = ag.Genotypes.read(folder / "mouse_hs1940.bed")
    use = records.notna().all(axis=1).to_numpy()
    some = some[np.flatnonzero(use)[::3], ::60]
    data = records[use][::3].set_axis(["cd8", "mch"], axis=1).assign(id=some.ids)
    some.write(tmp_path / "g.bed")
    fam = pd.read_csv(tmp_path / "g.fam", sep=r"\s+", header=None)
    both = pd.concat([fam[[0, 1, 2, 3, 4]], data[["cd8", "mch"]].reset_index(drop=True)], axis=1)
    both.to_csv(tmp_path / "g.fam", sep=" ", header=False, index=False)
    tight = ["-pnr", "1", "-emp", "1e-8", "-nrp", "1e-8", "-nri", "1000"]
    for part in (
        ["-gk", "1", "-o", "k"],
        ["-k", "output/k.cXX.txt", "-lmm", "1", "-n", "1", "2", *tight, "-o", "l"],
    ):
        subprocess.run([program, "-bfile", "g", *part], cwd=tmp_path, check=True,
                       capture_output=True)  # fmt: skip
    gemma = pd.read_csv(tmp_path / "output/l.assoc.txt", sep="\t").set_index("rs")
    k = np.loadtxt(tmp_path / "output/k.cXX.txt")
    result = ag.gwas("cd8, mch ~ animal(id)", data, some, relationship=(some.ids, k))
    table = result.table.set_index("marker")
    assert list(table.index) == list(gemma.index)
    assert len(table) > 150
    assert np.abs(table["log10_p"] + np.log10(gemma["p_wald"])).max() < 1e-4
    for number, trait in enumerate(("cd8", "mch"), 1):
        apart = np.abs(table[f"beta_{trait}"] - gemma[f"beta_{number}"]) / table[f"se_{trait}"]
        assert apart.max() < 1e-4
        variance = gemma[f"Vbeta_{number}_{number}"]
        assert np.abs(table[f"se_{trait}"] ** 2 / variance - 1).max() < 1e-4


def test_other_combinations_of_the_same_traits_give_the_same_test(sheep):
    genotypes, data = sheep
    turned = data.assign(a=data["y"] + 2 * data["z"], b=3 * data["y"] - data["z"])
    for method in ("approximate", "exact"):
        one = ag.gwas(FORMULA, data, genotypes, method=method, precision="double").table
        two = ag.gwas(
            "a, b ~ sex + animal(id)", turned, genotypes, method=method, precision="double"
        ).table
        assert np.abs(one["log10_p"] - two["log10_p"]).max() < 1e-5
        assert np.abs(one["beta_y"] + 2 * one["beta_z"] - two["beta_a"]).max() < 1e-5


def test_the_approximate_test_takes_the_covariances_without_markers(sheep):
    genotypes, data = sheep
    result = ag.gwas(FORMULA, data, genotypes, method="approximate", precision="double")
    exact = ag.gwas(FORMULA, data, genotypes, precision="double")
    null = result.null.set_index(["trait", "with"])
    vg, ve = (
        np.array([[null.loc[("y", "y"), c], null.loc[("y", "z"), c]],
                  [null.loc[("y", "z"), c], null.loc[("z", "z"), c]]])
        for c in ("genetic", "residual")
    )  # fmt: skip
    x = np.column_stack([np.ones(len(data)), data["sex"] == "m"]).astype(float)
    column = slow.filled(genotypes.dosages(None, ["m45"])[:, 0])
    big = np.kron(np.eye(2), np.column_stack([x, column]))
    v = np.kron(vg, grm(genotypes).matrix) + np.kron(ve, np.eye(len(data)))
    vi = np.linalg.inv(v)
    covariance = np.linalg.inv(big.T @ vi @ big)
    b = covariance @ big.T @ vi @ data[["y", "z"]].to_numpy().T.ravel()
    mine = [2, 5]
    chi = b[mine] @ np.linalg.solve(covariance[np.ix_(mine, mine)], b[mine])
    row = result.table.set_index("marker").loc["m45"]
    assert row["statistic"] == pytest.approx(chi, rel=1e-6)
    assert np.corrcoef(result.table["log10_p"], exact.table["log10_p"])[0, 1] > 0.95
    assert "genetic correlation of y and z" in repr(result)
    assert "beta_z" in repr(exact)


def test_the_table_works_with_windows_clumps_and_pictures(sheep):
    genotypes, data = sheep
    result = ag.gwas(FORMULA, data, genotypes, method="approximate")
    windows = result.windows(1_000_000)
    assert windows["share"].sum() == pytest.approx(1.0)
    assert windows["inclusion"].isna().all()
    assert len(result.clump(genotypes, threshold=0.01))
    assert result.plot().axes
    assert ag.association.papers.ZHOU_2014 in result.citations


@settings(max_examples=12, deadline=None)
@example(seed=7755, traits=2)  # the best genetic covariance has no full rank
@given(seed=st.integers(0, 10_000), traits=st.integers(2, 4))
def test_no_other_covariances_are_more_likely(seed, traits):
    """Also where a genetic covariance has no full rank."""
    rng = np.random.default_rng(seed)
    d = np.sort(rng.gamma(1.0, 1.0, 80))
    genetic = np.outer(rng.normal(size=traits), 1.0) @ rng.normal(size=(1, 80))
    y = genetic * np.sqrt(d) + rng.normal(size=(traits, 80))

    def value(vg, ve):
        total = 0.0
        for di, yi in zip(d, y.T, strict=True):
            v = di * vg + ve
            total -= 0.5 * (np.linalg.slogdet(v)[1] + yi @ np.linalg.solve(v, yi))
        return total

    null = fit_null(y, d)
    assume(null.values.max() < 1e4)  # a residual covariance without full rank is only approached
    best = value(null.genetic, null.residual)
    assert best == pytest.approx(null.value, abs=1e-6)
    for _ in range(20):
        a, b = (rng.normal(size=(traits, traits)) * 0.05 for _ in range(2))
        vg = (np.eye(traits) + a) @ null.genetic @ (np.eye(traits) + a).T + 1e-3 * a @ a.T
        ve = (np.eye(traits) + b) @ null.residual @ (np.eye(traits) + b).T
        assert value(vg, ve) < best + 1e-6


def test_the_tail_of_a_chi_square_has_no_end():
    x = np.array([0.5, 30.0, 4000.0])
    _, two = chi_square(x, 2)
    assert two == pytest.approx(x / 2 / np.log(10))
    _, four = chi_square(x, 4)
    assert four == pytest.approx((x / 2 - np.log1p(x / 2)) / np.log(10))
    _, three = chi_square(x, 3)
    scaled = special.erfcx(np.sqrt(x / 2)) + np.sqrt(2 * x / np.pi)
    assert three == pytest.approx((x / 2 - np.log(scaled)) / np.log(10))


def test_what_cannot_be_tested_together_is_named(sheep):
    genotypes, data = sheep
    cases = [
        ({"kind": "binary"}, "kind='binary'"),
        ({"test": "lrt"}, "test='lrt'"),
        ({"method": "calibrated"}, "method='calibrated'"),
        ({"relationship": None}, "tested with relationships"),
    ]
    for options, words in cases:
        with pytest.raises(ag.NotAvailable, match=words):
            ag.gwas(FORMULA, data, genotypes, **options)
    with pytest.raises(ag.DataError, match="depend on each other"):
        ag.gwas("y, w ~ animal(id)", data.assign(w=2 * data["y"] + 1), genotypes)
    with pytest.raises(ag.ModelError, match="no column q"):
        ag.gwas("y, q ~ animal(id)", data, genotypes)
    with pytest.raises(ag.DataError, match="No record has all"):
        ag.gwas("y, w ~ animal(id)", data.assign(w=np.nan), genotypes)
    for part in ({"weights": "age"}, {"residual_by": "sex"}):
        model = ag.Model.from_formula("y, z ~ animal(id)", **part)
        with pytest.raises(ag.NotAvailable, match="all records weigh alike"):
            ag.gwas(model, data, genotypes)


def test_animals_without_one_of_the_traits_are_left_out(sheep):
    genotypes, data = sheep
    holes = data.copy()
    holes.loc[:9, "z"] = np.nan
    result = ag.gwas(FORMULA, holes, genotypes, method="approximate")
    same = ag.gwas(FORMULA, data.iloc[10:], genotypes, method="approximate")
    assert result.animals == len(data) - 10
    pd.testing.assert_frame_equal(result.table, same.table)


def test_a_marker_that_changes_nothing_keeps_the_covariances():
    rng = np.random.default_rng(1)
    d, y = rng.gamma(1.0, 1.0, 400), rng.normal(size=(2, 400))
    y[:, :] += np.sqrt(d) * rng.normal(size=(2, 400))
    null = fit_null(y, d)
    x = rng.normal(size=(1, 400))
    w = 1 / (null.values[:, None] * d + 1)
    z = null.turn @ y
    for k in range(2):  # orthogonal to both traits, as weighted
        x[0] -= (x[0] @ (w[k] * z[k])) / ((w[k] * z[k]) @ (w[k] * z[k])) * w[k] * z[k]
    out = np.empty((1, 9))
    kernels.exact_tests(x, y, d, null.values, null.turn, out)
    assert out[0, 0] < 0.2
