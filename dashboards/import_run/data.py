"""What is known about one import, and what is asked for about its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agrigen.client import ApiError, Hub, Item
from dashboards.components.working import BUSY, job_of
from dashboards.import_run.state import PAGE_ROWS
from dashboards.together import together

MOST_CHANGES = 200
MOST_ACTS = 50
UNDOABLE = frozenset({"by_hand", "by_rule", "discard", "take_back"})


@dataclass(frozen=True)
class Run:
    """One look at an import; `counts` is None while it is at work."""

    item: Item
    job: Item = field(default_factory=Item)
    farm: Item = field(default_factory=Item)
    counts: list[Item] | None = None
    mendings: list[Item] = field(default_factory=list)
    work: Item = field(default_factory=Item)

    @property
    def busy(self) -> bool:
        return self.item["state"] in BUSY or self.mending_at_work is not None

    @property
    def mending_at_work(self) -> Item | None:
        """The act on refused rows that a worker does now, or will do."""
        return next((one for one in self.mendings if one["state"] in BUSY), None)

    @property
    def mendable(self) -> bool:
        """Whether its rows can be mended: a dry run has loaded none to add to."""
        return self.item["state"] == "done" and not self.item["dry_run"]

    @property
    def mark(self) -> tuple[Any, ...]:
        """Differs when rows or acts did."""
        names = ("id", "state", "rows_loaded", "rows_unchanged", "rows_rejected", "rows_discarded")
        acts = tuple((one["id"], one["state"]) for one in self.mendings)
        return (*(self.item[name] for name in names), acts)


def load_import(hub: Hub, id: str) -> Run:
    """The import with its work, its farm, what was found and what was done about it."""
    item = hub.imports.get(id)
    ward = hub.imports.quarantine(id)
    got = together(
        job=lambda: job_of(hub, item) if item["state"] in BUSY else Item(),
        farm=lambda: _farm(hub, item["farm_id"]),
        mendings=lambda: ward.mendings(limit=MOST_ACTS),
    )
    run = Run(item, **got)
    if run.mending_at_work is not None:
        return Run(item, **got, work=job_of(hub, run.mending_at_work))
    return run if run.busy else Run(item, **got, counts=load_counts(hub, id))


def load_counts(hub: Hub, id: str) -> list[Item]:
    """How often each rule was broken in each column."""
    return [Item(one) for one in hub.imports.quarantine(id).summary().to_dict("records")]


def _farm(hub: Hub, id: str) -> Item:
    try:
        return hub.farms.get(id)
    except ApiError:
        return Item()


def load_rows(hub: Hub, id: str, chosen: Mapping[str, str], cursor: str) -> Item:
    """A page of rows with their cells and problems."""
    asked = {name: value for name, value in chosen.items() if value}
    return hub.imports.quarantine(id).rows(limit=PAGE_ROWS, cursor=cursor or None, **asked)


def load_changes(hub: Hub, id: str) -> list[dict[str, Any]]:
    """The first cells that were changed, in the order of the file."""
    return list(hub.imports.quarantine(id).changes(limit=MOST_CHANGES).to_dict("records"))


def header_of(headers: Sequence[str], mapping: Mapping[str, Any], column: str) -> str:
    """The file's column that is meant by a finding's; "" when there is none."""
    named = {**mapping.get("columns", {}), **mapping.get("traits", {})}
    if mapping.get("occasion"):
        named["occasion"] = mapping["occasion"]
    wanted = named.get(column) or column
    same = (name for name in headers if name.casefold() == wanted.casefold())
    return wanted if wanted in headers else next(same, "")


def act(hub: Hub, verb: str, run: Run) -> Item | None:
    """Cancel, go on, try refused rows again, or import what was only tried."""
    id = run.item["id"]
    if verb == "now":
        return import_now(hub, run.item)
    if verb == "replay":
        return hub.imports.quarantine(id).mend_by_rule("replay", wait=False)
    return {"cancel": hub.imports.cancel, "retry": hub.imports.retry}[verb](id)


def import_now(hub: Hub, tried: Item) -> Item:
    """The same import, this time for good."""
    return hub.imports.create(
        file_id=tried["file_id"], farm=tried["farm_id"], kind=tried["kind"],
        mapping=tried["mapping"], cleaning=tried["cleaning"], template=tried["template_id"],
        policy=tried["policy"],
    )  # fmt: skip


def undoable(run: Run) -> set[str]:
    """Acts of which something is left to be undone."""
    undone = {one["undoes_id"] for one in run.mendings if one["undoes_id"]}
    return {
        one["id"]
        for one in run.mendings
        if one["kind"] in UNDOABLE and one["state"] not in BUSY and one["id"] not in undone
        and one["rows_changed"] > one["rows_loaded"] + one["rows_unchanged"]
    }  # fmt: skip
