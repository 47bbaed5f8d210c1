"""Validation: what hidden records say about predictions.

Simulated records follow the model with its true variances, so that bias 0, dispersion 1 and the
accuracies themselves are known (Legarra and Reverter 2018).
"""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.evaluation.adjust import adjusted_records
from agrigen.evaluation.agreement import agreement

HERITABILITY = 0.4
MODEL = ag.Model("milk", [ag.Fixed("farm"), ag.Covariate("age"), ag.Animal()])
VARIANCES = {"a": HERITABILITY, "residual": 1.0 - HERITABILITY}


def population(seed: int, animals: int = 500, sires: int = 10):
    """Four generations with records on all but the first: records, pedigree, true values."""
    rng = np.random.default_rng(seed)
    size = animals // 4
    ids = np.array([f"a{i}" for i in range(animals)], dtype=object)
    sire, dam = np.full(animals, -1), np.full(animals, -1)
    for i in range(size, animals):
        first = (i // size - 1) * size
        sire[i] = first + 2 * rng.integers(sires)
        dam[i] = first + 2 * rng.integers(size // 2) + 1
    names = np.append(ids, "")
    pedigree = ag.Pedigree(ids, names[sire], names[dam])
    true = _true_values(pedigree, rng)
    rows = rng.permutation(np.arange(size, animals))
    value = true.reindex(ids[rows]).to_numpy()
    farm, age = rng.integers(4, size=rows.size), rng.normal(3.0, 1.0, rows.size)
    noise = rng.normal(0.0, np.sqrt(1.0 - HERITABILITY), rows.size)
    data = pd.DataFrame(
        {
            "animal": ids[rows],
            "farm": farm.astype(str),
            "age": age,
            "milk": 30.0 + farm + 0.5 * age + value + noise,
            "generation": rows // size,
            "date": pd.to_datetime("2020-01-01") + pd.to_timedelta(365 * (rows // size), "D"),
        }
    )
    return data, pedigree, true


def _true_values(pedigree: ag.Pedigree, rng: np.random.Generator) -> pd.Series:
    values = np.zeros(len(pedigree))
    deviation = np.sqrt(HERITABILITY * pedigree.mendelian())
    for i in range(len(pedigree)):
        parents = [p for p in (pedigree.sire[i], pedigree.dam[i]) if p >= 0]
        values[i] = 0.5 * values[parents].sum() + rng.normal(0.0, deviation[i])
    return pd.Series(values, index=pedigree.ids)


def test_statistics_are_those_of_the_definition():
    partial = np.array([1.0, 2.0, 3.0, 6.0])
    whole = np.array([1.0, 3.0, 2.0, 8.0])
    found = agreement(partial, whole, genetic_variance=20.0)
    covariance = np.cov(partial, whole)[0, 1]
    assert found.bias == pytest.approx(-0.5)
    assert found.dispersion == pytest.approx(covariance / partial.var(ddof=1))
    assert found.reliability_ratio == pytest.approx(covariance / whole.var(ddof=1))
    assert found.correlation**2 == pytest.approx(found.dispersion * found.reliability_ratio)
    assert found.accuracy == pytest.approx(np.sqrt(covariance / 20.0))
    slope, intercept = np.polyfit(partial, whole, 1)
    rest = whole - slope * partial - intercept
    error = np.sqrt((rest @ rest) / 2 / ((partial - 3.0) @ (partial - 3.0)))
    assert found.dispersion_se == pytest.approx(error)


def test_equal_evaluations_have_no_bias_and_dispersion_one():
    values = np.array([1.0, 2.0, 4.0])
    found = agreement(values, values)
    assert (found.bias, found.dispersion, found.correlation) == (0.0, 1.0, pytest.approx(1.0))
    assert np.isnan(agreement(values[:2], values[:2]).dispersion)


def test_the_partial_evaluation_is_the_one_without_the_hidden_records():
    data, pedigree, _ = population(1, animals=80)
    hidden = (data["generation"] == 3).to_numpy()
    result = ag.validate(MODEL, data, pedigree, VARIANCES, hidden=hidden)
    partial = ag.evaluate(MODEL, data[~hidden], pedigree, VARIANCES)
    whole = ag.evaluate(MODEL, data, pedigree, VARIANCES)
    pairs = result.pairs.set_index("id")
    assert set(pairs.index) == set(data["animal"][hidden])
    for column, evaluation in (("partial", partial), ("whole", whole)):
        values = evaluation.breeding_values.set_index("id")["breeding_value"]
        assert np.abs(pairs[column] - values.reindex(pairs.index)).max() < 1e-10


def test_a_cut_by_date_or_number_hides_what_lies_beyond():
    data, pedigree, _ = population(1, animals=80)
    by_mask = ag.validate(
        MODEL, data, pedigree, VARIANCES, hidden=(data["generation"] > 2).to_numpy()
    )
    cuts = [("generation", 2), ("date", "2022-06-30")]
    for column, after in cuts:
        cut = ag.validate(MODEL, data, pedigree, VARIANCES, column=column, after=after)
        assert cut.table.equals(by_mask.table)


def test_records_are_adjusted_for_every_kind_of_fixed_effect():
    data, pedigree, _ = population(2, animals=120)
    model = ag.Model(
        "milk",
        [
            ag.Fixed("farm"),
            ag.Covariate("age", degree=2, within="farm"),
            ag.Covariate("curve", basis=ag.Basis("legendre", "generation", order=1, range=(1, 3))),
            ag.Animal(),
        ],
    )
    # With no genetic variance to speak of, adjusted records are residuals of least squares.
    evaluation = ag.evaluate(model, data, pedigree, {"a": 1e-9, "residual": 1.0})
    adjusted = adjusted_records(evaluation, data, pedigree, "milk")
    farm = pd.get_dummies(data["farm"]).to_numpy(float)
    age = data["age"].to_numpy()[:, None]
    x = np.hstack([farm, farm * age, farm * age**2, data[["generation"]].to_numpy(float)])
    fit = np.linalg.lstsq(x, data["milk"], rcond=None)[0]
    assert np.abs(adjusted - (data["milk"] - x @ fit)).max() < 1e-6


def test_a_record_that_lacks_something_has_no_adjusted_value():
    data, pedigree, _ = population(2, animals=80)
    data.loc[data.index[3], "farm"] = ""
    evaluation = ag.evaluate(MODEL, data, pedigree, VARIANCES)
    assert np.isnan(adjusted_records(evaluation, data, pedigree, "milk")).tolist() == [
        row == 3 for row in range(len(data))
    ]


def test_true_variances_give_no_bias_dispersion_one_and_the_true_accuracy():
    found, truth = [], []
    for seed in range(24):
        data, pedigree, true = population(seed)
        result = ag.validate(MODEL, data, pedigree, VARIANCES, column="generation", after=2)
        pairs = result.pairs.set_index("id")
        mine = true.reindex(pairs.index)
        found.append(result.table.iloc[0])
        accuracies = [np.corrcoef(mine, pairs[c])[0, 1] for c in ("partial", "whole")]
        truth.append([*accuracies, accuracies[0] / accuracies[1]])
    frame, truth = pd.DataFrame(found), np.array(truth)
    expected = {"bias": 0.0, "dispersion": 1.0}
    for name, value in expected.items():
        values = frame[name].astype(float)
        assert abs(values.mean() - value) < 3.0 * values.std() / np.sqrt(len(values)), name
    pairs = {"accuracy": truth[:, 0], "correlation": truth[:, 2]}
    pairs["predicted_accuracy"] = truth[:, 0]
    for name, wanted in pairs.items():
        difference = frame[name].astype(float) - wanted
        # The statistics are ratios, unbiased to first order only: a hundredth of slack.
        limit = 3.0 * difference.std() / np.sqrt(len(difference)) + 0.01
        assert abs(difference.mean()) < limit, name


def test_too_large_a_heritability_shows_as_dispersion_below_one():
    slopes = []
    for seed in range(6):
        data, pedigree, _ = population(seed)
        wrong = {"a": 0.8, "residual": 0.2}
        result = ag.validate(MODEL, data, pedigree, wrong, column="generation", after=2)
        slopes.append(float(result.table["dispersion"].iloc[0]))
    assert np.mean(slopes) < 0.95


def test_every_animal_is_left_out_once_in_folds():
    data, pedigree, _ = population(3, animals=120)
    result = ag.cross_validate(MODEL, data, pedigree, VARIANCES, folds=4, rng=5)
    assert sorted(result.pairs["id"]) == sorted(data["animal"])
    assert list(result.table["fold"]) == ["all", "1", "2", "3", "4"]
    again = ag.cross_validate(MODEL, data, pedigree, VARIANCES, folds=4, rng=5)
    assert again.table.equals(result.table)
    assert result.table["records"].iloc[0] == len(data)


def test_families_are_left_out_one_at_a_time():
    data, pedigree, _ = population(3, animals=120, sires=4)
    result = ag.cross_validate(MODEL, data, pedigree, VARIANCES, families="sire", smallest=5)
    frame = pedigree.to_frame().set_index("id")
    for fold, part in result.pairs.groupby("fold"):
        assert set(frame.loc[part["id"], "sire"]) == {fold}
        assert len(part) >= 5
    by_column = ag.cross_validate(
        MODEL, data.assign(bull=frame.loc[data["animal"], "sire"].to_numpy()), pedigree, VARIANCES,
        families="bull", smallest=5,
    )  # fmt: skip
    assert by_column.table.equals(result.table)


def test_one_of_two_traits_can_be_hidden():
    data, pedigree, _ = population(4, animals=160)
    rng = np.random.default_rng(1)
    data["fat"] = data["milk"] * 0.1 + rng.normal(0.0, 0.1, len(data))
    model = ag.Model(["milk", "fat"], [ag.Fixed("farm"), ag.Covariate("age"), ag.Animal()])
    variances = {
        "a": [[0.4, 0.035], [0.035, 0.008]],
        "residual": [[0.6, 0.05], [0.05, 0.012]],
    }
    both = ag.validate(model, data, pedigree, variances, column="generation", after=2)
    milk = ag.validate(
        model, data, pedigree, variances, column="generation", after=2, traits=["milk"]
    )
    assert list(both.table["trait"]) == ["milk", "fat"]
    ratio = {name: r.table.set_index("trait")["correlation"] for name, r in
             (("both", both), ("milk", milk))}  # fmt: skip
    assert ratio["milk"]["milk"] > ratio["both"]["milk"]  # fat still tells about milk
    assert ratio["milk"]["fat"] > 0.98


def test_animals_can_be_chosen():
    data, pedigree, _ = population(1, animals=80)
    sires = sorted(set(pedigree.to_frame()["sire"]) - {""})
    result = ag.validate(
        MODEL, data, pedigree, VARIANCES, column="generation", after=2, focal=sires
    )
    assert set(result.pairs["id"]) == set(sires)


def test_a_maternal_model_has_statistics_of_both_effects():
    data, pedigree, _ = population(5, animals=160)
    data["dam"] = pedigree.to_frame().set_index("id").loc[data["animal"], "dam"].to_numpy()
    model = ag.Model(
        "milk", [ag.Fixed("farm"), ag.Animal(), ag.Animal("m", "dam", correlated_with="a")]
    )
    variances = {"a": [[0.3, -0.05], [-0.05, 0.1]], "residual": 0.6}
    table = ag.validate(model, data, pedigree, variances, column="generation", after=2).table
    assert list(table["effect"]) == ["a", "m"]
    assert np.isnan(table["predictivity"].iloc[1])


def test_a_result_prints_draws_and_cites():
    data, pedigree, _ = population(1, animals=80)
    result = ag.validate(MODEL, data, pedigree, VARIANCES, column="generation", after=2)
    assert "expected are bias 0 and dispersion 1" in repr(result)
    assert result.to_frame() is result.table
    assert "Legarra" in str(result.citations[0])
    assert "dispersion" in result.plot().axes[0].get_title()
    with pytest.raises(ValueError, match="there is no m milk"):
        result.plot(effect="m")


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"column": "generation", "after": 9}, "No record is hidden"),
        ({"column": "generation", "after": 0}, "No record"),
        ({"column": "birth", "after": 2}, "no column 'birth'"),
        ({"column": "farm", "after": "2022-01-01"}, "is no date in farm"),
        ({"column": "generation", "after": 2, "focal": ["none"]}, "not in the pedigree"),
        ({"column": "generation", "after": 2, "traits": ["wool"]}, "cannot be hidden"),
    ],
)
def test_a_validation_that_cannot_be_is_refused(options, what):
    data, pedigree, _ = population(1, animals=80)
    with pytest.raises(ag.AgrigenError, match=what):
        ag.validate(MODEL, data, pedigree, VARIANCES, **options)


def test_a_cut_must_be_given():
    data, pedigree, _ = population(1, animals=80)
    with pytest.raises(ValueError, match="say what to hide"):
        ag.validate(MODEL, data, pedigree, VARIANCES)
    with pytest.raises(ValueError, match="folds is 1"):
        ag.cross_validate(MODEL, data, pedigree, VARIANCES, folds=1)


def test_one_family_is_nothing_to_leave_out():
    data, pedigree, _ = population(1, animals=80)
    with pytest.raises(ag.DataError, match="1 part to leave out"):
        ag.cross_validate(MODEL, data.assign(all="x"), pedigree, VARIANCES, families="all")
