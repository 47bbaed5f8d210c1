"""Association studies as they are now."""

from dataclasses import dataclass

from agrigen.client import Association, Hub, Item
from dashboards.associations.state import SHOWN
from dashboards.components.working import BUSY, job_of
from dashboards.theme import words
from dashboards.together import together


@dataclass(frozen=True)
class Overview:
    """One look at the studies; `jobs` holds the work behind those that are not done."""

    studies: list[Association]
    traits: dict[str, Item]
    jobs: dict[str, Item]
    viewer_id: str

    @property
    def busy(self) -> bool:
        return any(one.item["state"] in BUSY for one in self.studies)

    def trait_name(self, code: str) -> str:
        return str(self.traits.get(code, Item()).get("name") or words(code))


def load_overview(hub: Hub, trait: str = "") -> Overview:
    """The newest studies of a trait, or of all."""
    wanted = {"trait": trait} if trait else {}
    got = together(
        studies=lambda: hub.associations.list(limit=SHOWN, **wanted),
        traits=lambda: {one["code"]: one for one in hub.traits.iterate()},
        viewer_id=lambda: str(hub.me()["id"]),
    )
    working = [one.item for one in got["studies"] if one.item["state"] in BUSY]
    return Overview(**got, jobs={item["id"]: job_of(hub, item) for item in working})
