"""The slow reference itself against what was printed, and against itself."""

import numpy as np
import pandas as pd
import pytest

from tests.agrigen.golden.published_examples import NAMES, example, found
from tests.agrigen.reference.dense_kinship import kinship
from tests.agrigen.reference.dense_mixed import numeric_gradient
from tests.agrigen.reference.dense_model import dense_model
from tests.agrigen.reference.tabular import tabular_a


def dense_tables(name):
    """Random effects of an example in the shape of the package's tables."""
    given = example(name)
    model = dense_model(given.model, given.data, given.rows, groups=given.groups)
    table = model.predictions(given.model["variances"])
    table["solution"] = table["breeding_value"] = table.value
    table["se"] = np.sqrt(table.pev)
    table["reliability"] = 1 - table.pev / table.scale
    table["id"] = table.level
    animal = [e["name"] for e in given.model["effects"] if e["type"] == "animal"]
    return {"breeding_values": table[table.effect.isin(animal)], "solutions": table}


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_gives_the_printed_random_effects(name):
    tables = dense_tables(name)
    for check in example(name).checks:
        random = set(tables["solutions"].effect)
        parts = [part for one in check.get("sums", []) for part in one]
        if all(part[1] in random for part in parts):
            np.testing.assert_allclose(
                found(check, tables), check["values"], atol=check["atol"], rtol=0
            )


def test_relationships_by_descent_are_those_of_the_tabular_method():
    rng = np.random.default_rng(4)
    n = 30
    sire = np.array([rng.integers(-1, i) if i else -1 for i in range(n)])
    dam = np.array([rng.integers(-1, i) if i else -1 for i in range(n)])
    names = [str(i) for i in range(n)] + [""]
    rows = [(names[i], names[sire[i]], names[dam[i]]) for i in range(n)]
    made = kinship(rows[::-1])
    order = np.array([made.names.index(name) for name in names[:-1]])
    np.testing.assert_allclose(made.k[np.ix_(order, order)], tabular_a(sire, dam), atol=1e-12)


def test_one_metafounder_is_a_related_base():
    # Legarra et al. 2015: the relationship of two founders is gamma, of one with itself 1 + g / 2.
    rows = [("a", "m", "m"), ("b", "m", "m"), ("c", "a", "b")]
    made = kinship(rows, groups=["m"], gamma=np.array([[0.4]]))
    expected = [[1.2, 0.4, 0.8, 0.4], [0.4, 1.2, 0.8, 0.4], [0.8, 0.8, 1.2, 0.4], [0.4] * 4]
    np.testing.assert_allclose(made.k, expected, atol=1e-12)


def test_the_gradient_of_the_likelihood_is_its_numeric_derivative():
    rng = np.random.default_rng(7)
    rows = [
        (str(i), str(i % 3) if i > 4 else "", str(3 + i % 2) if i > 4 else "") for i in range(9)
    ]
    data = pd.DataFrame({"animal": rng.integers(0, 9, 20).astype(str), "y": rng.normal(size=20)})
    effects = [{"name": "a", "type": "animal"}, {"name": "p", "type": "random", "column": "animal"}]
    model = dense_model({"traits": ["y"], "effects": effects}, data, rows)

    def at(theta):
        return model.at({"a": theta[0], "p": theta[1], "residual": theta[2]})

    theta = np.array([0.7, 0.4, 1.1])
    unit = [at(row).v for row in np.eye(3)]
    score = [at(theta).score(derivative) for derivative in unit]
    numeric = numeric_gradient(lambda t: at(t).log_likelihood, theta)
    np.testing.assert_allclose(score, numeric, rtol=1e-6)
