"""Where the boxes of a drawn pedigree stand: columns are generations, sires above dams."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Box:
    """One place in the pedigree.

    ``column`` counts generations back from the animal; ``row`` is the height of the middle of the
    box in rows of the drawing, 0 at the top; ``child`` is the index of the box whose parent this
    is. ``repeated``: the same animal stands in more than one place.
    """

    column: int
    row: float
    role: str  # "animal", "sire" or "dam"
    id: str
    label: str
    value: str
    child: int | None
    repeated: bool = False

    @property
    def known(self) -> bool:
        """Whether the parent is recorded."""
        return bool(self.id)

    @property
    def second_line(self) -> str:
        """What stands small below the label: the id where the label is a name, and the value."""
        own = self.id if self.label != self.id else ""
        return " · ".join(part for part in (own, self.value) if part)

    @property
    def sentence(self) -> str:
        """The box in words, for a tooltip and for screen readers."""
        if not self.known:
            return f"{self.role}: {UNKNOWN}"
        again = "stands more than once in this pedigree" if self.repeated else ""
        return ", ".join(
            part for part in (f"{self.role}: {self.label}", self.second_line, again) if part
        )


def pedigree_boxes(
    pedigree: Any,
    animal: str,
    *,
    generations: int = 3,
    labels: Mapping[str, str] | None = None,
    values: Mapping[str, float | str] | None = None,
) -> list[Box]:
    """The boxes of an animal's pedigree, the animal first, each child before its parents.

    Parents of an unknown parent are left out, so a short pedigree makes a small drawing.
    """
    if generations < 1:
        raise ValueError(f"generations is 1 or more, not {generations}.")
    parents = _Parents(pedigree, labels or {}, values or {})
    boxes: list[Box] = []
    _place(parents, boxes, parents.index(animal), "animal", 0, generations, None, 0)
    count = Counter(box.id for box in boxes if box.known)
    return [replace(box, repeated=box.known and count[box.id] > 1) for box in boxes]


def size(boxes: list[Box]) -> tuple[int, int]:
    """Columns and rows of the drawing."""
    return 1 + max(box.column for box in boxes), 1 + int(max(box.row for box in boxes))


@dataclass(frozen=True)
class _Parents:
    pedigree: Any
    labels: Mapping[str, str]
    values: Mapping[str, float | str]

    def index(self, animal: str) -> int:
        return int(self.pedigree.index(animal))

    def of(self, animal: int) -> tuple[int, int]:
        return int(self.pedigree.sire[animal]), int(self.pedigree.dam[animal])

    def texts(self, animal: int) -> tuple[str, str, str]:
        if animal < 0:
            return "", UNKNOWN, ""
        own = str(self.pedigree.ids[animal])
        value = self.values.get(own, "")
        text = value if isinstance(value, str) else f"{value:+.2f}"
        return own, self.labels.get(own) or own, text


def _place(
    parents: _Parents,
    boxes: list[Box],
    animal: int,
    role: str,
    column: int,
    generations: int,
    child: int | None,
    top: int,
) -> int:
    """Add an animal and its ancestors from row ``top`` on; return the rows they take."""
    own = len(boxes)
    boxes.append(Box(column, top, role, *parents.texts(animal), child))
    if animal < 0 or column == generations:
        return 1
    middles, rows = [], 0
    for parent, side in zip(parents.of(animal), ("sire", "dam"), strict=True):
        place = len(boxes)
        rows += _place(parents, boxes, parent, side, column + 1, generations, own, top + rows)
        middles.append(boxes[place].row)
    boxes[own] = replace(boxes[own], row=sum(middles) / 2)
    return rows
