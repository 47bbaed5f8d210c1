"""Published REML: the iterates of a textbook, and BLUPF90's estimates of its tutorial's data."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from tests.agrigen.evaluation.examples import solution
from tests.agrigen.reference.dense_model import dense_model

GOLDEN = Path(__file__).parents[1] / "golden" / "reml"
COLUMNS = ["animal", "sire", "dam", "w", "mu", "farm", "sex", "year", "y1", "y2", "y3", "y4"]
FACTORS = [ag.Fixed("farm"), ag.Fixed("sex"), ag.Fixed("year")]
# BLUPF90 prints its average information slightly off the estimates that it prints: the dense
# average information at 38.5378, 62.6908 has the inverse 13.462, -6.748, 6.544 (13.471 there).
BLUPF90_ERRORS = 2e-3


def golden(name):
    return json.loads((GOLDEN / f"{name}.json").read_text())


class TestMrode:
    """Section 17.7: five records of eight animals, from 0.2 and 0.4."""

    book = golden("mrode_17_7")
    data = pd.DataFrame(book["data"])
    model = ag.Model("y", [ag.Fixed("sex"), ag.Animal()])
    degrees = 3  # five records, two sexes; the book leaves out -(n - p) / 2 log(2 pi)

    @property
    def pedigree(self):
        return ag.Pedigree(*self.book["pedigree"].values())

    def test_every_iterate_of_average_information(self):
        found = ag.reml(
            self.model, self.data, self.pedigree, start=self.book["start"], tolerance=1e-14
        )
        assert found.converged
        atol = self.book["atol"]["ai_iterates"]
        for name, values in self.book["ai_iterates"].items():
            ours = found.history[name].to_numpy()
            if name == "log_likelihood":
                ours = ours + 0.5 * self.degrees * np.log(2 * np.pi)
            np.testing.assert_allclose(ours[: len(values)], values, atol=atol)

    def test_the_first_iterate_of_em(self):
        found = ag.reml(
            self.model, self.data, self.pedigree, start=self.book["start"], em_iterations=1
        )
        printed, atol = self.book["em_first_iterate"], self.book["atol"]["em_first_iterate"]
        assert found.history.a[1] == pytest.approx(printed["a"], abs=atol)
        # The book's step of the residual variance is y'e / (n - p), another algorithm of the same
        # name: ours is the expectation of e'e. Its first step follows from our solutions.
        result = ag.evaluate(self.model, self.data, self.pedigree, self.book["start"])
        u = result.breeding_values.breeding_value.to_numpy()[3:]
        fixed = [solution(result, "(Intercept)"), solution(result, "sex", "M")]
        mean = fixed[0] + fixed[1] * (self.data.sex == "M")
        step = self.data.y @ (self.data.y - mean - u) / self.degrees
        assert step == pytest.approx(printed["residual"], abs=atol)

    def test_standard_errors_are_those_of_the_inverse_information(self):
        found = ag.reml(
            self.model, self.data, self.pedigree, start=self.book["start"], tolerance=1e-14
        )
        inverse = np.array(self.book["ai_inverse_residual_a"])
        se = found.variances.set_index("parameter").se
        atol = self.book["atol"]["ai_inverse_residual_a"]
        assert se["residual"] ** 2 == pytest.approx(inverse[0, 0], abs=atol)
        assert se["a"] ** 2 == pytest.approx(inverse[1, 1], abs=atol)

    def test_solutions_at_the_start(self):
        result = ag.evaluate(self.model, self.data, self.pedigree, self.book["start"])
        values = result.breeding_values.breeding_value
        printed = self.book["solutions_at_start"][2:]
        np.testing.assert_allclose(values, printed, atol=self.book["atol"]["solutions_at_start"])

    def test_the_estimates_are_the_top_of_the_dense_likelihood(self):
        found = ag.reml(self.model, self.data, self.pedigree)
        rows = list(zip(*self.book["pedigree"].values(), strict=True))
        words = self.model.to_mapping()
        dense = dense_model(words, self.data, rows)
        top = dense.at(found.covariances).log_likelihood
        assert found.log_likelihood == pytest.approx(top, abs=1e-9)
        for a, residual in ((1.02, 1.0), (0.98, 1.0), (1.0, 1.02), (1.0, 0.98)):
            near = {"a": a, "residual": residual}
            moved = {name: near[name] * value for name, value in found.covariances.items()}
            assert dense.at(moved).log_likelihood < top


def read_tutorial(folder, name, columns):
    data = pd.read_csv(folder / name, sep=r"\s+", header=None, names=columns)
    observed = [column for column in columns if column.startswith("y") and column != "year"]
    data[observed] = data[observed].replace(0, np.nan)  # BLUPF90's sign for missing
    return data


def tutorial_pedigree(path):
    """BLUPF90 leaves inbreeding out of A-inverse unless it is told otherwise."""
    parents = pd.read_csv(path, sep=r"\s+", header=None)
    return ag.Pedigree(parents[0], parents[1], parents[2])


@pytest.fixture(scope="module")
def tutorial(reference):
    return reference / "data" / "blupf90_tutorial"


@pytest.fixture(scope="module")
def single(tutorial):
    folder = tutorial / "variance_components" / "aireml"
    data = read_tutorial(folder, "simdata.txt", COLUMNS)
    pedigree = tutorial_pedigree(folder / "simped.txt")
    model = ag.Model("y1", [*FACTORS, ag.Animal()], weights="w", inbreeding=False)
    return ag.reml(model, data, pedigree, start=golden("blupf90_single_trait")["start"])


def test_estimates_of_blupf90(single):
    book = golden("blupf90_single_trait")
    table = single.variances.set_index("parameter")
    for name, value in book["estimates"].items():
        assert table.value[name] == pytest.approx(value, abs=5.1e-4)
        assert table.se[name] == pytest.approx(book["se"][name], rel=BLUPF90_ERRORS)
    heritability = single.heritability.iloc[0]
    assert heritability.value == pytest.approx(book["h2"], abs=5.1e-6)
    assert heritability.se == pytest.approx(book["h2_se_sampled"], rel=0.02)  # sampled there


def test_the_likelihood_rises_as_much_as_in_blupf90(single):
    # Its constant depends on how fixed effects are coded, so the rise is compared. Dense algebra
    # gives 718.448042 for twice the rise; the figures that are printed differ by 718.448054.
    book = golden("blupf90_single_trait")
    rise = single.log_likelihood - single.history.log_likelihood[0]
    printed = book["minus_two_log_likelihood_at_start"] - book["minus_two_log_likelihood"]
    assert 2 * rise == pytest.approx(718.448042053, abs=1e-8)
    assert 2 * rise == pytest.approx(printed, abs=2e-5)


def test_residual_variances_by_class_as_blupf90(tutorial):
    folder, book = (
        tutorial / "variance_components" / "adv_aireml",
        golden("blupf90_residual_by_class"),
    )
    data = read_tutorial(folder, "simdata2a.txt", [*COLUMNS, "x", "group", "c1", "c2", "c3"])
    pedigree = tutorial_pedigree(folder / "simped2.txt")
    effects = [*FACTORS, ag.Animal()]
    model = ag.Model("y1", effects, weights="w", inbreeding=False, residual_by="group")
    table = ag.reml(model, data, pedigree).variances.set_index("parameter")
    assert table.value["a"] == pytest.approx(book["a"], abs=5.1e-4)
    assert table.se["a"] == pytest.approx(book["a_se"], rel=BLUPF90_ERRORS)
    for group, value in book["log_residual"].items():
        found = table.loc[f"residual[{group}]"]
        assert np.log(found.value) == pytest.approx(value, abs=1e-6)
        printed = np.sqrt(book["log_residual_variance"][group])
        assert found.se / found.value == pytest.approx(printed, rel=BLUPF90_ERRORS)


@pytest.fixture(scope="module")
def four_traits(tutorial):
    folder = tutorial / "large_scale"
    data = read_tutorial(folder, "simdata_rep.txt", COLUMNS)
    effects = [*FACTORS, ag.Animal(), ag.Random("pe", "animal")]
    model = ag.Model(["y1", "y2", "y3", "y4"], effects, inbreeding=False)
    return model, data, tutorial_pedigree(folder / "simped.txt")


def test_thirty_components_of_four_traits_are_the_top_that_blupf90_found(four_traits):
    book = golden("blupf90_four_traits")
    start = {name: book[name] for name in ("a", "pe", "residual")}
    found = ag.reml(*four_traits, start=start, max_iterations=5)
    assert found.converged
    for name, values in start.items():
        np.testing.assert_allclose(found.covariances[name], values, atol=5.1e-4)


def test_breeding_values_of_four_traits_as_blupf90(four_traits):
    book = golden("blupf90_four_traits")
    given = {name: book[name] for name in ("a", "pe", "residual")}
    values = ag.evaluate(*four_traits, given).breeding_values
    for animal, printed in book["ebv_animal"].items():
        mine = values[values.id == animal].breeding_value
        np.testing.assert_allclose(mine, printed, atol=book["ebv_atol"])


@pytest.mark.slow
def test_thirty_components_of_four_traits_from_a_distance(four_traits):
    book = golden("blupf90_four_traits")
    found = ag.reml(*four_traits)
    assert found.converged
    for name in ("a", "pe", "residual"):
        np.testing.assert_allclose(found.covariances[name], book[name], atol=2e-3)
