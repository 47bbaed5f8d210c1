"""Recording errors planted in the demonstration files, as farms really make them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

AnimalRow = dict[str, str]
RecordRow = dict[str, str]
Tables = dict[str, dict[str, list[dict[str, str]]]]  # farm -> file -> rows


@dataclass(frozen=True)
class PlantedError:
    """Where an error stands: ``row`` is the line of the file as a spreadsheet counts (header 1)."""

    farm: str
    file: str
    row: int
    column: str
    value: str
    what: str


def plant(tables: Tables) -> tuple[PlantedError, ...]:
    """Change ``tables`` in place and say what was changed.

    Animals are chosen so that nothing else depends on a row that an import refuses: animals
    without offspring or records, except for the loop, which needs a daughter.
    """
    planters: Sequence[Callable[[Tables], PlantedError]] = (
        _dam_younger_than_lamb,
        _ram_as_dam,
        _own_grandmother,
        _duplicated_row,
        _impossible_date,
        _weight_in_grams,
        _unknown_animal,
        _weight_before_birth,
        _negative_milk,
    )
    return tuple(planter(tables) for planter in planters)


def _dam_younger_than_lamb(tables: Tables) -> PlantedError:
    lamb = _leaf(tables, "HILL", "2023-")
    younger = next(
        row
        for row in tables["HILL"]["animals"]
        if row["sex"] == "F" and row["birth_date"].startswith("2024-")
    )
    what = "the recorded dam is younger than the lamb"
    return _change(tables, "HILL", "animals", lamb, "dam", younger["id"], what)


def _ram_as_dam(tables: Tables) -> PlantedError:
    ram = next(row for row in tables["RAMS"]["animals"] if row["sex"] == "M")
    lamb = _leaf(tables, "BROOK", "2022-")
    what = "a ram is recorded as the dam"
    return _change(tables, "BROOK", "animals", lamb, "dam", ram["id"], what)


def _own_grandmother(tables: Tables) -> PlantedError:
    rows = tables["MOOR"]["animals"]
    daughters: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        daughters.setdefault(row["dam"], []).append(row)
    ewe, daughter = next(
        (row, child)
        for row in rows
        if row["dam"] and row["sex"] == "F"
        for child in daughters.get(row["id"], [])
        if child["sex"] == "F" and child["id"] not in daughters
    )
    what = "the ewe is her own ancestor: her own daughter is recorded as her dam"
    return _change(tables, "MOOR", "animals", ewe, "dam", daughter["id"], what)


def _duplicated_row(tables: Tables) -> PlantedError:
    rows = tables["LIND"]["animals"]
    first = len(rows) // 2
    rows.append(dict(rows[first]))
    what = f"the row stands twice in the file, first in line {first + 2}"
    return PlantedError("LIND", "animals", len(rows) + 1, "id", rows[-1]["id"], what)


def _impossible_date(tables: Tables) -> PlantedError:
    calf = _leaf(tables, "POLD", "2023-")
    what = "there is no 30 February"
    return _change(tables, "POLD", "animals", calf, "birth_date", "2023-02-30", what)


def _weight_in_grams(tables: Tables) -> PlantedError:
    rows = tables["HILL"]["records"]
    row = next(row for row in rows if row["trait"] == "birth_weight" and row["value"] == "4.0")
    what = "a birth weight of 4 kg was entered in grams"
    return _change(tables, "HILL", "records", row, "value", "4000", what)


def _unknown_animal(tables: Tables) -> PlantedError:
    rows = tables["BROOK"]["records"]
    row = rows[len(rows) // 3]
    wrong = row["animal"][:-5] + "91919"
    what = "no animal has this tag: digits were mistyped"
    return _change(tables, "BROOK", "records", row, "animal", wrong, what)


def _weight_before_birth(tables: Tables) -> PlantedError:
    rows = tables["MOOR"]["records"]
    row = next(
        row for row in rows
        if row["trait"] == "weaning_weight" and row["date"].startswith("2021")
    )  # fmt: skip
    wrong = "2020" + row["date"][4:]
    what = "the lamb was weighed before it was born: the year is wrong"
    return _change(tables, "MOOR", "records", row, "date", wrong, what)


def _negative_milk(tables: Tables) -> PlantedError:
    rows = [row for row in tables["LIND"]["records"] if row["trait"] == "milk_yield"]
    row = rows[len(rows) // 2]
    what = "a milk yield cannot be negative"
    return _change(tables, "LIND", "records", row, "value", f"-{row['value']}", what)


def _leaf(tables: Tables, farm: str, born: str) -> dict[str, str]:
    """The first animal born then without offspring or records; without records only if any is."""
    rows = tables[farm]["animals"]
    parents = {row[side] for row in rows for side in ("sire", "dam")}
    recorded = {row["animal"] for row in tables[farm]["records"]}
    leaves = [
        row for row in rows
        if row["birth_date"].startswith(born) and row["dam"] and row["id"] not in parents
    ]  # fmt: skip
    return next((row for row in leaves if row["id"] not in recorded), leaves[0])


def _change(
    tables: Tables,
    farm: str,
    file: str,
    row: dict[str, str],
    column: str,
    value: str,
    what: str,
) -> PlantedError:
    line = next(i for i, other in enumerate(tables[farm][file]) if other is row) + 2
    row[column] = value
    return PlantedError(farm, file, line, column, value, what)
