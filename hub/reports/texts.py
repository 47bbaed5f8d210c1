"""Words of reports by language; a language is a file in `texts/`."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "texts"


class Texts:
    """The texts of one language; a word that has none is shown as it is."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = _read(language)

    def title(self, name: str) -> str:
        """The title of a report, section or field of a page."""
        return str(self._texts["titles"][name])

    def table(self, name: str) -> str:
        return str(self._texts["tables"][name])

    def note(self, name: str) -> str:
        return str(self._texts["notes"].get(name, ""))

    def column(self, table: str, name: str) -> str:
        columns = self._texts["columns"]
        return str(columns.get(f"{table}.{name}") or columns[name])

    def word(self, value: str) -> str:
        """A word of the data (a status, a reason, a trait) in the language."""
        known = self._texts["words"].get(value)
        return str(known) if known else value

    def sentence(self, name: str, **values: Any) -> str:
        """A sentence with its gaps filled."""
        return str(self._texts["sentences"][name]).format(**values)


@cache
def _read(language: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    return found


_SAID = ("result", "method", "disposal", "reason", "disease", "product", "straw", "destination")


def words_of(details: Mapping[str, Any], texts: Texts) -> str:
    """What the details of an event say in words: how, with what result, how much, until when."""
    said = [texts.word(str(details[name])) for name in _SAID if details.get(name)]
    if details.get("foetus_count"):
        said.append(str(details["foetus_count"]))
    if details.get("weight_kg"):
        said.append(f"{details['weight_kg']:g} kg")
    if details.get("until"):
        said.append(f"– {details['until']}")
    return ", ".join(said)
