"""The parameter file of the BLUPF90 programs: its text to what it says, and back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np

from agrigen.errors import ModelError, Problem
from agrigen.types import Floats

Kind = Literal["cross", "cov"]
KEYWORDS = (
    "DATAFILE",
    "NUMBER_OF_TRAITS",
    "NUMBER_OF_EFFECTS",
    "OBSERVATION(S)",
    "WEIGHT(S)",
    "EFFECTS:",
    "RANDOM_RESIDUAL",
    "RANDOM_GROUP",
    "RANDOM_TYPE",
    "FILE",
    "(CO)VARIANCES",
    "OPTION",
)
SPELLINGS = {"EFFECTS": "EFFECTS:", "RANDOM_RESIDUAL_VALUES": "RANDOM_RESIDUAL"}
REQUIRED = (*KEYWORDS[:4], "EFFECTS:", "RANDOM_RESIDUAL")
COUNT_REMEDY = "Give one number for each trait."


@dataclass(frozen=True)
class EffectLine:
    """One line of EFFECTS: where an effect stands in the data, for each trait (0: nowhere)."""

    positions: tuple[int, ...]
    levels: int
    kind: Kind
    nested: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class RandomGroup:
    """Effects (numbered from 1) that are random with one covariance matrix, effect by trait."""

    effects: tuple[int, ...]
    kind: str
    file: str
    matrix: Floats


@dataclass(frozen=True, eq=False)
class Parameters:
    """What a parameter file says; positions count from 1."""

    data: str
    observations: tuple[int, ...]
    weights: tuple[int, ...]
    effects: tuple[EffectLine, ...]
    residual: Floats
    groups: tuple[RandomGroup, ...]
    options: tuple[tuple[str, ...], ...] = field(default=())

    @property
    def traits(self) -> int:
        """Number of traits."""
        return len(self.observations)

    def option(self, name: str) -> tuple[str, ...] | None:
        """The words behind an option, None where it is not given."""
        return next((words[1:] for words in self.options if words[0] == name), None)


@dataclass(frozen=True)
class Section:
    """A keyword, what stands behind it on its line, and the lines below it."""

    keyword: str
    rest: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The first line that holds something, empty without one."""
        return next((line for line in self.lines if line), "")

    @property
    def words(self) -> list[str]:
        """All words below the keyword."""
        return " ".join(self.lines).split()


def read_text(path: str | PathLike[str], what: str) -> str:
    """The text of a file; problems in words for a person."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        text = f"The {what} {path} cannot be read: {reason}."
        raise ModelError([Problem("unreadable", (), text, "Check its name and rights.")]) from None


def sections(text: str, keywords: Iterable[str]) -> list[Section]:
    """A keyword file taken apart; comments (from # on) are left out."""
    known = set(keywords)
    found: list[tuple[str, str, list[str]]] = []
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].strip()
        first, _, rest = line.partition(" ")
        first = SPELLINGS.get(first, first)
        # The line below these keywords is a file's name, whatever it looks like.
        named = bool(found) and found[-1][0] in ("DATAFILE",) and not any(found[-1][2])
        if first in known and not named:
            found.append((first, rest.strip(), []))
        elif found:
            found[-1][2].append(line)
    return [Section(keyword, rest, tuple(lines)) for keyword, rest, lines in found]


def parse_parameters(text: str) -> Parameters:
    """What a parameter file says.

    Raises
    ------
    ModelError
        With every problem: keywords that are absent, counts that do not match, numbers that are
        none.
    """
    return _Parser(sections(text, KEYWORDS)).parameters()


class _Parser:
    def __init__(self, found: list[Section]) -> None:
        self.found = found
        self.problems: list[Problem] = []

    def parameters(self) -> Parameters:
        absent = [key for key in REQUIRED if not self._all(key)]
        if absent:
            text = f"The parameter file has no {', '.join(absent)}."
            remedy = "Give a parameter file of BLUPF90 (not of another program)."
            raise ModelError([Problem("missing_keyword", (), text, remedy)])
        traits = self._count("NUMBER_OF_TRAITS")
        observations = self._integers("OBSERVATION(S)")
        if len(observations) != traits:
            self._add(
                "count",
                f"NUMBER_OF_TRAITS is {traits}, and OBSERVATION(S) lists {len(observations)}.",
                COUNT_REMEDY,
            )
        effects = self._effects(len(observations))
        parameters = Parameters(
            self._one("DATAFILE").text,
            tuple(observations),
            tuple(self._integers("WEIGHT(S)")) if self._all("WEIGHT(S)") else (),
            tuple(effects),
            self.matrix(self._one("RANDOM_RESIDUAL"), len(observations)),
            tuple(self._groups(len(observations), len(effects))),
            tuple(_option(section) for section in self._all("OPTION")),
        )
        if self.problems:
            raise ModelError(self.problems)
        return parameters

    def _add(self, kind: str, text: str, remedy: str) -> None:
        self.problems.append(Problem(kind, (), text, remedy))

    def _all(self, keyword: str) -> list[Section]:
        return [section for section in self.found if section.keyword == keyword]

    def _one(self, keyword: str) -> Section:
        return self._all(keyword)[0]

    def _count(self, keyword: str) -> int:
        numbers = self._integers(keyword)
        return numbers[0] if numbers else 0

    def _integers(self, keyword: str) -> list[int]:
        words = self._one(keyword).text.split()
        try:
            return [int(word) for word in words]
        except ValueError:
            self._add(
                "not_a_number",
                f"{keyword} holds {' '.join(words)!r}, not whole numbers.",
                "Give positions in the data file.",
            )
            return []

    def _effects(self, traits: int) -> list[EffectLine]:
        lines = [line for line in self._one("EFFECTS:").lines if line]
        count = self._count("NUMBER_OF_EFFECTS")
        if len(lines) != count:
            self._add(
                "count",
                f"NUMBER_OF_EFFECTS is {count}, and EFFECTS has {len(lines)} lines.",
                "Correct the number.",
            )
        effects = [effect_line(line, traits) for line in lines]
        for line, effect in zip(lines, effects, strict=True):
            if effect is None:
                self._add(
                    "effect_line",
                    f"The effect line {line!r} cannot be read with {traits} traits.",
                    "Write a position for each trait, the number of levels, and cross or cov "
                    "(with the positions of the levels it is nested in).",
                )
        return [effect for effect in effects if effect is not None]

    def _groups(self, traits: int, effects: int) -> list[RandomGroup]:
        groups = []
        starts = [i for i, s in enumerate(self.found) if s.keyword == "RANDOM_GROUP"]
        for start in starts:
            inside = []
            for section in self.found[start + 1 :]:
                if section.keyword in ("RANDOM_GROUP", "OPTION"):
                    break
                inside.append(section)
            group = self._group(self.found[start], inside, traits, effects)
            groups += [group] if group else []
        return groups

    def _group(
        self, head: Section, inside: list[Section], traits: int, effects: int
    ) -> RandomGroup | None:
        parts = {section.keyword: section for section in inside}
        absent = [key for key in ("RANDOM_TYPE", "(CO)VARIANCES") if key not in parts]
        numbers = [int(word) for word in head.words if word.isdigit()]
        if absent or not numbers or max(numbers) > effects or min(numbers) < 1:
            self._add(
                "random_group",
                f"RANDOM_GROUP {' '.join(head.words)} is not complete"
                + (f": it has no {' and no '.join(absent)}." if absent else "."),
                f"Name effects from 1 to {effects}, a RANDOM_TYPE and (CO)VARIANCES.",
            )
            return None
        file = parts["FILE"].text if "FILE" in parts else ""
        matrix = self.matrix(parts["(CO)VARIANCES"], len(numbers) * traits)
        return RandomGroup(tuple(numbers), parts["RANDOM_TYPE"].text, file, matrix)

    def matrix(self, section: Section, size: int) -> Floats:
        """A square matrix of a known size."""
        matrix, problem = square(section, size)
        self.problems += [problem] if problem else []
        return matrix


def square(section: Section, size: int) -> tuple[Floats, Problem | None]:
    """The square matrix of a section, and what is wrong with it."""
    values = [fortran_number(word) for word in section.words]
    numbers = [value for value in values if value is not None]
    if len(numbers) != size * size or len(numbers) != len(values):
        text = f"{section.keyword} holds {len(values)} values where {size} x {size} belong."
        remedy = "Give a square matrix with a row for each effect and trait, effect by effect."
        return np.eye(size), Problem("matrix", (), text, remedy)
    matrix = np.array(numbers).reshape(size, size)
    if not np.allclose(matrix, matrix.T, rtol=1e-6, atol=0):
        text = f"{section.keyword} holds a matrix that is not symmetric."
        return matrix, Problem("matrix", (), text, "Correct it.")
    return (matrix + matrix.T) / 2, None


def effect_line(line: str, traits: int) -> EffectLine | None:
    """A line of EFFECTS, None if it is none."""
    words = line.split()
    kinds = [place for place, word in enumerate(words) if word in ("cross", "cov")]
    if not kinds or kinds[0] != traits + 1:
        return None
    try:
        positions = tuple(int(word) for word in words[:traits])
        levels = int(words[traits])
        nested = tuple(int(word) for word in words[traits + 2 :])
    except ValueError:
        return None
    if len(nested) not in (0, traits) or (nested and words[traits + 1] == "cross"):
        return None
    kind: Kind = "cov" if words[traits + 1] == "cov" else "cross"
    return EffectLine(positions, levels, kind, nested)


def fortran_number(word: str) -> float | None:
    """A number, also with a Fortran exponent (1.0d-3)."""
    try:
        return float(word.lower().replace("d", "e"))
    except ValueError:
        return None


def _option(section: Section) -> tuple[str, ...]:
    words = section.rest.split()
    return tuple(words) if words else ("",)


def parameters_text(parameters: Parameters, comments: Sequence[str] = ()) -> str:
    """A parameter file that the BLUPF90 programs read."""
    lines = [f"# {comment}" for comment in comments]
    lines += ["DATAFILE", parameters.data]
    lines += ["NUMBER_OF_TRAITS", str(parameters.traits)]
    lines += ["NUMBER_OF_EFFECTS", str(len(parameters.effects))]
    lines += ["OBSERVATION(S)", _row(parameters.observations)]
    lines += ["WEIGHT(S)", _row(parameters.weights)]
    lines += ["EFFECTS: POSITIONS_IN_DATAFILE NUMBER_OF_LEVELS TYPE_OF_EFFECT [EFFECT NESTED]"]
    lines += [_effect_text(effect) for effect in parameters.effects]
    lines += ["RANDOM_RESIDUAL VALUES", *matrix_lines(parameters.residual)]
    for group in parameters.groups:
        lines += ["RANDOM_GROUP", _row(group.effects), "RANDOM_TYPE", group.kind]
        lines += ["FILE", group.file, "(CO)VARIANCES", *matrix_lines(group.matrix)]
    lines += [" ".join(("OPTION", *words)) for words in parameters.options]
    return "\n".join(lines) + "\n"


def matrix_lines(matrix: Floats) -> list[str]:
    """A matrix, a row a line, with every digit."""
    return [" ".join(repr(float(value)) for value in row) for row in matrix]


def _row(numbers: Iterable[int]) -> str:
    return " ".join(str(number) for number in numbers)


def _effect_text(effect: EffectLine) -> str:
    numbers = _row((*effect.positions, effect.levels))
    return f"{numbers} {effect.kind} {_row(effect.nested)}".rstrip()
