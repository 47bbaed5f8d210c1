"""The driver file of DMU: its sections, and what its model says.

Facts of the format: P. Madsen and J. Jensen, A User's Guide to DMU (Aarhus University).
"""

import re
from dataclasses import dataclass

import numpy as np

from agrigen.errors import ModelError, NotAvailable, Problem
from agrigen.io.blupf90_parameters import fortran_number
from agrigen.types import Floats

INBRED = {1: True, 2: False, 3: True, 4: False, 6: False}
"""Whether a method of PED counts inbreeding."""
GRANDSIRES = (3, 4)
PHANTOM = 6
REGRESSION = re.compile(r"(\d+)(?:\(\s*([\d,\s]*)\))?")


@dataclass(frozen=True)
class Data:
    """$DATA: how many integer and real columns, from which value down a real is missing."""

    integers: int
    reals: int
    missing: float
    files: tuple[str, ...]


@dataclass(frozen=True)
class TraitModel:
    """What $MODEL says of one trait; columns count from 1 among integers or among reals."""

    trait: int
    weight: int
    fixed: tuple[int, ...]
    random: tuple[tuple[int, int], ...]
    """Column and number of the random factor."""
    regressions: tuple[int, ...]


@dataclass(frozen=True)
class Relationship:
    """$VAR_STR: the pedigree of a random factor."""

    method: int
    file: str


@dataclass(frozen=True, eq=False)
class Driver:
    """A driver file taken apart."""

    data: Data
    names: tuple[str, ...]
    traits: tuple[TraitModel, ...]
    relationships: dict[int, Relationship]
    uncorrelated: tuple[tuple[int, int], ...]
    prior: tuple[tuple[int, int, int, float], ...]
    prior_file: str
    task: int


@dataclass(frozen=True)
class _Section:
    keyword: str
    rest: str
    lines: tuple[str, ...]


def parse_driver(text: str) -> Driver:
    """What a driver file says.

    Raises
    ------
    ModelError
        For sections that are absent or cannot be read.
    NotAvailable
        For genotypes, other covariance structures, categories and nested regressions.
    """
    sections = _sections(text)
    absent = [key for key in ("$DATA", "$MODEL") if key not in sections]
    if absent:
        raise _wrong(f"The driver file has no {' and no '.join(absent)}.", "Add it.")
    data = _data(sections["$DATA"][0])
    traits, uncorrelated = _model(sections["$MODEL"][0])
    prior = sections.get("$PRIOR", [_Section("$PRIOR", "", ())])[0]
    return Driver(
        data,
        _names(sections, data),
        tuple(traits),
        dict(_relationship(section) for section in sections.get("$VAR_STR", [])),
        tuple(uncorrelated),
        prior_entries(prior.lines),
        prior.rest,
        _task(sections),
    )


def _wrong(text: str, remedy: str) -> ModelError:
    return ModelError([Problem("driver", (), text, remedy)])


def _refused(text: str, remedy: str) -> NotAvailable:
    return NotAvailable([Problem("not_available", (), text, remedy)])


def _sections(text: str) -> dict[str, list[_Section]]:
    found: list[tuple[str, str, list[str]]] = []
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("$"):
            keyword, _, rest = line.partition(" ")
            found.append((keyword.upper(), rest.strip(), []))
        elif found and line and not line.startswith("#"):
            found[-1][2].append(line.split("#", 1)[0].strip())
    sections: dict[str, list[_Section]] = {}
    for keyword, rest, lines in found:
        sections.setdefault(keyword, []).append(_Section(keyword, rest, tuple(lines)))
    return sections


def _data(section: _Section) -> Data:
    form = re.match(
        r"(\w+)\s*\(\s*(\d+)\s*,\s*(\d+)\s*,\s*([-+.\w]+)\s*\)\s*(.*)", section.rest, re.IGNORECASE
    )
    missing = fortran_number(form[4]) if form else None
    if form is None or missing is None or not form[5]:
        raise _wrong(
            f"$DATA {section.rest!r} cannot be read.",
            "Write $DATA ASCII (integers, reals, missing) file.",
        )
    if form[1].upper() != "ASCII":
        raise _refused(f"$DATA is {form[1]}.", "Write the data as ASCII.")
    return Data(int(form[2]), int(form[3]), missing, tuple(form[5].split()))


def _names(sections: dict[str, list[_Section]], data: Data) -> tuple[str, ...]:
    """Names of the integer columns, then of the real ones; empty without $VARIABLE."""
    section = sections.get("$VARIABLE")
    names = " ".join(section[0].lines).split() if section else []
    if names and len(names) < data.integers + data.reals:
        raise _wrong(
            f"$VARIABLE names {len(names)} of {data.integers + data.reals} columns.",
            "Name all integer columns, then all real columns.",
        )
    return tuple(names[: data.integers + data.reals])


def _task(sections: dict[str, list[_Section]]) -> int:
    found = sections.get("$ANALYSE", []) + sections.get("$ANALYSES", [])
    words = found[0].rest.split() if found else []
    return int(words[0]) if words and words[0].isdigit() else 0


def _model(section: _Section) -> tuple[list[TraitModel], list[tuple[int, int]]]:
    """Lines of $MODEL: traits; (absorb;) classes, random factors, regressions of each; no_cov."""
    lines = [line for line in section.lines if line]
    try:
        counts = [int(word) for word in lines[0].split()]
        traits = counts[0]
        if len(counts) > 1 and counts[1] != traits:
            text = f"{traits - counts[1]} of {traits} traits are censored or categories."
            raise _refused(text, "Leave them out; traits here have normal residuals.")
        rest = lines[1:]
        while rest and len(rest[0].split()) == 1 and len(rest) > 3 * traits:
            rest = rest[1:]  # lines on absorption, which newer versions pass over
        classes, random, regressions = (rest[k * traits : (k + 1) * traits] for k in range(3))
        models = [_trait(*part) for part in zip(classes, random, regressions, strict=True)]
        return models, _uncorrelated(rest[3 * traits :])
    except (ValueError, IndexError):
        text = "$MODEL cannot be read."
        remedy = (
            "It has the number of traits, then for each trait a line of classes, of random factors "
            "and of regressions, then the number of residual covariances that are zero."
        )
        raise _wrong(text, remedy) from None


def _trait(classes: str, random: str, regressions: str) -> TraitModel:
    trait, weight, count, *columns = (int(word) for word in classes.split())
    if len(columns) < count:
        raise ValueError(classes)
    factors = [int(word) for word in random.split()]
    numbers = factors[1 : factors[0] + 1]
    columns = columns[:count]
    fixed, drawn = columns[: count - len(numbers)], columns[count - len(numbers) :]
    return TraitModel(
        trait,
        weight,
        tuple(fixed),
        tuple(zip(drawn, numbers, strict=True)),
        _regressions(regressions),
    )


def _regressions(line: str) -> tuple[int, ...]:
    count, *rest = line.split(maxsplit=1)
    found = REGRESSION.findall(rest[0]) if rest else []
    nested = [f"{column}({inside})" for column, inside in found if inside.strip(" 0,")]
    if nested:
        text = f"The regression {', '.join(nested)} is nested within a class."
        remedy = "Nested regressions are read from BLUPF90 files; or declare them in a model file."
        raise _refused(text, remedy)
    if len(found) < int(count):
        raise ValueError(line)
    return tuple(int(column) for column, _ in found[: int(count)])


def _uncorrelated(lines: list[str]) -> list[tuple[int, int]]:
    if not lines:
        return []
    numbers = [int(word) for word in " ".join(lines).split()]
    pairs = numbers[1 : 2 * numbers[0] + 1]
    return list(zip(pairs[::2], pairs[1::2], strict=True))


def _relationship(section: _Section) -> tuple[int, Relationship]:
    words = section.rest.split()
    if len(words) < 2 or words[1].upper() != "PED":
        kind = words[1] if len(words) > 1 else ""
        text = f"$VAR_STR {section.rest} asks for the covariance structure {kind}."
        remedy = "Readable is PED; genotypes and matrices from files are not."
        raise _refused(text, remedy)
    if len(words) < 5 or not words[2].isdigit() or int(words[2]) not in INBRED:
        text = f"$VAR_STR {section.rest} cannot be read."
        raise _wrong(text, "Write $VAR_STR factor PED method ASCII file, method 1 to 4 or 6.")
    if words[3].upper() != "ASCII":
        raise _refused(f"The pedigree is {words[3]}.", "Write it as ASCII.")
    return int(words[0]), Relationship(int(words[2]), words[4])


def prior_entries(lines: tuple[str, ...]) -> tuple[tuple[int, int, int, float], ...]:
    """Entries of $PRIOR: number of the matrix, row, column, value."""
    entries = []
    for line in lines:
        words = line.split()
        value = fortran_number(words[3]) if len(words) > 3 else None
        if value is None or not all(word.isdigit() for word in words[:3]):
            raise _wrong(f"$PRIOR {line!r} cannot be read.", "Write matrix, row, column, value.")
        entries.append((int(words[0]), int(words[1]), int(words[2]), value))
    return tuple(entries)


def prior_matrix(driver: Driver, number: int, size: int) -> Floats | None:
    """The matrix of a random factor or (last) the residual; None where nothing is given."""
    mine = [entry for entry in driver.prior if entry[0] == number]
    if not mine:
        return None
    matrix = np.zeros((size, size))
    for _, row, column, value in mine:
        if max(row, column) > size:
            text = f"$PRIOR gives row {max(row, column)} of matrix {number}, which has {size}."
            raise _wrong(text, "Correct the row or the model.")
        matrix[row - 1, column - 1] = matrix[column - 1, row - 1] = value
    return matrix
