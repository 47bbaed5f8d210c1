"""Imports as they are now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agrigen.client import Hub, Item
from dashboards.components.working import BUSY, job_of
from dashboards.imports.state import PAGE_ROWS, ImportsState
from dashboards.together import together


@dataclass(frozen=True)
class Overview:
    """One page of imports; `jobs` holds the work behind those that are not over."""

    imports: list[Item]
    farms: dict[str, Item]
    jobs: dict[str, Item]
    more: bool = False

    @property
    def busy(self) -> bool:
        return any(one["state"] in BUSY for one in self.imports)

    def farm_name(self, id: str) -> str:
        return str(self.farms.get(id, Item()).get("name", ""))


def load_overview(hub: Hub, state: ImportsState) -> Overview:
    """The imports of a page, newest first, of a farm or of all that one works on."""
    wanted = {"farm_id": state.farm, "kind": state.kind, "state": state.show}
    filters = {name: value for name, value in wanted.items() if value}
    first = state.page * PAGE_ROWS
    got = together(
        imports=lambda: hub.imports.list(limit=first + PAGE_ROWS + 1, **filters)[first:],
        farms=lambda: {one["id"]: one for one in hub.farms.iterate()},
    )
    shown = got["imports"][:PAGE_ROWS]
    working = [one for one in shown if one["state"] in BUSY]
    jobs = together(**{one["id"]: lambda one=one: job_of(hub, one) for one in working}) if working \
        else {}  # fmt: skip
    return Overview(shown, got["farms"], jobs, more=len(got["imports"]) > PAGE_ROWS)


@dataclass(frozen=True)
class Counts:
    """What became of the rows of an import."""

    taken: int
    remarked: int
    unchanged: int
    refused: int

    @classmethod
    def of(cls, one: Mapping[str, Any]) -> "Counts":
        """Rows with a remark went in, too; they are told apart from those without.

        A trial loads nothing: what was not refused would be taken.
        """
        unchanged, refused = one["rows_unchanged"], one["rows_rejected"] + one["rows_discarded"]
        loaded = one["rows_loaded"]
        if one["dry_run"]:
            loaded = max(0, one["rows_read"] - unchanged - refused)
        remarked = min(one["rows_warned"], loaded + unchanged)
        from_loaded = min(remarked, loaded)
        return cls(
            taken=loaded - from_loaded,
            remarked=remarked,
            unchanged=unchanged - (remarked - from_loaded),
            refused=refused,
        )

    @property
    def total(self) -> int:
        return self.taken + self.remarked + self.unchanged + self.refused


MOST_WAITING = 20


def count_waiting(hub: Hub) -> tuple[int, bool]:
    """How many of one's files nothing was made from, and whether there are more than counted."""
    found = len(hub.files.list(limit=MOST_WAITING + 1, unused="true"))
    return min(found, MOST_WAITING), found > MOST_WAITING
