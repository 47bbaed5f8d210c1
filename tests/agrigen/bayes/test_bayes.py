"""ag.bayes: equal to what is known, honest about it, and refusing what cannot be."""

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.bayesian.convergence import ranked_rhat
from agrigen.errors import Cancelled, ConvergenceWarning
from agrigen.provenance import schema
from tests.agrigen.bayes.flock import METHODS, flock

pytestmark = pytest.mark.filterwarnings("ignore::agrigen.errors.ConvergenceWarning")
SHORT = {"iterations": 300, "burn_in": 100, "thin": 1, "chains": 2}


def blup(genotypes, data, genetic, residual, formula="y ~ sex + genomic(id)"):
    """The same by mixed-model equations; genetic: variance of one marker's effect."""
    f = genotypes.frequencies()
    variances = {"g": genetic * (2 * f * (1 - f)).sum(), "residual": residual}
    model = ag.Model.from_formula(formula)
    return ag.evaluate(model, data, None, variances, genotypes=genotypes)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ridge_at_given_variances_is_snp_blup(seed):
    genotypes, data, _, _ = flock(animals=60, markers=100, seed=seed)
    held = {"markers": 0.02, "residual": 0.5}
    found = ag.bayes(
        "y ~ sex + genomic(id)", data, genotypes, method="ridge", priors={"held": held},
        iterations=5_000, burn_in=500, thin=1, rng=seed,
    )  # fmt: skip
    wanted = blup(genotypes, data, **{"genetic": 0.02, "residual": 0.5})
    table, exact = found.breeding_values, wanted.breeding_values
    z = (table.breeding_value - exact.breeding_value) / table.mcse
    assert np.abs(z).max() < 6.0
    assert np.sqrt((z**2).mean()) < 1.6
    assert np.corrcoef(table.breeding_value, exact.breeding_value)[0, 1] > 0.9995
    # exact standard errors, within the Monte Carlo error of 500 stored samples
    np.testing.assert_allclose(table.sd, exact.se, rtol=0.2)
    effects = wanted.marker_effects.value
    scale = found.marker_effects.sd / np.sqrt(9_000 / 4)
    assert np.abs((found.marker_effects.value - effects) / scale).max() < 6.0


def test_results_are_the_same_bits_for_the_same_seed():
    genotypes, data, _, _ = flock(missing=0.03)
    one, two, other = (
        ag.bayes("y ~ sex + genomic(id)", data, genotypes, method="bayes_cpi", rng=seed, **SHORT)
        for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one.samples, two.samples, check_exact=True)
    pd.testing.assert_frame_equal(one.marker_effects, two.marker_effects, check_exact=True)
    pd.testing.assert_frame_equal(one.breeding_values, two.breeding_values, check_exact=True)
    assert not one.samples.equals(other.samples)


@pytest.mark.parametrize("method", METHODS)
def test_a_large_effect_is_found(method):
    genotypes, data, effects, g = flock(animals=400, markers=120, qtl=2, seed=4)
    found = ag.bayes("y ~ sex + genomic(id)", data, genotypes, method=method, rng=1,
                     iterations=1_500, burn_in=500, thin=2)  # fmt: skip
    top = found.marker_effects.value.abs().nlargest(2).index
    assert set(top) == set(np.flatnonzero(effects))
    assert np.corrcoef(found.breeding_values.breeding_value, g)[0, 1] > 0.87
    if "inclusion" in found.marker_effects:
        assert found.marker_effects.inclusion[top].min() > 0.95
        best = found.windows(1_000_000).nlargest(2, "wppa")
        assert set(best["best"]) == {f"m{k}" for k in top}
        assert (best["wppa"] > 0.95).all()
    assert found.genomic_heritability == pytest.approx(0.5, abs=0.12)


@pytest.mark.slow
def test_intervals_cover_the_truth():
    """Effects drawn from the prior: 95 % intervals of heritability, 90 % of breeding values."""
    inside, covered = [], []
    for seed in range(12):
        genotypes, data, _, g = flock(animals=120, markers=60, qtl=60, seed=100 + seed)
        found = ag.bayes("y ~ sex + genomic(id)", data, genotypes, method="ridge", rng=seed,
                         iterations=2_500, burn_in=500, thin=2, chains=1)  # fmt: skip
        row = found.summary.set_index("parameter").loc["genetic"]
        inside.append(row.hpd_low < g.var() < row.hpd_high)
        table = found.breeding_values
        error = (table.breeding_value - (g - g.mean())) / table.sd
        covered.append((np.abs(error) < 1.645).mean())
    assert np.mean(inside) >= 10 / 12
    assert np.mean(covered) == pytest.approx(0.9, abs=0.06)


def test_windows_share_the_variance_and_need_positions():
    genotypes, data, _, _ = flock()
    found = ag.bayes("y ~ sex + genomic(id)", data, genotypes, method="bayes_b", rng=1, **SHORT)
    table = found.windows(2_000_000)
    assert table["markers"].sum() == 150
    assert list(table["chromosome"].unique()) == ["1", "2"]
    assert ((table["share_low"] <= table["share"]) & (table["wppa"] <= 1)).all()
    assert len(found.windows(2_000_000, step=1_000_000)) > len(table)
    assert (found.windows(markers=20)["markers"] <= 20).all()
    bare = ag.Genotypes.from_dosages(genotypes.dosages(), genotypes.ids)
    plain = ag.bayes("y ~ sex + genomic(id)", data, bare, method="bayes_b", rng=1, **SHORT)
    with pytest.raises(ag.ModelError, match=r"no positions.*markers=20"):
        plain.windows()


def test_pictures_are_drawn():
    genotypes, data, _, _ = flock()
    found = ag.bayes("y ~ sex + genomic(id)", data, genotypes, method="bayes_b", rng=1, **SHORT)
    for what in ("trace", "effects", "windows"):
        assert found.plot(what).axes


def test_prediction_of_other_animals():
    genotypes, data, _, _ = flock(missing=0.02)
    train = data.iloc[:60]
    found = ag.bayes("y ~ sex + genomic(id)", train, genotypes, method="bayes_c", rng=1, **SHORT)
    table = found.breeding_values.set_index("id")
    assert (table.records[60:] == 0).all()
    others = found.predict(genotypes[60:]).set_index("id")
    np.testing.assert_allclose(others.breeding_value, table.breeding_value[60:], rtol=1e-10)
    np.testing.assert_allclose(others.sd, table.sd[60:], rtol=1e-3)


def test_prediction_turns_alleles_and_refuses_others():
    genotypes, data, _, _ = flock()
    found = ag.bayes("y ~ sex + genomic(id)", data, genotypes, method="bayes_c", rng=1, **SHORT)
    m = genotypes.markers

    def marked(counted, other, dosages):
        known = ag.MarkerMap.of(m.names, chromosomes=m.chromosomes, positions=m.positions,
                                counted=counted, other=other)  # fmt: skip
        return ag.Genotypes.from_dosages(dosages, genotypes.ids, known)

    turned = marked(m.other, m.counted, 2 - genotypes.dosages())
    np.testing.assert_allclose(
        found.predict(turned).breeding_value, found.predict(genotypes).breeding_value, rtol=1e-8
    )
    for counted, other, dosages in (("T", "C", genotypes.dosages()),
                                    ("C", "T", 2 - genotypes.dosages())):  # fmt: skip
        strand = marked([counted] * 150, [other] * 150, dosages)
        pd.testing.assert_frame_equal(found.predict(strand), found.predict(genotypes))
    with pytest.raises(ag.GenotypeError, match=r"Alleles of 150 markers differ"):
        found.predict(marked(["A"] * 150, ["C"] * 150, genotypes.dosages()))
    with pytest.raises(ag.GenotypeError, match=r"20 markers with effects are not there"):
        found.predict(genotypes[:, :130])


def test_every_result_says_where_it_comes_from():
    genotypes, data, _, _ = flock()
    found = ag.bayes("y ~ sex + genomic(id)", data, genotypes, method="BayesR", rng=7, **SHORT)
    jsonschema.validate(found.provenance, schema())
    json.dumps(found.provenance)
    assert found.provenance["seed"] == 7
    assert "Erbe M" in ag.cite(found)
    assert "BayesR of y" in repr(found)
    assert {"chain", "iteration", "pi_0", "markers", "genetic"} <= set(found.samples.columns)


def test_weights_and_repeated_records_are_those_of_the_mean():
    """Two records of weight 1 say what one of their mean and weight 2 says."""
    genotypes, data, _, _ = flock(animals=50, markers=60)
    twice = pd.concat([data, data]).assign(w=1.0)
    once = data.assign(w=2.0)
    held = {"held": {"markers": 0.02, "residual": 0.5}}
    model = ag.Model.from_formula("y ~ sex + genomic(id)", weights="w")
    one, two = (
        ag.bayes(model, records, genotypes, method="ridge", priors=held, rng=1,
                 iterations=6_000, burn_in=500, thin=1)
        for records in (once, twice)
    )  # fmt: skip
    a, b = one.breeding_values, two.breeding_values
    z = (a.breeding_value - b.breeding_value) / np.hypot(a.mcse, b.mcse)
    assert np.abs(z).max() < 6.0
    assert (b.records == 2).all()


def test_other_random_effects_have_their_blup():
    genotypes, data, _, _ = flock(animals=60, markers=60)
    data["pen"] = np.arange(60) % 12
    pedigree = ag.Pedigree(data["id"], [""] * 20 + list(data["id"][:5]) * 8,
                           [""] * 20 + list(data["id"][5:15]) * 4)  # fmt: skip
    data["animal"] = data["id"]
    held = {"markers": 0.01, "residual": 0.5, "pen": 0.2, "a": 0.3}
    formula = "y ~ sex + random(pen) + animal(animal) + genomic(id)"
    found = ag.bayes(formula, data, genotypes, method="ridge", pedigree=pedigree, rng=1,
                     priors={"held": held}, iterations=6_000, burn_in=500, thin=1)  # fmt: skip
    f = genotypes.frequencies()
    variances = {"g": 0.01 * (2 * f * (1 - f)).sum(), "pen": 0.2, "a": 0.3, "residual": 0.5}
    wanted = ag.evaluate(ag.Model.from_formula(formula), data, pedigree, variances,
                         genotypes=genotypes)  # fmt: skip
    both = found.solutions.merge(wanted.solutions, on=["effect", "level"])
    both = both[both.effect.isin(["pen", "a"])]
    assert len(both) == 72
    assert np.abs(both.solution_x - both.solution_y).max() < 0.05
    assert np.abs(both.se_x / both.se_y - 1).max() < 0.1
    assert "heritability" in set(found.summary.parameter)


# A single step


def family(seed=1, animals=60, markers=80):
    """Founders and offspring; genotypes by gene drop."""
    rng = np.random.default_rng(seed)
    ids = [f"a{k}" for k in range(animals)]
    sire = [""] * 15 + [f"a{k}" for k in rng.integers(0, 6, animals - 15)]
    dam = [""] * 15 + [f"a{k}" for k in rng.integers(6, 15, animals - 15)]
    p = rng.uniform(0.2, 0.8, markers)
    gametes = rng.binomial(1, p, (animals, 2, markers))
    for k in range(15, animals):
        for side, parent in ((0, sire[k]), (1, dam[k])):
            pick = rng.integers(0, 2, markers)
            gametes[k, side] = gametes[int(parent[1:]), pick, np.arange(markers)]
    dosages = gametes.sum(axis=1).astype(np.int8)
    g = dosages @ rng.normal(size=markers) * 0.15
    data = pd.DataFrame({"id": ids, "sex": rng.choice(["f", "m"], animals)})
    data["y"] = 5 + g + rng.normal(size=animals)
    return ag.Genotypes.from_dosages(dosages, ids), data, ag.Pedigree(ids, sire, dam), g


def test_a_single_step_with_every_animal_genotyped_is_the_ordinary_model():
    genotypes, data, pedigree, _ = family()
    options = {"method": "bayes_c", "rng": 3, "iterations": 400, "burn_in": 100, "chains": 1}
    one = ag.bayes("y ~ sex + genomic(id)", data, genotypes, **options)
    two = ag.bayes("y ~ sex + genomic(id)", data, genotypes, pedigree=pedigree, single_step=True,
                   **options)  # fmt: skip
    pd.testing.assert_frame_equal(one.samples, two.samples)
    np.testing.assert_allclose(
        one.breeding_values.breeding_value, two.breeding_values.breeding_value, atol=1e-9
    )


def test_a_single_step_without_genotypes_is_the_animal_model():
    genotypes, data, pedigree, _ = family()
    nobody = genotypes[np.zeros(60, bool)]
    held = {"imputation": 0.8, "residual": 1.0}
    found = ag.bayes("y ~ sex + genomic(id)", data, nobody, pedigree=pedigree, single_step=True,
                     method="bayes_c", priors={"held": held}, rng=1, iterations=6_000,
                     burn_in=500, thin=1)  # fmt: skip
    wanted = ag.evaluate(ag.Model.from_formula("y ~ sex + animal(id)"), data, pedigree,
                         {"a": 0.8, "residual": 1.0})  # fmt: skip
    a = found.breeding_values.set_index("id")
    b = wanted.breeding_values.set_index("id").loc[a.index]
    assert np.abs((a.breeding_value - b.breeding_value) / a.mcse).max() < 6.0
    np.testing.assert_allclose(a.sd, b.se, rtol=0.2)


def test_a_single_step_at_given_variances_is_its_mixed_model():
    """Imputed covariates, imputation residuals and the mean of the base, by dense algebra."""
    genotypes, data, pedigree, _ = family()
    chosen = np.arange(60) >= 30
    found = ag.bayes("y ~ sex + genomic(id)", data, genotypes[chosen], pedigree=pedigree,
                     single_step=True, method="ridge", rng=1, iterations=10_000, burn_in=500,
                     priors={"held": {"markers": 0.03, "imputation": 0.9, "residual": 1.0}},
                     thin=1)  # fmt: skip
    a = pedigree.relationship_matrix()
    a = getattr(a, "matrix", a)
    one, two = np.flatnonzero(~chosen), np.flatnonzero(chosen)
    regression = a[np.ix_(one, two)] @ np.linalg.inv(a[np.ix_(two, two)])
    m = genotypes.dosages().astype(float)[two]
    m -= m.mean(axis=0)
    k = np.zeros((60, 60))
    z = np.zeros((60, m.shape[1]))
    z[two], z[one] = m, regression @ m
    k[np.ix_(one, one)] = a[np.ix_(one, one)] - regression @ a[np.ix_(two, one)]
    j = np.zeros(60)
    j[two], j[one] = -1.0, -regression.sum(axis=1)
    x = np.column_stack([np.ones(60), data["sex"] == "m", j])
    covariance = 0.03 * z @ z.T + 0.9 * k
    inverse = np.linalg.inv(covariance + np.eye(60))
    b = np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ data["y"])
    u = covariance @ inverse @ (data["y"].to_numpy() - x @ b) + j * b[2]
    table = found.breeding_values.set_index("id").loc[data["id"]]
    assert list(table.genotyped) == list(chosen)
    assert np.abs((table.breeding_value - u) / table.mcse).max() < 6.0


def test_animals_without_genotypes_gain_from_relatives():
    genotypes, data, pedigree, g = family(seed=2, animals=200)
    chosen = np.arange(200) % 3 > 0
    found = ag.bayes("y ~ sex + genomic(id)", data[chosen], genotypes[chosen], rng=1,
                     pedigree=pedigree, single_step=True, method="bayes_cpi", iterations=2_000,
                     burn_in=500, thin=2)  # fmt: skip
    table = found.breeding_values
    assert len(table) == 200
    assert np.corrcoef(table.breeding_value[~chosen], g[~chosen])[0, 1] > 0.3
    assert table.reliability.between(0, 1).all()


# How it ends


def test_cancelling_keeps_what_is_done():
    genotypes, data, _, _ = flock()
    asked = []

    def cancel():
        asked.append(1)
        return len(asked) > 12

    found = ag.bayes("y ~ sex + genomic(id)", data, genotypes, method="ridge", rng=1,
                     iterations=10**7, burn_in=10, thin=1, cancel=cancel)  # fmt: skip
    assert not found.complete
    assert not found.converged
    assert "stopped after" in found.advice()
    assert len(found.samples) >= 40
    with pytest.raises(Cancelled):
        ag.bayes("y ~ sex + genomic(id)", data, genotypes, method="ridge", cancel=lambda: True)


def test_too_short_a_run_warns_and_advises():
    genotypes, data, _, _ = flock()
    with pytest.warns(ConvergenceWarning, match="Not converged"):
        found = ag.bayes("y ~ sex + genomic(id)", data, genotypes, method="bayes_cpi", rng=1,
                         iterations=60, burn_in=10, thin=1)  # fmt: skip
    assert "times longer" in found.advice()
    assert "NOT CONVERGED" in repr(found)


def test_one_chain_is_told_to_have_a_second():
    genotypes, data, _, _ = flock()
    found = ag.bayes("y ~ sex + genomic(id)", data, genotypes, method="ridge", rng=1,
                     iterations=4_000, burn_in=500, thin=1, chains=1)  # fmt: skip
    assert "chains=2" in found.advice()


def test_chains_of_another_spread_do_not_agree():
    rng = np.random.default_rng(1)
    same = rng.normal(size=(4, 500))
    assert ranked_rhat(same) < 1.01
    wide = same * np.array([[1], [1], [1], [4]])
    assert ranked_rhat(wide) > 1.1
    assert ranked_rhat(same + np.array([[0], [0], [0], [1]])) > 1.1
    heavy = rng.standard_cauchy((4, 500))
    assert ranked_rhat(heavy) < 1.02


# Peers


def test_mice_equal_bglr(reference):
    """BGLR's RKHS model on the mice: 12,000 iterations, the same variances within their error."""
    folder = reference / "data/bglr_mice"
    names = {"SUBJECT.NAME": "id", "GENDER": "sex", "Obesity.BodyLength": "length"}
    data = pd.read_csv(folder / "pheno.csv").rename(columns=names)
    genotypes = ag.Genotypes.read(folder / "mice.bed")
    found = ag.bayes("length ~ sex + genomic(id)", data, genotypes, method="ridge", rng=1,
                     iterations=1_500, burn_in=300, thin=2)  # fmt: skip
    peers = json.loads((reference / "results/mice/R_peers_BodyLength.json").read_text())
    bglr = peers["BodyLength"]["BGLR_RKHS"]
    f = genotypes.frequencies()
    row = found.summary.set_index("parameter").loc["markers"]
    genetic = row["mean"] * (2 * f * (1 - f)).sum()
    assert abs(genetic - bglr["varU"]) < 0.35 * bglr["SD.varU"]
    assert abs(found.value("residual") - bglr["varE"]) < 0.35 * bglr["SD.varE"]
    theirs = pd.read_csv(reference / "results/mice/BodyLength_rrBLUP_gblup.csv", dtype={"id": str})
    ours = found.breeding_values.set_index("id").breeding_value
    assert np.corrcoef(ours.reindex(theirs["id"]), theirs["u"])[0, 1] > 0.998


# What cannot be


def refused(match, data=None, genotypes=None, formula="y ~ sex + genomic(id)", **options):
    own, records, _, _ = flock(animals=30, markers=20)
    given = {"method": "ridge", **SHORT} | options
    with pytest.raises(ag.AgrigenError, match=match):
        ag.bayes(formula, records if data is None else data,
                 own if genotypes is None else genotypes, **given)  # fmt: skip


def test_bad_input_is_refused_in_words():
    genotypes, data, _, _ = flock(animals=30, markers=20)
    refused(r"no Bayesian method 'bayes_z'.*Use one of ridge", method="bayes_z")
    refused(r"No Bayesian method is named.*Give method", method=None)
    refused(r"2 animals with records are not genotyped: a28, a29.*single_step",
            genotypes=genotypes[:28])  # fmt: skip
    refused(r"no genomic effect.*genomic\(animal\)", formula="y ~ sex + random(id)")
    refused(r"has 2 traits", data=data.assign(z=data["w"]), formula="y, z ~ sex + genomic(id)")
    refused(r"have no column 'calf'", formula="y ~ sex + genomic(calf)")
    refused(r"No marker varies", genotypes=ag.Genotypes.from_dosages(np.zeros((30, 5)), data["id"]))
    refused(r"single step and has no pedigree", single_step=True)
    strangers = ag.Pedigree(data["id"][:29], [""] * 29, [""] * 29)
    refused(r"a29.*Add them", single_step=True, pedigree=strangers)
    refused(r"precision is 'half'", precision="half")
    refused(r"only 0 samples would be kept|cannot run so", burn_in=300)


def test_bad_priors_are_refused_in_words():
    refused(r"the key 'h2'.*heritability", priors={"h2": 0.3})
    refused(r"heritability is 1.5.*below 1", priors={"heritability": 1.5})
    refused(r"degrees is -1", priors={"degrees": -1})
    refused(r"prior for 'pen'.*markers, residual", priors={"held": {"pen": 1.0}})
    refused(r"held at 0", priors={"held": {"residual": 0}})
    refused(r"pi is 1.2", priors={"pi": 1.2}, method="bayes_c")
    refused(r"add up to 1", priors={"pi": [0.5, 0.1, 0.1, 0.1]}, method="bayes_r")
    refused(r"Start with 0", priors={"mixture": [0.1, 1.0]}, method="bayes_r")
    refused(r"lasso has no common variance", priors={"held": {"markers": 1.0}},
            method="bayes_lasso")  # fmt: skip
    refused(r"must be proper", priors={"variances": {"residual": ag.Prior(0.0, -2.0)}})
    refused(r"pi is 'high'.*number", priors={"pi": "high"}, method="bayes_c")
    refused(r"mixture is \[0, None\].*numbers", priors={"mixture": [0, None]}, method="bayes_r")
    refused(r"held is None.*by name", priors={"held": None})
    refused(r"estimate_pi is 'no'.*true or false", priors={"estimate_pi": "no"})
    refused(r"lasso_rate is nan.*above 0", priors={"lasso_rate": np.nan}, method="bayes_lasso")
