"""A formula is the typed model in one line; what cannot be read is pointed at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import agrigen as ag

CURVE = ag.Basis("legendre", "dim", order=2, range=(4, 310))


@pytest.mark.parametrize(
    ("term", "effect"),
    [
        ("sex", ag.Fixed("sex")),
        ("herd:year", ag.Fixed("herd:year")),
        ("herd:year:season", ag.Fixed("herd:year:season")),
        ("factor(herd, name=h)", ag.Fixed("h", "herd")),
        ("`milk yield`", ag.Fixed("milk yield")),
        ("sex[pwg]", ag.Fixed("sex", traits=["pwg"])),
        ("hys[wwg: hys1, pwg: hys2]", ag.Fixed("hys", traits={"wwg": "hys1", "pwg": "hys2"})),
        ("hys[wwg, pwg: h:y]", ag.Fixed("hys", traits={"wwg": "hys", "pwg": "h:y"})),
        ("linear(age)", ag.Covariate("age")),
        ("poly(age, 2)", ag.Covariate("age", degree=2)),
        ("log(dim)", ag.Covariate("log(dim)", "dim", transform="log")),
        ("poly(sqrt(dim), 3)", ag.Covariate("sqrt(dim)", "dim", 3, "sqrt")),
        ("poly(age, 2, name=q)", ag.Covariate("q", "age", 2)),
        ("age|sex", ag.Covariate("age|sex", "age", within="sex")),
        ("linear(age) | herd:year", ag.Covariate("age|herd:year", "age", within="herd:year")),
        ("poly(age, 2)|sex[wwg]", ag.Covariate("age|sex", "age", 2, within="sex", traits=["wwg"])),
        ("legendre(dim, 2, 4, 310)", ag.Covariate("legendre(dim)", basis=CURVE)),
        (
            "legendre(dim, 2, 4, 310, name=curve)|parity",
            ag.Covariate("curve", within="parity", basis=CURVE),
        ),
        (
            "spline(dim, -4, 60.5, 1e2)",
            ag.Covariate("spline(dim)", basis=ag.Basis("spline", "dim", knots=(-4, 60.5, 100))),
        ),
        ("random(litter)", ag.Random("litter")),
        ("random(herd:year)", ag.Random("herd:year")),
        ("random(dam, name=c)", ag.Random("c", "dam")),
        ("pe(cow)", ag.Random("pe", "cow")),
        ("legendre(dim, 2, 4, 310)|pe(cow)", ag.Random("pe", "cow", basis=CURVE)),
        (
            "animal(sire, name=s, relationship=sire_mgs)",
            ag.Animal("s", "sire", None, None, None, "sire_mgs"),
        ),
        ("maternal(dam)", ag.Animal("m", "dam", correlated_with="a")),
        ("animal(dam, name=mat, with=a)[wwg]", ag.Animal("mat", "dam", ["wwg"], "a")),
        ("legendre(dim,2,4,310)|maternal(dam)", ag.Animal("m", "dam", None, "a", CURVE)),
    ],
)
def test_every_term_has_its_typed_effect(term, effect):
    model = ag.Model.from_formula(f"wwg, pwg ~ {term} + animal(calf)")
    assert model == ag.Model(["wwg", "pwg"], [effect, ag.Animal("a", "calf")])
    assert ag.Model.from_formula(model.formula) == model


def test_a_whole_model():
    model = ag.Model.from_formula(
        """wwg, pwg ~ sex + herd:year + linear(age)[wwg] + animal(calf)
             + maternal(dam)[wwg] + random(litter)""",
        weights="w",
        inbreeding=False,
        residual_by="sex",
    )
    assert model == ag.Model(
        ["wwg", "pwg"],
        [
            ag.Fixed("sex"),
            ag.Fixed("herd:year"),
            ag.Covariate("age", traits=["wwg"]),
            ag.Animal("a", "calf"),
            ag.Animal("m", "dam", traits=["wwg"], correlated_with="a"),
            ag.Random("litter"),
        ],
        weights="w",
        inbreeding=False,
        residual_by="sex",
    )


def test_maternal_goes_with_the_first_animal_effect_wherever_it_stands():
    model = ag.Model.from_formula("y ~ maternal(dam) + animal(calf, name=direct)")
    assert model.effects[0] == ag.Animal("m", "dam", correlated_with="direct")


def test_a_model_shows_itself_on_one_screen():
    model = ag.Model.from_formula(
        "wwg, pwg ~ sex + animal(calf) + maternal(dam)[wwg] + pe(dam)", weights="w"
    )
    assert repr(model).splitlines() == [
        "wwg, pwg ~ sex + animal(calf) + maternal(dam)[wwg] + pe(dam)",
        "variances: a (a: wwg, pwg; m: wwg), pe (wwg, pwg), residual (wwg, pwg)",
        "weights: w",
    ]
    one = ag.Model("y", [ag.Animal()], inbreeding=False, residual_by="sex")
    assert repr(one).splitlines() == [
        "y ~ animal(animal)",
        "variances: a, residual for each sex",
        "inbreeding: not counted",
    ]


def test_a_long_formula_has_several_lines_and_is_read_back():
    factors = [ag.Fixed(f"contemporary_group_{k}") for k in range(12)]
    model = ag.Model("y", [*factors, ag.Animal()])
    assert max(map(len, model.formula.splitlines())) <= 100
    assert ag.Model.from_formula(model.formula) == model


@pytest.mark.parametrize(
    ("formula", "place", "what", "remedy"),
    [
        ("wwg", 3, "Expected '~'", "Begin with the traits"),
        ("wwg ~", 5, "Expected a term, not the end", "Write a factor such as sex"),
        ("", 0, "Expected a trait", "between backticks"),
        ("y ~ sex + + age", 10, "Expected a term, not '+'", "Write a factor"),
        ("y ~ sex*age", 7, "'*' means nothing", "herd:year"),
        ("y ~ 1 + sex", 4, "1 is no effect", "always in the model"),
        ("y ~ sex -1", 8, "Nothing is taken away", "always in the model"),
        ("y ~ (1|herd)", 4, "begins with a name", "random(litter)"),
        ("y ~ foo(x)", 4, "no function 'foo'", "factor, animal, genomic, maternal"),
        ("y ~ poly(age)", 12, "Expected a number, not ')'", "poly(age, 2)"),
        ("y ~ animal(a, dam)", 14, "Expected an option, not 'dam'", "with=word"),
        ("y ~ pe(a, relationship=x)", 10, "Expected an option", "name=word, with=word."),
        ("y ~ animal(a, name=b, name=c)", 22, "Expected an option", "Allowed here"),
        ("y ~ linear(3)", 11, "Expected a column, not '3'", "begin with a letter"),
        ("y ~ 305d", 4, "'3' means nothing", "`305_days`"),
        ("y ~ `sex", 4, "'`' means nothing", "Formulas hold"),
        ("y ~ linear(age)|animal(cow)", 4, "Before a random effect stands a curve", "legendre"),
        ("y ~ a:b|sex", 7, "Before '|' stands a number", "age|sex"),
        ("y ~ sex | linear(age)", 10, "After '|'", "age|sex"),
        ("y ~ age|factor(sex, name=x)", 27, "Name the regression", "name=x"),
        ("y ~ maternal(dam)", 4, "no animal effect", "name=m"),
        ("y ~ sex[y", 9, "Expected ',' or ']', not the end", "sex[wwg]"),
        ("y ~ sex animal(a)", 8, "Expected '+' or the end", "Join terms"),
        ("y ~ legendre(dim, 2.5, 4, 310)", 18, "a whole number, not '2.5'", "legendre(dim, 4"),
        ("y ~ legendre(dim, 2, 4)", 22, "Expected a number", "legendre(dim, 4"),
        ("y ~ linear(age, 2)", 14, "Expected ')'", "linear(age)"),
        ("y ~\n  sex +\n  pe(", 17, "Expected a column, not the end", "letter"),
    ],
)
def test_the_place_that_cannot_be_read_is_pointed_at(formula, place, what, remedy):
    with pytest.raises(ag.ModelError) as caught:
        ag.Model.from_formula(formula)
    (problem,) = caught.value.problems
    assert problem.kind == "formula"
    first, line, caret, _ = problem.message.split("\n")
    assert what in first
    assert remedy in problem.remedy
    start = formula.rfind("\n", 0, place) + 1
    assert line == "    " + formula[start:].split("\n")[0]
    assert caret == "    " + " " * (place - start) + "^"


def test_a_readable_formula_may_still_be_a_wrong_model():
    with pytest.raises(ag.ModelError, match="no random effect"):
        ag.Model.from_formula("y ~ sex")
    with pytest.raises(ag.ModelError, match="limited to the trait 'fat'"):
        ag.Model.from_formula("y ~ sex[fat] + animal(a)")
    with pytest.raises(ag.ModelError, match="Two effects are called 'age'"):
        ag.Model.from_formula("y ~ linear(age) + poly(age, 2) + animal(a)")


WORDS = st.from_regex(r"[a-z][a-z0-9_.]{0,5}|[a-z]{1,3} [`a-z]{1,3}|[0-9][a-z]", fullmatch=True)
BASES = st.builds(
    ag.Basis, st.just("legendre"), WORDS, order=st.integers(0, 4), range=st.just((0.5, 9))
) | st.builds(
    ag.Basis,
    st.just("spline"),
    WORDS,
    knots=st.lists(st.integers(-99, 99), min_size=2, unique=True).map(lambda k: tuple(sorted(k))),
)


@st.composite
def models(draw):
    names = draw(st.lists(WORDS, min_size=9, max_size=9, unique=True))
    traits, columns = names[:2], names[2:]
    limits = st.none() | st.just((traits[1],)) | st.just(((traits[0], columns[0]),))
    basis = draw(st.none() | BASES)
    effects = [
        ag.Fixed(columns[0], draw(st.none() | st.just(":".join(columns[1:3]))), draw(limits)),
        ag.Covariate(
            columns[1],
            columns[3],
            draw(st.integers(1, 4)),
            draw(st.sampled_from([None, "log", "sqrt"])),
            draw(st.none() | st.just(columns[2])),
        ),
        ag.Random(columns[3], draw(st.none() | st.just(columns[4])), draw(limits), None, basis),
        ag.Animal("a", columns[5], draw(limits), None, basis),
        ag.Animal("m", columns[6], None, draw(st.sampled_from([None, "a"]))),
    ]
    return traits, draw(st.permutations(effects))


@given(models())
def test_every_model_is_read_back_from_its_formula(drawn):
    try:
        model = ag.Model(*drawn)
    except ag.ModelError:
        return
    assert ag.Model.from_formula(model.formula) == model
