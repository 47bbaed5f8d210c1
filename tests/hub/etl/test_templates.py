"""How a sender's files are read is kept, found by the header, and followed."""

from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from hub import etl, records
from hub.actor import Actor
from hub.errors import Conflict, Denied, HubError, Invalid, Missing
from hub.etl import import_templates as templates
from hub.etl.import_templates import TemplateCreate, TemplateRead, TemplatesQuery, TemplateUpdate
from hub.permissions import Role
from tests.database import As, Make
from tests.workers import Door

HEADER = ["Ohrmarke", "Prüfdatum", "Milch kg"]
LABORATORY: dict[str, Any] = {
    "name": "Laboratory", "sender": "LKV", "kind": "milk_recording", "columns": HEADER,
    "mapping": {"columns": {"animal": "Ohrmarke", "date": "Prüfdatum"},
                "traits": {"milk_yield": "Milch kg"}},
    "cleaning": [{"step": "date_format", "columns": ["Prüfdatum"], "order": "dmy"}],
    "policy": "all_or_nothing",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fiona(make: Make) -> Actor:
    return await make.person("fiona", Role.FARMER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def marc(make: Make) -> Actor:
    return await make.person("marc", Role.FARMER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hill(make: Make, fiona: Actor) -> UUID:
    return await make.farm("HILL", owner=fiona)


async def keep(as_: As, actor: Actor, **values: Any) -> TemplateRead:
    async with as_(actor) as tx:
        new = TemplateCreate.model_validate({**LABORATORY, **values})
        return await templates.create(tx, new)


async def test_a_template_of_the_farm_is_found_by_the_header_in_any_order(
    as_: As, stella: Actor, fiona: Actor, hill: UUID
) -> None:
    kept = await keep(as_, stella, farm_id=hill)
    async with as_(fiona) as tx:
        header = ["milch KG", "Ohrmarke", "Prüfdatum"]
        found = await templates.find(tx, hill, "milk_recording", header)
        other = await templates.find(tx, hill, "records", header)
    assert found is not None
    assert (found.id, other) == (kept.id, None)
    assert found.cleaning == LABORATORY["cleaning"]


async def test_a_file_with_further_columns_fits_a_template_whose_columns_it_has(
    as_: As, stella: Actor, make: Make
) -> None:
    farm = await make.farm("MORE")
    kept = await keep(as_, stella, farm_id=farm)
    async with as_(stella) as tx:
        found = await templates.find(tx, farm, "milk_recording", [*HEADER, "Zellzahl"])
        none = await templates.find(tx, farm, "milk_recording", HEADER[:2])
    assert found is not None
    assert (found.id, none) == (kept.id, None)


async def test_strangers_neither_see_nor_change_a_template(
    as_: As, stella: Actor, marc: Actor, make: Make
) -> None:
    kept = await keep(as_, stella, farm_id=await make.farm("SECRET"), name="Secret")
    async with as_(marc) as tx:
        with pytest.raises(Missing):
            await templates.get(tx, kept.id)
        page = await templates.search(tx, TemplatesQuery())
        assert kept.id not in {one.id for one in page.items}
        with pytest.raises(HubError):
            await templates.update(tx, kept.id, TemplateUpdate(name="Mine"))


async def test_ones_own_template_is_for_oneself(as_: As, stella: Actor, make: Make) -> None:
    kept = await keep(as_, stella, name="Own")
    other = await make.person("stephen", Role.STEWARD)
    async with as_(other) as tx:
        with pytest.raises(Missing):
            await templates.get(tx, kept.id)
    await keep(as_, other, name="Own")


async def test_a_name_is_given_once(as_: As, stella: Actor, make: Make) -> None:
    farm = await make.farm("ONCE")
    await keep(as_, stella, farm_id=farm)
    with pytest.raises(Conflict, match="'Laboratory' already"):
        await keep(as_, stella, farm_id=farm)


async def test_only_what_is_given_is_changed(as_: As, stella: Actor, make: Make) -> None:
    kept = await keep(as_, stella, farm_id=await make.farm("CHANGE"))
    async with as_(stella) as tx:
        new = TemplateUpdate.model_validate({"sender": "MLP", "columns": ["a", "b"]})
        changed = await templates.update(tx, kept.id, new)
    assert (changed.sender, changed.columns, changed.name) == ("MLP", ["a", "b"], "Laboratory")
    assert changed.fingerprint != kept.fingerprint
    assert (changed.cleaning, changed.policy) == (kept.cleaning, kept.policy)


async def test_an_import_follows_its_template_where_it_says_nothing_itself(
    as_: As, door: Door, stella: Actor, make: Make
) -> None:
    farm = await make.farm("FOLLOW")
    kept = await keep(as_, stella, farm_id=farm)
    asked = await door.ask(
        stella, farm, "milk_recording", "Ohrmarke;Prüfdatum;Milch kg\n1;17.03.2024;30\n",
        template_id=kept.id, policy="good_rows",
    )  # fmt: skip
    assert asked.template_id == kept.id
    assert asked.cleaning == LABORATORY["cleaning"]
    assert asked.mapping["traits"] == {"milk_yield": "Milch kg"}
    assert asked.policy == "good_rows"
    async with as_(stella) as tx:
        assert (await templates.get(tx, kept.id)).used_at is not None
        await templates.remove(tx, kept.id)
    async with as_(stella) as tx:
        assert (await etl.get(tx, asked.id)).template_id is None


async def test_a_template_of_another_kind_is_refused(
    as_: As, door: Door, stella: Actor, make: Make
) -> None:
    farm = await make.farm("OTHER")
    kept = await keep(as_, stella, farm_id=farm)
    with pytest.raises(Invalid, match="imports of milk_recording, not of animals"):
        await door.ask(stella, farm, "animals", "id\n1\n", template_id=kept.id)


async def test_who_may_not_import_keeps_no_template(as_: As, make: Make, hill: UUID) -> None:
    sam = await make.person("sam", Role.STUDENT)
    with pytest.raises(Denied):
        await keep(as_, sam)


async def test_a_file_in_pounds_with_double_rows_is_loaded_in_kilograms_once(
    as_: As, door: Door, stella: Actor, make: Make, worker: object
) -> None:
    """Through the worker: what the file says is cleaned, and what was there is told."""
    farm = await make.farm("POUNDS")
    await make.animal(farm, "E1")
    done = await door.bring(
        stella, farm, "records", "Tag;Day;Weight\nE1;17/03/2024;110,5\nE1;17/03/2024;110,5\n",
        mapping={"columns": {"animal": "Tag", "date": "Day"}, "traits": {"weight": "Weight"}},
        cleaning=[
            {"step": "date_format", "columns": ["Day"], "order": "dmy"},
            {"step": "unit", "column": "Weight", "from": "lb", "to": "kg"},
            {"step": "duplicates", "key": ["Tag", "Day"], "keep": "last"},
        ],
    )  # fmt: skip
    assert (done.state, done.rows_loaded, done.rows_rejected) == ("done", 1, 0), done
    assert done.notes["cleaned"] == {"0": 2, "1": 2, "2": 1}
    async with as_(stella) as tx:
        page = await records.of_farm(tx, farm, records.FarmRecordQuery())
    assert [(one.recorded_on.isoformat(), one.value) for one in page.items] == [
        ("2024-03-17", 50.12195689)
    ]
