"""A file is looked at before it is imported: what it is, what cleaning does, what is wrong."""

from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from hub import files
from hub.actor import Actor
from hub.errors import Invalid, Missing
from hub.etl import import_templates as templates
from hub.etl.import_templates import TemplateCreate
from hub.etl.preview import PreviewCreate, PreviewRead, preview
from hub.permissions import Role
from hub.storage.objects import FolderObjects
from tests.database import As, Make

WEIGHTS = """\
Ear tag;Weigh date;Live weight (lb);Notes
E1;17/03/2024;110;
E2;18/03/2024;121,5;lame
E1;31/02/2024;115;
E9;18/03/2024;100;
E2;19/03/2024;-99;
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hill(make: Make) -> UUID:
    farm = await make.farm("HILL")
    for tag in ("E1", "E2"):
        await make.animal(farm, tag)
    return farm


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> FolderObjects:
    return FolderObjects(tmp_path_factory.mktemp("objects"))


class Look:
    """Hand in a file and look at it."""

    def __init__(self, as_: As, objects: FolderObjects) -> None:
        self.as_ = as_
        self.objects = objects

    async def __call__(
        self, actor: Actor, farm_id: UUID, kind: str | None, content: str, **wanted: Any
    ) -> PreviewRead:
        async with self.as_(actor) as tx:
            file = await files.store(
                tx, self.objects, name="w.csv", media_type="text/csv", content=content.encode()
            )
            asked = {"farm_id": farm_id, "file_id": file.id, "kind": kind, **wanted}
            return await preview(tx, self.objects, PreviewCreate.model_validate(asked))


@pytest.fixture
def look(as_: As, objects: FolderObjects) -> Look:
    return Look(as_, objects)


async def test_a_file_of_weights_in_pounds_needs_nothing_typed(
    look: Look, stella: Actor, hill: UUID
) -> None:
    seen = await look(stella, hill, "records", WEIGHTS)
    assert seen.refused == ""
    assert (seen.format, seen.delimiter, seen.rows_looked_at) == ("csv", ";", 5)
    assert [(one.name, one.type) for one in seen.columns] == [
        ("Ear tag", "text"), ("Weigh date", "date"), ("Live weight (lb)", "number"),
        ("Notes", "text"),
    ]  # fmt: skip
    assert seen.mapping == {
        "columns": {"animal": "Ear tag", "date": "Weigh date"},
        "traits": {"weight": "Live weight (lb)"},
    }
    assert seen.before[1]["values"]["Weigh date"] == "18/03/2024"
    assert seen.after[1] == {
        "row": 3,
        "values": {"Ear tag": "E2", "Weigh date": "2024-03-18", "Live weight (lb)": "55.11147296",
                   "Notes": "lame"},
    }  # fmt: skip
    assert {one.step: one.changed for one in seen.steps} == {
        "date_format": 4, "number_format": 1, "missing": 1, "unit": 4,
    }  # fmt: skip
    found = [(one.row, one.rule) for one in seen.findings]
    assert (4, "bad_date") in found
    assert (5, "unknown_animal") in found
    assert {row for row, _ in found} == {4, 5}


async def test_what_is_asked_goes_before_what_is_suggested(
    look: Look, stella: Actor, hill: UUID
) -> None:
    seen = await look(stella, hill, "records", WEIGHTS, cleaning=[], rows=1)
    assert (seen.cleaning, seen.steps, seen.after) == ([], [], seen.before)
    assert len(seen.before) == 1
    assert seen.rules["bad_date"] == 5


async def test_the_template_that_fits_is_used(
    look: Look, stella: Actor, hill: UUID, as_: As
) -> None:
    content = "Nr;Tag;Kilo\nE1;17.03.2024;50\n"
    async with as_(stella) as tx:
        used = {"columns": {"animal": "Nr", "date": "Tag"}, "traits": {"weight": "Kilo"}}
        new = {"name": "Scale", "kind": "records", "farm_id": hill, "mapping": used,
               "columns": ["Nr", "Tag", "Kilo"]}  # fmt: skip
        kept = await templates.create(tx, TemplateCreate.model_validate(new))
    seen = await look(stella, hill, "records", content)
    assert seen.template is not None
    assert (seen.template.id, seen.mapping["traits"]) == (kept.id, {"weight": "Kilo"})
    assert seen.findings == []


async def test_a_mapping_that_cannot_be_is_said_and_the_rows_are_shown(
    look: Look, stella: Actor, hill: UUID
) -> None:
    seen = await look(stella, hill, "records", WEIGHTS, mapping={"columns": {"animal": "Number"}})
    assert "'Number'" in seen.refused
    assert len(seen.before) == 5


async def test_a_file_of_somebody_else_is_not_there(
    look: Look, as_: As, objects: FolderObjects, stella: Actor, hill: UUID, make: Make
) -> None:
    marc = await make.person("marc", Role.FARMER)
    farm = await make.farm("LIND", owner=marc)
    async with as_(stella) as tx:
        file = await files.store(
            tx, objects, name="w.csv", media_type="text/csv", content=WEIGHTS.encode()
        )
    async with as_(marc) as tx:
        wanted = PreviewCreate(farm_id=farm, file_id=file.id, kind="records")
        with pytest.raises(Missing):
            await preview(tx, objects, wanted)


ANIMALS = "Ohrmarke;Geschlecht;Geburtsdatum;Vater\nL1;w;01.03.2024;R1\nL2;m;02.03.2024;R1\n"
MILK = "Ohrmarke;Prüfdatum;Milch kg;Fett %\nE1;01.03.2024;21,5;4,1\nE2;01.03.2024;19,0;4,4\n"
EVENTS = "event,animal,date,result\npregnancy_check,E1,2024-03-01,pregnant\n"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(WEIGHTS, "records"), (ANIMALS, "animals"), (MILK, "milk_recording"), (EVENTS, "events")],
    ids=["records", "animals", "milk_recording", "events"],
)
async def test_the_kind_of_a_file_is_seen_when_nobody_says_it(
    look: Look, stella: Actor, make: Make, content: str, kind: str
) -> None:
    farm = await make.farm(kind.upper(), species="cattle")
    assert (await look(stella, farm, None, content)).kind == kind


async def test_the_kind_of_a_sender_that_is_known_is_that_of_the_template(
    as_: As, look: Look, stella: Actor, make: Make
) -> None:
    farm = await make.farm("KIND")
    async with as_(stella) as tx:
        await templates.create(tx, TemplateCreate.model_validate({
            "name": "Lab", "farm_id": farm, "kind": "records",
            "columns": ["Ohrmarke", "Prüfdatum", "Milch kg", "Fett %"],
        }))  # fmt: skip
    assert (await look(stella, farm, None, MILK)).kind == "records"


async def test_a_file_that_no_kind_can_read_is_refused_with_the_reason(
    look: Look, stella: Actor, hill: UUID
) -> None:
    with pytest.raises(Invalid, match="no rows"):
        await look(stella, hill, None, "animal,date,weight\n")
