"""Steps applied to a table, every change noted, and taken back.

A change is a row of `CHANGES`. Row 0 notes a column that a step made. An empty column notes a row
that a step left out, with the number of its cells where that was not the header's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from hub.errors import FieldError, Invalid
from hub.etl.cleaning import cells, steps
from hub.etl.cleaning.rows import Seen
from hub.etl.read import ROW, Table

CHANGES = {
    ROW: pl.Int32,
    "column": pl.String,
    "before": pl.String,
    "after": pl.String,
    "step": pl.Int16,
}
MADE = 0
"""Row of a change that notes a new column."""
_GROWTH, _GROWS_BY = 8, 64 * 2**20
LEFT_OUT = ""
"""Column of a change that notes a row left out."""


@dataclass(frozen=True)
class Cleaned:
    """A table after its steps, and every change in the order of rows; `step` counts from 0."""

    table: Table
    changes: pl.DataFrame

    def counts(self) -> dict[int, int]:
        """Cells changed and rows left out by each step."""
        rows = self.changes.filter(pl.col(ROW) != MADE)
        left_out = rows.filter(pl.col("column") == LEFT_OUT).select(ROW, "step")
        cells = rows.join(left_out, on=[ROW, "step"], how="anti")
        found = pl.concat([left_out, cells.select(ROW, "step")]).group_by("step").len()
        return dict(found.sort("step").iter_rows())


@dataclass
class State:
    """What a step must know of a file's other pieces, while it is cleaned piece by piece.

    With `needs_survey`, every piece goes through `survey` before the first goes through `apply`.
    A pass that begins again begins with a new state.
    """

    needs_survey: bool = False
    seen: Seen = field(default_factory=Seen)

    @classmethod
    def of(cls, chosen: Sequence[steps.Step]) -> "State":
        """An empty state for these steps."""
        rows = (step for step in chosen if isinstance(step, steps.Duplicates))
        return cls(needs_survey=any(step.keep != "first" for step in rows))


def survey(table: Table, chosen: Sequence[steps.Step], state: State) -> None:
    """Let the state know a piece of the file; nothing to do for most steps."""
    if not state.needs_survey:
        return
    last = next(step for step in chosen if isinstance(step, steps.Duplicates))
    before = list(chosen[: chosen.index(last)])
    if last.keep == "last":  # then nothing but the key matters
        before, columns = steps.that_make(last.key, before, table.columns)
        table = replace(table, frame=table.frame.select(ROW, *columns))
    room = _room(table)
    for step in before:
        table = replace(table, frame=table.frame.with_columns(_changed(table, step)))
        _require_room(table, step, room)
    _require(table.frame, last)
    state.seen.look(table.frame, last)


def apply(table: Table, chosen: Sequence[steps.Step], state: State | None = None) -> Cleaned:
    """The table after the steps, in their order. Pure: the table itself stays as it is.

    Without a state the table is the whole file.
    """
    if state is None:
        state = State.of(chosen)
        survey(table, chosen, state)
    noted = [pl.DataFrame(schema=CHANGES)]
    room = _room(table)
    for number, step in enumerate(chosen):
        if isinstance(step, steps.Duplicates):
            table, changes = _without_duplicates(table, step, state, number)
        else:
            new = _changed(table, step)
            changes = _differences(table.frame, new, number)
            table = replace(table, frame=table.frame.with_columns(new))
            _require_room(table, step, room)
        noted.append(changes)
    changes = pl.concat(noted).sort(ROW, maintain_order=True)  # within a row by step already
    return Cleaned(table, changes)


def _room(table: Table) -> int:
    """Bytes that a table may come to: steps that each make it a little longer add up."""
    return int(table.frame.estimated_size()) * _GROWTH + _GROWS_BY


def _require_room(table: Table, step: steps.Step, room: int) -> None:
    if table.frame.estimated_size() > room:
        name = step.step  # type: ignore[attr-defined]
        raise Invalid(
            "cleaning.too_long",
            f"The steps up to {name} make the table more than {_GROWTH} times as long as it was. "
            "Leave out what repeats texts.",
        )


def unapply(table: Table, changes: pl.DataFrame) -> Table:
    """The table as it was before the steps that made these changes."""
    made = set(changes.filter(pl.col(ROW) == MADE)["column"])
    frame = table.frame.drop([name for name in table.columns if name in made])
    changed = changes.filter((pl.col(ROW) != MADE) & ~pl.col("column").is_in(list(made)))
    left_out = changed.filter(pl.col("column") == LEFT_OUT)
    frame = pl.concat([frame, left_out.select(ROW).unique()], how="diagonal").sort(ROW)
    first = changed.filter(pl.col("column") != LEFT_OUT).sort("step", maintain_order=True)
    first = first.unique([ROW, "column"], keep="first", maintain_order=True)
    for (name,), cells_ in first.group_by("column"):
        frame = _with_cells(frame, str(name), cells_)
    cut = left_out.filter(pl.col("before").is_not_null())
    ragged = dict(zip(cut[ROW], cut["before"].cast(pl.Int64), strict=True))
    return replace(table, frame=frame, ragged={**table.ragged, **ragged})


def _with_cells(frame: pl.DataFrame, name: str, before: pl.DataFrame) -> pl.DataFrame:
    old = before.select(ROW, pl.col("before").alias("_before"), pl.lit(value=True).alias("_back"))
    both = frame.join(old, on=ROW, how="left", maintain_order="left")
    cell = pl.when(pl.col("_back")).then("_before").otherwise(name).alias(name)
    return both.with_columns(cell).drop("_before", "_back")


def _changed(table: Table, step: steps.Step) -> pl.DataFrame:
    """The columns that one step makes anew."""
    frame = table.frame
    _require(frame, step)
    if isinstance(step, steps.Split):
        return frame.select(_parts(step))
    if isinstance(step, steps.Join):
        whole = pl.concat_str(step.columns, separator=step.by, ignore_nulls=True)
        return frame.select(_filled(whole).alias(step.into))
    if isinstance(step, steps.Constant):
        return frame.with_columns(_constant(frame, step)).select(step.column)
    if isinstance(step, steps.Unit):
        commas = table.notes.get("delimiter") != ","
        return cells.unit(frame[step.column], step, commas=commas).to_frame()
    done = [cells.OF_STEP[type(step)](frame[name], step) for name in _columns(table, step)]
    new = pl.DataFrame(
        [one.alias(name) for one, name in zip(done, _columns(table, step), strict=True)]
    )
    return new.select(_filled(pl.all()))


def _columns(table: Table, step: steps.Step) -> list[str]:
    if isinstance(step, steps.Codes):
        return [step.column]
    named: list[str] = step.columns  # type: ignore[attr-defined]
    return list(dict.fromkeys(named)) or table.columns


def _parts(step: steps.Split) -> list[pl.Expr]:
    parts = pl.col(step.column).str.splitn(step.by, len(step.into))
    return [
        _filled(parts.struct.field(f"field_{place}").str.strip_chars()).alias(name)
        for place, name in enumerate(step.into)
    ]


def _constant(frame: pl.DataFrame, step: steps.Constant) -> pl.Expr:
    value = pl.lit(step.value)
    if step.only_empty and step.column in frame.columns:
        value = pl.coalesce(step.column, value)
    return value.alias(step.column)


def _filled(text: pl.Expr) -> pl.Expr:
    """An empty text is an empty cell."""
    return pl.when(text != "").then(text)


def _without_duplicates(
    table: Table, step: steps.Duplicates, state: State, number: int
) -> tuple[Table, pl.DataFrame]:
    _require(table.frame, step)
    if not state.needs_survey:
        state.seen.look(table.frame, step)
    keeps = state.seen.keeps(table.frame, step)
    gone = table.frame.filter(~keeps)
    numbers = set(gone[ROW])
    ragged = {row: count for row, count in table.ragged.items() if row not in numbers}
    left = replace(table, frame=table.frame.filter(keeps), ragged=ragged)
    counts = [table.ragged.get(row) for row in gone[ROW]]
    marks = gone.select(
        ROW, pl.lit(LEFT_OUT).alias("column"),
        pl.Series("before", [None if count is None else str(count) for count in counts], pl.String),
    )  # fmt: skip
    contents = gone.unpivot(index=ROW, variable_name="column", value_name="before")
    noted = pl.concat([marks, contents.drop_nulls("before")])
    after = pl.lit(None, pl.String).alias("after")
    changes = noted.with_columns(after, pl.lit(number, pl.Int16).alias("step"))
    return left, changes.select(list(CHANGES)).cast(CHANGES)  # type: ignore[arg-type]


def _differences(before: pl.DataFrame, new: pl.DataFrame, number: int) -> pl.DataFrame:
    """Every cell that a step changed, of the columns it made anew."""
    noted = [pl.DataFrame(schema=CHANGES)]
    for name in new.columns:
        there = name in before.columns
        old = before[name] if there else pl.Series(name, [None] * before.height, dtype=pl.String)
        both = pl.DataFrame({ROW: before[ROW], "before": old, "after": new[name]})
        different = both.filter(pl.col("before").ne_missing(pl.col("after")))
        if not there:
            mark = pl.DataFrame(
                {ROW: [MADE], "before": [None], "after": [name]}, schema=both.schema
            )
            different = pl.concat([mark, different])
        step = pl.lit(number, pl.Int16).alias("step")
        noted.append(different.select(ROW, pl.lit(name).alias("column"), "before", "after", step))
    return pl.concat(noted)


def _require(frame: pl.DataFrame, step: steps.Step) -> None:
    """Every column that a step names must be there, and none may be the hub's own."""
    if ROW in steps.made(step):
        _refuse(step, f"No column can be called {ROW}.", "Give it another name.")
    missing = [name for name in steps.named(step) if name not in frame.columns or name == ROW]
    if missing:
        columns = ", ".join(repr(name) for name in frame.columns if name != ROW)
        names = ", ".join(map(repr, missing))
        _refuse(step, f"The file has no column {names}.", f"It has {columns}.")


def _refuse(step: steps.Step, message: str, remedy: str) -> None:
    name: str = step.step  # type: ignore[attr-defined]
    errors = [FieldError(f"cleaning.{name}", message, remedy)]
    raise Invalid("cleaning.columns", f"Step {name!r}: {message} {remedy}", errors=errors)
