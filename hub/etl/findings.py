"""What is wrong with rows of a file, gathered while it is checked."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from hub.etl.read import ROW, Table


class Findings:
    """Problems by row; a row with one is refused."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.by_row: dict[int, list[dict[str, Any]]] = {}

    def add(self, row: int, column: str, rule: str, message: str, remedy: str) -> None:
        """Note one problem of one row."""
        file, number = self.table.place(row)
        problem = {
            "file": file,
            "row": number,
            "column": column,
            "rule": rule,
            "message": message,
            "remedy": remedy,
        }
        found = self.by_row.setdefault(row, [])
        if problem not in found:
            found.append(problem)

    def add_where(
        self,
        frame: pl.DataFrame,
        wrong: pl.Expr,
        column: str,
        rule: str,
        message: str,
        remedy: str,
        **shown: str,
    ) -> None:
        """Note a problem for every row where `wrong` holds.

        `{name}` in the message is filled from the columns named in `shown`.
        """
        bad = frame.filter(wrong.fill_null(False)).select(ROW, **shown)
        for values in bad.iter_rows(named=True):
            self.add(values[ROW], column, rule, message.format(**values), remedy.format(**values))

    @property
    def rows(self) -> set[int]:
        return set(self.by_row)

    def is_bad(self) -> pl.Expr:
        """True for rows that are refused."""
        return pl.col(ROW).is_in(pl.Series(sorted(self.by_row), dtype=pl.Int32).implode())

    def of(self, rows: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
        """Problems of those of the rows that have any, in the order of the file."""
        return {row: self.by_row[row] for row in sorted(rows) if row in self.by_row}
