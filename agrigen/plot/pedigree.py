"""A pedigree as a matplotlib figure, for papers and reports."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agrigen.plot import theme
from agrigen.plot.layout import Box, pedigree_boxes, size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BOX_WIDTH, BOX_HEIGHT = 0.82, 0.72  # of a column, of a row
COLUMN_INCHES, ROW_INCHES = 2.1, 0.55
STYLE = {
    "animal": (theme.GREEN_TINT, theme.GREEN, 0.06),
    "sire": (theme.BLUE_TINT, theme.BLUE, 0.0),
    "dam": (theme.ORANGE_TINT, theme.ORANGE, 0.16),
}


def pedigree(
    pedigree: Any,
    animal: str,
    *,
    generations: int = 3,
    labels: Mapping[str, str] | None = None,
    values: Mapping[str, float | str] | None = None,
) -> "Figure":
    """Draw the ancestors of an animal: the animal left, parents to the right, sires above dams.

    Parameters are those of :func:`agrigen.plot.pedigree_svg`. Animals that stand more than once,
    through whom an animal can be inbred, have a thick border.

    Returns
    -------
    matplotlib.figure.Figure
        Yours to save or show; no pyplot state is touched.
    """
    boxes = pedigree_boxes(pedigree, animal, generations=generations, labels=labels, values=values)
    columns, rows = size(boxes)
    figure, axes = theme.empty_figure(columns * COLUMN_INCHES, max(rows * ROW_INCHES, 1.2))
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.4, -0.6))
    axes.set_axis_off()
    for box in boxes:
        if box.child is not None:
            _draw_link(axes, box, boxes[box.child])
    for box in boxes:
        _draw_box(axes, box)
    return figure


def _draw_link(axes: "Axes", parent: Box, child: Box) -> None:
    start, end = child.column + BOX_WIDTH / 2, parent.column - BOX_WIDTH / 2
    middle = (start + end) / 2
    axes.plot(
        [start, middle, middle, end],
        [child.row, child.row, parent.row, parent.row],
        color=theme.LINE, linewidth=1, zorder=1,
    )  # fmt: skip


def _draw_box(axes: "Axes", box: Box) -> None:
    from matplotlib.patches import FancyBboxPatch  # loaded only for a drawing

    fill, edge, radius = STYLE[box.role]
    if not box.known:
        fill, edge = theme.PAPER, theme.LINE
    style = f"round,pad=0,rounding_size={radius}" if radius else "square,pad=0"
    patch = FancyBboxPatch(
        (box.column - BOX_WIDTH / 2, box.row - BOX_HEIGHT / 2), BOX_WIDTH, BOX_HEIGHT,
        boxstyle=style, facecolor=fill, edgecolor=theme.PURPLE if box.repeated else edge,
        linewidth=2.5 if box.repeated else 1, linestyle="-" if box.known else "--", zorder=2,
    )  # fmt: skip
    axes.add_patch(patch)
    second = box.second_line
    color = theme.INK if box.known else theme.QUIET
    axes.text(
        box.column, box.row - (0.13 if second else 0), box.label, ha="center", va="center",
        fontsize=9, fontweight="bold" if box.known else "normal", color=color, zorder=3,
    )  # fmt: skip
    if second:
        axes.text(
            box.column, box.row + 0.18, second, ha="center", va="center", fontsize=7,
            color=color, zorder=3,
        )  # fmt: skip
