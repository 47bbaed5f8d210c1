"""Differences between solutions and their errors; trends and pictures of an evaluation."""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from tests.agrigen.evaluation import examples

RAMS = {"effect": "a", "weights": {"1": 1, "3": -1}}
SEXES = {"name": "males - females", "effect": "sex", "weights": {"M": 1, "F": -1}}


def run(contrasts=(), **options):
    return ag.evaluate(
        examples.MRODE_3_1_MODEL,
        examples.MRODE_3_1,
        examples.mrode_3_1_pedigree(),
        examples.MRODE_3_1_VARIANCES,
        contrasts=contrasts,
        **options,
    )


def dense():
    """Mrode 3.1: intercept, male, eight animals."""
    data, pedigree = examples.MRODE_3_1, examples.mrode_3_1_pedigree()
    w = np.zeros((len(data), 10))
    w[:, 0] = 1
    w[:, 1] = data.sex == "M"
    w[np.arange(len(data)), 2 + pedigree.index_many(data.animal)] = 1
    c = w.T @ w / 40
    c[2:, 2:] += np.linalg.inv(pedigree.relationship_matrix()) / 20
    return np.linalg.inv(c), pedigree


def test_a_contrast_of_animals_has_its_exact_error():
    inverse, pedigree = dense()
    weights = np.zeros(10)
    weights[2 + pedigree.index("1")], weights[2 + pedigree.index("3")] = 1, -1
    result = run([RAMS])
    row = result.contrasts.iloc[0]
    values = result.breeding_values.set_index("id").breeding_value
    assert row.value == pytest.approx(values["1"] - values["3"], abs=1e-12)
    assert row.se == pytest.approx(np.sqrt(weights @ inverse @ weights), abs=1e-10)
    assert (row["name"], row.effect, row.trait) == ("contrast 1", "a", "gain")


def test_a_contrast_of_levels_knows_that_the_first_is_absorbed():
    inverse, _ = dense()
    row = run([SEXES]).contrasts.iloc[0]
    assert row["name"] == "males - females"
    assert row.se == pytest.approx(np.sqrt(inverse[1, 1]), abs=1e-10)
    opposite = run([{**SEXES, "weights": {"F": 1, "M": -1}}]).contrasts.iloc[0]
    assert opposite.value == pytest.approx(-row.value)


def test_without_a_factor_there_is_a_value_but_no_error():
    row = run([RAMS], solver="pcg").contrasts.iloc[0]
    assert np.isnan(row.se)
    assert row.value == pytest.approx(run([RAMS]).contrasts.value[0], abs=1e-7)


@pytest.mark.parametrize(
    ("contrast", "words"),
    [
        ({"effect": "b", "weights": {"1": 1}}, "'b' and trait 'gain'"),
        ({**RAMS, "trait": "milk"}, "'a' and trait 'milk'"),
        ({"effect": "a", "weights": {"99": 1}}, "'a' has no level 99"),
    ],
)
def test_contrasts_of_what_is_not_there_are_refused(contrast, words):
    with pytest.raises(ag.ModelError, match=words):
        run([contrast])


def test_a_model_file_asks_for_contrasts(tmp_path):
    examples.MRODE_3_1.to_csv(tmp_path / "records.csv", index=False)
    examples.mrode_3_1_pedigree().to_frame()[["id", "sire", "dam"]].to_csv(
        tmp_path / "pedigree.csv", index=False
    )
    (tmp_path / "model.yaml").write_text(
        "data: records.csv\npedigree: pedigree.csv\nformula: gain ~ sex + animal(animal)\n"
        "variances: {a: 20, residual: 40}\ncontrasts:\n"
        "  - {effect: a, weights: {1: 1, 3: -1}}\n"
    )
    result = ag.evaluation.evaluate_file(ag.load_model(tmp_path / "model.yaml"))
    assert result.contrasts.se[0] == pytest.approx(run([RAMS]).contrasts.se[0])
    written = pd.read_csv(result.write(tmp_path / "out") / "contrasts.csv")
    assert list(written) == ["name", "effect", "trait", "value", "se"]


def test_a_trend_is_the_mean_of_those_born_in_a_year():
    result = run()
    born = {str(animal): 2000 + animal // 3 for animal in range(1, 8)}
    table = result.trend(born)
    assert list(table.born) == [2000, 2001, 2002]
    assert table.animals.sum() == 7
    values = result.breeding_values.set_index("id").breeding_value
    assert table["mean"][1] == pytest.approx(values[["3", "4", "5"]].mean())


def test_every_picture_can_be_drawn_and_a_trend_needs_births():
    result = run()
    for what, label in (("reliability", "reliability"), ("convergence", "iteration")):
        assert result.plot(what).axes[0].get_xlabel() == label
    drawn = result.plot("trend", born={"1": 2000, "2": 2000, "4": 2001, "5": 2001})
    assert drawn.axes[0].get_ylabel() == "mean breeding value"
    with pytest.raises(ag.DataError, match="needs the year of birth"):
        result.plot("trend")
