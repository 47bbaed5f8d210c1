"""Approximate prediction error variances against exact ones."""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.errors import Cancelled, ModelError
from agrigen.evaluation.approximation import approximate_pev
from agrigen.evaluation.arrays import Covariances
from agrigen.evaluation.covariances import as_covariances
from agrigen.evaluation.design import build_design
from tests.agrigen.evaluation.test_iterative import KINDS
from tests.agrigen.variance import designs

HERD = ag.Fixed("herd")
TWO = {"a": [[0.4, 0.2], [0.2, 0.3]], "residual": [[0.6, 0.2], [0.2, 0.7]]}
MATERNAL = {"a": [[0.3, -0.05], [-0.05, 0.15]], "residual": 0.5}


@pytest.fixture(scope="module")
def population():
    """Records of a few generations: two traits with gaps, litters, repeated records, dams."""
    rng = np.random.default_rng(1)
    animals, founders = 800, 120
    sire = [-1] * founders + [2 * int(rng.integers(i // 4)) for i in range(founders, animals)]
    dam = [-1] * founders + [
        1 + 2 * int(rng.integers(i // 8, i // 2)) for i in range(founders, animals)
    ]
    name = np.array([f"a{i}" for i in range(animals)] + [""], dtype=object)
    pedigree = ag.Pedigree(name[:-1], name[sire], name[dam])
    data = pd.DataFrame({"animal": name[:-1], "dam": name[dam], "sire": name[sire]})
    data = data.loc[np.repeat(np.arange(animals), rng.integers(0, 3, animals))]
    n = len(data)
    data = data.assign(
        herd=rng.integers(0, 30, n),
        litter=rng.integers(0, n // 3, n),
        age=rng.uniform(0, 10, n),
        y=rng.normal(size=n),
        z=np.where(rng.random(n) < 0.4, np.nan, rng.normal(size=n)),
    )
    return data, pedigree


def curve(order):
    return ag.Basis("legendre", "age", order=order, range=(0, 10))


MODELS = {
    "single trait": (ag.Model("y", [HERD, ag.Animal()]), {"a": 0.3, "residual": 0.6}),
    "low heritability": (ag.Model("y", [HERD, ag.Animal()]), {"a": 0.1, "residual": 0.9}),
    "permanent environment": (
        ag.Model("y", [HERD, ag.Animal(), ag.Random("pe", "animal")]),
        {"a": 0.3, "pe": 0.2, "residual": 0.5},
    ),
    "litter": (
        ag.Model("y", [HERD, ag.Animal(), ag.Random("litter")]),
        {"a": 0.3, "litter": 0.2, "residual": 0.5},
    ),
    "random herd": (
        ag.Model("y", [ag.Animal(), ag.Random("herd")]),
        {"a": 0.3, "herd": 0.2, "residual": 0.5},
    ),
    "two traits": (ag.Model(["y", "z"], [HERD, ag.Animal()]), TWO),
    "curve": (
        ag.Model("y", [HERD, ag.Animal(basis=curve(1)), ag.Random("pe", "animal")]),
        {"a": [[0.4, 0.05], [0.05, 0.1]], "pe": 0.3, "residual": 0.5},
    ),
    "maternal": (
        ag.Model("y", [HERD, ag.Animal(), ag.Animal("m", "dam", correlated_with="a")]),
        MATERNAL,
    ),
}


@pytest.fixture(scope="module", params=MODELS)
def case(request, population):
    """A design with its covariances, exact PEV and the variances before the records."""
    model, variances = MODELS[request.param]
    data, pedigree = population
    if request.param == "maternal":
        data = data[data["dam"] != ""]
    d = build_design(model, data, pedigree)
    covariances = as_covariances(d, variances)
    return request.param, d, covariances, *exact(d, covariances)


def exact(d, covariances):
    c = designs.dense(d, covariances).c
    c[d.pinned, :] = 0
    c[:, d.pinned] = 0
    c[d.pinned, d.pinned] = 1
    total = np.full(d.size, np.nan)
    for b, g in zip(d.blocks, covariances.blocks, strict=True):
        total[b.span] = np.outer(b.structure.scale, np.diag(g)).ravel()
    values = np.diag(np.linalg.inv(c)).copy()
    values[d.pinned] = 0.0
    return values, total


def test_reliabilities_by_information_are_close(case):
    """Genetic effects of records with one genetic level: 0.02 on average, 0.01 around it."""
    name, d, covariances, pev, total = case
    found = approximate_pev(d, covariances, method="information")
    for b in d.blocks:
        genetic = b.structure.sire is not None
        bias, spread = (0.02, 0.015) if genetic else (0.08, 0.04)
        if name == "maternal":
            bias, spread = 0.12, 0.08
        for place in range(b.width):
            mine = slice(b.offset + place, b.span.stop, b.width)
            error = (pev - found.values)[mine] / total[mine]
            assert abs(error.mean()) < bias
            assert error.std() < spread
    assert np.isnan(found.errors).all()
    assert "their error is not known" in found.description


def test_sampled_reliabilities_are_right_within_their_stated_error(case):
    _, d, covariances, pev, _ = case
    found = approximate_pev(d, covariances, method="sampled", samples=60, rng=2)
    wrong, stated = (v[: d.fixed.start] for v in (found.values - pev, found.errors))
    sampled = stated > 1e-6
    assert np.abs(wrong[~sampled]).max(initial=0.0) < 1e-6  # no record tells about the level
    z = wrong[sampled] / stated[sampled]
    assert abs(np.median(z)) < 0.35
    assert 0.75 < np.sqrt(np.median(z**2)) / 0.6745 < 1.35
    assert found.samples == 60
    assert "60 simulated data sets" in found.description


def test_more_samples_leave_less_error(case):
    _, d, covariances, pev, total = case
    errors = []
    for samples in (10, 160):
        found = approximate_pev(d, covariances, method="sampled", samples=samples)
        errors.append(np.nanmean(np.abs(found.values - pev) / total))
    assert errors[1] < 0.5 * errors[0]


def test_auto_samples_where_records_have_two_genetic_levels(case):
    name, d, covariances, _, _ = case
    found = approximate_pev(d, covariances, samples=2)
    assert found.method == ("sampled" if name == "maternal" else "information")


def test_a_tree_is_exact():
    """Half sibs without any fixed effect: nothing is approximate."""
    structure = designs.structure([-1, -1, 0, 0, 0, 1, 2], [-1] * 7)
    b = designs.block("a", [("a", "y", None)], structure, 0)
    rows = [(w, 0, [(0, 1.0, {i: 1.0})]) for i, w in [(2, 1.0), (3, 2.0), (4, 1), (6, 3), (1, 1)]]
    d = designs.design(rows, [b], 0)
    covariances = Covariances((np.array([[0.7]]),), np.array([[[1.3]]]))
    pev, _ = exact(d, covariances)
    found = approximate_pev(d, covariances, method="information")
    np.testing.assert_allclose(found.values, pev, rtol=1e-3)


def test_several_components_in_a_tree_are_exact():
    rng = np.random.default_rng(3)
    structure = designs.structure([-1, -1, 0, 0, 1, 2], [-1] * 6)
    b = designs.block("a", [("a", "y", 0), ("a", "y", 1)], structure, 0)
    rows = []
    for animal in (1, 2, 3, 3, 4, 5, 5):
        rows.append((1.0, 0, [(0, 1.0, {2 * animal: 0.7, 2 * animal + 1: rng.normal()})]))
    d = designs.design(rows, [b], 0)
    covariances = Covariances((designs.spd(rng, 2),), np.array([[[1.3]]]))
    pev, _ = exact(d, covariances)
    found = approximate_pev(d, covariances, method="information")
    np.testing.assert_allclose(found.values, pev, rtol=1e-3)


def test_repeated_records_of_unrelated_animals_are_exact():
    animals = designs.block("a", [("a", "y", None)], designs.structure([-1] * 3, [-1] * 3), 0)
    pe = designs.block("pe", [("pe", "y", None)], designs.independent(3), 3)
    rows = [(1.0, 0, [(0, 1.0, {i: 1.0, 3 + i: 1.0})]) for i in (0, 1, 1, 2, 2, 2, 2)]
    d = designs.design(rows, [animals, pe], 0)
    covariances = Covariances((np.array([[0.7]]), np.array([[0.4]])), np.array([[[1.3]]]))
    pev, _ = exact(d, covariances)
    found = approximate_pev(d, covariances, method="information")
    np.testing.assert_allclose(found.values, pev, rtol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["information", "sampled"])
def test_every_kind_of_model_has_approximate_variances(kind, method):
    rng = np.random.default_rng(1)
    d = KINDS[kind](rng)
    covariances = designs.covariances_of(d, rng)
    found = approximate_pev(d, covariances, method=method, samples=50)
    _, total = exact(d, covariances)
    known = np.isfinite(found.values) & np.isfinite(total)
    assert known.sum() >= 0.8 * d.fixed.start
    assert (found.values[known] >= 0).all()
    assert (found.values[known] <= total[known] * (1 + 1e-9)).all()
    assert (found.values[d.pinned] == 0).all()


def test_the_same_seed_gives_the_same_values(case):
    _, d, covariances, _, _ = case
    one = approximate_pev(d, covariances, method="sampled", samples=5, rng=7)
    two = approximate_pev(d, covariances, method="sampled", samples=5, rng=7)
    assert (one.values == two.values).all()


def test_an_unknown_method_is_refused():
    rng = np.random.default_rng(1)
    d = designs.single(rng)
    covariances = designs.covariances_of(d, rng)
    with pytest.raises(ModelError, match="Use one of auto, information, sampled"):
        approximate_pev(d, covariances, method="guess")
    with pytest.raises(ModelError, match="2 samples or more"):
        approximate_pev(d, covariances, method="sampled", samples=1)
    with pytest.raises(Cancelled):
        approximate_pev(d, covariances, cancel=lambda: True)
