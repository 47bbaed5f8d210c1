"""Runs, jobs and imports as they are now, and what may be done with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agrigen.client import Evaluation, Hub, Item
from dashboards.evaluations.state import SHOWN

BUSY = frozenset({"queued", "running"})


@dataclass(frozen=True)
class Overview:
    """One look at the hub's work."""

    evaluations: list[Evaluation]
    jobs: list[Item]
    imports: list[Item]
    farms: dict[str, str]
    viewer_id: str

    @property
    def busy(self) -> bool:
        return any(job["state"] in BUSY for job in self.jobs)


def load_overview(hub: Hub, *, imports: bool) -> Overview:
    """The newest of each; imports only for those who may see them."""
    taken = hub.imports.list(limit=SHOWN) if imports else []
    farms = {farm["id"]: farm["name"] for farm in hub.farms.iterate()} if taken else {}
    return Overview(
        evaluations=hub.evaluations.list(limit=SHOWN),
        jobs=hub.jobs.list(limit=SHOWN),
        imports=taken,
        farms=farms,
        viewer_id=str(hub.me()["id"]),
    )


def acts_for(evaluation: Mapping[str, Any], permissions: frozenset[str]) -> list[str]:
    """What this viewer may do with a run in its present state."""
    state = evaluation["state"]
    public = evaluation["published_at"] and not evaluation["withdrawn_at"]
    possible = {
        "cancel": state in BUSY and "evaluations:run" in permissions,
        "retry": state in {"failed", "cancelled"} and "evaluations:run" in permissions,
        "publish": state == "done" and not public and "evaluations:publish" in permissions,
        "withdraw": bool(public) and "evaluations:publish" in permissions,
    }
    return [act for act, allowed in possible.items() if allowed]


def act(hub: Hub, verb: str, id: str) -> None:
    """Cancel, retry, publish or withdraw a run."""
    evaluation = hub.evaluations.get(id)
    {
        "cancel": evaluation.cancel,
        "retry": evaluation.retry,
        "publish": evaluation.publish,
        "withdraw": evaluation.withdraw,
    }[verb]()


def duration_seconds(thing: Mapping[str, Any], now: datetime | None = None) -> float | None:
    """How long it took, or has been taking."""
    if not thing.get("started_at"):
        return None
    started = datetime.fromisoformat(thing["started_at"])
    ended = thing.get("finished_at")
    if not ended and thing.get("state") not in BUSY:
        ended = thing.get("updated_at")
    end = datetime.fromisoformat(ended) if ended else (now or datetime.now(UTC))
    return max(0.0, (end - started).total_seconds())


def effects_of(model: Mapping[str, Any]) -> str:
    """The model in one line: 'sex, year, animal'."""
    named = (str(effect.get("name", "")) for effect in model.get("effects", ()))
    return ", ".join(name for name in named if name)


def count_of(summary: Mapping[str, Any], what: str, kind: str) -> int | None:
    """A number of the summary, such as animals evaluated; none before the run is done."""
    return (summary.get(what) or {}).get(kind)
