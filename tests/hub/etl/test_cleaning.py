"""Steps clean cells, note each change, and can be taken back."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agrigen.errors import DataError
from agrigen.phenotypes.identifiers import read_identifier
from hub.errors import Invalid
from hub.etl.cleaning import State, apply, dump, identifiers, load, rows, survey, unapply
from hub.etl.read import ROW, Table

COLUMNS = ("a", "b", "c")
CELLS = (
    "17.03.2024", "3/17/24", "2024-03-17", "17 mars 2024", "31.02.2024", "45368", "1.234,5", "12,5",
    "70", "70 lb", "-9", "NA", "UK 0123456 00042", " e1 ", "E1", "x y z", "f", "Ä\u00a0ö", "a", "",
)  # fmt: skip
STEPS: list[dict[str, Any]] = [
    {"step": "trim_and_case", "case": "upper"},
    {"step": "date_format", "columns": ["a", "b"], "order": "dmy", "century": 49},
    {"step": "date_format", "columns": ["c"], "order": "mdy", "serial": True},
    {"step": "unit", "column": "a", "from": "lb", "to": "kg"},
    {"step": "codes", "column": "b", "table": {"f": "F", "x y z": "U"}, "any_case": True},
    {"step": "identifier", "columns": ["c", "a"]},
    {"step": "number_format", "columns": ["b"], "decimal": ",", "thousands": "."},
    {"step": "missing", "codes": ["-9", "NA"]},
    {"step": "replace", "columns": ["a"], "find": "[ .]", "with": "", "regex": True},
    {"step": "split", "column": "c", "by": " ", "into": ["c", "d"]},
    {"step": "join", "columns": ["a", "b"], "by": "-", "into": "e"},
    {"step": "constant", "column": "f", "value": "HILL"},
    {"step": "constant", "column": "b", "value": "none", "only_empty": True},
]
DUPLICATES = st.sampled_from(["first", "last", "fullest"]).map(
    lambda keep: [{"step": "duplicates", "key": ["a"], "keep": keep}]
)
IDEMPOTENT = ("trim_and_case", "date_format", "codes", "identifier", "missing", "constant")


def table(*rows: tuple[str | None, ...], **notes: Any) -> Table:
    """Rows of a file from row 2 on."""
    width = len(rows[0])
    cells = {name: [row[place] or None for row in rows] for place, name in enumerate("abc"[:width])}
    frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    numbers = pl.Series(ROW, range(2, len(rows) + 2), pl.Int32)
    return Table("file.csv", frame.select(numbers, *cells), {}, notes)


def cleaned(cells: list[str | None], *steps: dict[str, Any], **notes: Any) -> list[str | None]:
    """A column `a` after steps."""
    return (
        apply(table(*[(cell,) for cell in cells], **notes), load(steps)).table.frame["a"].to_list()
    )


@st.composite
def tables(draw: st.DrawFn) -> Table:
    cell = st.sampled_from(CELLS) | st.text("ab 1.,/-", max_size=6)
    rows = draw(st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=12))
    made = table(*rows)
    numbers = draw(st.sets(st.integers(2, len(rows) + 1), max_size=2))
    return Table(made.name, made.frame, dict.fromkeys(numbers, 9), made.notes)


@st.composite
def cleanings(draw: st.DrawFn) -> list[Any]:
    steps = draw(st.lists(st.sampled_from(STEPS), max_size=5))
    place = draw(st.integers(0, len(steps)))
    return load([*steps[:place], *draw(st.just([]) | DUPLICATES), *steps[place:]])


@settings(deadline=None, max_examples=80)
@given(tables(), cleanings())
def test_what_steps_did_can_be_taken_back(before: Table, steps: list[Any]) -> None:
    done = apply(before, steps)
    back = unapply(done.table, done.changes)
    assert back.frame.equals(before.frame)
    assert back.ragged == before.ragged
    assert back.columns == before.columns


@settings(deadline=None, max_examples=80)
@given(tables(), cleanings(), st.integers(1, 5))
def test_a_file_cleaned_in_pieces_is_the_file_cleaned_at_once(
    before: Table, steps: list[Any], size: int
) -> None:
    whole = apply(before, steps)
    pieces = [
        Table(before.name, frame, {row: n for row, n in before.ragged.items() if row in frame[ROW]},
              before.notes)
        for frame in before.frame.iter_slices(size)
    ]  # fmt: skip
    state = State.of(steps)
    for piece in pieces:
        survey(piece, steps, state)
    done = [apply(piece, steps, state) for piece in pieces]
    assert pl.concat([one.table.frame for one in done]).equals(whole.table.frame)
    changes = pl.concat([one.changes for one in done]).unique(maintain_order=True)
    assert changes.sort(pl.all()).equals(whole.changes.sort(pl.all()))
    assert unapply(whole.table, changes).frame.equals(before.frame)


@settings(deadline=None, max_examples=60)
@given(
    tables(), DUPLICATES | st.sampled_from([[s] for s in STEPS if s["step"] in IDEMPOTENT])
)  # fmt: skip
def test_these_steps_change_nothing_the_second_time(before: Table, steps: list[Any]) -> None:
    once = apply(before, load(steps)).table
    assert apply(once, load(steps)).changes.filter(pl.col(ROW) > 0).is_empty()


def test_the_table_itself_stays_as_it_is() -> None:
    before = table(("17.03.2024",))
    apply(before, load([{"step": "date_format", "columns": ["a"], "order": "dmy"}]))
    assert before.frame["a"].to_list() == ["17.03.2024"]


@pytest.mark.parametrize(
    ("order", "written", "read"),
    [
        ("dmy", "17.3.2024", "2024-03-17"),
        ("dmy", "17/03/2024 00:00:00", "2024-03-17"),
        ("dmy", "17-03-24", "2024-03-17"),
        ("dmy", "17-03-50", "1950-03-17"),
        ("dmy", "17032024", "2024-03-17"),
        ("dmy", "17. März 2024", "2024-03-17"),
        ("dmy", "17 mars 2024", "2024-03-17"),
        ("dmy", "17 de marzo de 2024", "2024-03-17"),
        ("dmy", "17-Mar-24", "2024-03-17"),
        ("dmy", "1 août 2024", "2024-08-01"),
        ("dmy", "2024-03-17T06:30:00Z", "2024-03-17"),
        ("mdy", "3/17/2024", "2024-03-17"),
        ("mdy", "Mar 17, 2024", "2024-03-17"),
        ("ymd", "20240317", "2024-03-17"),
        ("ymd", "24/03/17", "2024-03-17"),
        ("ymd", "2024.3.17", "2024-03-17"),
        ("dmy", "31.02.2024", "31.02.2024"),
        ("dmy", "3/17/2024", "3/17/2024"),
        ("dmy", "soon", "soon"),
    ],
)
def test_dates_are_read_in_the_order_of_the_file(order: str, written: str, read: str) -> None:
    step = {"step": "date_format", "columns": ["a"], "order": order, "century": 49}
    assert cleaned([written], step) == [read]


def test_a_year_of_two_digits_is_not_guessed() -> None:
    assert cleaned(["17.03.24"], {"step": "date_format", "columns": ["a"], "order": "dmy"}) == [
        "17.03.24"
    ]


def test_days_as_excel_counts_them() -> None:
    step = {"step": "date_format", "columns": ["a"], "order": "dmy", "serial": True}
    assert cleaned(["45368", "61", "60", "45368.0"], step) == [
        "2024-03-17", "1900-03-01", "60", "2024-03-17",
    ]  # fmt: skip


def test_pounds_become_kilograms_and_what_is_in_kilograms_stays() -> None:
    step = {"step": "unit", "column": "a", "from": "lb", "to": "kg"}
    cells = ["70", "70 lbs", "31.5 kg", "31,5", "heavy", "5 cm", None, "1e2"]
    assert cleaned(cells, step, delimiter=";") == [
        "31.7514659", "31.7514659", "31.5", "14.28815966", "heavy", "5 cm", None, "45.359237",
    ]  # fmt: skip


def test_a_comma_is_no_decimal_mark_where_it_delimits_cells() -> None:
    step = {"step": "unit", "column": "a", "from": "lb", "to": "kg"}
    assert cleaned(["1,234"], step, delimiter=",") == ["1,234"]


@pytest.mark.parametrize(
    ("old", "new", "number", "result"),
    [("degF", "degC", "101.3", "38.5"), ("degC", "degF", "38.5", "101.3"),
     ("g", "kg", "38500", "38.5"), ("cells/ml", "1000/ml", "215000", "215"),
     ("in", "cm", "10", "25.4"), ("g/kg", "%", "41", "4.1"), ("mg/dl", "mg/l", "25", "250"),
     ("cwt_us", "kg", "10", "453.59237"), ("cwt_uk", "kg", "1", "50.80234544"),
     ("gal_us", "l", "1", "3.785411784"), ("gal_uk", "l", "1", "4.54609")],
)  # fmt: skip
def test_units_of_one_quantity_turn_into_each_other(
    old: str, new: str, number: str, result: str
) -> None:
    assert cleaned([number], {"step": "unit", "column": "a", "from": old, "to": new}) == [result]


@pytest.mark.parametrize("name", ["cwt", "gal", "gallon", "pt"])
def test_a_unit_that_is_another_one_elsewhere_is_not_guessed(name: str) -> None:
    new = "kg" if name == "cwt" else "l"
    with pytest.raises(ValueError, match=f"'{name}' is no unit that is known: .*{name[:2]}.*_uk"):
        load([{"step": "unit", "column": "a", "from": name, "to": new}])
    step = {"step": "unit", "column": "a", "from": "g" if new == "kg" else "ml", "to": new}
    assert cleaned([f"2 {name}"], step) == [f"2 {name}"]


def test_thousands_and_decimal_marks() -> None:
    german = {"step": "number_format", "columns": ["a"], "decimal": ",", "thousands": "."}
    assert cleaned(["1.234,5", "12,5", "-3,0", "1.23", "1.234"], german) == [
        "1234.5", "12.5", "-3.0", "1.23", "1234",
    ]  # fmt: skip
    french = {"step": "number_format", "columns": ["a"], "decimal": ",", "thousands": " "}
    assert cleaned(["1\u202f234,5", "1 234 567"], french) == ["1234.5", "1234567"]


def test_of_double_rows_the_fullest_stays_wherever_it_stands() -> None:
    rows = table(("1", "x", None), ("1", "x", "y"), ("2", None, None), (None, "z", "z"))
    done = apply(rows, load([{"step": "duplicates", "key": ["a"], "keep": "fullest"}]))
    assert done.table.frame[ROW].to_list() == [3, 4, 5]
    assert done.counts() == {0: 1}


@pytest.mark.parametrize("keep", ["first", "last", "fullest"])
def test_double_rows_of_many_pieces_are_as_those_of_the_whole_and_moved_seldom(
    keep: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [(str(n * 7919 % 3001), "x" if n % 3 else None) for n in range(6400)]
    whole = table(*cells)
    pieces = [replace(whole, frame=whole.frame[start : start + 50]) for start in range(0, 6400, 50)]
    steps = load([{"step": "duplicates", "key": ["a"], "keep": keep}])
    expected = apply(whole, steps).table.frame
    moved, run = [], rows._run
    monkeypatch.setattr(
        rows, "_run", lambda keys, *more: moved.append(keys.size) or run(keys, *more)
    )
    state = State.of(steps)
    for piece in pieces:
        survey(piece, steps, state)
    left = [apply(piece, steps, state).table.frame for piece in pieces]
    assert pl.concat(left).equals(expected)
    assert sum(moved) < 8 * 6400
    assert len(state.seen.runs) < 8


def test_counts_tell_cells_and_rows_of_each_step() -> None:
    steps = load([{"step": "missing", "codes": ["-9"]}, {"step": "trim_and_case", "case": "upper"},
                  {"step": "duplicates", "key": ["a"]}])  # fmt: skip
    done = apply(table(("x", "-9"), ("X", "y"), ("z", "Z")), steps)
    assert done.counts() == {0: 1, 1: 3, 2: 1}


@settings(deadline=None, max_examples=200)
@given(
    st.text("0123456789", min_size=1, max_size=16)
    | st.from_regex(r"[A-Z]{1,4}\d{1,5}", fullmatch=True)
    | st.from_regex(r"UK[ -]?0?[0-9]{6}[ -]?[0-9]{5,6}", fullmatch=True)
    | st.from_regex(r"[09][0-9]{2} [0-9]{12}", fullmatch=True)
)
def test_identifiers_told_by_the_column_are_as_told_one_by_one(text: str) -> None:
    """The shortcut for the usual forms says what reading each one says."""
    try:
        read = read_identifier(text).value
    except DataError:
        read = text
    assert identifiers.normalize(pl.Series("a", [text]), None).to_list() == [read]


def test_steps_are_kept_as_they_were_written() -> None:
    steps = load([*STEPS, {"step": "duplicates", "key": ["a"], "keep": "last"}])
    assert load(dump(steps)) == steps
    assert dump(steps)[3] == {"step": "unit", "column": "a", "from": "lb", "to": "kg"}


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"step": "unit", "column": "a", "from": "kg", "to": "cm"}, "measures mass"),
        ({"step": "unit", "column": "a", "from": "stein", "to": "kg"}, "no unit that is known"),
        ({"step": "replace", "find": "(a", "regex": True}, "no pattern"),
        ({"step": "replace", "find": r"(a)\1", "regex": True}, "no pattern"),
        ({"step": "identifier", "columns": ["a"], "scheme": "x"}, "no scheme"),
        ({"step": "number_format", "columns": ["a"], "thousands": "."}, "thousands mark"),
        ({"step": "polish"}, "polish"),
        ({"step": "missing", "codes": []}, "at least 1"),
    ],
)
def test_a_step_that_cannot_be_is_refused(step: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        load([step])


def test_two_steps_for_duplicates_are_refused() -> None:
    with pytest.raises(ValidationError, match="one step 'duplicates'"):
        load([{"step": "duplicates", "key": ["a"]}] * 2)


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(Invalid, match=r"no column 'weight'. It has 'a'"):
        apply(table(("1",)), load([{"step": "unit", "column": "weight", "from": "g", "to": "kg"}]))


def test_the_column_of_row_numbers_cannot_be_made() -> None:
    with pytest.raises(Invalid, match="No column can be called _row"):
        apply(table(("1",)), load([{"step": "constant", "column": ROW, "value": "1"}]))


def test_replacing_cannot_fill_the_memory() -> None:
    long = table(*[("a" * 10_000,)] * 100)
    step = {"step": "replace", "find": "a", "with": "b" * 200}
    with pytest.raises(Invalid, match="too long"):
        apply(long, load([step]))
