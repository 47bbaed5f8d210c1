"""Laws of BLUP on random evaluations of every kind, against dense linear algebra."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import agrigen as ag
from agrigen.evaluation.design import build_design
from agrigen.evaluation.model import component_names
from agrigen.variance.likelihood import Direction, Likelihood
from tests.agrigen.evaluation.cases import Case, cases
from tests.agrigen.reference.dense_mixed import numeric_gradient
from tests.agrigen.reference.dense_model import CURVE, NONE
from tests.agrigen.strategies import herds, parents

KEYS = ["effect", "trait", "level", "coefficient"]
often = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
seldom = settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])


def random_part(result):
    """Solutions of the random effects by effect, trait, level and coefficient."""
    table = result.solutions[result.solutions.effect.isin([e.name for e in result.model.random])]
    table = table.assign(coefficient=table.coefficient.fillna(NONE).astype(int))
    return table.set_index(KEYS).sort_index()


def same(one, other, atol=1e-8, columns=("solution", "se", "reliability")):
    """Two tables of random solutions say the same for the levels of the first."""
    matched = other.loc[one.index]
    for column in columns:
        np.testing.assert_allclose(
            matched[column].to_numpy(float), one[column].to_numpy(float), atol=atol, rtol=1e-7
        )


def dense_scale(dense, animal):
    """Relationship of an animal with itself."""
    kinship = dense.parts[0].kinship
    place = kinship.names.index(animal)
    return kinship.k[place, place]


class TestAgainstDenseAlgebra:
    @given(cases())
    @often
    def test_solutions_errors_and_likelihood(self, case):
        result = case.evaluate(solver="direct")
        dense = case.dense()
        expected = dense.predictions(case.variances)
        expected = expected.set_index(KEYS)
        found = random_part(result).loc[expected.index]
        np.testing.assert_allclose(found.solution, expected.value, atol=1e-7)
        np.testing.assert_allclose(found.se**2, expected.pev, rtol=1e-6, atol=1e-9)
        at = dense.at(case.variances)
        assert result.summary["log_likelihood"] == pytest.approx(at.log_likelihood, abs=1e-6)
        assert result.summary["fixed_rank"] == at.x.shape[1]

    @given(cases())
    @often
    def test_breeding_values_of_curves_and_their_reliability(self, case):
        table = case.evaluate(solver="direct").breeding_values.set_index(["effect", "trait", "id"])
        curves = case.curves()
        dense = case.dense()
        expected = dense.predictions(case.variances, curves)
        for row in expected.itertuples():
            merit = CURVE if row.effect in curves else NONE
            if row.effect in ("a", "m") and row.coefficient == merit:
                mine = table.loc[(row.effect, row.trait, row.level)]
                assert mine.breeding_value == pytest.approx(row.value, abs=1e-6)
                assert mine.pev == pytest.approx(row.pev, rel=1e-6)
                # Without inbreeding in A-inverse, reliability counts against the base variance.
                own = dense_scale(dense, row.level) if not case.mapping["inbreeding"] else 1.0
                reliability = np.clip(1 - row.pev * own / row.scale, 0, 1)
                assert mine.reliability == pytest.approx(reliability, abs=1e-6)

    @given(cases(groups=True))
    @seldom
    def test_metafounders(self, case):
        result = case.evaluate(solver="direct")
        dense = case.dense()
        expected = dense.predictions(case.variances)
        expected = expected.set_index(KEYS)
        found = random_part(result).loc[expected.index]
        np.testing.assert_allclose(found.solution, expected.value, atol=1e-7)
        np.testing.assert_allclose(found.se**2, expected.pev, rtol=1e-6, atol=1e-9)
        likelihood = dense.at(case.variances).log_likelihood
        assert result.summary["log_likelihood"] == pytest.approx(likelihood, abs=1e-6)

    @given(cases(groups=True))
    @seldom
    def test_fixed_groups(self, case):
        """Differences between related animals, and how the likelihood moves with the variances."""
        case = case.changed(gamma=None)
        smaller = {**case.variances, "a": (np.array(case.variances["a"]) / 2).tolist()}
        dense = case.dense()
        here, there = case.evaluate(solver="direct"), case.changed(variances=smaller).evaluate()
        rise = here.summary["log_likelihood"] - there.summary["log_likelihood"]
        expected = dense.at(case.variances).log_likelihood - dense.at(smaller).log_likelihood
        assert rise == pytest.approx(expected, abs=1e-6)
        table = dense.predictions(case.variances)
        table = table[(table.effect == "a") & table.coefficient.isin([NONE, 0])]
        found = random_part(here)
        for trait, mine in table.groupby("trait"):
            values = mine.set_index("level").value
            for animal, sire, dam in case.rows:
                # An animal's Mendelian part holds no group: it can always be estimated.
                mendelian = values[animal] - 0.5 * (values[sire] + values[dam])
                # The values themselves hold the groups, which can be large: the difference is as
                # exact as they are.
                size = max(abs(values[level]) for level in (animal, sire, dam))
                order = 0 if "a" in case.curves() else NONE
                ours = found.xs(("a", trait), level=("effect", "trait")).xs(
                    order, level="coefficient"
                )
                other = ours.solution[animal] - 0.5 * (ours.solution[sire] + ours.solution[dam])
                assert other == pytest.approx(mendelian, abs=1e-7 * max(1.0, size))


class TestTheSameQuestion:
    """What must not matter."""

    @given(cases())
    @seldom
    def test_direct_equals_conjugate_gradients(self, case):
        direct, iterated = case.evaluate(solver="direct"), case.evaluate(solver="pcg")
        # 1e-6 genetic standard deviations; genetic variances here are 1.5 and more.
        same(random_part(direct), random_part(iterated), atol=1e-6, columns=["solution"])

    @given(cases(), st.randoms(use_true_random=False))
    @seldom
    def test_the_order_of_records_and_of_the_pedigree(self, case, random):
        rows, order = list(case.rows), list(range(len(case.data)))
        random.shuffle(rows)
        random.shuffle(order)
        other = case.changed(rows=rows, data=case.data.iloc[order])
        same(random_part(case.evaluate()), random_part(other.evaluate()))

    @given(cases())
    @seldom
    def test_the_names_of_animals(self, case):
        def renamed(name):
            return f"{9 - int(name[1:]) % 10}-{name}" if name else name

        columns = {c: case.data[c].map(renamed) for c in ("animal", "mother")}
        other = case.changed(
            rows=[tuple(renamed(name) for name in row) for row in case.rows],
            data=case.data.assign(**columns),
        )
        found = random_part(other.evaluate()).reset_index()
        found["level"] = found.level.str.replace(r"^\d-(?=a\d+$)", "", regex=True)
        same(random_part(case.evaluate()), found.set_index(KEYS))

    @given(cases())
    @seldom
    def test_an_unrelated_founder(self, case):
        other = case.changed(rows=[*case.rows, ("stranger", "", "")])
        result = other.evaluate()
        same(random_part(case.evaluate()), random_part(result))
        stranger = result.breeding_values[result.breeding_values.id == "stranger"]
        assert np.allclose(stranger.breeding_value, 0, atol=1e-9)
        assert np.allclose(stranger.reliability, 0, atol=1e-9)

    @given(cases(), st.floats(0.1, 20))
    @seldom
    def test_the_unit_of_the_first_trait(self, case, factor):
        other = case.changed(
            data=case.data.assign(y1=case.data.y1 * factor),
            variances=rescaled(case, factor),
        )
        one, two = random_part(case.evaluate()), random_part(other.evaluate())
        change = np.where(one.index.get_level_values("trait") == "y1", factor, 1.0)
        expected = one.assign(solution=one.solution * change, se=one.se * change)
        same(expected, two, atol=1e-7 * max(factor, 1.0))

    @given(cases())
    @seldom
    def test_a_record_without_any_trait(self, case):
        empty = case.data.assign(y1=np.nan, y2=np.nan).head(5)
        other = case.changed(data=pd.concat([case.data, empty]))
        same(random_part(case.evaluate()), random_part(other.evaluate()))

    @given(cases(traits=2))
    @seldom
    def test_what_else_a_record_holds_where_its_trait_is_missing(self, case):
        """Records that lack the second trait may lack what only its effects read."""
        effects = [e for e in case.mapping["effects"] if e["type"] != "fixed"]
        pen = {"name": "pen", "type": "fixed", "traits": ["y2"]}
        mapping = {**case.mapping, "effects": [pen, *effects]}
        mapping["effects"] = [
            {**e, "traits": ["y1"]} if e["name"] == "age" else e for e in mapping["effects"]
        ]
        mapping["effects"] = [
            {k: v for k, v in e.items() if k != "within"} for e in mapping["effects"]
        ]
        full = case.changed(mapping=mapping)
        gaps = case.data.assign(pen=case.data.pen.where(case.data.y2.notna()))
        same(random_part(full.evaluate()), random_part(full.changed(data=gaps).evaluate()))


def rescaled(case, factor):
    """Variances after the first trait is measured in another unit."""
    model = case.model
    found = {}
    for name, rows in component_names(model).items():
        c = np.array([factor if row.trait == "y1" else 1.0 for row in rows])
        found[name] = (np.array(case.variances[name]) * np.outer(c, c)).tolist()
    c = np.array([factor if trait == "y1" else 1.0 for trait in model.traits])
    given = case.variances["residual"]
    if isinstance(given, dict):
        found["residual"] = {k: (np.array(v) * np.outer(c, c)).tolist() for k, v in given.items()}
    else:
        found["residual"] = (np.array(given) * np.outer(c, c)).tolist()
    return found


class TestEqualModels:
    """Two ways to say the same thing."""

    @given(cases(traits=2))
    @seldom
    def test_traits_without_covariance_are_analyses_of_their_own(self, case):
        variances = {name: without_covariance(case, name) for name in case.variances}
        both = random_part(case.changed(variances=variances).evaluate())
        for trait in ("y1", "y2"):
            alone = random_part(of_one_trait(case, variances, trait).evaluate())
            same(alone, both)

    @given(cases())
    @seldom
    def test_a_weight_divides_the_residual_variance(self, case):
        given = {**case.mapping, "weights": "w"}
        residual = case.variances["residual"]
        halved = (
            {k: (np.array(v) / 2).tolist() for k, v in residual.items()}
            if isinstance(residual, dict)
            else (np.array(residual) / 2).tolist()
        )
        one = case.changed(mapping=given, data=case.data.assign(w=2.0))
        unweighted = {k: v for k, v in case.mapping.items() if k != "weights"}
        other = case.changed(mapping=unweighted, variances={**case.variances, "residual": halved})
        same(random_part(one.evaluate()), random_part(other.evaluate()))
        assert one.evaluate().summary["log_likelihood"] == pytest.approx(
            other.evaluate().summary["log_likelihood"], abs=1e-7
        )

    @given(herds())
    @seldom
    def test_the_mean_of_two_records_with_weight_two_is_the_two_records(self, herd):
        pedigree, frame = herd
        effects = [ag.Fixed("year"), ag.Animal()]
        twice = pd.concat([frame.assign(y=frame.y + 1.5), frame.assign(y=frame.y - 1.5)])
        given = {"a": 3.0, "residual": 5.0}
        one = ag.evaluate(ag.Model("y", effects), twice, pedigree, given)
        model = ag.Model("y", effects, weights="w")
        other = ag.evaluate(model, frame.assign(w=2.0), pedigree, given)
        same(random_part(one), random_part(other))

    @given(cases())
    @seldom
    def test_equal_residual_variances_by_group_are_one(self, case):
        rng = np.random.default_rng(1)
        size = len(case.mapping["traits"])
        half = rng.normal(size=(size, size))
        r = (half @ half.T + np.eye(size)).tolist()
        by = {**case.mapping, "residual_by": "half"}
        levels = sorted(set(case.data.half))
        one = case.changed(
            mapping=by, variances={**case.variances, "residual": dict.fromkeys(levels, r)}
        )
        plain = {k: v for k, v in case.mapping.items() if k != "residual_by"}
        other = case.changed(mapping=plain, variances={**case.variances, "residual": r})
        same(random_part(one.evaluate()), random_part(other.evaluate()))

    @given(herds())
    @seldom
    def test_a_curve_of_order_zero_is_the_repeatability_model(self, herd):
        """The first Legendre polynomial is sqrt(1/2): coefficients are sqrt(2) as large."""
        pedigree, frame = herd
        flat = ag.Basis("legendre", "age", order=0, range=(1, 9))
        curves = [ag.Animal(basis=flat), ag.Random("pe", "animal", basis=flat)]
        plain = [ag.Animal(), ag.Random("pe", "animal")]
        fixed = [ag.Fixed("year")]
        given = {"a": 3.0, "pe": 1.5, "residual": 5.0}
        doubled = {"a": 6.0, "pe": 3.0, "residual": 5.0}
        one = random_part(
            ag.evaluate(ag.Model("y", [*fixed, *plain]), frame, pedigree, given)
        ).droplevel("coefficient")
        other = random_part(
            ag.evaluate(ag.Model("y", [*fixed, *curves]), frame, pedigree, doubled)
        ).droplevel("coefficient")
        expected = one.assign(solution=one.solution * np.sqrt(2), se=one.se * np.sqrt(2))
        same(expected, other)

    @given(herds())
    @seldom
    def test_splines_at_their_knots_are_traits_of_their_own(self, herd):
        """Records only at the two knots: the coefficients are two traits that covary."""
        pedigree, frame = herd
        frame = frame.assign(age=np.where(frame.age > 5, 9.0, 1.0))
        basis = ag.Basis("spline", "age", knots=(1, 9))
        g = [[3.0, 1.0], [1.0, 2.0]]
        curve = ag.evaluate(
            ag.Model("y", [ag.Fixed("age_class", "age"), ag.Animal(basis=basis)]),
            frame,
            pedigree,
            {"a": g, "residual": 5.0},
        )
        split = frame.assign(young=frame.y.where(frame.age == 1), old=frame.y.where(frame.age == 9))
        if split.young.notna().sum() < 2 or split.old.notna().sum() < 2:
            return
        traits = ag.evaluate(
            ag.Model(["young", "old"], [ag.Animal()]),
            split,
            pedigree,
            {"a": g, "residual": [[5.0, 0.0], [0.0, 5.0]]},
        )
        np.testing.assert_allclose(
            random_part(curve).solution.xs(0, level="coefficient").to_numpy(),
            random_part(traits).solution.xs("young", level="trait").to_numpy(),
            atol=1e-8,
        )

    @given(parents(largest=10), st.integers(0, 2**31))
    @seldom
    def test_a_sire_model_is_an_animal_model_of_unrelated_dams(self, drawn, seed):
        """Progeny of unknown, unrelated dams, one record each: half of the sire's breeding value.

        The rest of the genetic variance, 3/4 of it for progeny of uninbred sires, is residual.
        """
        rng = np.random.default_rng(seed)
        bulls = 6
        progeny = [f"p{i}" for i in range(18)]
        of = [f"b{rng.integers(0, bulls)}" for _ in progeny]
        data = pd.DataFrame({"animal": progeny, "sire": of, "y": rng.normal(10, 2, len(progeny))})
        ids = [f"b{i}" for i in range(bulls)]
        old = ["", "", "b0", "b0", "b1", "b2"]
        animal = ag.Pedigree(ids + progeny, old + of, [""] * (bulls + len(progeny)))
        sires = ag.Pedigree(ids, old, [""] * bulls)
        full = ag.evaluate(
            ag.Model("y", [ag.Animal()]), data, animal, {"a": 4.0, "residual": 6.0}
        ).breeding_values.set_index("id")
        half = ag.evaluate(
            ag.Model("y", [ag.Animal("s", "sire")]), data, sires, {"s": 1.0, "residual": 9.0}
        ).breeding_values.set_index("id")
        np.testing.assert_allclose(
            half.breeding_value, 0.5 * full.breeding_value.loc[ids], atol=1e-9
        )
        np.testing.assert_allclose(half.reliability, full.reliability.loc[ids], atol=1e-9)


def without_covariance(case, name):
    """A block's matrix, or the residual's, with zero between traits."""
    rows = component_names(case.model).get(name)
    traits = [row.trait for row in rows] if rows else list(case.mapping["traits"])
    mask = np.array([[one == two for two in traits] for one in traits], float)
    given = case.variances[name]
    if isinstance(given, dict):
        return {k: (np.array(v) * mask).tolist() for k, v in given.items()}
    return (np.array(given) * mask).tolist()


def of_one_trait(case: Case, variances, trait: str) -> Case:
    """The part of a two-trait evaluation that concerns one trait."""
    at = case.mapping["traits"].index(trait)
    names = component_names(case.model)
    effects = []
    for effect in case.mapping["effects"]:
        limited = effect.get("traits")
        if limited is None or trait in limited:
            own = {k: v for k, v in effect.items() if k != "traits"}
            if isinstance(limited, dict):
                own["column"] = limited[trait]
            effects.append(own)
    found = {}
    for name, rows in names.items():
        keep = [i for i, row in enumerate(rows) if row.trait == trait]
        if keep:
            found[name] = np.array(variances[name])[np.ix_(keep, keep)].tolist()
    given = variances["residual"]
    found["residual"] = (
        {k: v[at][at] for k, v in given.items()} if isinstance(given, dict) else given[at][at]
    )
    mapping = {**case.mapping, "traits": [trait], "effects": effects}
    return case.changed(mapping=mapping, variances=found)


def matrices_of(case, dense):
    """All matrices as the likelihood takes them, and the mapping that they make again."""
    blocks = [matrix for _, matrix in dense.matrices(case.variances)]
    given = case.variances["residual"]
    levels = sorted(given) if isinstance(given, dict) else None
    residual = [given[level] for level in levels] if levels else [given]
    found = [*blocks, *(np.atleast_2d(np.array(r, float)) for r in residual)]

    def mapping(matrices):
        made = {p.name: g for p, g in zip(dense.parts, matrices, strict=False)}
        rest = matrices[len(blocks) :]
        made["residual"] = dict(zip(levels, rest, strict=True)) if levels else rest[0]
        return made

    return found, mapping


def directions(matrices):
    """Every element of every matrix, as a symmetric change."""
    for term, matrix in enumerate(matrices):
        for i in range(len(matrix)):
            for j in range(i + 1):
                change = np.zeros_like(matrix)
                change[i, j] = change[j, i] = 1.0
                yield Direction(term, change)


class TestLikelihood:
    @given(cases())
    @often
    def test_the_gradient_is_that_of_dense_algebra(self, case):
        dense = case.dense()
        matrices, mapping = matrices_of(case, dense)
        point = Likelihood(build_design(case.model, case.data, case.pedigree)).at(matrices)
        gradient, at = point.gradient(), dense.at(case.variances)
        assert point.value == pytest.approx(at.log_likelihood, abs=1e-7)
        for direction in directions(matrices):
            moved = list(matrices)
            moved[direction.term] = moved[direction.term] + direction.change
            expected = at.score(dense.at(mapping(moved)).v - at.v)
            ours = np.sum(gradient[direction.term] * direction.change)
            assert ours == pytest.approx(expected, rel=1e-6, abs=1e-7)

    @given(cases())
    @seldom
    def test_the_gradient_is_the_numeric_derivative(self, case):
        matrices, _ = matrices_of(case, case.dense())
        likelihood = Likelihood(build_design(case.model, case.data, case.pedigree))
        gradient = likelihood.at(matrices).gradient()
        for direction in directions(matrices):

            def value(t, direction=direction):
                moved = list(matrices)
                moved[direction.term] = moved[direction.term] + t[0] * direction.change
                return likelihood.at(moved).value

            numeric = numeric_gradient(value, np.zeros(1), step=0.3)[0]  # 3e-4 of each
            ours = np.sum(gradient[direction.term] * direction.change)
            assert ours == pytest.approx(numeric, rel=1e-4, abs=1e-5)

    @given(cases())
    @seldom
    def test_the_average_information_is_that_of_dense_algebra(self, case):
        dense = case.dense()
        matrices, mapping = matrices_of(case, dense)
        every = list(directions(matrices))
        point = Likelihood(build_design(case.model, case.data, case.pedigree)).at(matrices)
        at = dense.at(case.variances)
        changes = []
        for direction in every:
            moved = list(matrices)
            moved[direction.term] = moved[direction.term] + direction.change
            changes.append(dense.at(mapping(moved)).v - at.v)
        expected = [[at.information(one, two) for two in changes] for one in changes]
        np.testing.assert_allclose(point.information(every), expected, rtol=1e-6, atol=1e-8)
