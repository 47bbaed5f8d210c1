"""Identifiers of animals: what a written one is, and its one normal form."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from agrigen.errors import DataError
from agrigen.phenotypes.checks import one_of, refusal
from agrigen.phenotypes.electronic import SEPARATORS, ElectronicId, read_electronic

UK = 826
USA = 840


@dataclass(frozen=True)
class Identifier:
    """An identifier, read.

    Attributes
    ----------
    scheme
        Name of the scheme as ICAR ADE writes it.
    value
        Normal form: equal marks have equal schemes and values. A tag and its transponder are of
        different schemes, and equal where `electronic` is.
    raw
        As it was written.
    kind
        What it is, in words.
    parts
        What stands in it: country, herd, number and the like.
    """

    scheme: str
    value: str
    raw: str
    kind: str
    parts: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def electronic(self) -> ElectronicId | None:
        """The transponder code that this mark is, where it is one."""
        return read_electronic(self.value) if self.scheme in ELECTRONIC else None


def read_identifier(
    text: str | int | float, *, scheme: str | None = None, code: int | None = None
) -> Identifier:
    """An identifier in any written form.

    Parameters
    ----------
    text
        As typed, scanned or imported.
    scheme
        Name of its scheme; not given: it is told by its form, and what fits none is the farm's
        own tag.
    code
        Country or maker of electronic identities that are written without it.

    Raises
    ------
    DataError
        If it cannot be of its scheme, or a check digit is wrong.
    """
    raw = "" if pd.isna(text) else str(text).strip()
    if not raw:
        raise refusal("identifier", "An identifier is empty.", "Write it, or leave the row out.")
    if scheme is not None:
        return READERS[one_of("scheme", scheme, tuple(READERS))](text, raw, code)
    for form, name in FORMS:
        if re.fullmatch(form, raw.upper()):
            return READERS[name](text, raw, code)
    if re.fullmatch(r"[\d\s_.:\-]+", raw) and len(SEPARATORS.sub("", raw)) >= 13:
        return _electronic(text, raw, code)
    return _farm(text, raw, code)


def read_identifiers(texts: Iterable[Any], **options: Any) -> pd.DataFrame:
    """Many at once, nothing raised: raw, scheme, value, kind, and problem where there is one."""
    rows = []
    for text in texts:
        try:
            one = read_identifier(text, **options)
            rows.append((str(text), one.scheme, one.value, one.kind, ""))
        except DataError as error:
            rows.append((str(text), "", "", "", str(error.problems[0])))
    return pd.DataFrame(rows, columns=["raw", "scheme", "value", "kind", "problem"])


def uk_check_digit(herd: int | str, number: int | str) -> int:
    """Check digit of a UK cattle tag: the eleven digits of herd and animal modulo 7, plus 1."""
    return int(f"{int(herd):06d}{int(number):05d}") % 7 + 1


def _electronic(text: str | int | float, raw: str, code: int | None) -> Identifier:
    found = read_electronic(text, code=code)
    parts = {"code": f"{found.code:03d}", "number": f"{found.number:012d}"}
    if found.reserved:
        parts["reserved"] = str(found.reserved)
    kind = f"electronic, {found.kind}"
    return Identifier("std.iso.11785", found.digits, raw, kind, parts)


def _interbull(_: object, raw: str, __: int | None) -> Identifier:
    plain = re.sub(r"[\s_\-]+", "", raw.upper())
    form = re.fullmatch(r"([A-Z]{3})([A-Z]{3}|\d{3})([MF])([A-Z0-9]{1,12})", plain)
    if form is None:
        message = f"{raw!r} is no international identifier of an animal that is known."
        remedy = "Write breed, country, sex and up to 12 characters: HOLCANM000000A12345."
        raise refusal("identifier", message, f"{remedy} Leave unknown ones empty.")
    breed, country, sex, number = form.groups()
    parts = {"breed": breed, "country": country, "sex": sex, "number": number.zfill(12)}
    value = f"{breed}{country}{sex}{parts['number']}"
    return Identifier("icar.Interbull", value, raw, "international (Interbull)", parts)


def _uk(text: object, raw: str, code: int | None) -> Identifier:
    """UK tags: of cattle with a check digit, of sheep and goats with a 0 before the flock."""
    words = re.sub(r"^UK\s*", "", raw.upper())
    pieces = [piece for piece in SEPARATORS.split(words) if piece]
    if len(pieces) == 2 and len(pieces[0]) in (6, 7) and pieces[1].isdigit():
        # Leading zeros of the animal's number are often left out where a space shows its begin.
        pieces[1] = pieces[1].zfill(6 if len(pieces[0]) == 6 and len(pieces[1]) == 6 else 5)
    digits = "".join(pieces)
    if not digits.isdigit() or len(digits) not in (11, 12):
        return _bovine(text, raw, code)
    if len(digits) == 11 or digits[0] == "0":
        digits = digits.zfill(12)
        parts = {"country": "UK", "flock": digits[1:7], "number": digits[7:]}
        value = f"{UK}{digits}"
        return Identifier("eu.animalId", value, raw, "UK sheep or goat tag", parts)
    return _uk_cattle(text, raw, code)


def _uk_cattle(_: object, raw: str, __: int | None) -> Identifier:
    form = re.fullmatch(r"UK(\d{6})(\d)(\d{5})", SEPARATORS.sub("", raw.upper()))
    if form is None:
        raise refusal("identifier", f"{raw!r} is no UK cattle tag.",
                      "Write UK, six digits of the herd and six of the animal.")  # fmt: skip
    herd, digit, number = form.groups()
    if uk_check_digit(herd, number) != int(digit):
        message = f"{raw!r} has the check digit {digit}, but {uk_check_digit(herd, number)} fits."
        raise refusal("check_digit", message, "Read the tag again: a digit is wrong.")
    parts = {"country": "UK", "herd": herd, "number": number}
    return Identifier("uk.cts.eartag", f"UK{herd}{digit}{number}", raw, "UK cattle tag", parts)


def _bovine(_: object, raw: str, __: int | None) -> Identifier:
    form = re.fullmatch(r"([A-Z]{2})([A-Z0-9]{1,12})", SEPARATORS.sub("", raw.upper()))
    if form is None:
        raise refusal("identifier", f"{raw!r} is no EU cattle tag.",
                      "Write two letters of the country and up to 12 characters.")  # fmt: skip
    parts = {"country": form[1], "number": form[2]}
    return Identifier("eu.bovine", form[1] + form[2], raw, "EU cattle tag, not checked", parts)


def _eu(text: str | int | float, raw: str, code: int | None) -> Identifier:
    if raw.upper().startswith("UK"):
        return _uk(text, raw, code)
    found = read_electronic(text, code=code)
    if found.code >= 900:
        raise refusal("identifier", f"{raw!r} has the maker {found.code}, not a country.",
                      "Give its scheme as std.iso.11785.")  # fmt: skip
    parts = {"country": f"{found.code:03d}", "number": f"{found.number:012d}"}
    return Identifier("eu.animalId", found.digits, raw, "EU animal number", parts)


def _usa(text: str | int | float, raw: str, _: int | None) -> Identifier:
    named = re.fullmatch(r"USA0?(\d{12})", SEPARATORS.sub("", raw.upper()))
    found = ElectronicId(USA, int(named[1])) if named else read_electronic(text)
    if found.code != USA:
        raise refusal("identifier", f"{raw!r} does not begin with 840.",
                      "Give its scheme as std.iso.11785.")  # fmt: skip
    parts = {"country": "840", "number": f"{found.number:012d}"}
    return Identifier("usa.ain", found.digits, raw, "US official number", parts)


def _nlis(_: object, raw: str, __: int | None) -> Identifier:
    plain = SEPARATORS.sub("", raw.upper())
    form = re.fullmatch(r"([A-Z0-9]{8})([A-Z0-9]{3}\d{4,5})", plain)
    if form is None:
        raise refusal("identifier", f"{raw!r} is no NLIS number.",
                      "Write the property's eight characters and the seven or eight after them, as "
                      "on the tag.")  # fmt: skip
    parts = {"property": form[1], "device": form[2]}
    return Identifier("au.nlis", plain, raw, "Australian NLIS tag", parts)


def _nait(_: object, raw: str, __: int | None) -> Identifier:
    form = re.fullmatch(r"(\d{6})\D?(\d{2})\D?(\d{4})", raw.strip())
    if form is None:
        raise refusal("identifier", f"{raw!r} is no NAIT visual number.", "Write 123456-12-1234.")
    value = "-".join(form.groups())
    return Identifier(
        "nz.nait.visualid", value, raw, "New Zealand NAIT tag", {"participant": form[1]}
    )


def _farm(_: object, raw: str, __: int | None) -> Identifier:
    value = re.sub(r"\s+", " ", raw).upper()
    return Identifier("composite.withinherdid", value, raw, "the farm's own tag")


READERS: dict[str, Callable[[Any, str, int | None], Identifier]] = {
    "std.iso.11785": _electronic,
    "icar.Interbull": _interbull,
    "uk.cts.eartag": _uk_cattle,
    "eu.animalId": _eu,
    "eu.bovine": _bovine,
    "usa.ain": _usa,
    "au.nlis": _nlis,
    "nz.nait.visualid": _nait,
    "composite.withinherdid": _farm,
}
"""Schemes of ICAR ADE's well-known list that are read, and the farm's own tags."""
ELECTRONIC = ("std.iso.11785", "eu.animalId", "usa.ain")
FORMS = (
    (r"[A-Z]{3}[\s_-]?([A-Z]{3}|\d{3})[\s_-]?[MF][\s_-]?(?=[A-Z0-9]*\d)[A-Z0-9]{8,12}",
     "icar.Interbull"),
    (r"U{19}", "icar.Interbull"),
    (r"(LA|LR)[\s_\d]+", "std.iso.11785"),
    (r"A\d{5}[\s_]\d[\s_]\d{3}[\s_]\d{12}", "std.iso.11785"),
    (r"0X[0-9A-F]+|[89A-F][0-9A-F]{15}", "std.iso.11785"),
    (r"[\d.,]+E\+\d+", "std.iso.11785"),
    (r"UK[\s\d-]+", "eu.animalId"),
    (r"USA0\d{12}", "usa.ain"),
    (r"\d{6}-\d{2}-\d{4}", "nz.nait.visualid"),
    (r"[NQVSTW3][A-Z0-9]{7}[A-Z]{3}\d{4,5}", "au.nlis"),
    (r"[A-Z]{2}(?=[\s\d]*\d{3})[\s\d]{6,18}", "eu.bovine"),
)  # fmt: skip
"""How schemes are told by their form, the strictest first."""
