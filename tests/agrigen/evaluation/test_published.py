"""Every published example that is carried, through the words of a model file."""

import numpy as np
import pytest

import agrigen as ag
from tests.agrigen.evaluation import examples
from tests.agrigen.evaluation.examples import solution
from tests.agrigen.golden.published_examples import NAMES, example, found

PRINTED = 1e-7  # expected values have eight decimals, some of them float32 in the source
NEEDS_FACTOR = ("se", "reliability", "pev")


def tables(result):
    return {"solutions": result.solutions, "breeding_values": result.breeding_values}


@pytest.mark.parametrize("name", NAMES)
def test_every_printed_digit(name):
    made = tables(example(name).evaluate(solver="direct"))
    for check in example(name).checks:
        np.testing.assert_allclose(
            found(check, made),
            check["values"],
            atol=check["atol"],
            rtol=0,
            err_msg=str(check.get("where", "sums")),
        )


@pytest.mark.parametrize("name", NAMES)
def test_every_printed_solution_by_conjugate_gradients(name):
    made = tables(example(name).evaluate(solver="pcg"))
    for check in example(name).checks:
        if check.get("column") not in NEEDS_FACTOR:
            np.testing.assert_allclose(
                found(check, made), check["values"], atol=check["atol"], rtol=0
            )


def test_the_eight_digits_of_mrode_3_1():
    result = example("mrode_3_1_animal_model").evaluate()
    expected, values = examples.MRODE_3_1_EXPECTED, result.breeding_values
    np.testing.assert_allclose(values.breeding_value, expected["breeding_value"], atol=PRINTED)
    np.testing.assert_allclose(values.se, expected["se"], atol=PRINTED)
    np.testing.assert_allclose(values.reliability, expected["reliability"], atol=PRINTED)
    assert solution(result, "(Intercept)") == pytest.approx(expected["female"], abs=PRINTED)
    # BLUPF90 prints 5.66554023 for the standard error of the females' solution.
    assert result.solutions.se[0] == pytest.approx(5.66554023, abs=3e-7)


def test_the_eight_digits_of_mrode_4_1():
    result = example("mrode_4_1_repeatability").evaluate()
    expected, values = examples.MRODE_4_1_EXPECTED, result.breeding_values
    np.testing.assert_allclose(values.breeding_value, expected["breeding_value"], atol=PRINTED)
    np.testing.assert_allclose(values.se, expected["se"], atol=PRINTED)
    pe = result.solutions[result.solutions.effect == "pe"]
    np.testing.assert_allclose(pe.solution, expected["pe"], atol=PRINTED)
    # Herd-year-seasons 1 and 2 hold only parity 1: parity cannot be told from them.
    assert result.summary["dependent"] == ["parity 2"]
    assert result.summary["repeatability"] == {"fat": pytest.approx(32 / 60)}


def test_a_reduced_animal_model_gives_what_the_animal_model_gives():
    """Mrode 3.3: records of non-parents are averages of their parents with more residual.

    The reduced model saves equations by hand; here the animal model orders them itself, so it is
    offered as the animal model, which must give the same breeding values.
    """
    full = example("mrode_3_1_animal_model").evaluate().breeding_values.set_index("id")
    parents = np.zeros((5, 6))  # animals 4, 5 and 6 themselves; 7 of 4 and 5, 8 of 3 and 6
    parents[[0, 1, 2], [3, 4, 5]] = 1.0
    parents[3, [3, 4]] = parents[4, [2, 5]] = 0.5
    residual = np.array([40.0, 40, 40, 50, 50])  # 40 + 20 / 2 for animals of two parents
    a = 20 * examples.mrode_3_1_pedigree().relationship_matrix([str(i) for i in range(1, 7)])
    y = examples.MRODE_3_1.gain.to_numpy()
    males = (examples.MRODE_3_1.sex == "M").to_numpy(float)
    x = np.column_stack([males, 1 - males])
    v = np.linalg.inv(parents @ a @ parents.T + np.diag(residual))
    b = np.linalg.solve(x.T @ v @ x, x.T @ v @ y)
    u = a @ parents.T @ v @ (y - x @ b)
    np.testing.assert_allclose(u, full.breeding_value.loc[[*"123456"]], atol=1e-10)


def test_a_model_without_animals_needs_no_pedigree():
    result = example("blupf90_mixed_model").evaluate()
    assert result.breeding_values.empty


def test_the_reliability_of_a_lactation_is_that_of_its_whole_curve():
    """Mrode 9.2 (10.2 in the 4th ed.): days 6 to 310 of the curve; animal 8 is inbred.

    The book's reliabilities have two digits and take no account of inbreeding, so what is compared
    is 1 - PEV / t'Gt.
    """
    given = example("mrode_9_2_random_regression")
    days = ag.Basis("legendre", "dim", order=2, range=(4, 310)).evaluate(np.arange(6, 311))
    t = days.sum(axis=0)
    g = np.array(given.model["variances"]["a"])
    variance = t @ g @ t
    assert variance == pytest.approx(154896.766, abs=25)  # printed from rounded polynomials
    result = given.evaluate()
    table = result.solutions[result.solutions.effect == "a"]
    coefficients = table.pivot(index="level", columns="coefficient", values="solution")
    book = [-12.3731, -15.7347, 28.1078, 74.8132, -98.4153, -118.4265, 184.1701, 47.6907]
    np.testing.assert_allclose(coefficients.to_numpy(float) @ t, book, atol=0.03)
    # The table sums the whole numbers of the range itself, days 4 to 310.
    whole = ag.Basis("legendre", "dim", order=2, range=(4, 310)).evaluate(np.arange(4, 311))
    values = result.breeding_values.set_index("id").breeding_value
    np.testing.assert_allclose(
        values, coefficients.loc[values.index].to_numpy(float) @ whole.sum(axis=0), atol=1e-9
    )
    whole_variance = whole.sum(axis=0) @ g @ whole.sum(axis=0)
    reliability = 1 - result.breeding_values.set_index("id").pev / whole_variance
    printed = [0.09, 0.04, 0.07, 0.12, 0.15, 0.06, 0.10, 0.05]
    np.testing.assert_allclose(reliability.loc[[*"12345678"]], printed, atol=0.0075)
