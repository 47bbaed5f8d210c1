"""Tables of a version in the object store: written in pieces, read whole or a page at a time."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

import polars as pl

from hub.datasets import cutting, parquet
from hub.datasets.comparing import AFTER, BEFORE, CHANGE
from hub.datasets.schemas import FrozenColumn, FrozenTable, Piece
from hub.storage.objects import ObjectStore

_TYPES: dict[str, type[pl.DataType]] = {
    "number": pl.Float64, "integer": pl.Int64, "date": pl.Date, "boolean": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """A table that is going to be frozen: its columns and those of them that name a row.

    The first column of type date decides the order, then the key. A comparison of two versions
    shows keys beside the values before and after, so no key may look like one of those.
    """

    kind: str
    key: Sequence[str]
    columns: Sequence[FrozenColumn]

    def __post_init__(self) -> None:
        taken = [one for one in self.key if one == CHANGE or one.endswith((BEFORE, AFTER))]
        if taken:
            raise ValueError(
                f"{self.kind}: the key {taken[0]!r} reads like a value in a comparison. Give it a "
                f"name other than {CHANGE!r} that ends neither in {BEFORE!r} nor in {AFTER!r}."
            )

    @property
    def order(self) -> list[str]:
        dates = [one.name for one in self.columns if one.type == "date"][:1]
        return [*dates, *(name for name in self.key if name not in dates)]


@dataclass(frozen=True)
class Stored:
    """A frozen table and the digests of its pieces by name."""

    table: FrozenTable
    objects: dict[str, str]


class Freezing:
    """Takes the rows of a table in any order, and stores them when all are there."""

    def __init__(self, plan: Plan, *, mean: int = cutting.MEAN_ROWS) -> None:
        self.plan, self._mean = plan, mean
        self._spool = cutting.Spool(Path(gettempdir()), plan.order)

    def __enter__(self) -> "Freezing":
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    @property
    def rows(self) -> int:
        return self._spool.rows

    def add(self, frame: pl.DataFrame) -> None:
        self._spool.add(frame.select(map(_stored_as, self.plan.columns)))

    def store(self, objects: ObjectStore) -> Stored:
        """Write what is not there yet; equal rows give equal pieces and the equal hash."""
        plan, digests, pieces = self.plan, dict[str, str](), list[Piece]()
        hashed = hashlib.sha256(_csv(empty(plan.columns), header=True))
        for frame in cutting.pieces(self._spool.sorted(), plan.key, mean=self._mean):
            name = f"{plan.kind}/{len(pieces):05}.parquet"
            hashed.update(_csv(frame))
            digests[name] = objects.put(parquet.of_polars(frame))
            pieces.append(Piece(name=name, rows=frame.height))
        table = FrozenTable(
            kind=plan.kind,
            rows=self._spool.rows,
            sha256=hashed.hexdigest(),
            key=list(plan.key),
            columns=list(plan.columns),
            pieces=pieces,
        )
        return Stored(table, digests)


def _stored_as(column: FrozenColumn) -> pl.Expr:
    """Equal numbers are equal bytes, too: there are two zeros and many NaNs, and one is stored."""
    cell = pl.col(column.name)
    if column.type != "number":
        return cell
    return pl.when(cell == 0).then(0.0).otherwise(cell.fill_nan(float("nan"))).alias(column.name)


def _csv(frame: pl.DataFrame, *, header: bool = False) -> bytes:
    return frame.write_csv(include_header=header).encode()


def empty(columns: Sequence[FrozenColumn]) -> pl.DataFrame:
    """No rows of these columns."""
    return pl.DataFrame(schema={one.name: _TYPES.get(one.type, pl.String) for one in columns})


def frames(
    objects: ObjectStore, table: FrozenTable, digests: dict[str, str]
) -> Iterator[pl.DataFrame]:
    """The rows piece by piece, in their order; at least one frame."""
    if not table.pieces:
        yield empty(table.columns)
    for piece in table.pieces:
        yield parquet.to_polars(objects.get(digests[piece.name]))


def whole(objects: ObjectStore, table: FrozenTable, digests: dict[str, str]) -> pl.DataFrame:
    """All rows at once."""
    return pl.concat(frames(objects, table, digests))


def rows(
    objects: ObjectStore, table: FrozenTable, digests: dict[str, str], first: int, limit: int
) -> pl.DataFrame:
    """Some rows, of which only the pieces are read that have them."""
    found, place = [empty(table.columns)], 0
    for piece in table.pieces:
        if place < first + limit and place + piece.rows > first:
            frame = parquet.to_polars(objects.get(digests[piece.name]))
            found.append(frame[max(0, first - place) : first + limit - place])
        place += piece.rows
    return pl.concat(found)


def content(frames_: Iterable[pl.DataFrame], format_: str) -> Iterator[bytes]:
    """A table as one file in pieces: csv, whose SHA-256 is that of the table, or parquet."""
    if format_ == "parquet":
        yield parquet.of_polars(pl.concat(frames_))
        return
    for number, frame in enumerate(frames_):
        yield _csv(frame, header=number == 0)
