"""What a column holds, told from some of its cells."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from hub.etl.cells import SEXES, STATUSES, UNKNOWN
from hub.etl.cleaning import dates
from hub.etl.mapping.names import CODES
from hub.etl.mapping.words import joined

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_COMMA = r"^[+-]?\d+,\d+$"
_GROUPED = r"^[+-]?\d{1,3}([., '\u00a0\u2019]\d{3})+([.,]\d+)?$"
_ISO = r"^\d{4}-\d{1,2}-\d{1,2}$"
_CHIP = r"^\d{3}[\s-]?\d{12}$"
_LIKE_DATE = r"^(\d{1,4}\.? ?[-/. a-zA-Z]|[A-Za-zÀ-ÿ]{3,10}\.? \d).{2,}$|^\d{6,8}$"
_SENTINELS = ("-9", "-99", "-999", "-9999", "9999", "-1", "999")
ORDERS = ("dmy", "mdy", "ymd")


@dataclass(frozen=True)
class Content:
    """Cells of one column, those that say that nothing is known left out."""

    cells: pl.Series
    unknown: tuple[str, ...] = ()
    """Words that were left out, such as NA."""

    @classmethod
    def of(cls, column: pl.Series) -> "Content":
        text = column.cast(pl.String).str.strip_chars().drop_nulls()
        left_out = text.is_in([word for word in UNKNOWN if word != "0"])
        words = sorted(word for word in text.filter(left_out).unique() if word)
        return cls(text.filter(~left_out), tuple(words))

    def __len__(self) -> int:
        return len(self.cells)

    def share(self, mask: pl.Series) -> float:
        """The share of cells for which something is true."""
        return float(mask.fill_null(value=False).mean() or 0.0)  # type: ignore[arg-type]

    @cached_property
    def numbers(self) -> pl.Series:
        """Cells as numbers; decimal commas and thousands marks are read."""
        text = self.cells.str.replace(r"^([+-]?\d+),(\d{1,2}|\d{4,})$", "$1.$2")
        grouped = text.str.contains(_GROUPED)
        plain = text.str.replace_all(r"[., '\u00a0\u2019](\d{3})", "$1")
        text = plain.zip_with(grouped, text)
        return text.cast(pl.Float64, strict=False)

    @cached_property
    def numeric(self) -> float:
        return self.share(self.numbers.is_not_null())

    @cached_property
    def order(self) -> str | None:
        """In which order dates are written; None where most cells are no dates."""
        best = max(ORDERS, key=lambda order: self.dated[order])
        return best if self.dated[best] >= 0.8 else None

    @cached_property
    def dated(self) -> dict[str, float]:
        """For each order the share of cells that are dates in it."""
        if self.share(self.cells.str.contains(_LIKE_DATE)) < 0.8:
            return dict.fromkeys(ORDERS, 0.0)
        return {order: self.share(self._dates(order)) for order in ORDERS}

    def _dates(self, order: str) -> pl.Series:
        """Dates from 1950 to 2099; six bare digits are a number as soon as a date."""
        text = self.cells.set(self.cells.str.contains(r"^[\d.]{1,6}$"), None)
        read = dates.to_iso(text, order, 49, serial=False)
        return read.str.contains(_ISO) & (read >= "1950") & (read < "2100")

    @cached_property
    def plain_dates(self) -> bool:
        """Every date is written year-month-day."""
        return len(self) > 0 and bool(self.cells.str.contains(_ISO).all())

    @cached_property
    def short_years(self) -> bool:
        return self.share(self.cells.str.contains(r"^\d{1,2}\D+\w+\D+\d{2}$")) > 0

    @cached_property
    def day_numbers(self) -> bool:
        """Dates as Excel counts days: whole numbers of 1982 to 2064."""
        return self.share(self.cells.str.contains(r"^[3-5]\d{4}$")) > 0.95

    @cached_property
    def chips(self) -> float:
        return self.share(self.cells.str.contains(_CHIP))

    @cached_property
    def distinct(self) -> float:
        return self.cells.n_unique() / max(len(self.cells), 1)

    def in_range(self, lowest: float, highest: float, factor: float = 1.0) -> float:
        """Of the numbers, the share that is plausible, when multiplied."""
        numbers = self.numbers.drop_nulls() * factor
        return self.share(numbers.is_between(lowest, highest))

    def commas(self) -> bool:
        return self.share(self.cells.str.contains(_COMMA)) > 0

    def thousands(self) -> bool:
        return self.share(self.cells.str.contains(_GROUPED) & ~self._plain()) > 0.2

    def _plain(self) -> pl.Series:
        return self.cells.str.contains(_NUMBER)

    def sentinels(self, lowest: float) -> list[str]:
        """Numbers that stand for an unknown value: -9 and the like, below all that can be."""
        found = self.cells.filter(self.cells.is_in(_SENTINELS)).unique().to_list()
        return sorted(word for word in found if float(word) < lowest)

    def coded(self, field: str) -> tuple[float, dict[str, str]]:
        """The share of cells that are codes of a field, and those to be translated."""
        usual = SEXES if field == "sex" else dict.fromkeys(STATUSES)
        distinct = self.cells.unique().to_list()
        table = {
            text: CODES[field][joined(text)] for text in distinct
            if text.lower() not in usual and joined(text) in CODES[field]
        }  # fmt: skip
        known = self.cells.is_in(list(table)) | self.cells.str.to_lowercase().is_in(list(usual))
        return self.share(known), dict(sorted(table.items()))
