"""Every planted fault is found by its rule, and nothing is found where nothing was planted."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import polars as pl
import pytest

from hub.etl import across, asked, records, validation
from hub.etl.animals import Stock
from hub.etl.asked import Context, Request
from hub.etl.findings import Findings
from hub.etl.read import ROW, Table
from hub.etl.rules import RULE_SETS
from hub.etl.schemas import Mapping
from hub.storage.base import new_id
from tests.etl_requests import request_of

TODAY = date(2024, 6, 1)
TRAITS = pl.DataFrame(
    {
        "code": ["weight", "milk_305d"], "species": [None, "cattle"], "lowest": [0.1, 100.0],
        "highest": [1500.0, 30000.0], "unit": ["kg", "kg"],
        "ranges": ['{"sheep": [0.5, 200]}', "{}"],
    },
    schema_overrides={"species": pl.String},
)  # fmt: skip
FAULTS: dict[str, dict[str, Any]] = {
    "missing_animal": {"animal": None},
    "unknown_animal": {"animal": "NOBODY"},
    "missing_trait": {"trait": None},
    "unknown_trait": {"trait": "wool"},
    "other_species": {"trait": "milk_305d", "value": "3000"},
    "missing_value": {"value": None},
    "bad_number": {"value": "4O.5"},
    "out_of_range": {"value": "400"},
    "bad_date": {"date": "2024-02-30"},
    "missing_date": {"date": None},
    "in_the_future": {"date": "2024-06-02"},
    "before_birth": {"date": "2019-12-31"},
    "outlier": {"value": "150"},
    "long_cell": {"note": "x" * 10_001},
}


def context(count: int) -> Context:
    farm = UUID(int=1)
    ids = [str(UUID(int=n + 10)) for n in range(count)]
    tags = [f"T{n:06d}" for n in range(count)]
    animals = pl.DataFrame(
        {
            "id": ids, "farm_id": [str(farm)] * count, "tag": tags, "species": ["sheep"] * count,
            "sex": ["F"] * count, "birth_date": ["2020-01-01"] * count, "sire_id": [None] * count,
            "dam_id": [None] * count, "farm": ["HILL"] * count,
        },
        schema_overrides={"sire_id": pl.String, "dam_id": pl.String},
    )  # fmt: skip
    names = pl.DataFrame({"value": tags, "animal_id": ids})
    return Context(Stock(farm, "HILL", "sheep", animals, names), TRAITS, TODAY)


def planted(rows: int, animals: int, seed: int) -> tuple[pl.DataFrame, set[tuple[int, str]]]:
    """A file of weights, each animal once a day, and where the faults were put."""
    random = np.random.default_rng(seed)
    numbers = np.arange(rows)
    days = np.datetime64("2023-01-01") + numbers // animals
    frame = pl.DataFrame(
        {
            ROW: (numbers + 2).astype(np.int32),
            "animal": [f"T{n:06d}" for n in numbers % animals],
            "trait": "weight",
            "date": np.datetime_as_string(days).tolist(),
            "value": [f"{v:.1f}" for v in random.uniform(35, 45, rows)],
            "note": pl.Series([None] * rows, dtype=pl.String),
        }
    )
    codes = [*FAULTS, "duplicate_row", "wrong_number_of_cells"]
    places = random.choice(np.arange(animals, rows), size=(len(codes), rows // 500), replace=False)
    faulty = set(places.ravel().tolist())
    changes: dict[str, dict[int, Any]] = {}
    expected = set()
    for code, where in zip(codes, places, strict=True):
        for place in where.tolist():
            expected.add((place + 2, code))
            fault = dict(FAULTS.get(code, {}))
            if code == "duplicate_row":
                earlier = place - animals  # the same animal, one day before
                fault = {"date": frame["date"][earlier]}
                if earlier in faulty:  # a refused row, or one of another day: no second one
                    expected.discard((place + 2, code))
                    continue
            for column, value in fault.items():
                changes.setdefault(column, {})[place] = value
    ragged = {place + 2: 9 for place in places[-1].tolist()}
    for column, values in changes.items():
        cells = frame[column].to_list()
        for place, value in values.items():
            cells[place] = value
        frame = frame.with_columns(pl.Series(column, cells, dtype=pl.String))
    return frame, expected | {(row, "wrong_number_of_cells") for row in ragged}


def judged(
    frame: pl.DataFrame, expected: set[tuple[int, str]], known: Context, size: int
) -> set[tuple[int, str]]:
    """Row and rule of all findings, chunk by chunk, as the worker goes."""
    request = request_of("records", Mapping(attributes=["note"]))
    ragged = [row for row, code in expected if code == "wrong_number_of_cells"]
    found: set[tuple[int, str]] = set()
    good: list[pl.DataFrame] = []
    tables = []
    for start in range(0, frame.height, size):
        piece = frame.slice(start, size)
        first, last = piece[ROW][0], piece[ROW][-1]
        table = Table("w.csv", piece, {r: 9 for r in ragged if first <= r <= last}, {})
        checked = asked.check(table, request, known)
        assert isinstance(checked, records.Checked)
        found |= told(checked.findings)
        good.append(checked.rows)
        tables.append(table)
    return found | compared(tables, good, request, known)


def compared(
    tables: list[Table], good: list[pl.DataFrame], request: Request, known: Context
) -> set[tuple[int, str]]:
    total = sum(one.height for one in good)

    def frames(names: list[str]) -> Any:
        return (one.select(names) for one in good)

    again = across.repeated(frames, total)
    far = across.outliers(frames, total, again["row_number"].unique())
    late = pl.concat([again, far], how="diagonal")
    found: set[tuple[int, str]] = set()
    for table, rows in zip(tables, good, strict=True):
        findings = Findings(table, request.rules, known.facts)
        mine = late.filter(pl.col("row_number").is_in(rows["row_number"].implode()))
        validation.tell(findings, mine, rows.select("row_number", "animal_id", "trait_code"),
                        request, known)  # fmt: skip
        found |= told(findings)
    return found


def told(findings: Findings) -> set[tuple[int, str]]:
    return {(row, one["rule"]) for row, all_ in findings.by_row.items() for one in all_}


def check(rows: int, animals: int, size: int, seed: int) -> None:
    known = context(animals)
    frame, expected = planted(rows, animals, seed)
    found = judged(frame, expected, known, size)
    assert found == expected
    assert {code for _, code in found} == RULE_SETS["records"].by_code.keys()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_planted_set_is_found_completely_with_no_invention(seed: int) -> None:
    check(rows=12_000, animals=1_000, size=2_500, seed=seed)


@pytest.mark.slow
def test_a_planted_set_of_a_million_rows_is_found_completely() -> None:
    check(rows=1_000_000, animals=50_000, size=100_000, seed=3)


def test_shares_of_the_hashes_find_the_same_as_all_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(across, "AT_ONCE", 700)
    check(rows=12_000, animals=1_000, size=2_500, seed=4)


def test_the_version_of_a_rule_set_changes_with_any_rule() -> None:
    rules = RULE_SETS["records"]
    other = type(rules)(rules.kind, rules.number, rules.rules[:-1])
    assert other.version != rules.version
    assert len({one.version for one in RULE_SETS.values()}) == len(RULE_SETS)


def test_ids_of_many_rows_are_uuids_of_version_7() -> None:
    from hub.etl.ids import new_ids

    ids = [UUID(one) for one in new_ids(1000)]
    assert len(set(ids)) == 1000
    assert {(one.version, one.variant) for one in ids} == {(7, uuid4().variant)}
    assert abs((ids[0].int >> 80) - (new_id().int >> 80)) < 60_000
