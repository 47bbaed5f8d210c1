"""Which column of a file is which of ours, by its name, its unit and what it holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

import polars as pl

from hub.etl import columns as our_columns
from hub.etl import event_sheets, milk
from hub.etl.mapping import across, fitting, names
from hub.etl.mapping.content import Content
from hub.etl.mapping.suggestion import GOOD, LEAST, Part, Suggestion
from hub.etl.mapping.words import Header, header, joined
from hub.etl.schemas import Kind, Mapping
from hub.records.performance_traits import LINEAR_SCORES

_WEAK = 0.62
_ALIKE = 0.86
_WIDE = ("animal", "date", "occasion")


@dataclass(frozen=True)
class Trait:
    """What a suggestion must know of a trait: its unit and its ranges, by species too."""

    code: str
    unit: str
    lowest: float
    highest: float


def traits_of(frame: pl.DataFrame, species: str | None) -> list[Trait]:
    """The hub's traits of a species (all when not given), with the ranges that hold there."""
    rows = frame.filter(pl.col("species").is_null() | (pl.col("species") == species)
                        | pl.lit(species is None))  # fmt: skip
    own = f"$.{species}"
    low, high = (
        pl.col("ranges").str.json_path_match(f"{own}[{n}]").cast(pl.Float64) for n in (0, 1)
    )
    found = rows.select(
        "code", "unit", pl.coalesce(low, "lowest").alias("low"),
        pl.coalesce(high, "highest").alias("high"),
    )  # fmt: skip
    return [Trait(*row) for row in found.iter_rows()]


def suggest(
    columns: Sequence[str],
    sample: pl.DataFrame,
    kind: Kind,
    traits: Sequence[Trait],
    *,
    animals: Iterable[str] = (),
) -> list[Suggestion]:
    """The best use of each column, the surest first; each column and each of ours once.

    `animals` are identifiers of the farm: a column that holds them is known by that.
    """
    known = frozenset(animals)
    contents = {name: Content.of(sample[name]) for name in columns}
    found: list[Suggestion] = []
    for name in columns:
        found += _of_column(header(name), contents[name], kind, traits, known)
    if kind == "records":
        found = _long_or_wide(found)
    if kind == "animals":
        found = across.with_sexes_of_parents(found, sample)
    else:
        found = across.with_occasions(found, sample)
    found.sort(key=lambda one: (-one.score, list(columns).index(one.theirs)))
    return _each_once(found)


def mapping_of(
    suggestions: Sequence[Suggestion], columns: Sequence[str], kind: Kind, *, least: float = GOOD
) -> Mapping:
    """The mapping that follows the suggestions that are sure enough."""
    good = [one for one in suggestions if one.score >= least]
    ours = {one.ours: one.theirs for one in good if one.part == "columns"}
    traits = {one.ours: one.theirs for one in good if one.part == "traits"}
    occasion = ours.pop("occasion", None)
    used = {*ours.values(), *traits.values(), occasion}
    left = [name for name in columns if name not in used]
    ignore = left if kind in ("animals", "events") else []
    return Mapping(columns=ours, traits=traits, occasion=occasion, ignore=ignore)


def cleaning_of(suggestions: Sequence[Suggestion], *, least: float = GOOD) -> list[dict[str, Any]]:
    """The steps of the suggestions that are sure enough, in the order of the suggestions."""
    return [step for one in suggestions if one.score >= least for step in one.cleaning]


def _of_column(
    name: Header, content: Content, kind: Kind, traits: Sequence[Trait], animals: frozenset[str]
) -> list[Suggestion]:
    """All that one column might be."""
    found = []
    for field in _fields(kind):
        fit = fitting.of_field(field, content, kind, animals)
        found.append(_judged(field, name, "columns", _named(field, name, kind), fit))
    if kind in ("records", "milk_recording"):
        for trait in traits:
            if kind == "milk_recording" and trait.code not in _MILK:
                continue
            by_name = _named(trait.code, name, kind)
            if by_name[0]:
                fit = fitting.of_trait(trait, name, content)
                found.append(_judged(trait.code, name, "traits", by_name, fit))
    return [one for one in found if one.score >= LEAST]


_MILK = frozenset({*milk.TRAITS, "somatic_cell_score"})


def _judged(
    ours: str, name: Header, part: Part, by_name: tuple[float, str], fit: fitting.Fit
) -> Suggestion:
    """The name says what a column is; what it holds can say that it is not, or that it must be."""
    score = max(by_name[0] * fit.factor, fit.alone)
    reasons = [reason for reason in (by_name[1] if by_name[0] else "", fit.why) if reason]
    steps = [{key: name.text if value is fitting.THIS else [name.text] if value is fitting.THESE
              else value for key, value in step.items()} for step in fit.cleaning]  # fmt: skip
    return Suggestion(
        ours=ours, theirs=name.text, part=part, score=round(min(score, 1.0), 3),
        why="; ".join(reasons), cleaning=steps,
    )  # fmt: skip


def _fields(kind: Kind) -> Sequence[str]:
    if kind == "animals":
        return our_columns.ANIMAL_COLUMNS
    if kind == "events":
        return event_sheets.KNOWN
    return our_columns.RECORD_COLUMNS if kind == "records" else _WIDE


@lru_cache(maxsize=10_000)
def _named(ours: str, name: Header, kind: Kind) -> tuple[float, str]:
    """How surely a name means a column of ours, from 0 to 1, and why."""
    strong, weak = _synonyms(ours)
    wholes = {name.joined, joined(name.text)}
    if joined(ours) in wholes:
        return 1.0, "bears our name"
    if names.ICAR.get(name.text) == ours:
        return 1.0, "bears ICAR's name"
    if wholes & strong.keys():
        return 0.97, "is called so"
    if wholes & weak.keys():
        return _WEAK, "may be called so"
    return max(_contained(name, strong), _alike(name, strong))


def _contained(name: Header, strong: dict[str, str]) -> tuple[float, str]:
    """A known name among the words of a longer one: `ewe sire tag uk` holds `sire tag`."""
    words = name.words
    best = 0.0
    for first in range(len(words)):
        for last in range(first + 1, len(words) + 1):
            whole = "".join(words[first:last])
            if whole.rstrip("0123456789") in strong and (len(whole) > 2):
                best = max(best, 0.35 + 0.5 * (last - first) / len(words))
    return (best, "its name holds a known one") if best > 0.55 else (0.0, "")


def _alike(name: Header, strong: dict[str, str]) -> tuple[float, str]:
    """Slips of the pen in longer names."""
    if len(name.joined) < 5:
        return 0.0, ""
    matcher = SequenceMatcher(b=name.joined, autojunk=False)
    best, like = 0.0, ""
    for known, text in strong.items():
        if abs(len(known) - len(name.joined)) > 2 or len(known) < 5:
            continue
        matcher.set_seq1(known)
        if matcher.real_quick_ratio() > _ALIKE and (ratio := matcher.ratio()) > max(best, _ALIKE):
            best, like = ratio, text
    return (0.85 * best, f"is called almost {like!r}") if best else (0.0, "")


@lru_cache(maxsize=500)
def _synonyms(ours: str) -> tuple[dict[str, str], dict[str, str]]:
    """Strong and weak names of a column or trait, joined -> as written."""
    key = "animal" if ours == "id" else ours
    text = ", ".join((names.FIELDS.get(key, ""), names.TRAITS.get(key, "")))
    score = ours.removeprefix("type_")
    if score in LINEAR_SCORES:
        text += f", {score.replace('_', ' ')}, {LINEAR_SCORES[score][0]}"
    all_names = [name.strip() for name in text.split(",") if name.strip()]
    strong = {joined(name): name for name in all_names if not name.startswith("?")}
    weak = {joined(name): name[1:] for name in all_names if name.startswith("?")}
    return strong, weak


def _long_or_wide(found: list[Suggestion]) -> list[Suggestion]:
    """A file of records has a row a value, or a column a trait: not both."""
    best = {ours: max((s.score for s in found if s.ours == ours), default=0.0)
            for ours in ("trait", "value")}  # fmt: skip
    long = min(best.values()) >= GOOD
    if long:
        return [one for one in found if one.part != "traits"]
    return [one for one in found if one.ours not in ("trait", "value")]


def _each_once(found: Sequence[Suggestion]) -> list[Suggestion]:
    ours: set[str] = set()
    theirs: set[str] = set()
    kept = []
    for one in found:
        if one.ours not in ours and one.theirs not in theirs:
            kept.append(one)
            ours.add(one.ours)
            theirs.add(one.theirs)
    return kept
