"""A file that is looked at before it goes in, asked of the hub; and taking it in."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from agrigen.client import ApiError, Hub, Item, Limited
from dashboards.components.address import parts
from dashboards.components.farms import load_farms
from dashboards.new_import.state import LOOKED_AT, NewImportState
from dashboards.new_import.uses import Uses, changed, made_by, mapping_of, uses_of
from dashboards.together import together

MOST_FILES = 30


@dataclass(frozen=True)
class Start:
    """What there is to choose from before a file is looked at."""

    farms: list[Item]
    files: list[Item] = field(default_factory=list)
    file: Item = field(default_factory=Item)
    traits: list[Item] = field(default_factory=list)
    tables: list[Item] = field(default_factory=list)


def load_start(hub: Hub, file_id: str) -> Start:
    """Farms that one works on; one's files that wait, or the one in the address."""
    if not file_id:
        got = together(farms=lambda: load_farms(hub),
                       files=lambda: hub.files.list(limit=MOST_FILES, unused="true"))  # fmt: skip
    else:
        got = together(
            farms=lambda: load_farms(hub), file=lambda: hub.files.get(file_id),
            traits=lambda: hub.traits.list(limit=None), tables=lambda: _tables(hub),
        )  # fmt: skip
    mine = [farm for farm in got.pop("farms") if farm["may_write"]]
    return Start(mine, **got)


def _tables(hub: Hub) -> list[Item]:
    """Our columns in words; an account that takes nothing along is not told, and sees codes."""
    try:
        return hub.exports.tables()
    except ApiError:
        return []


MOST_FARMS = 5
"""Farms for which a file is looked at to see whose it is."""


def likely_farm(hub: Hub, file_id: str, farms: Sequence[Item], kind: str = "") -> str:
    """The farm of whose animals the file speaks: where most rows would be taken."""
    first = str(farms[0]["id"])
    if len(farms) == 1:
        return first

    def misfits(farm: Item) -> tuple[bool, int]:
        try:
            seen = _preview(hub, file_id=file_id, farm=farm["id"], kind=kind or None, rows=1)
        except ApiError:
            return True, 0
        return bool(seen["refused"]), len(wrong_rows(seen))

    # one after another: the hub looks at one file of a person at a time
    return str(min(farms[:MOST_FARMS], key=misfits)["id"])


WAITED_FOR = frozenset({"imports.one_preview", "imports.busy"})
WAIT_SECONDS = 1.0
LONGEST_SECONDS = 60.0


def _preview(hub: Hub, **asked: Any) -> Item:
    """What the hub sees in the file; while it looks at another one, we wait for our turn."""
    until = time.monotonic() + LONGEST_SECONDS
    while True:
        try:
            return hub.imports.preview(**asked)
        except Limited as error:
            if error.code not in WAITED_FOR or time.monotonic() > until:
                raise
        time.sleep(WAIT_SECONDS)


def wrong_rows(preview: Mapping[str, Any]) -> set[int]:
    """Rows that would not be taken, of those that were looked at."""
    return {one["row"] for one in preview["findings"] if one["severity"] == "error"}


@dataclass(frozen=True)
class Seen:
    """A file as it would go in: what the hub said, and what each column is used for."""

    preview: Item
    suggested: Item
    uses: Uses
    steps: list[dict[str, Any]]

    @property
    def kind(self) -> str:
        return str(self.preview["kind"])

    @property
    def mapping(self) -> dict[str, Any]:
        return mapping_of(self.uses, self.kind)

    @property
    def names(self) -> list[str]:
        """The columns of the file."""
        return [column["name"] for column in self.preview["columns"]]


def look(hub: Hub, state: NewImportState) -> Seen:
    """The file as suggested; then, where somebody chose otherwise, as they chose."""
    asked = {"file_id": state.file, "farm": state.farm, "rows": LOOKED_AT}
    first = _preview(hub, **asked, kind=state.kind or None)
    kind = str(first["kind"])
    wanted = parts(state.columns, dict) or {}
    chosen = parts(state.steps, list)
    steps = list(first["cleaning"]) if chosen is None else chosen
    names = [column["name"] for column in first["columns"]]
    uses = uses_of(first["mapping"], [*names, *made_by(steps)], kind)
    if not wanted and chosen is None:
        return Seen(first, first, uses, steps)
    uses = changed(uses, {name: str(use) for name, use in wanted.items()}, kind)
    again = _preview(hub, **asked, kind=kind, mapping=mapping_of(uses, kind), cleaning=steps)
    return Seen(again, first, uses, steps)


@dataclass(frozen=True)
class Wish:
    """How a file is to go in."""

    policy: str
    dry_run: bool
    name: str = ""
    """Under which its reading is kept for the next file of the sender; "" for not at all."""


def start(hub: Hub, state: NewImportState, seen: Seen, wish: Wish) -> Item:
    """Queue the import; how the file is read is kept first, so that the next one is known."""
    template = None if wish.dry_run else _kept(hub, state.farm, seen, wish)
    known = seen.suggested["template"]
    if template is None and known and not _differs(known, seen, wish):
        template = known["id"]
    return hub.imports.create(
        file_id=state.file, farm=state.farm, kind=seen.kind, mapping=seen.mapping,
        cleaning=seen.steps, template=template, policy=wish.policy, dry_run=wish.dry_run,
    )  # fmt: skip


def _kept(hub: Hub, farm: str, seen: Seen, wish: Wish) -> str | None:
    """The template of the file: made, changed, renamed, or none."""
    known = seen.suggested["template"]
    if not wish.name:
        return None
    said = {"mapping": seen.mapping, "cleaning": seen.steps, "policy": wish.policy}
    if known:
        news = said if _differs(known, seen, wish) else {}
        news |= {"name": wish.name} if wish.name != known["name"] else {}
        if news:
            hub.templates.update(known["id"], **news)
        return str(known["id"])
    made = hub.templates.create(wish.name, kind=seen.kind, columns=seen.names, farm=farm, **said)
    return str(made["id"])


def _differs(known: Mapping[str, Any], seen: Seen, wish: Wish) -> bool:
    """Whether somebody chose otherwise than the template says."""
    there = uses_of(known["mapping"], seen.uses, seen.kind)
    return (there, list(known["cleaning"]), known["policy"]) != (
        seen.uses, seen.steps, wish.policy
    )  # fmt: skip


def rename(hub: Hub, template: Mapping[str, Any], name: str) -> None:
    hub.templates.update(template["id"], name=name)


def name_for(file_name: str, taken: Sequence[str] = ()) -> str:
    """What the reading of such files may be called: the file's name without dates and numbers."""
    stem = PurePath(file_name).name.partition(".")[0]
    plain = " ".join(re.sub(r"[\d_\-.()]+", " ", stem).split())
    name = (plain[:1].upper() + plain[1:])[:80] or "My files"
    numbered = (f"{name} {number}" for number in range(2, 1000))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def template_names(hub: Hub, farm: str) -> list[str]:
    return [one["name"] for one in hub.templates.list(limit=None, farm_id=farm)]


def refused(error: ApiError) -> str:
    """Why the hub did not take it, every remark of it."""
    return " ".join([error.message, *(str(one) for one in error.errors)])
