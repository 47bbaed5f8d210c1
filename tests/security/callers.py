"""Nine kinds of caller, two farms, and one row of every table that is farm A's."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from hub.actor import Actor
from hub.permissions import ROLES, Permission, Role
from hub.reach import Reach
from hub.settings import Settings
from hub.sharing.models import DataGrant, Project
from hub.storage.base import new_id
from hub.storage.postgres import make_engine
from tests.database import Cluster, Make
from tests.security.doors import Doors, open_doors
from tests.security.rows_of_all_tables import BEFORE, CANARY, LATER, Ids, fill

KINDS = ["events", "evaluations", "genotypes", "pedigree", "records"]

# The nine: what each is, in the words of the checklist.
CALLERS = (
    "anonymous", "student", "owner", "other farmer", "granted", "revoked", "lead",
    "other researcher", "admin with one factor",
)  # fmt: skip


@dataclass
class World:
    """Who there is, what is farm A's, and the doors to knock at."""

    doors: Doors
    ids: Ids
    farm_b: UUID
    project: UUID
    grant: UUID
    people: dict[str, Actor]
    tokens: dict[str, str | None] = field(default_factory=dict, repr=False)

    def path(self, names: list[str]) -> dict[str, str]:
        """Path parameters, filled with what is farm A's or its owner's."""
        return {name: str(self.value(name)) for name in names}

    def value(self, name: str) -> UUID | str:
        known = {
            "farm_id": self.ids.farm, "person_id": self.ids.owner, "project_id": self.project,
            "class_id": self.project, "grant_id": self.grant, "id": self.ids["evaluation"],
        }  # fmt: skip
        return known[name] if name in known else self.ids[TABLES[name]]


TABLES = {
    "animal_id": "animal", "import_id": "import", "evaluation_id": "evaluation",
    "dataset_id": "dataset_version", "set_id": "genotype_set", "association_id": "association",
    "export_id": "export", "source_id": "import_source", "group_id": "animal_group",
    "photo_id": "photo", "upload_id": "upload", "event_id": "event", "file_id": "file",
    "template_id": "import_template", "record_id": "record", "plan_id": "mating_plan",
    "job_id": "job", "op_id": "sync_operation", "mending_id": "import_mending", "place_id": "place",
    "invitation_id": "invitation", "review_id": "review", "identifier_id": "animal_identifier",
    "merge_id": "animal_merge", "field_id": "custom_field", "feed_id": "calendar_feed",
    "panel_id": "panel", "factor_id": "factor",
}  # fmt: skip


def reaches(reach: Reach, caller: str) -> bool:
    """Whether farm A's thing, made by its owner, is within a caller's reach."""
    if caller == "owner":
        return reach not in (Reach.STEWARDS, Reach.ADMINISTRATORS, Reach.PROJECTS_LED)
    if caller == "lead" and reach in (Reach.PROJECTS, Reach.PROJECTS_LED):
        return True
    if caller in ("granted", "lead") and reach in (Reach.FARMS_SEEN, Reach.MADE_OR_SEEN):
        return True
    return reach in (Reach.EVERYBODY, Reach.SECRET)


def held_by(caller: str) -> frozenset[Permission]:
    role = {
        "student": Role.STUDENT, "lead": Role.RESEARCHER, "other researcher": Role.RESEARCHER,
        "admin with one factor": Role.ADMIN,
    }.get(caller, Role.FARMER)  # fmt: skip
    return ROLES[role]


@contextmanager
def made_world(cluster: Cluster, home: Path, environment: dict[str, str]) -> Iterator[World]:
    """A database of its own with everything in it, and the doors open."""
    name = cluster.clone()
    urls = cluster.urls(name)
    with ExitStack() as stack:
        stack.callback(cluster.drop, name)
        people, ids, farm_b, project, grant = asyncio.run(_people(urls.owner))
        fill(cluster.postgres.url("postgres", name), ids)
        doors = stack.enter_context(open_doors(home, urls.app, environment))
        world = World(doors, ids, farm_b, project, grant, people)
        for caller, actor in people.items():
            level = 1 if caller == "admin with one factor" else 2
            world.tokens[caller] = doors.token(actor.person_id, level=level)
        world.tokens["anonymous"] = None
        yield world


async def _people(url: str) -> tuple[dict[str, Actor], Ids, UUID, UUID, UUID]:
    engine = make_engine(Settings(), url)
    make = Make(engine)
    try:
        people = {
            "student": await make.person("sam", Role.STUDENT),
            "owner": await make.person("fiona", Role.FARMER),
            "other farmer": await make.person("marc", Role.FARMER),
            "granted": await make.person("gita", Role.FARMER),
            "revoked": await make.person("rudi", Role.FARMER),
            "reader": await make.person("rea", Role.FARMER),
            "lead": await make.person("rita", Role.RESEARCHER),
            "other researcher": await make.person("rob", Role.RESEARCHER),
            "admin with one factor": await make.person("ada", Role.ADMIN),
            "steward": await make.person("stella", Role.STEWARD),
            "administrator": await make.person("alma", Role.ADMIN),
        }
        farm = await make.farm(CANARY.upper(), owner=people["owner"])
        farm_b = await make.farm("B", owner=people["other farmer"])
        await make.farm("C", owner=people["granted"])
        await make.member(farm, people["reader"], "reader")
        ids = Ids(farm, people["owner"].person_id)
        project = await _project(make, people["lead"], "P")
        await _project(make, people["other researcher"], "Q")
        grant = await _grant(make, ids, person_id=people["granted"].person_id)
        await _grant(make, ids, project_id=project)
        await _grant(make, ids, person_id=people["revoked"].person_id, revoked_at=BEFORE)
        return people, ids, farm_b, project, grant
    finally:
        await engine.dispose()


async def _project(make: Make, lead: Actor, code: str) -> UUID:
    project = new_id()
    me = lead.person_id
    await make._insert(
        Project, id=project, kind="project", code=code, name=code, purpose="", made_by=me,
        valid_from=BEFORE, valid_until=LATER,
    )  # fmt: skip
    # a trigger makes whoever makes a project its lead
    return project


async def _grant(make: Make, ids: Ids, **to: object) -> UUID:
    grant = new_id()
    await make._insert(
        DataGrant, id=grant, farm_id=ids.farm, kinds=KINDS, purpose="to try it", terms="1",
        valid_from=BEFORE - timedelta(days=2), valid_until=LATER, agreed_by=ids.owner, **to,
    )  # fmt: skip
    return grant
