"""Pages of a report: fonts that cover Latin, Greek and Cyrillic, headings, tables, numbers."""

import importlib.util
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TextEmphasis
from fpdf.fonts import FontFace

from hub.errors import Unavailable
from hub.reports.schemas import Cell, TableRead
from hub.reports.sheets import label
from hub.reports.texts import Texts

GREEN, PALE, INK, GRAY, LINE = (
    (47, 93, 80), (238, 243, 240), (33, 37, 41), (108, 117, 125), (206, 212, 218),
)  # fmt: skip
SERIES = ((47, 93, 80), (200, 112, 40), (66, 103, 172), (140, 80, 140), (120, 120, 60))
MARGIN = 15.0
TEXT_SIZE = 8.0
_FRENCH = str.maketrans(",.", "\u00a0,")


class Paper(FPDF):
    """An A4 document of a farm; every page says what it is of and who made it."""

    def __init__(self, title: str, made: str, texts: Texts) -> None:
        super().__init__(format="A4")
        self.texts = texts
        self.heading = title
        self.made = made
        for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font("Text", style, _fonts() / name)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, MARGIN + 5)
        self.alias_nb_pages("{pages}")
        self.set_title(title)
        self.set_creator("AgriGen")
        self.set_lang(texts.language)
        self.ink()

    def ink(
        self, size: float = TEXT_SIZE, color: tuple[int, int, int] = INK, *, bold: bool = False
    ) -> None:
        """What the next text is written with."""
        self.set_font("Text", "B" if bold else "", size)
        self.set_text_color(*color)

    def header(self) -> None:
        if self.page_no() > 1:
            self.ink(7, GRAY)
            self.cell(0, 4, self.heading, new_x="LMARGIN", new_y="NEXT")
            self.ln(2)

    def footer(self) -> None:
        self.set_y(-MARGIN)
        self.ink(7, GRAY)
        pages = self.texts.sentence("pages", page=self.page_no(), pages="{pages}")
        self.cell(0, 4, self.made)
        # The number of pages is put in later and is shorter than its place holder.
        spare = self.get_string_width("{pages}") - self.get_string_width("9")
        self.set_x(MARGIN)
        self.cell(self.epw + spare, 4, pages, align="R")

    def room(self, height: float) -> None:
        """A new page unless so much is left on this one."""
        if self.get_y() + height > self.page_break_trigger:
            self.add_page()

    def section(self, title: str, height: float = 40) -> None:
        """A heading, on the page on which what follows has room."""
        self.room(height)
        self.ln(3)
        self.ink(12, GREEN, bold=True)
        self.cell(0, 6, title, new_x="LMARGIN", new_y="NEXT")
        self.set_draw_color(*GREEN)
        self.set_line_width(0.4)
        self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())
        self.set_line_width(0.2)
        self.ln(2)

    def small(self, text: str) -> None:
        """A note below a table or picture."""
        if text:
            self.ink(6.5, GRAY)
            self.multi_cell(0, 3, text, new_x="LMARGIN", new_y="NEXT")
            self.ln(1)

    def put_table(
        self, table: TableRead, *, most: int = 40, only: Sequence[str] = (), note: bool = True
    ) -> None:
        """A table with its heading repeated on every page that it goes on to."""
        columns = [one for one in table.columns if not only or one.name in only]
        places = [table.columns.index(one) for one in columns]
        rows = [[row[place] for place in places] for row in table.rows[:most]]
        texts = [[self.shown(v, c.digits) for v, c in zip(r, columns, strict=True)] for r in rows]
        heads = [label(one) for one in columns]
        # A short table stays together with its note; of a long one the first rows.
        lines = 1 + len(table.note) // 150 if note else 0
        self.room(14 + (5.2 * len(rows) + 3.5 * lines if len(rows) <= 14 else 40))
        self.set_x(self.l_margin)
        self.ink(9, INK, bold=True)
        self.cell(0, 6, table.title, new_x="LMARGIN", new_y="NEXT")
        self.ink(7)
        aligned = ["LEFT" if one.kind == "text" else "RIGHT" for one in columns]
        with self.table(
            col_widths=self._widths(heads, texts),
            width=self._width_of(heads, texts),
            text_align=aligned,
            align="LEFT",
            line_height=3.6,
            padding=(0.6, 1),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis=TextEmphasis.B, fill_color=PALE, color=INK),
        ) as drawn:
            self.set_draw_color(*LINE)
            self.set_fill_color(255, 255, 255)
            drawn.row(heads)
            for row in texts:
                drawn.row(row)
        if len(table.rows) > most:
            self.small(f"... {self.texts.sentence('too_many')} ({len(table.rows)})")
        self.ln(1)
        if note:
            self.small(table.note)

    def _needs(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
        """Width of the widest word of each heading and the widest text below it."""
        needs = []
        for place, head in enumerate(heads):
            words = [self.get_string_width(word) * 1.1 for word in head.split()]
            words += [self.get_string_width(row[place]) for row in rows]
            needs.append(min(max(words) + 3.5, 60.0))
        return needs

    def _width_of(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> float:
        return min(self.epw, sum(self._needs(heads, rows)))

    def _widths(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[float, ...]:
        return tuple(self._needs(heads, rows))

    def shown(self, value: Cell, digits: int = 0) -> str:
        """A value as people of the language write it; nothing where it is unknown."""
        if value is None:
            return ""
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, float):
            text = f"{value:,.{digits}f}"
        elif isinstance(value, int) and abs(value) >= 10_000:
            text = f"{value:,}"
        else:
            return str(value)
        if self.texts.language == "fr":
            text = text.translate(_FRENCH)
        return text

    def day(self, value: date) -> str:
        return f"{value:%d/%m/%Y}" if self.texts.language == "fr" else value.isoformat()

    def fitted(self, text: str, width: float) -> str:
        """The text, cut with an ellipsis where it is too wide."""
        if self.get_string_width(text) <= width:
            return text
        while text and self.get_string_width(text + "…") > width:
            text = text[:-1]
        return text + "…"

    def bytes(self) -> bytes:
        """The finished document."""
        return bytes(self.output())


def _fonts() -> Path:
    """Where the DejaVu fonts are: they come with Matplotlib, which need not be loaded for them."""
    found: Any = importlib.util.find_spec("matplotlib")
    if found is None or not found.submodule_search_locations:
        raise Unavailable("reports.no_fonts", "Matplotlib, whose fonts PDF files use, is missing.")
    return Path(found.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"
