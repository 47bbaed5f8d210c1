"""Records and variances that do not fit are refused with what, where and what to do."""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from tests.agrigen.evaluation import examples

MODEL = examples.MRODE_3_1_MODEL
VARIANCES = examples.MRODE_3_1_VARIANCES


def run(data=examples.MRODE_3_1, model=MODEL, variances=VARIANCES, **options):
    return ag.evaluate(model, data, examples.mrode_3_1_pedigree(), variances, **options)


def refused(data, model=MODEL):
    with pytest.raises(ag.DataError) as caught:
        run(data, model)
    return caught.value.problems


def test_animals_that_are_not_in_the_pedigree_are_listed():
    data = examples.MRODE_3_1.assign(animal=[4, 5, 6, 17, 18])
    (problem,) = refused(data)
    assert problem.kind == "unknown_animal"
    assert problem.animals == ("17", "18")
    assert "Add them to the pedigree" in problem.remedy


def test_columns_that_are_missing_are_all_named():
    problems = refused(examples.MRODE_3_1.drop(columns=["sex", "gain"]))
    assert [problem.kind for problem in problems] == ["missing_column"] * 2
    assert "their columns are animal" in str(problems[0])


def test_words_where_numbers_should_be():
    data = examples.MRODE_3_1.assign(gain=["4.5", "heavy", "3.9", "NA", ""])
    (problem,) = refused(data)
    assert (problem.kind, "'heavy'" in problem.message) == ("not_a_number", True)


def test_infinity_is_no_number():
    data = examples.MRODE_3_1.assign(gain=[4.5, np.inf, 3.9, 3.5, 5.0])
    assert refused(data)[0].kind == "not_a_number"


def test_the_logarithm_of_zero():
    model = ag.Model("gain", [ag.Covariate("days", transform="log"), ag.Animal()])
    problems = refused(examples.MRODE_3_1.assign(days=[10, 0, 12, -3, 11]), model)
    assert problems[0].kind == "not_positive"
    assert "record 2, 4" in problems[0].message


def test_the_square_root_of_a_negative_number():
    model = ag.Model("gain", [ag.Covariate("days", transform="sqrt"), ag.Animal()])
    assert refused(examples.MRODE_3_1.assign(days=[10, 0, 12, -3, 11]), model)[0].kind == (
        "not_positive"
    )


def test_weights_of_zero():
    model = ag.Model("gain", [ag.Animal()], weights="w")
    assert refused(examples.MRODE_3_1.assign(w=[1, 1, 0, 1, 1]), model)[0].kind == "not_positive"


def test_records_that_lack_something_are_counted_by_reason():
    data = pd.concat([examples.MRODE_3_1] * 2, ignore_index=True).astype(object)
    data.loc[0, "gain"] = ""
    data.loc[1, "sex"] = "NA"
    data.loc[2, "animal"] = 0
    data.loc[3, ["gain", "sex"]] = None
    records = run(data).summary["records"]
    assert records["used"] == 6
    assert records["reasons"] == {"missing gain": 2, "missing sex": 1, "missing animal": 1}


def test_no_record_left():
    (problem,) = refused(examples.MRODE_3_1.assign(gain=np.nan))
    assert problem.kind == "no_records"
    assert "5 with missing gain" in problem.message


@pytest.mark.parametrize(
    ("variances", "says"),
    [
        ({"a": 20}, "No variance is given for 'residual'"),
        ({"a": 20, "residual": 40, "pe": 1}, "'pe', which is no random effect"),
        ({"a": 0, "residual": 40}, "The variance of 'a' is 0"),
        ({"a": "20", "residual": 40}, "The variance of 'a' is '20'"),
        ({"a": [[20, 1], [1, 20]], "residual": 40}, "Give one number above 0"),
        ({"a": float("nan"), "residual": 40}, "The variance of 'a' is nan"),
    ],
)
def test_variances_that_make_no_sense(variances, says):
    with pytest.raises(ag.ModelError, match=says):
        run(variances=variances)


def test_an_animal_effect_without_pedigree():
    with pytest.raises(ag.DataError, match="needs a pedigree"):
        ag.evaluate(MODEL, examples.MRODE_3_1, None, VARIANCES)


def test_a_solver_that_does_not_exist():
    with pytest.raises(ag.ModelError, match="Use one of auto, direct, pcg"):
        run(solver="fast")


def test_models_that_contradict_themselves():
    with pytest.raises(ag.ModelError) as caught:
        ag.Model([], [ag.Fixed("a"), ag.Covariate("a", degree=0, transform="exp")])
    kinds = [problem.kind for problem in caught.value.problems]
    assert kinds == ["no_trait", "same_name", "no_random", "degree", "transform"]


def test_a_run_can_be_cancelled_between_its_stages():
    asked = []

    def cancel():
        asked.append(True)
        return len(asked) > 2

    with pytest.raises(ag.Cancelled, match="before ordering the equations"):
        run(cancel=cancel)


def test_progress_goes_from_zero_to_one():
    seen = []
    run(progress=lambda fraction, message: seen.append((fraction, message)))
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert all(message for _, message in seen)


def test_numbers_and_texts_are_the_same_levels():
    texts = examples.MRODE_3_1.astype(str)
    pd.testing.assert_frame_equal(run(texts).solutions, run().solutions)


def test_levels_that_are_numbers_are_sorted_as_numbers():
    data = examples.MRODE_3_1.assign(sex=["10", "9", "9", "10", "2"])
    solutions = run(data).solutions
    assert list(solutions[solutions.effect == "sex"].level) == ["2", "9", "10"]


def test_a_solution_that_did_not_converge_is_marked(monkeypatch):
    monkeypatch.setattr("agrigen.evaluation.iterative.MAX_ITERATIONS", 1)
    with pytest.warns(ag.ConvergenceWarning, match="stopped after 1 iterations"):
        result = run(solver="pcg")
    assert not result.converged
    assert "NOT CONVERGED" in repr(result)


def test_covariates_within_levels_and_of_high_degree():
    rng = np.random.default_rng(1)
    n = 60
    data = pd.DataFrame(
        {
            "animal": rng.integers(1, 9, n),
            "sex": rng.choice(["F", "M"], n),
            "year": rng.integers(2010, 2020, n),
            "gain": rng.normal(size=n),
        }
    )
    model = ag.Model(
        "gain",
        [ag.Fixed("sex"), ag.Covariate("slope", "year", within="sex"), ag.Animal()],
    )
    solutions = run(data, model).solutions
    slopes = solutions[solutions.effect == "slope"]
    assert list(slopes.level) == ["F", "M"]
    assert slopes.coefficient.isna().all()
    # Each sex by itself, by least squares on the dense equations.
    a = np.linalg.inv(examples.mrode_3_1_pedigree().ainverse().toarray())
    z = (data.animal.to_numpy()[:, None] == np.arange(1, 9)[None, :]).astype(float)
    v = np.linalg.inv(z @ a @ z.T * 20 + 40 * np.eye(n))
    male = (data.sex == "M").to_numpy(float)
    x = np.column_stack([np.ones(n), male, (1 - male) * data.year, male * data.year])
    b = np.linalg.solve(x.T @ v @ x, x.T @ v @ data.gain.to_numpy())
    np.testing.assert_allclose(slopes.solution, b[2:], rtol=1e-5)

    cubic = ag.Model("gain", [ag.Covariate("year", degree=3), ag.Animal()])
    result = run(data, cubic)
    curve = result.solutions[result.solutions.effect == "year"]
    assert list(curve.coefficient) == [1, 2, 3]
    assert result.summary["dependent"] == []
    assert curve.se.notna().all()
