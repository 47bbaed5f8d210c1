"""Tables of versions: the same pieces whatever the order, shared by versions, compared exactly."""

import hashlib
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.datasets import comparing, cutting, parquet, storing
from hub.datasets.schemas import FrozenColumn
from hub.datasets.storing import Freezing, Plan, Stored
from hub.storage.objects import FolderObjects

KEY = ("animal", "date")
PLAN = Plan(
    "weights",
    KEY,
    [
        FrozenColumn(name="animal", type="string"),
        FrozenColumn(name="date", type="date"),
        FrozenColumn(name="value", type="number", unit="kg"),
        FrozenColumn(name="note", type="string"),
    ],
)
SCHEMA = {"animal": pl.String, "date": pl.Date, "value": pl.Float64, "note": pl.String}

cells = st.fixed_dictionaries(
    {
        "value": st.one_of(st.none(), st.sampled_from([1.0, 1.5, float("nan"), -0.25, 0.0])),
        "note": st.one_of(st.none(), st.sampled_from(["", "a", 'b,"c"', "é"])),
    }
)
keys = st.tuples(
    st.sampled_from([f"A{n}" for n in range(9)]),
    st.one_of(
        st.none(), st.dates(pd.Timestamp("2020-01-01").date(), pd.Timestamp("2024-12-31").date())
    ),
)
tables = st.dictionaries(keys, cells, max_size=40)


def frame(rows: dict) -> pl.DataFrame:
    made = [{"animal": k[0], "date": k[1], **cells} for k, cells in rows.items()]
    return pl.DataFrame(made, SCHEMA)


def weights(animals: int, days: int, first: str = "2020-01-01") -> pl.DataFrame:
    """Every animal weighed on every day."""
    dates = pl.date_range(
        pl.lit(first).str.to_date(),
        pl.lit(first).str.to_date() + pl.duration(days=days - 1),
        eager=True,
    )
    both = pl.DataFrame({"date": dates}).join(
        pl.DataFrame({"animal": [f"A{n:04}" for n in range(animals)]}), how="cross"
    )
    value = (pl.int_range(pl.len()) % 97).cast(pl.Float64) / 4
    return both.with_columns(value.alias("value"), pl.lit(None, pl.String).alias("note")).select(
        list(SCHEMA)
    )


def freeze(objects: FolderObjects, *frames: pl.DataFrame, mean: int = 256) -> Stored:
    with Freezing(PLAN, mean=mean) as freezing:
        for one in frames:
            freezing.add(one)
        return freezing.store(objects)


def stored(objects: FolderObjects, found: Stored) -> comparing.Stored:
    return comparing.Stored(
        [(found.objects[piece.name], piece.rows) for piece in found.table.pieces],
        storing.empty(PLAN.columns),
        lambda digest: parquet.to_polars(objects.get(digest)),
    )


@settings(max_examples=30, deadline=None)
@given(before=tables, after=tables)
def test_a_difference_is_what_a_full_join_of_pandas_says(before: dict, after: dict) -> None:
    found = comparing.difference(frame(before), frame(after), KEY)
    join = (
        frame(before).to_pandas().merge(
            frame(after).to_pandas(), on=list(KEY), how="outer", indicator=True,
            suffixes=(".before", ".after"),
        )
    )  # fmt: skip
    same = pd.Series(True, index=join.index)
    for name in ("value", "note"):
        a, b = join[f"{name}.before"], join[f"{name}.after"]
        same &= (a == b) | (a.isna() & b.isna())
    # pandas cannot tell a missing number from one that is not a number
    nan = {
        k
        for k in before.keys() & after.keys()
        if repr(before[k]["value"]) != repr(after[k]["value"])
    }
    expected = {
        "added": int((join["_merge"] == "right_only").sum()),
        "removed": int((join["_merge"] == "left_only").sum()),
        "changed": len(
            {k for k in before.keys() & after.keys() if before[k]["note"] != after[k]["note"]} | nan
        ),
    }
    counts = dict(found["change"].value_counts().iter_rows())
    assert {name: counts.get(name, 0) for name in expected} == expected
    assert int((~same & (join["_merge"] == "both")).sum()) <= expected["changed"]


@settings(max_examples=30, deadline=None)
@given(before=tables, after=tables)
def test_a_difference_is_enough_to_make_the_other_version(before: dict, after: dict) -> None:
    found = comparing.difference(frame(before), frame(after), KEY)
    made, made_of = dict(before), list(SCHEMA)[2:]
    for row in found.iter_rows(named=True):
        key = (row["animal"], row["date"])
        if row["change"] == "removed":
            del made[key]
        else:
            made[key] = {name: row[f"{name}.after"] for name in made_of}
    made_frame, after_frame = (frame(one).sort(KEY) for one in (made, after))
    assert made_frame.equals(after_frame)


@settings(max_examples=40, deadline=None)
@given(rows=tables, seed=st.integers(0, 9), cut=st.integers(0, 40))
def test_rows_in_any_order_and_portion_are_the_same_version(
    tmp_path_factory: pytest.TempPathFactory, rows: dict, seed: int, cut: int
) -> None:
    objects = FolderObjects(tmp_path_factory.mktemp("objects"))
    table = frame(rows)
    shuffled = table.sample(fraction=1, shuffle=True, seed=seed)
    whole = freeze(objects, table, mean=4)
    assert freeze(objects, shuffled[:cut], shuffled[cut:], mean=4) == whole
    there = storing.whole(objects, whole.table, whole.objects)
    assert there.equals(cutting.in_order(table, PLAN.order))
    content = b"".join(storing.content([there], "csv"))
    assert hashlib.sha256(content).hexdigest() == whole.table.sha256
    for first in (0, 3):
        part = storing.rows(objects, whole.table, whole.objects, first, 5)
        assert part.equals(there[first : first + 5])


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_later_rows_leave_the_earlier_pieces_as_they_are(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    base = weights(animals=100, days=300)
    first = freeze(objects, base)
    before = size(tmp_path)
    later = weights(animals=100, days=3, first="2020-10-27")
    second = freeze(objects, later, base)
    grown = size(tmp_path) - before
    shared = set(first.objects.values()) & set(second.objects.values())
    assert len(first.table.pieces) > 50
    assert len(shared) >= len(first.table.pieces) - 1
    assert grown < before * 0.05
    assert freeze(objects, base) == first
    assert size(tmp_path) == before + grown


def test_a_corrected_value_changes_one_piece_and_is_found(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    base = weights(animals=50, days=200)
    corrected = base.with_columns(
        pl.when(pl.int_range(pl.len()) == 4711).then(99.5).otherwise(pl.col("value")).alias("value")
    )
    first, second = freeze(objects, base), freeze(objects, corrected)
    assert len(set(first.objects.values()) - set(second.objects.values())) == 1
    found = comparing.compare(stored(objects, first), stored(objects, second), KEY)
    assert (found.summary["changed"], found.summary["added"], found.summary["removed"]) == (1, 0, 0)
    assert found.summary["columns"] == {"value": 1}
    assert found.summary["unchanged"] == base.height - 1
    [item] = comparing.as_items(found.rows, KEY)
    assert item["after"] == {"value": 99.5}


def test_a_comparison_in_parts_is_the_comparison(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = FolderObjects(tmp_path)
    base = weights(animals=30, days=60)
    third = pl.int_range(pl.len()) % 3 == 0
    other = base.with_columns(pl.when(third).then(0.1).otherwise(pl.col("value")).alias("value"))[
        7:
    ]
    sides = [stored(objects, freeze(objects, one)) for one in (base, other)]
    whole = comparing.compare(*sides, KEY)
    monkeypatch.setattr(comparing, "MOST_ROWS", 100)
    parts = comparing.compare(*sides, KEY)
    assert parts.summary == whole.summary
    assert parts.rows.equals(whole.rows)


def test_a_key_of_another_type_is_the_same_key_in_a_comparison_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = pl.DataFrame({"id": [str(n) for n in range(50)], "value": 1.0})
    numbers = texts.with_columns(pl.col("id").cast(pl.Int64))
    sides = [
        comparing.Stored([(name, 50)], one.clear(), lambda _, one=one: one)
        for name, one in (("a", texts), ("b", numbers))
    ]
    monkeypatch.setattr(comparing, "MOST_ROWS", 10)
    found = comparing.compare(*sides, ["id"]).summary
    assert (found["added"], found["removed"], found["unchanged"]) == (0, 0, 50)


def test_what_is_no_number_in_both_versions_did_not_change() -> None:
    before = frame({("A", None): {"value": float("nan"), "note": "a"}})
    after = before.with_columns(pl.lit("b").alias("note"))
    [item] = comparing.as_items(comparing.difference(before, after, KEY), KEY)
    assert (item["before"], item["after"]) == ({"note": "a"}, {"note": "b"})


def test_zeros_of_both_signs_are_one_version(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    zero = frame({("A", None): {"value": 0.0, "note": None}})
    minus = frame({("A", None): {"value": -0.0, "note": None}})
    assert freeze(objects, minus) == freeze(objects, zero)


def test_attributes_may_have_any_name_and_keys_none_of_a_comparison() -> None:
    names = ["fat", "fat.before", "fat.after", "change", "_nth", "_there"]
    before = pl.DataFrame({"id": ["A"], **{name: [1] for name in names}})
    after = pl.DataFrame({"id": ["A"], **{name: [2] for name in names}})
    [item] = comparing.as_items(comparing.difference(before, after, ["id"]), ["id"])
    assert item["before"] == dict.fromkeys(names, 1)
    assert item["after"] == dict.fromkeys(names, 2)
    for name in ("id.before", "id.after", "change"):
        with pytest.raises(ValueError, match="reads like a value"):
            Plan("animals", [name], [FrozenColumn(name=name, type="string")])


def test_rows_of_one_key_are_compared_in_the_order_of_their_values() -> None:
    twice = frame({("A", None): {"value": 1.0, "note": None}})
    twice = pl.concat([twice, twice.with_columns(pl.lit(2.0).alias("value"))])
    once = twice[1:]
    found = comparing.difference(twice, once, KEY)
    assert found["change"].to_list() == ["changed", "removed"]


def test_columns_that_only_one_version_has_are_named(tmp_path: Path) -> None:
    base = weights(animals=2, days=2)
    found = comparing.difference(base.drop("note"), base.with_columns(pl.lit(1).alias("fat")), KEY)
    assert found.is_empty()
    sides = [
        comparing.Stored([("x", 4)], one.clear(), lambda _, one=one: one)
        for one in (base.drop("note"), base.with_columns(pl.lit(1).alias("fat")))
    ]
    summary = comparing.compare(*sides, KEY).summary
    assert (summary["columns_added"], summary["columns_removed"]) == (["note", "fat"], [])


def test_an_empty_table_is_a_table(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    found = freeze(objects)
    assert (found.table.rows, found.table.pieces) == (0, [])
    assert storing.whole(objects, found.table, found.objects).columns == list(SCHEMA)
    full = freeze(objects, weights(animals=2, days=2))
    summary = comparing.compare(stored(objects, found), stored(objects, full), KEY).summary
    assert (summary["added"], summary["removed"]) == (4, 0)
