"""Use cases of genotype sets: hand files in, make versions, say whose samples they are."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub import audit, farms, files, jobs
from hub.errors import FieldError, Invalid, Missing
from hub.genotypes import linking, policy, repository, rules
from hub.genotypes.content import Loaded, find, load, readable
from hub.genotypes.models import GenotypeSet
from hub.genotypes.schemas import (
    GenotypeSetCreate,
    GenotypeSetDerive,
    GenotypeSetRead,
    GenotypeSetsQuery,
    LinksPut,
    PanelRead,
    PanelsQuery,
)
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

__all__ = [
    "Loaded",
    "cancel",
    "create",
    "derive",
    "follow",
    "get",
    "link",
    "load",
    "panel",
    "panels",
    "retry",
    "search",
]

KIND, TASK = "genotypes", "genotypes.run"
LINKS_KIND, LINKS_TASK = "genotype_links", "genotypes.links"
LONG = ("names", "keep", "remove")
"""Settings that can hold a word for each sample; only their number is shown."""


async def create(tx: Transaction, new: GenotypeSetCreate) -> GenotypeSetRead:
    """Queue the reading of files; the set is there when its job is done."""
    farm = await policy.require_create(tx, new.farm_id)
    parts = [[one] if isinstance(one, UUID) else one for one in new.files]
    handed_in = [[await files.find(tx, file_id) for file_id in one] for one in parts]
    names = [one[0].name for one in handed_in]
    rules.incoming(names, new.format)
    settings: dict[str, Any] = {
        "rules": _rules(new.rules), "match": new.match, "names": dict(new.names),
        "assembly": new.assembly, "array": new.array, "parts": [len(one) for one in parts],
    }  # fmt: skip
    if new.panel:
        wanted = await panel(tx, new.panel)
        settings |= {"panel": str(new.panel), "panel_name": wanted.name}
    row = GenotypeSet(
        id=new_id(), person_id=tx.actor.person_id, farm_id=new.farm_id, farm_ids=[new.farm_id],
        name=new.name, species=_species(new.species or farm.species),
        file_ids=[file_id for one in parts for file_id in one],
        format=new.format, coding=new.coding, settings=settings,
    )  # fmt: skip
    await _queue(tx, row, files=names)
    return await get(tx, row.id)


async def derive(tx: Transaction, set_id: UUID, new: GenotypeSetDerive) -> GenotypeSetRead:
    """Queue a new version of a set: chosen samples, then rules of quality control."""
    policy.require_write(tx.actor)
    parent = await readable(tx, set_id)
    row = GenotypeSet(
        id=new_id(), person_id=tx.actor.person_id, farm_id=parent.farm_id,
        farm_ids=list(parent.farm_ids), name=new.name or parent.name, species=parent.species,
        panel_id=parent.panel_id, parent_id=parent.id, version=parent.version + 1, file_ids=[],
        format="version", coding=parent.coding,
        settings={"rules": _rules(new.rules), "keep": new.keep, "remove": new.remove},
    )  # fmt: skip
    await _queue(tx, row, parent=str(parent.id))
    return await get(tx, row.id)


def _rules(given: dict[str, Any] | None) -> dict[str, Any] | None:
    """As declared, once agrigen understands them."""
    rules.quality_rules(given)
    return given


def _species(name: str) -> str:
    if name in set(farms.Species):
        return name
    message = f"The hub knows no species {name!r}."
    fix = FieldError("species", message, f"Give {', '.join(farms.Species)}.")
    raise Invalid("genotypes.species", message, errors=[fix])


async def _queue(tx: Transaction, row: GenotypeSet, **told: Any) -> None:
    await repository.add(tx.session, row)
    job = await jobs.create(tx, KIND, row.id, TASK, set_id=str(row.id))
    row.job_id = job.id
    await repository.flush(tx.session, row)
    await audit.write(
        tx, "genotypes:create", subject_id=row.id, farm_id=row.farm_id, name=row.name, **told
    )


def read(row: GenotypeSet) -> GenotypeSetRead:
    """A set as it is shown; of long settings the number."""
    found = GenotypeSetRead.model_validate(row)
    settings = {
        name: len(value) if name in LONG and value is not None else value
        for name, value in found.settings.items()
    }
    return found.model_copy(update={"settings": settings})


async def get(tx: Transaction, set_id: UUID) -> GenotypeSetRead:
    """One set, as far as it is now."""
    tx.actor.require(Permission.GENOTYPES_READ)
    return read(await find(tx, set_id))


async def search(tx: Transaction, query: GenotypeSetsQuery) -> Page[GenotypeSetRead]:
    """Sets one may know of, newest first."""
    tx.actor.require(Permission.GENOTYPES_READ)
    page = await repository.search(tx.session, query)
    return Page([read(row) for row in page.items], page.next_cursor)


async def cancel(tx: Transaction, set_id: UUID) -> GenotypeSetRead:
    """Stop a set that waits or is being made."""
    policy.require_write(tx.actor)
    await jobs.cancel(tx, jobs.of(await find(tx, set_id)))
    return await get(tx, set_id)


async def retry(tx: Transaction, set_id: UUID) -> GenotypeSetRead:
    """Make a failed or cancelled set again, of the same files."""
    policy.require_write(tx.actor)
    await jobs.retry(tx, jobs.of(await find(tx, set_id)))
    return await get(tx, set_id)


async def link(tx: Transaction, set_id: UUID, changed: LinksPut) -> GenotypeSetRead:
    """Say whose samples these are, and queue the comparison with their parents."""
    await policy.require_links(tx, await find(tx, set_id))
    found = await find(tx, set_id, lock=True)
    before, after = await linking.link(tx, found, changed)
    found.summary = {**found.summary, "parentage": {"state": "being compared"}}
    await repository.flush(tx.session, found)
    await audit.write(
        tx, "genotypes:link", subject_id=found.id, farm_id=found.farm_id, before=before, after=after
    )
    await jobs.create(
        tx, LINKS_KIND, found.id, LINKS_TASK, lock=f"genotypes:{found.id}", set_id=str(found.id)
    )
    return read(found)


async def panel(tx: Transaction, panel_id: UUID) -> PanelRead:
    """One marker panel."""
    tx.actor.require(Permission.GENOTYPES_READ)
    found = await repository.panel(tx.session, panel_id)
    if found is None:
        raise Missing("genotypes.no_panel", "There is no such panel.")
    return PanelRead.model_validate(found)


async def panels(tx: Transaction, query: PanelsQuery) -> Page[PanelRead]:
    """Marker panels, newest first."""
    tx.actor.require(Permission.GENOTYPES_READ)
    page = await repository.panels(tx.session, query)
    return Page([PanelRead.model_validate(row) for row in page.items], page.next_cursor)


async def follow(tx: Transaction, set_id: UUID, state: str, error: str) -> None:
    """Keep the set's state equal to its job's."""
    over = datetime.now(UTC) if state in jobs.FINAL else None
    await repository.change(
        tx.session, set_id, {"state": state, "error": error, "finished_at": over}
    )


async def stay(tx: Transaction, set_id: UUID, state: str, error: str) -> None:
    """Comparing parents again leaves the state of a set as it is."""
    if state in {"failed", "cancelled"}:
        found = await find(tx, set_id)
        told = {"state": state, "error": error}
        await repository.change(
            tx.session, set_id, {"summary": {**found.summary, "parentage": told}}
        )
