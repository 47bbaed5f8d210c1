"""Sentences of alerts and work lists; each language has a file beside this one."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from hub.schemas import Language

_FOLDER = Path(__file__).parent


def say(language: str, key: str, /, **values: Any) -> str:
    """The sentence of a key; a key that the language lacks is said in English, or as it is."""
    pattern = (
        _texts(language).get(key) or _texts(Language.ENGLISH).get(key) or key.rpartition(".")[2]
    )
    return pattern.format_map({name: _written(language, one) for name, one in values.items()})


@cache
def _texts(language: str) -> Mapping[str, str]:
    file = _FOLDER / f"{language}.json"
    found: Mapping[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _written(language: str, value: Any) -> str:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}" if language == "fr" else f"{value.day} {value:%b %Y}"
    if isinstance(value, float):
        text = f"{value:.1f}"
        return text.replace(".", ",") if language == "fr" else text
    return str(value)
