"""Single-step models: every route to the answer beside dense algebra, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.evaluation import dual as dual_module
from agrigen.evaluation.arrays import Covariances
from agrigen.evaluation.covariances import as_covariances
from agrigen.evaluation.design import build_design
from agrigen.evaluation.dual import DualSolver
from agrigen.evaluation.iterative import solve_iterative
from tests.agrigen.reference.dense_kinship import kinship
from tests.agrigen.reference.dense_single_step import apy_inverse, blup, combined, genomic, liu

VARIANCES = {"g": 1.0, "residual": 2.0}
GROUPS = ("old", "new")
GAMMA = [[0.6, 0.2], [0.2, 0.9]]


def population(seed, *, groups=(), missing=0.0, markers=300):
    """Sixty animals in three generations, those from the twentieth on genotyped."""
    rng = np.random.default_rng(seed)
    ids = [f"x{k}" for k in range(60)]
    unknown = [groups[k % len(groups)] if groups else "" for k in range(20)]
    sires = unknown + [f"x{rng.integers(0, 8)}" for _ in range(20)]
    sires += [f"x{rng.integers(20, 28)}" for _ in range(20)]
    dams = unknown + [f"x{rng.integers(8, 20)}" for _ in range(20)]
    dams += [f"x{rng.integers(28, 40)}" for _ in range(20)]
    dosages = rng.binomial(2, rng.uniform(0.1, 0.9, markers), (40, markers)).astype(np.int8)
    dosages[rng.random(dosages.shape) < missing] = -1
    y = rng.normal(10.0, 1.0, 60)
    return {
        "rows": list(zip(ids, sires, dams, strict=True)),
        "ids": ids,
        "dosages": dosages,
        "genotypes": ag.Genotypes.from_dosages(dosages, ids[20:]),
        "records": pd.DataFrame({"animal": ids, "y": y, "sex": rng.integers(0, 2, 60)})[5:],
    }


def pedigree_of(data, groups=(), gamma=None):
    options = {"groups": list(groups), "gamma": gamma} if groups else {}
    return ag.Pedigree(*map(list, zip(*data["rows"], strict=True)), **options)


def fit(data, effect=None, *, groups=(), gamma=None, variances=VARIANCES, **options):
    return ag.evaluate(
        ag.Model("y", [ag.Fixed("sex"), effect or ag.Genomic(method="single_step")]),
        data["records"],
        pedigree_of(data, groups, gamma),
        variances,
        genotypes=data["genotypes"],
        **options,
    )


def in_order(data, result, column="breeding_value"):
    return result.breeding_values.set_index("id")[column].reindex(data["ids"]).to_numpy()


def matrices(data, groups=(), gamma=None, core=None, **options):
    """X, Z, H of all levels but fixed groups, and shares of these groups, by dense algebra."""
    found = kinship(data["rows"], groups=groups, gamma=gamma)
    place = {name: k for k, name in enumerate(found.names)}
    places = np.array([place[name] for name in data["ids"][20:]])
    a = found.k if found.shares is None else found.k[:60, :60]
    g = genomic(data["dosages"], a[np.ix_(places, places)], **options)
    if core is not None:
        g = np.linalg.inv(apy_inverse(g, core))
    records = data["records"]
    z = np.zeros((len(records), len(a)))
    z[np.arange(len(records)), [place[name] for name in records.animal]] = 1.0
    x = np.column_stack([np.ones(len(records)), records.sex == records.sex.max()])
    shares = None if found.shares is None else found.shares[:60]
    if shares is not None:
        x = np.column_stack([x, z @ shares])
    return x, z, combined(a, places, g), shares


def dense(data, groups=(), gamma=None, core=None, **options):
    """Mean plus genetic value of every animal, K of the animals, by dense algebra."""
    names = kinship(data["rows"], groups=groups, gamma=gamma).names
    animals = np.array([names.index(name) for name in data["ids"]])
    x, z, h, shares = matrices(data, groups, gamma, core, **options)
    b, u = blup(data["records"].y.to_numpy(), x, z, h, 2.0)
    total = b[0] + u + (0.0 if shares is None else shares @ b[2:])
    return total[animals], h[np.ix_(animals, animals)]


def independent(x):
    """Columns that do not depend on earlier ones."""
    kept = []
    for column in range(x.shape[1]):
        if np.linalg.matrix_rank(x[:, [*kept, column]]) > len(kept):
            kept.append(column)
    return kept


def total(data, result):
    return in_order(data, result) + result.solutions.solution[0]


KINDS = {
    "pedigree": ({}, {"blend": 0.05, "tune": "chen"}),
    "groups": ({"groups": GROUPS}, {"blend": 0.05, "tune": "chen"}),
    "metafounders": ({"groups": GROUPS, "gamma": GAMMA}, {"blend": 0.05, "centre": 0.5}),
}


@pytest.mark.parametrize("missing", [0.0, 0.03])
@pytest.mark.parametrize("solver", ["direct", "pcg"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_single_step_is_the_one_of_dense_algebra(kind, solver, missing):
    founders, options = KINDS[kind]
    data = population(1, groups=founders.get("groups", ()), missing=missing)
    wanted, _ = dense(data, **founders, **options)
    found = fit(data, solver=solver, **founders)
    np.testing.assert_allclose(total(data, found), wanted, atol=2e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_likelihoods_differ_as_those_of_dense_algebra(kind):
    founders, options = KINDS[kind]
    data = population(17, groups=founders.get("groups", ()))
    x, z, h, _ = matrices(data, **founders, **options)
    x = np.linalg.qr(x[:, independent(x)])[0]
    y = data["records"].y.to_numpy()
    wanted, found = [], []
    for variances in ({"g": 1.0, "residual": 2.0}, {"g": 1.7, "residual": 0.8}):
        v = variances["g"] * z @ h @ z.T + variances["residual"] * np.eye(len(y))
        inside = np.linalg.solve(v, x)
        p = np.linalg.inv(v) - inside @ np.linalg.solve(x.T @ inside, inside.T)
        logdets = np.linalg.slogdet(v)[1] + np.linalg.slogdet(x.T @ inside)[1]
        wanted.append(-0.5 * (logdets + y @ p @ y))
        result = fit(data, solver="direct", variances=variances, **founders)
        found.append(result.summary["log_likelihood"])
    assert found[1] - found[0] == pytest.approx(wanted[1] - wanted[0], abs=1e-8)


def test_options_of_the_scale_are_those_of_dense_algebra():
    data = population(2)
    effect = ag.Genomic(method="single_step", blend=0.2, tune="vitezica", frequencies="half")
    wanted, _ = dense(data, blend=0.2, tune="vitezica", centre=0.5)
    for solver in ("direct", "pcg"):
        np.testing.assert_allclose(total(data, fit(data, effect, solver=solver)), wanted, atol=2e-7)


def test_inbreeding_that_is_not_counted_is_counted_nowhere():
    data = population(3)
    model = ag.Model("y", [ag.Genomic(method="single_step", tune="none")], inbreeding=False)
    found = kinship(data["rows"], inbreeding=False)
    inverse = np.linalg.inv(found.k)
    design = build_design(model, data["records"], pedigree_of(data), data["genotypes"])
    structure = design.blocks[0].structure
    order = [found.names.index(name) for name in structure.names]
    genotyped = design.genomic["g"].places
    a22 = found.k[np.ix_(order, order)][np.ix_(genotyped, genotyped)]
    wanted = inverse[np.ix_(order, order)]
    g = genomic(data["dosages"], a22, blend=0.05)
    wanted[np.ix_(genotyped, genotyped)] += np.linalg.inv(g) - np.linalg.inv(a22)
    lower = structure.inverse_lower().toarray()
    np.testing.assert_allclose(lower, np.tril(wanted), atol=1e-9)


@pytest.mark.parametrize("kind", ["pedigree", "metafounders"])
def test_products_and_diagonal_of_the_covariance_are_those_of_h(kind):
    founders, options = KINDS[kind]
    data = population(4, groups=founders.get("groups", ()))
    _, h = dense(data, **founders, **options)
    design = build_design(
        ag.Model("y", [ag.Genomic(method="single_step")]),
        data["records"],
        pedigree_of(data, **founders),
        data["genotypes"],
    )
    structure = design.blocks[0].structure
    animals = [list(structure.names).index(name) for name in data["ids"]]
    unit = np.eye(len(structure))
    np.testing.assert_allclose(structure.times(unit)[np.ix_(animals, animals)], h, atol=1e-11)
    np.testing.assert_allclose(structure.scale[animals], np.diag(h), atol=1e-11)
    np.testing.assert_allclose(structure.inverse_times(structure.times(unit)), unit, atol=1e-9)
    sign, logdet = np.linalg.slogdet(structure.times(unit))
    assert sign == 1
    assert structure.log_determinant == pytest.approx(logdet, abs=1e-9)


def test_a_single_step_of_nobody_is_a_model_of_the_pedigree():
    data = population(5)
    nobody = {**data, "genotypes": data["genotypes"][:0]}
    plain = fit(data, ag.Animal("g"))
    for solver in ("direct", "pcg"):
        np.testing.assert_allclose(
            in_order(data, fit(nobody, solver=solver)), in_order(data, plain), atol=1e-7
        )


def test_a_single_step_of_everybody_is_gblup():
    data = population(6)
    rng = np.random.default_rng(6)
    dosages = rng.binomial(2, rng.uniform(0.1, 0.9, 300), (60, 300))
    every = {**data, "genotypes": ag.Genotypes.from_dosages(dosages, data["ids"])}
    options = {"blend": 0.1, "tune": "chen"}
    for solver in ("direct", "pcg"):
        one, two = (
            fit(every, ag.Genomic(method=method, **options), solver=solver)
            for method in ("single_step", "gblup")
        )
        np.testing.assert_allclose(in_order(data, one), in_order(data, two), atol=2e-7)


def test_marker_effects_among_the_unknowns_give_the_same():
    data = population(7)
    found = kinship(data["rows"])
    place = {name: k for k, name in enumerate(found.names)}
    records = data["records"]
    z = np.zeros((len(records), 60))
    z[np.arange(len(records)), [place[name] for name in records.animal]] = 1.0
    places = [place[name] for name in data["ids"][20:]]
    mean, u, effects = liu(
        records.y.to_numpy(), z, found.k, places, data["dosages"].astype(float), 0.1, 2.0
    )
    design = build_design(
        ag.Model("y", [ag.Genomic(method="single_step", blend=0.1, tune="none")]),
        records,
        pedigree_of(data),
        data["genotypes"],
    )
    covariances = as_covariances(design, VARIANCES)
    values, convergence = DualSolver(design, covariances).solve(
        design.records.y, tolerance=1e-13, accuracy=1e-12
    )
    assert convergence.converged
    order = [found.names.index(name) for name in design.blocks[0].structure.names]
    np.testing.assert_allclose(values[:60], u[order], atol=1e-8)
    assert values[60] == pytest.approx(mean, abs=1e-8)
    for solver in ("direct", "pcg"):
        result = ag.evaluate(
            design.model, records, pedigree_of(data), VARIANCES,
            genotypes=data["genotypes"], solver=solver,
        )  # fmt: skip
        np.testing.assert_allclose(result.marker_effects.value, effects, atol=1e-8)


@pytest.mark.parametrize("missing", [0.0, 0.03])
@pytest.mark.parametrize("solver", ["direct", "pcg"])
def test_a_core_is_the_one_of_dense_algebra(solver, missing):
    data = population(8, missing=missing)
    core = [data["ids"][k] for k in (20, 23, 31, 40, 44, 59)]
    effect = ag.Genomic(method="single_step", core=core)
    wanted, _ = dense(data, core=[0, 3, 11, 20, 24, 39], blend=0.05, tune="chen")
    np.testing.assert_allclose(total(data, fit(data, effect, solver=solver)), wanted, atol=2e-7)


@pytest.mark.parametrize("method", ["single_step", "gblup"])
def test_a_core_of_all_is_the_full_inverse(method):
    data = population(9, missing=0.02)
    if method == "gblup":
        data["records"] = data["records"][15:]
    full = fit(data, ag.Genomic(method=method))
    cored = fit(data, ag.Genomic(method=method, core=40))
    np.testing.assert_allclose(
        cored.breeding_values.breeding_value, full.breeding_values.breeding_value, atol=1e-8
    )
    np.testing.assert_allclose(
        cored.breeding_values.reliability, full.breeding_values.reliability, atol=1e-8
    )
    np.testing.assert_allclose(cored.marker_effects.value, full.marker_effects.value, atol=1e-8)


@pytest.mark.parametrize("solver", ["direct", "pcg"])
def test_two_traits_with_gaps_and_weights(solver):
    data = population(10, groups=GROUPS)
    rng = np.random.default_rng(10)
    records = data["records"].assign(x=rng.normal(size=55), w=rng.uniform(0.5, 2, 55))
    records.loc[records.index[:9], "x"] = np.nan
    records.loc[records.index[-4:], "y"] = np.nan
    model = ag.Model(["y", "x"], [ag.Fixed("sex"), ag.Genomic(method="single_step")], weights="w")
    variances = {"g": [[1.0, 0.3], [0.3, 0.8]], "residual": [[2.0, 0.2], [0.2, 1.5]]}
    one, two = (
        ag.evaluate(
            model, records, pedigree_of(data, GROUPS), variances,
            genotypes=data["genotypes"], solver=name,
        )
        for name in ("direct", solver)
    )  # fmt: skip
    np.testing.assert_allclose(one.solutions.solution, two.solutions.solution, atol=5e-7)
    np.testing.assert_allclose(one.marker_effects.value, two.marker_effects.value, atol=5e-7)


@pytest.mark.parametrize("groups", [(), GROUPS])
def test_other_random_effects_beside_genomic_ones(groups):
    data = population(18, groups=groups)
    rng = np.random.default_rng(18)
    dams = {row[0]: row[2] for row in data["rows"]}
    records = data["records"].assign(
        dam=[dams[name] for name in data["records"].animal],
        litter=rng.integers(0, 12, 55),
        age=rng.normal(size=55),
    )[15:]
    maternal = ag.Genomic("m", "dam", method="single_step", correlated_with="g")
    effects = [ag.Covariate("age"), ag.Genomic(method="single_step"), maternal]
    model = ag.Model("y", [*effects, ag.Random("litter")])
    variances = {"g": [[1.0, -0.2], [-0.2, 0.5]], "litter": 0.3, "residual": 1.5}
    one, two = (
        ag.evaluate(
            model, records, pedigree_of(data, groups), variances,
            genotypes=data["genotypes"], solver=solver,
        )
        for solver in ("direct", "pcg")
    )  # fmt: skip
    np.testing.assert_allclose(one.solutions.solution, two.solutions.solution, atol=5e-7)
    np.testing.assert_allclose(one.marker_effects.value, two.marker_effects.value, atol=5e-7)


def test_a_polygenic_effect_beside_a_genomic_one():
    data = population(19)
    model = ag.Model("y", [ag.Animal("a"), ag.Genomic(method="gblup", blend=0.01)])
    variances = {"a": 0.4, "g": 0.6, "residual": 1.0}
    one, two = (
        ag.evaluate(
            model, data["records"][15:], pedigree_of(data), variances,
            genotypes=data["genotypes"], solver=solver,
        )
        for solver in ("direct", "pcg")
    )  # fmt: skip
    np.testing.assert_allclose(one.solutions.solution, two.solutions.solution, atol=5e-7)


def test_the_equations_can_be_solved_by_products_with_inverses_too():
    data = population(11)
    for core in (None, 20):
        design = build_design(
            ag.Model("y", [ag.Fixed("sex"), ag.Genomic(method="single_step", core=core)]),
            data["records"],
            pedigree_of(data),
            data["genotypes"],
        )
        covariances = as_covariances(design, VARIANCES)
        wanted = DualSolver(design, covariances).solve(design.records.y)[0]
        found, convergence = solve_iterative(design, covariances)
        assert convergence.converged
        np.testing.assert_allclose(found, wanted, atol=2e-7)


def test_a_start_from_earlier_solutions_saves_iterations():
    data = population(12)
    cold = fit(data, solver="pcg")
    more = {**data, "records": data["records"].assign(y=lambda frame: frame.y + 1e-6 * frame.sex)}
    warm = fit(more, solver="pcg", start=cold)
    assert warm.summary["iterations"] < cold.summary["iterations"]
    np.testing.assert_allclose(
        in_order(data, warm), in_order(data, fit(more, solver="pcg")), atol=1e-6
    )


def test_without_a_factor_of_the_pedigree_animals_precondition_one_by_one(monkeypatch):
    data = population(13)
    wanted = in_order(data, fit(data, solver="direct"))
    monkeypatch.setattr(dual_module, "FACTOR_WORK", 0.0)
    np.testing.assert_allclose(in_order(data, fit(data, solver="pcg")), wanted, atol=2e-7)


def test_the_same_run_gives_the_same_bits():
    data = population(14, missing=0.02)
    for core in (None, "90%", {"size": 12, "choose": "pruning"}):
        effect = ag.Genomic(method="single_step", core=core)
        one, two = (fit(data, effect, solver="pcg") for _ in range(2))
        assert one.breeding_values.equals(two.breeding_values)
        assert one.marker_effects.equals(two.marker_effects)


def test_iterations_tell_where_they_are_and_can_be_stopped():
    data = population(15)
    seen = []
    fit(data, solver="pcg", progress=lambda fraction, words: seen.append((fraction, words)))
    assert any("iteration 3:" in words for _, words in seen)
    asked = []
    with pytest.raises(ag.Cancelled):
        fit(data, solver="pcg", cancel=lambda: len(asked) > 8 or asked.append(1))


def test_relationships_that_tuning_made_negative_are_refused():
    data = population(16)
    design = build_design(
        ag.Model("y", [ag.Genomic(method="single_step", blend=0.0, tune="none")]),
        data["records"],
        pedigree_of(data),
        data["genotypes"],
    )
    wrong = Covariances((np.array([[-50.0]]),), np.array([[[2.0]]]))
    solver = DualSolver(design, as_covariances(design, VARIANCES))
    solver.covariances = wrong
    with pytest.raises(ag.SolveError, match="not positive definite"):
        solver.solve(design.records.y)
