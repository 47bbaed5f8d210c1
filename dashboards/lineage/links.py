"""Addresses of the lineage of things, and of the pages where they are at home."""

from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from dashboards.session import Session

HOMES = {
    "import": ("import-run", "imports:read", "Open the import"),
    "dataset": ("dataset", "datasets:read", "Open the data"),
    "genotype_set": ("genotype-set", "genotypes:read", "Open the genotypes"),
    "evaluation": ("run", "evaluations:read", "Open the run"),
    "association": ("association", "associations:read", "Open the study"),
    "animal": ("animal", "animals:read", "Open the animal"),
}
TRACED = (
    "file", "source", "template", "import", "dataset", "genotype_set", "evaluation", "association",
    "mating_plan", "breeding_value", "animal",
)  # fmt: skip

Node = Mapping[str, Any]


class Links:
    """Where boxes and words lead for one viewer; `kept` goes along to the next lineage."""

    def __init__(self, link: Callable[[str], str], may: Callable[[str], bool]) -> None:
        self.link, self.may = link, may

    def lineage(self, type: str, id: str, **more: str) -> str:
        chosen = {name: value for name, value in more.items() if value}
        return self.link(f"lineage?{urlencode({'type': type, 'id': id} | chosen)}")

    def traced(self, node: Node) -> str:
        """The lineage of a thing; "" of what has none or may not be seen."""
        if node["hidden"] or node["type"] not in TRACED:
            return ""
        return self.lineage(node["type"], _id(node))

    def home(self, node: Node) -> tuple[str, str]:
        """Where a thing is shown, and what the link says; ("", "") where it is not."""
        if node["hidden"]:
            return "", ""
        id, type = _id(node), node["type"]
        if type == "breeding_value":
            id, type = id[37:], "animal"
        if type == "table":
            return self._open(
                "herd", "animals:read", farm=node["facts"]["farm_id"]
            ), "Open the farm"
        if type == "mating_plan":
            where = self._open("mating-plan", "breeding:plan", plan=id, view="plan",
                               farm=str(node["facts"].get("farm_id") or ""))  # fmt: skip
            return where, "Open the plan"
        if type not in HOMES:
            return "", ""
        path, permission, said = HOMES[type]
        return self._open(path, permission, id=id), said

    def animal(self, id: str) -> str:
        return self._open("animal", "animals:read", id=id)

    def _open(self, path: str, permission: str, **query: str) -> str:
        return self.link(f"{path}?{urlencode(query)}") if self.may(permission) else ""


def _id(node: Node) -> str:
    return str(node["id"]).partition(":")[2]


def lineage_of(session: "Session", type: str, id: str, **more: str) -> str:
    """The address of the lineage of a thing; "" for whom it is not."""
    links = Links(session.site.link, session.viewer.may)
    return links.lineage(type, id, **more) if session.viewer.may("lineage:read") else ""


def lineage_way(href: str, words: str) -> str:
    """A link to it for the foot of a card; nothing without an address."""
    return (
        f'<p style="margin:.75rem 0 0"><a href="{escape(href)}">{escape(words)}</a></p>'
        if href
        else ""
    )
