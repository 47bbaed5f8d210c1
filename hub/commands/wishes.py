"""What was asked for on the command line, checked; what is wrong with it is told in sentences."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from hub.errors import Invalid

M = TypeVar("M", bound=BaseModel)
_REMEDIES = {
    "date": "is no day. Write it like 2024-01-31.",
    "uuid": "is no id. Copy it from the list.",
    "string_pattern": "is no short name. It has letters, digits, dots, dashes and underscores, "
    "at most 40.",
    "string_too_short": "is empty. Write something.",
}


def checked(model: type[M], values: Mapping[str, Any], code: str) -> M:
    """The wish, or a refusal that says of each part what was given and what is allowed."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Invalid(code, " ".join(dict.fromkeys(_sentences(error)))) from error


def _sentences(error: ValidationError) -> Iterator[str]:
    """One for each thing that is wrong; the choices of several lists come in one."""
    known: dict[str, list[str]] = {}
    for one in error.errors(include_url=False):
        given = f"{_name(one['loc'])} {str(one['input'])[:60]!r}"
        if one["type"] == "literal_error":
            known.setdefault(given, []).append(one["ctx"]["expected"])
        elif one["type"] == "value_error":
            yield str(one["ctx"]["error"])
        else:
            plain = f"cannot be taken: {one['msg']}."
            said = (text for start, text in _REMEDIES.items() if one["type"].startswith(start))
            yield f"{given} {next(said, plain)}"
    for given, choices in known.items():
        yield f"{given} is not known. Choose {', or '.join(choices)}."


def _name(place: tuple[int | str, ...]) -> str:
    names = [one for one in place if isinstance(one, str) and one.isidentifier()]
    return names[-1].removesuffix("s") if names else "this"
