"""Use cases of import templates: keep one, find the one that fits a file, follow it."""

from collections.abc import Sequence
from uuid import UUID

from hub import audit, farms
from hub.errors import Conflict, Invalid, Missing
from hub.etl import cleaning
from hub.etl.import_templates import repository, rules
from hub.etl.import_templates.models import ImportTemplate
from hub.etl.import_templates.schemas import (
    TemplateCreate,
    TemplateRead,
    TemplatesQuery,
    TemplateUpdate,
)
from hub.etl.schemas import ImportCreate, Mapping
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.transaction import Transaction


async def create(tx: Transaction, new: TemplateCreate) -> TemplateRead:
    """Keep a template for a farm one works on, or for oneself."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    if new.farm_id is not None:
        await farms.require_write(tx, new.farm_id)
    await _require_free(tx, new.farm_id, new.name)
    row = ImportTemplate(
        id=new_id(), farm_id=new.farm_id, person_id=tx.actor.person_id, name=new.name,
        sender=new.sender, kind=new.kind, fingerprint=rules.fingerprint(new.columns),
        columns=list(new.columns), mapping=new.mapping.model_dump(exclude_defaults=True),
        cleaning=cleaning.dump(new.cleaning), policy=new.policy,
    )  # fmt: skip
    row = await repository.add(tx.session, row)
    await _note(tx, "create", row)
    return TemplateRead.model_validate(row)


async def get(tx: Transaction, template_id: UUID) -> TemplateRead:
    """One template."""
    tx.actor.require(Permission.IMPORTS_READ)
    return TemplateRead.model_validate(await _template(tx, template_id))


async def search(tx: Transaction, query: TemplatesQuery) -> Page[TemplateRead]:
    """Templates of one's farms and one's own, newest first."""
    tx.actor.require(Permission.IMPORTS_READ)
    page = await repository.search(tx.session, query)
    return Page([TemplateRead.model_validate(row) for row in page.items], page.next_cursor)


async def update(tx: Transaction, template_id: UUID, changes: TemplateUpdate) -> TemplateRead:
    """Change the fields given; imports that followed it before keep what they did."""
    row = await _mine(tx, template_id)
    given = changes.model_fields_set
    if "name" in given and changes.name != row.name:
        await _require_free(tx, row.farm_id, changes.name)
    for name in given & {"name", "sender", "policy"}:
        setattr(row, name, getattr(changes, name))
    if "columns" in given:
        row.columns = list(changes.columns)
        row.fingerprint = rules.fingerprint(changes.columns)
    if "mapping" in given:
        row.mapping = changes.mapping.model_dump(exclude_defaults=True)
    if "cleaning" in given:
        row.cleaning = cleaning.dump(changes.cleaning)
    row = await repository.flush(tx.session, row)
    await _note(tx, "update", row)
    return TemplateRead.model_validate(row)


async def remove(tx: Transaction, template_id: UUID) -> None:
    """Forget a template; imports that followed it stay."""
    row = await _mine(tx, template_id)
    await _note(tx, "remove", row)
    await repository.remove(tx.session, row)


async def find(
    tx: Transaction, farm_id: UUID, kind: str, columns: Sequence[str]
) -> TemplateRead | None:
    """The template for files with this header, or one whose columns are all in it."""
    mark = rules.fingerprint(columns)
    there = await repository.of_farm(tx.session, farm_id, kind, mark)
    if not there:
        others = await repository.of_farm(tx.session, farm_id, kind)
        there = [row for row in others if rules.fits(row.mapping, row.cleaning, columns)]
    return TemplateRead.model_validate(there[0]) if there else None


async def followed(tx: Transaction, new: ImportCreate) -> ImportCreate:
    """What an import asks for, with what it leaves out as its template says."""
    if new.template_id is None:
        return new
    row = await _template(tx, new.template_id)
    if row.kind != new.kind:
        raise Invalid(
            "templates.other_kind",
            f"The template {row.name!r} is for imports of {row.kind}, not of {new.kind}. "
            "Choose another template or kind.",
        )
    await repository.used(tx.session, row.id)
    said = {
        "mapping": Mapping.model_validate(row.mapping),
        "cleaning": cleaning.load(row.cleaning),
        "policy": row.policy,
    }
    left_out = said.keys() - new.model_fields_set
    return new.model_copy(update={name: said[name] for name in left_out})


async def _require_free(tx: Transaction, farm_id: UUID | None, name: str) -> None:
    if await repository.named(tx.session, farm_id, tx.actor.person_id, name):
        raise Conflict(
            "templates.name_taken",
            f"There is a template {name!r} already. Change that one, or choose another name.",
        )


async def _mine(tx: Transaction, template_id: UUID) -> ImportTemplate:
    """A template that one may change."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    row = await _template(tx, template_id)
    if row.farm_id is not None:
        await farms.require_write(tx, row.farm_id)
    return row


async def _template(tx: Transaction, template_id: UUID) -> ImportTemplate:
    row = await repository.get(tx.session, template_id)
    if row is None:
        raise Missing("templates.not_found", "There is no such template that you may see.")
    return row


async def _note(tx: Transaction, act: str, row: ImportTemplate) -> None:
    await audit.write(
        tx, f"templates:{act}", subject_id=row.id, farm_id=row.farm_id, name=row.name, kind=row.kind
    )
