"""Names of columns as people write them: taken apart, and compared without their dress."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from hub.etl.cleaning import units

_SMALL = frozenset(
    {"of", "the", "a", "at", "in", "on", "and"}
    | {"de", "du", "des", "d", "l", "la", "le", "les", "et"}
    | {"der", "die", "das", "dem", "am", "und"}
    | {"el", "del", "los", "las", "y"}
)
_BARE_UNITS = frozenset(
    {"kg", "kgs", "lb", "lbs", "g", "mm", "cm", "percent", "pct", "prozent", "micron"}
    | {"kg/d", "g/d", "mg/l", "mg/dl"}
)
"""Units that are told without brackets; shorter ones are words of other meanings."""
_BETWEEN_CASES = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")


@dataclass(frozen=True)
class Header:
    """The name of a column: its words, and the unit that it names, if it names one."""

    text: str
    words: tuple[str, ...]
    unit: str | None

    @property
    def joined(self) -> str:
        return "".join(self.words)


@lru_cache(maxsize=10_000)
def header(text: str) -> Header:
    """A column's name, taken apart; a unit stands in brackets or at its end."""
    bare, unit = text, None
    for inside in _BRACKETS.findall(text):
        if found := units.unit(inside):
            bare, unit = _BRACKETS.sub(" ", text), found
            break
    words = words_of(bare)
    if unit is None:
        words, unit = _without_unit(words)
    return Header(text, words or words_of(text), unit)


def _without_unit(words: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
    """A unit stands at the end (milk kg, gain g d) or at the beginning (kg milk)."""
    for length in (2, 1):
        if len(words) <= length:
            continue
        for name, rest in ((words[-length:], words[:-length]), (words[:length], words[length:])):
            if "/".join(name) in _BARE_UNITS:
                return rest, units.unit("/".join(name))
    return words, None


@lru_cache(maxsize=10_000)
def words_of(text: str) -> tuple[str, ...]:
    """Words in small letters without accents; articles are left out unless nothing else stays."""
    text = text.replace("ß", "ss").replace("%", " percent ").replace("°", "o ")
    text = re.sub("(?i)percentage", " percent", text)
    text = _BETWEEN_CASES.sub(" ", text)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    found = re.findall(r"[a-z0-9]+", text.casefold())
    return tuple(word for word in found if word not in _SMALL) or tuple(found)


@lru_cache(maxsize=10_000)
def joined(text: str) -> str:
    """All words as one, so that `ear tag`, `EarTag` and `ear_tag` are equal."""
    return "".join(words_of(text))
