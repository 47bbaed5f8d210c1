"""Small pieces of HTML: tiles, badges, facts, tables. Every text is escaped here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from dashboards.theme import MISSING


def tiles(numbers: Iterable[tuple[str, str]]) -> str:
    """Big numbers with what they count: [("412", "animals alive"), ...]."""
    return (
        '<div class="tiles">'
        + "".join(
            f'<div class="tile"><b>{escape(value)}</b><span>{escape(label)}</span></div>'
            for value, label in numbers
        )
        + "</div>"
    )


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Named facts; the values are HTML already."""
    return (
        '<dl class="facts">'
        + "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in pairs)
        + "</dl>"
    )


def badge(text: str, kind: str = "") -> str:
    return f'<span class="badge {kind}">{escape(text)}</span>'


def card(title: str, html: str) -> str:
    return f'<section class="card"><h2>{escape(title)}</h2>{html}</section>'


@dataclass(frozen=True)
class Cell:
    """One cell of a table; `html` is shown as it is, so whoever makes it escapes."""

    html: str
    kind: str = ""


def text(value: object) -> Cell:
    return Cell(escape(str(value)) if value not in (None, "") else MISSING)


def figure(value: str) -> Cell:
    return Cell(escape(value), "number")


def table(caption: str, head: Sequence[tuple[str, str]], rows: Iterable[Sequence[Cell]]) -> str:
    """A table that scrolls by itself where it is too wide; head is (text, kind) per column."""
    columns = "".join(f'<th scope="col" class="{kind}">{escape(name)}</th>' for name, kind in head)
    body = "".join(
        "<tr>" + "".join(f'<td class="{cell.kind}">{cell.html}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def file_link(words: str, href: str) -> str:
    """A link that looks like a button and saves a file."""
    return f'<a href="{escape(href)}" download style="{FILE_LINK}">{escape(words)}</a>'


FILE_LINK = (
    "display:inline-block;padding:.45rem .9rem;border:1px solid #98a39d;border-radius:8px;"
    "background:#fff;font-weight:600;text-decoration:none"
)


def progress(fraction: float) -> str:
    """A bar from 0 to 1."""
    share = f"{max(0.0, min(1.0, fraction)) * 100:.0f}"
    return (
        f'<div class="bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{share}" aria-label="{share} percent"><i style="width:{share}%"></i></div>'
    )
