"""Read a model from a formula.

formula  = trait {"," trait} "~" term {"+" term}
term     = [regression "|"] effect [limits]  or  regression [limits]
effect   = factor  or  word "(" factor {"," option} ")"     animal, maternal, genomic, pe, random,
                                                             factor
factor   = column {":" column}
regression = column (before "|" only), linear(x), poly(x, degree), log(x), sqrt(x),
           legendre(x, order, low, high), spline(x, knot, knot, ...); with {"," option}
option   = ("name" or "with" or "relationship" or "method" or "tune" or "frequencies") "=" word
           or "core" "=" (number or `98%`)
limits   = "[" trait [":" factor] {"," trait [":" factor]} "]"
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, TypeVar

from agrigen.evaluation.basis import Basis
from agrigen.evaluation.effects import (
    Animal,
    Covariate,
    Effect,
    Fixed,
    Genomic,
    Random,
    Transform,
)
from agrigen.evaluation.notation import MATERNAL, PERMANENT, default_name
from agrigen.evaluation.tokens import Token, formula_error, tokenize

REGRESSIONS = {
    "linear": "linear(age)",
    "poly": "poly(age, 2)",
    "log": "log(dim)",
    "sqrt": "sqrt(dim)",
    "legendre": "legendre(dim, 4, 4, 310), the order, lowest and highest value",
    "spline": "spline(dim, 4, 60, 150, 310), the knots",
}
EFFECTS = {
    "factor": "factor(herd)",
    "animal": "animal(calf)",
    "genomic": "genomic(calf)",
    "maternal": "maternal(dam)",
    "pe": "pe(cow)",
    "random": "random(litter)",
}
OPTIONS = {
    "animal": ("name", "with", "relationship"),
    "maternal": ("name", "with", "relationship"),
    "genomic": ("name", "with", "method", "tune", "frequencies", "core"),
    "pe": ("name", "with"),
    "random": ("name", "with"),
}
_TERMS = "Write a factor such as sex, or linear(age), animal(calf), random(litter)."
_NAMES = "Names begin with a letter; write others between backticks: `305 days`."
DIRECT = object()
"""In the place of `correlated_with`: the formula's first animal effect that is not maternal."""
T = TypeVar("T")


def read_formula(text: str) -> tuple[tuple[str, ...], list[Effect]]:
    """Traits and effects of a formula.

    Raises
    ------
    ModelError
        At the first place that cannot be read, with what may stand there.
    """
    return _Parser(text).formula()


@dataclass(frozen=True)
class _Term:
    """An effect as it was read, and where; options and limits are put on it."""

    make: Callable[..., Effect]
    place: int
    given: dict[str, Any] = field(default_factory=dict)


class _Parser:
    """Recursive descent: one method for each rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0

    def formula(self) -> tuple[tuple[str, ...], list[Effect]]:
        traits = self.listed(lambda: self.name("a trait").text)
        if not self.take("~"):
            self.fail("Expected '~' after the traits", "Begin with the traits: weight ~ sex + ...")
        terms = [self.term()]
        while self.take("+"):
            terms.append(self.term())
        if self.now.kind == "number":
            self.fail("Nothing is taken away", "The intercept is always in the model.")
        if self.now.kind != "end":
            self.fail(f"Expected '+' or the end, not {self.now}", "Join terms by '+'.")
        return tuple(traits), self.resolved(terms)

    def resolved(self, terms: list[_Term]) -> list[Effect]:
        """maternal() is correlated with the first animal() of the formula."""
        effects = [term.make(**term.given) for term in terms if term.make is Animal]
        tied = [effect for effect in effects if getattr(effect, "correlated_with", 0) is DIRECT]
        direct = next((effect.name for effect in effects if effect not in tied), None)
        found = []
        for term in terms:
            if term.given.get("correlated_with") is DIRECT:
                if direct is None:
                    what = "maternal() has no animal effect that it is correlated with"
                    self.fail(what, "Add animal(calf), or write animal(dam, name=m).", term.place)
                term.given["correlated_with"] = direct
            found.append(term.make(**term.given))
        return found

    def term(self) -> _Term:
        """One effect of the model."""
        start = self.now
        if start.kind == "number":
            what = f"{start.text} is no effect"
            self.fail(what, "The intercept is always in the model; write linear(x) for a slope.")
        if start.text == "(" and start.kind == "sign":
            self.fail("A term begins with a name", "Write a random effect as random(litter).")
        term = self.regression_or_effect()
        if self.take("["):
            term.given["traits"] = self.limits(term)
        return _named(term)

    def regression_or_effect(self) -> _Term:
        start = self.now
        if self.calls(REGRESSIONS):
            slope = self.regression()
            return self.within(slope) if self.take("|") else slope
        effect = self.effect()
        if not (self.now.text == "|" and effect.make is Fixed):
            return effect
        if "name" in effect.given or ":" in effect.given["column"]:
            self.fail("Before '|' stands a number", "Write age|sex or legendre(...)|animal(cow).")
        self.at += 1
        column = effect.given["column"]
        return self.within(_Term(Covariate, start.place, {"column": column}))

    def within(self, slope: _Term) -> _Term:
        """A regression for each level of a factor or of a random effect."""
        if self.calls(REGRESSIONS):
            self.fail("After '|' stands a factor or a random effect", "Write age|sex.")
        each = self.effect()
        if each.make is Fixed:
            if "name" in each.given:
                self.fail("Name the regression, not the factor", "Write linear(age, name=x)|sex.")
            slope.given["within"] = each.given["column"]
            return slope
        if "basis" not in slope.given or "name" in slope.given:
            what = "Before a random effect stands a curve without a name"
            remedy = "Write legendre(dim, 1, 4, 310)|animal(cow, name=a), or a spline."
            self.fail(what, remedy, slope.place)
        each.given["basis"] = slope.given["basis"]
        return each

    def effect(self) -> _Term:
        """A factor, or a function that makes an effect of a column."""
        start = self.now
        if not self.calls(EFFECTS):
            if self.following.text == "(" and start.kind == "name" and not start.quoted:
                known = ", ".join([*EFFECTS, *REGRESSIONS])
                self.fail(f"There is no function {start.text!r}", f"Functions are {known}.")
            return _Term(Fixed, start.place, {"column": self.factor("a term")})
        self.at += 2
        column = self.factor("a column")
        given = {"column": column, **self.options(OPTIONS.get(start.text, ("name",)))}
        self.close(EFFECTS[start.text])
        return _Term(_MAKERS[start.text], start.place, _DEFAULTS.get(start.text, {}) | given)

    def regression(self) -> _Term:
        """A function of a number."""
        word = self.name("a function")
        self.at += 1
        given = self.transformed() if word.text == "poly" else self.column()
        if word.text in ("log", "sqrt"):
            given["transform"] = word.text
        if word.text == "poly":
            given["degree"] = self.whole(word.text)
        elif word.text == "legendre":
            order, low, high = (
                self.whole("legendre"),
                self.number(word.text),
                self.number(word.text),
            )
            given["basis"] = Basis("legendre", given.pop("column"), order, (low, high))
        elif word.text == "spline":
            knots = [self.number(word.text), self.number(word.text)]
            while self.now.text == "," and self.following.kind == "number":
                knots.append(self.number(word.text))
            given["basis"] = Basis("spline", given.pop("column"), knots=tuple(knots))
        given |= self.options(("name",))
        self.close(REGRESSIONS[word.text])
        return _Term(Covariate, word.place, given)

    def transformed(self) -> dict[str, Any]:
        """A column, or its logarithm or square root."""
        if not self.calls({"log": "", "sqrt": ""}):
            return self.column()
        word: Transform = self.name("a function").text  # type: ignore[assignment]
        self.at += 1
        given = self.column() | {"transform": word}
        self.close(REGRESSIONS[word])
        return given

    def column(self) -> dict[str, Any]:
        return {"column": self.name("a column").text}

    def options(self, allowed: tuple[str, ...]) -> dict[str, Any]:
        """`name=word` and the like, after commas."""
        found: dict[str, Any] = {}
        while self.now.text == "," and self.following.kind == "name":
            self.at += 1
            word = self.name("an option")
            key = "correlated_with" if word.text == "with" else word.text
            if word.text not in allowed or key in found or not self.take("="):
                shown = ", ".join(f"{option}=word" for option in allowed)
                self.fail(f"Expected an option, not {word}", f"Allowed here: {shown}.", word.place)
            found[key] = self.core() if key == "core" else self.name("a word").text
        return found

    def core(self) -> int | str:
        """A number of animals, or a share in backticks."""
        if self.now.kind == "name":
            return self.name("a share").text
        if self.now.kind != "number" or not self.now.text.isdigit():
            self.fail(f"Expected a number of animals, not {self.now}", "Write core=5000 or `98%`.")
        self.at += 1
        return int(self.tokens[self.at - 1].text)

    def limits(self, term: _Term) -> tuple[str, ...] | tuple[tuple[str, str], ...]:
        """Traits between brackets, each with a column of its own or none."""
        pairs = self.listed(self.limit)
        if not self.take("]"):
            self.fail(
                f"Expected ',' or ']', not {self.now}", "Write sex[wwg] or x[wwg: a, pwg: b]."
            )
        if not any(column for _, column in pairs):
            return tuple(trait for trait, _ in pairs)
        own = term.given.get("column", "")
        return tuple((trait, column or own) for trait, column in pairs)

    def limit(self) -> tuple[str, str]:
        trait = self.name("a trait").text
        return trait, self.factor("a column") if self.take(":") else ""

    def factor(self, what: str) -> str:
        """Columns joined by ':'."""
        columns = [self.name(what).text]
        while self.take(":"):
            columns.append(self.name("a column").text)
        return ":".join(columns)

    def listed(self, rule: Callable[[], T]) -> list[T]:
        found = [rule()]
        while self.take(","):
            found.append(rule())
        return found

    def number(self, word: str) -> float:
        """The next number of a function, after a comma."""
        if not self.take(",") or self.now.kind != "number":
            self.fail(f"Expected a number, not {self.now}", f"Write {REGRESSIONS[word]}.")
        self.at += 1
        text = self.tokens[self.at - 1].text
        return int(text) if text.lstrip("-").isdigit() else float(text)

    def whole(self, word: str) -> int:
        value = self.number(word)
        if not isinstance(value, int):
            token = self.tokens[self.at - 1]
            what = f"Expected a whole number, not {token}"
            self.fail(what, f"Write {REGRESSIONS[word]}.", token.place)
        return value

    def name(self, what: str) -> Token:
        token = self.now
        if token.kind != "name":
            self.fail(f"Expected {what}, not {token}", _TERMS if what == "a term" else _NAMES)
        self.at += 1
        return token

    def close(self, form: str) -> None:
        if not self.take(")"):
            self.fail(f"Expected ')', not {self.now}", f"Write {form}.")

    def take(self, sign: str) -> bool:
        """Step over a sign if it is next."""
        here = self.now.kind == "sign" and self.now.text == sign
        self.at += here
        return here

    def calls(self, words: dict[str, str]) -> bool:
        """Whether a function of these comes next."""
        plain = self.now.kind == "name" and not self.now.quoted
        return plain and self.now.text in words and self.following.text == "("

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    @property
    def following(self) -> Token:
        return self.tokens[min(self.at + 1, len(self.tokens) - 1)]

    def fail(self, what: str, remedy: str, place: int | None = None) -> NoReturn:
        raise formula_error(self.text, self.now.place if place is None else place, what, remedy)


_MAKERS: dict[str, Callable[..., Effect]] = {
    "factor": Fixed,
    "animal": Animal,
    "maternal": Animal,
    "genomic": Genomic,
    "pe": Random,
    "random": Random,
}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "maternal": {"name": MATERNAL, "correlated_with": DIRECT},
    "pe": {"name": PERMANENT},
}


def _named(term: _Term) -> _Term:
    """Give the effect its name; a column that is the name is not said twice."""
    given = dict(term.given)
    if "name" not in given:
        given["name"] = default_name(term.make(**given, name=""))
    if term.make is not Animal and given.get("column") == given["name"]:
        del given["column"]
    return replace(term, given=given)
