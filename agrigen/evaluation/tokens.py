"""Words, numbers and signs of a formula, and errors that point at their place."""

import re
from dataclasses import dataclass
from typing import Literal

from agrigen.errors import ModelError, Problem

TokenKind = Literal["name", "number", "sign", "end"]
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | `(?P<quoted>(?:[^`]|``)+)`
    | (?P<name>[^\W\d][\w.]*)
    | (?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])
    | (?P<sign>[~+,()\[\]|:=])""",
    re.VERBOSE,
)
_PLAIN = re.compile(r"[^\W\d][\w.]*")
_HOLDS = "Formulas hold names, numbers and ~ + , ( ) [ ] | : and =."
_INSTEAD = {
    "0": "Write names that begin with a digit between backticks: `305_days`.",
    "*": "Write an interaction as herd:year, and the factors themselves as terms of their own.",
    "/": "Write a nested factor as an interaction: herd + herd:pen.",
    "-": "Terms are only added; the intercept is always in the model.",
    ";": "Separate what a function takes by commas.",
    '"': "Write names with spaces or signs between backticks: `milk yield`.",
    "'": "Write names with spaces or signs between backticks: `milk yield`.",
    "^": "Write a power as poly(age, 2).",
}


@dataclass(frozen=True)
class Token:
    """One word, number or sign; `place` counts characters from 0."""

    kind: TokenKind
    text: str
    place: int
    quoted: bool = False

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


def tokenize(text: str) -> list[Token]:
    """The formula in tokens, the last of which is the end.

    Raises
    ------
    ModelError
        At a character that no formula holds.
    """
    tokens, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            remedy = _INSTEAD.get("0" if text[place].isdigit() else text[place], _HOLDS)
            raise formula_error(text, place, f"{text[place]!r} means nothing here", remedy)
        token = _token(match, place)
        tokens += [token] if token else []
        place = match.end()
    return [*tokens, Token("end", "", len(text.rstrip()))]


def _token(match: re.Match[str], place: int) -> Token | None:
    if match["space"]:
        return None
    if match["quoted"]:
        return Token("name", match["quoted"].replace("``", "`"), place, quoted=True)
    if match["name"]:
        return Token("name", match["name"], place)
    return Token("number" if match["number"] else "sign", match.group(), place)


def quote(name: str) -> str:
    """A name as it stands in a formula: between backticks unless it is one plain word."""
    return name if _PLAIN.fullmatch(name) else "`" + name.replace("`", "``") + "`"


def formula_error(text: str, place: int, what: str, remedy: str) -> ModelError:
    """An error that shows the line of the formula and points at the place."""
    start = text.rfind("\n", 0, place) + 1
    line = text[start:].split("\n", 1)[0].replace("\t", " ")
    message = f"{what}:\n    {line}\n    {' ' * (place - start)}^\n "
    return ModelError([Problem("formula", (), message, remedy)])
