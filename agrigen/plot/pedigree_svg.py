"""A pedigree as SVG text: crisp at every size, readable by screen readers, no library needed."""

from collections.abc import Mapping
from html import escape
from typing import Any

from agrigen.plot import theme
from agrigen.plot.layout import Box, pedigree_boxes, size

BOX_WIDTH, BOX_HEIGHT = 176, 44  # pixels at scale 1
COLUMN, ROW = 212, 54
MARGIN, LEGEND = 12, 30
LABEL_LETTERS, LINE_LETTERS = 21, 27  # what fits in a box at the two font sizes
STYLE = {
    "animal": (theme.GREEN_TINT, theme.GREEN, 8),
    "sire": (theme.BLUE_TINT, theme.BLUE, 0),
    "dam": (theme.ORANGE_TINT, theme.ORANGE, 21),
}  # fill, edge, corner radius: squares for sires, round for dams, as geneticists draw


def pedigree_svg(
    pedigree: Any,
    animal: str,
    *,
    generations: int = 3,
    labels: Mapping[str, str] | None = None,
    values: Mapping[str, float | str] | None = None,
    links: Mapping[str, str] | None = None,
) -> str:
    """Draw the ancestors of an animal as SVG.

    Parameters
    ----------
    pedigree
        An ``agrigen.Pedigree``.
    animal
        Id of the animal whose pedigree is drawn; it stands on the left, parents to the right,
        sires above dams.
    generations
        Generations of ancestors, at least 1.
    labels
        Names to show instead of ids.
    values
        Numbers (drawn with sign and two decimals) or texts to show below the names, by id.
    links
        Addresses that the boxes lead to, by id.

    Returns
    -------
    str
        An ``<svg>`` element that scales to the width it is given, with a title, a description
        and a tooltip on every box. All texts are escaped.
    """
    boxes = pedigree_boxes(pedigree, animal, generations=generations, labels=labels, values=values)
    columns, rows = size(boxes)
    repeated = any(box.repeated for box in boxes)
    width = 2 * MARGIN + (columns - 1) * COLUMN + BOX_WIDTH
    height = 2 * MARGIN + (rows - 1) * ROW + BOX_HEIGHT + (LEGEND if repeated else 0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'width="100%" style="max-width:{width}px;height:auto" '
        f"font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\">",
        f"<title>Pedigree of {escape(boxes[0].label)}</title>",
        f"<desc>{escape(_description(boxes))}</desc>",
        *(_link(box, boxes[box.child]) for box in boxes if box.child is not None),
        *(_linked(_box(box), (links or {}).get(box.id)) for box in boxes),
    ]
    if repeated:
        parts.append(_legend(height))
    return "".join([*parts, "</svg>"])


def _linked(drawing: str, address: str | None) -> str:
    return f'<a href="{escape(address)}">{drawing}</a>' if address else drawing


def _corner(box: Box) -> tuple[float, float]:
    return MARGIN + box.column * COLUMN, MARGIN + box.row * ROW


def _link(parent: Box, child: Box) -> str:
    (x1, y1), (x2, y2) = _corner(child), _corner(parent)
    start, middle = x1 + BOX_WIDTH, x1 + (BOX_WIDTH + COLUMN) / 2
    y1, y2 = y1 + BOX_HEIGHT / 2, y2 + BOX_HEIGHT / 2
    return (
        f'<path d="M{start:g} {y1:g}H{middle:g}V{y2:g}H{x2:g}" fill="none" '
        f'stroke="{theme.LINE}" stroke-width="1.5"/>'
    )


def _box(box: Box) -> str:
    x, y = _corner(box)
    fill, edge, radius = STYLE[box.role]
    thickness = 3.5 if box.repeated else 1.5
    dash = ""
    if box.repeated:
        edge = theme.PURPLE
    if not box.known:
        fill, edge, dash = theme.PAPER, theme.LINE, ' stroke-dasharray="4 4"'
    shape = (
        f'<rect x="{x:g}" y="{y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="{radius}" '
        f'fill="{fill}" stroke="{edge}" stroke-width="{thickness}"{dash}/>'
    )
    return f"<g><title>{escape(box.sentence)}</title>{shape}{_texts(box, x, y)}</g>"


def _texts(box: Box, x: float, y: float) -> str:
    middle = x + BOX_WIDTH / 2
    second = box.second_line
    baseline = y + (19 if second else 27)
    color = theme.INK if box.known else theme.QUIET
    weight = "600" if box.known else "400"
    label = _text(middle, baseline, 14, weight, color, _short(box.label, LABEL_LETTERS))
    if not second:
        return label
    return label + _text(middle, y + 35, 11, "400", theme.INK, _short(second, LINE_LETTERS))


def _text(x: float, y: float, size_px: int, weight: str, color: str, text: str) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size_px}" font-weight="{weight}" '
        f'fill="{color}" text-anchor="middle">{escape(text)}</text>'
    )


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _legend(height: float) -> str:
    y = height - MARGIN - 12
    return (
        f'<rect x="{MARGIN}" y="{y}" width="22" height="12" fill="none" stroke="{theme.PURPLE}" '
        f'stroke-width="3.5"/><text x="{MARGIN + 32}" y="{y + 11}" font-size="13" '
        f'fill="{theme.QUIET}">thick border: the same animal stands more than once</text>'
    )


def _description(boxes: list[Box]) -> str:
    return "; ".join(box.sentence for box in boxes)
