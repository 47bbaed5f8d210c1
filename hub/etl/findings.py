"""What was found in rows of a file, gathered while it is checked by the rules of its kind."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from hub.etl.read import LONGEST_CELL, ROW, Table
from hub.etl.rules.rule import Rule, RuleSet

HEADER = 1
"""The row at which is told what concerns the whole file."""
LONGEST_VALUE = 200
"""Letters of a wrong cell that a finding repeats."""


class Findings:
    """Findings by row; a row with an error is refused, one with warnings is loaded.

    `facts` fills what messages say of the import as a whole, such as the code of the farm.
    """

    def __init__(
        self, table: Table, rules: RuleSet, facts: Mapping[str, str] | None = None
    ) -> None:
        self.table, self.rules, self.facts = table, rules, dict(facts or {})
        self.by_row: dict[int, list[dict[str, Any]]] = {}
        self.refused: set[int] = set()

    def add(
        self, row: int, column: str, rule: str, message: str, remedy: str, value: object = None
    ) -> None:
        """Note one thing about one row, found by a rule of the set."""
        file, number = self.table.place(row)
        severity = self.rules.by_code[rule].severity
        told = {
            "file": file,
            "row": number,
            "column": column,
            "value": "" if value is None else str(value)[:LONGEST_VALUE],
            "rule": rule,
            "severity": severity,
            "message": message,
            "remedy": remedy,
        }
        found = self.by_row.setdefault(row, [])
        if told not in found:
            found.append(told)
        if severity == "error":
            self.refused.add(row)

    def judge(
        self,
        frame: pl.DataFrame,
        rules: Iterable[Rule] | None = None,
        *,
        named: Mapping[str, str] | None = None,
    ) -> None:
        """Try every rule that looks at one row at a time.

        `named` says in which column of the frame the file's name of a column of ours stands, where
        that differs from row to row.
        """
        tried = [rule for rule in (rules or self.rules.of_rows) if rule.wrong is not None]
        broken = frame.select(
            rule.wrong.fill_null(value=False).alias(str(place))  # type: ignore[union-attr]
            for place, rule in enumerate(tried)
        )
        counts = broken.sum().row(0)
        for place, rule in enumerate(tried):
            if counts[place]:
                bad = frame.filter(broken[str(place)])
                self._tell(bad, rule, (named or {}).get(rule.column, ""))

    def tell(self, bad: pl.DataFrame, code: str, *, named: str = "") -> None:
        """Note a rule of the set for rows that the caller found; `named` as in `judge`."""
        self._tell(bad, self.rules.by_code[code], named)

    def _tell(self, bad: pl.DataFrame, rule: Rule, named: str) -> None:
        shown = {"_shown_" + name: column for name, column in rule.shown.items()}
        wanted = bad.select(
            ROW,
            (pl.col(named) if named else pl.lit(rule.column)).alias("_column"),
            (pl.col(rule.cell) if rule.cell else pl.lit(None, pl.String)).alias("_cell"),
            *(pl.col(column).alias(name) for name, column in shown.items()),
        )
        names = [*rule.shown, "cell"]
        for row, column, cell, *values in wanted.iter_rows():
            says = {**self.facts, **dict(zip(names, [*values, cell], strict=True))}
            message, remedy = rule.message.format(**says), rule.remedy.format(**says)
            self.add(row, column, rule.code, message, remedy, cell)

    def unknown_columns(self, names: Iterable[str]) -> None:
        """Columns that are not loaded, told at the row of the header."""
        rule = self.rules.by_code["unknown_column"]
        for name in names:
            message, remedy = rule.message.format(cell=name), rule.remedy
            self.add(HEADER, name, rule.code, message, remedy, name)

    def look_at_form(self) -> None:
        """Rows of another width than the header, and cells that no fact could fill."""
        width = len(self.table.columns)
        remedy = self.rules.by_code["wrong_number_of_cells"].remedy
        for row, cells in self.table.ragged.items():
            message = f"The row has {cells} cells, the header {width}."
            self.add(row, "", "wrong_number_of_cells", message, remedy)
        for name in _long(self.table.frame, self.table.columns):
            rule = self.rules.by_code["long_cell"]
            long = self.table.frame.filter(pl.col(name).str.len_chars() > LONGEST_CELL)
            for row, cell in long.select(ROW, name).iter_rows():
                message = f"The cell holds more than {LONGEST_CELL:,} letters."
                self.add(row, name, rule.code, message, rule.remedy, cell)

    @property
    def rows(self) -> set[int]:
        """Rows that are refused."""
        return self.refused

    @property
    def warned(self) -> set[int]:
        """Rows that are loaded, with something to look at."""
        return self.by_row.keys() - self.refused

    def is_bad(self) -> pl.Expr:
        """True for rows that are refused."""
        return pl.col(ROW).is_in(pl.Series(sorted(self.refused), dtype=pl.Int32).implode())

    def of(self, rows: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
        """Findings of those of the rows that have any, in the order of the file."""
        return {row: self.by_row[row] for row in sorted(rows) if row in self.by_row}

    def counts(self, rows: Iterable[int] | None = None) -> dict[str, dict[str, Any]]:
        """How often each rule was broken, with its severity."""
        there = self.by_row.values() if rows is None else self.of(rows).values()
        counted: dict[str, dict[str, Any]] = {}
        for found in there:
            for told in found:
                one = counted.setdefault(told["rule"], {"severity": told["severity"], "count": 0})
                one["count"] += 1
        return counted


def _long(frame: pl.DataFrame, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    longest = frame.select(pl.col(names).str.len_bytes().max()).row(0)
    return [
        name for name, bytes_ in zip(names, longest, strict=True) if (bytes_ or 0) > LONGEST_CELL
    ]
