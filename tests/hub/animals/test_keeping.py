"""What a farm keeps around its animals: groups, places, its own fields, pictures, history."""

import io
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from PIL import Image
from pydantic import ValidationError

from hub import animals
from hub.actor import Actor
from hub.animals import (
    AnimalCreate,
    AnimalRead,
    AnimalUpdate,
    custom,
    groups,
    photos,
    pictures,
    places,
)
from hub.animals.schemas_farm import (
    FieldCreate,
    FieldUpdate,
    GroupCreate,
    GroupJoin,
    GroupUpdate,
    MembersQuery,
    PhotoNew,
    PhotoUpdate,
    PlaceCreate,
    PlaceUpdate,
)
from hub.errors import Conflict, Denied, HubError, Invalid, Missing
from hub.permissions import Role
from hub.schemas import PageQuery
from hub.storage.base import new_id
from hub.storage.objects import FolderObjects
from tests.database import As, Make

DAY = date(2026, 10, 20)


class Scene:
    fiona: Actor
    marc: Actor
    ann: Actor
    stella: Actor
    hill: UUID
    rams: UUID
    lind: UUID
    ewe: UUID
    ram: UUID


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make) -> Scene:
    """Fiona owns HILL, which Ann advises, and the shared RAMS; Marc owns LIND."""
    scene = Scene()
    scene.fiona = await make.person("fiona", Role.FARMER)
    scene.marc = await make.person("marc", Role.FARMER)
    scene.ann = await make.person("ann", Role.ADVISER)
    scene.stella = await make.person("stella", Role.STEWARD)
    scene.hill = await make.farm("HILL", owner=scene.fiona, adviser=scene.ann)
    scene.rams = await make.farm("RAMS", shared=True, owner=scene.fiona)
    scene.lind = await make.farm("LIND", owner=scene.marc)
    scene.ewe = await make.animal(scene.hill, "E1", sex="F", birth_date=date(2022, 3, 1))
    scene.ram = await make.animal(scene.rams, "R1", sex="M", birth_date=date(2020, 3, 1))
    return scene


# --- what an animal can be


async def test_an_animal_sent_again_with_its_own_id_is_the_same_animal(
    scene: Scene, as_: As
) -> None:
    new = AnimalCreate(
        id=new_id(), farm_id=scene.hill, tag="L1", birth_date=date(2026, 3, 1), dam_id=scene.ewe,
        possible_sires=[scene.ram], breed_fractions={"Texel": 0.333, "Swaledale": 0.667},
        coat="badger face", defects=["wry face"], note="Weak at birth",
    )  # fmt: skip
    shown = []
    for _ in range(2):
        async with as_(scene.fiona) as tx:
            shown.append(await animals.create(tx, new))
    assert shown[0] == shown[1]
    assert [sire.tag for sire in shown[0].possible_sires] == ["R1"]
    with pytest.raises(Conflict) as refusal:
        async with as_(scene.fiona) as tx:
            await animals.create(tx, new.model_copy(update={"name": "Another"}))
    assert refusal.value.code == "animals.id_taken"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"recipient_dam_id": "ram"}, "R1 is male, so it cannot be a recipient dam"),
        ({"foster_dam_id": "ewe", "birth_date": date(2022, 4, 1)}, "foster dam E1 was born"),
        ({"foster_dam_id": "cow"}, "of species cattle"),
        ({"possible_sires": ["ewe"]}, "E1 is female, so it cannot be a possible sire"),
        ({"possible_sires": ["nobody"]}, "no such possible sire"),
        ({"breed_fractions": {"Texel": 0.5}}, "sum to 0.500"),
        ({"place_id": "nobody"}, "no such place"),
        ({"custom": {"mood": 1}}, "no field mood"),
    ],
)
async def test_what_cannot_be_is_refused_with_the_reason(
    scene: Scene, make: Make, as_: As, values: dict, why: str
) -> None:
    cow = await make.animal(scene.rams, new_id().hex, species="cattle", sex="F")
    known = {"ram": scene.ram, "ewe": scene.ewe, "cow": cow, "nobody": new_id()}
    plain = {
        name: [known[one] for one in value] if isinstance(value, list)
        else known[value] if isinstance(value, str) else value
        for name, value in values.items()
    }  # fmt: skip
    with pytest.raises(Invalid, match=why) as refusal:
        async with as_(scene.fiona) as tx:
            await animals.create(tx, AnimalCreate(farm_id=scene.hill, tag="X", **plain))
    assert all(error.remedy for error in refusal.value.errors)
    lamb = await make.animal(scene.hill, new_id().hex, birth_date=date(2026, 3, 1))
    with pytest.raises(Invalid, match=why):
        async with as_(scene.fiona) as tx:
            await animals.update(tx, lamb, AnimalUpdate(**plain))


async def test_a_foster_dam_cannot_become_male(scene: Scene, make: Make, as_: As) -> None:
    nurse = await make.animal(scene.hill, "NURSE")
    await make.animal(scene.hill, "ORPHAN", foster_dam_id=nurse)
    with pytest.raises(Invalid, match="NURSE is recorded as dam of 1"):
        async with as_(scene.fiona) as tx:
            await animals.update(tx, nurse, AnimalUpdate(sex="M"))


# --- groups


async def test_who_was_in_a_group_is_known_for_every_day(scene: Scene, make: Make, as_: As) -> None:
    two = [await make.animal(scene.hill, f"G{n}") for n in range(2)]
    async with as_(scene.fiona) as tx:
        new = GroupCreate(id=new_id(), farm_id=scene.hill, name="Tups", kind="mating")
        group = await groups.create(tx, new)
        assert await groups.create(tx, new) == group
        await groups.join(tx, group.id, GroupJoin(animal_ids=two, from_on=DAY))
        await groups.leave(tx, group.id, two[0], date(2026, 11, 24))
        [later] = await groups.join(
            tx, group.id, GroupJoin(id=new_id(), animal_ids=two[:1], from_on=date(2026, 12, 1))
        )
        again = GroupJoin(id=later.id, animal_ids=two[:1], from_on=later.from_on)
        assert await groups.join(tx, group.id, again) == [later]
        inside = {}
        for day in (date(2026, 10, 19), DAY, date(2026, 11, 24), date(2026, 12, 1), None):
            page = await groups.members(tx, group.id, MembersQuery(on=day))
            inside[day] = [one.animal.tag for one in page.items]
        assert [len(tags) for tags in inside.values()] == [0, 2, 1, 2, 3]
        assert inside[date(2026, 11, 24)] == ["G1"]
        assert [one.group for one in await groups.of_animal(tx, two[0])] == ["Tups", "Tups"]
        assert (await groups.of_farm(tx, scene.hill))[0].animals == 2


async def test_nobody_is_twice_in_a_group_nor_in_one_of_another_farm(scene: Scene, as_: As) -> None:
    async with as_(scene.fiona) as tx:
        group = await groups.create(tx, GroupCreate(farm_id=scene.hill, name="Once"))
        await groups.join(tx, group.id, GroupJoin(animal_ids=[scene.ewe], from_on=DAY))
        for animal, day, why in (
            (scene.ewe, date(2026, 12, 1), "E1 is in Once from 2026-10-20"),
            (scene.ewe, date(2021, 1, 1), "E1 was born"),
            (scene.ram, DAY, "no such animal"),
            (new_id(), DAY, "no such animal"),
        ):
            with pytest.raises(Invalid, match=why) as refusal:
                await groups.join(tx, group.id, GroupJoin(animal_ids=[animal], from_on=day))
            assert refusal.value.errors[0].where == "animal_ids.0"
        with pytest.raises(Invalid, match="came into Once"):
            await groups.leave(tx, group.id, scene.ewe, date(2026, 1, 1))
        with pytest.raises(Missing, match="R1 is not in Once"):
            await groups.leave(tx, group.id, scene.ram, DAY)
    with pytest.raises(Conflict, match="has a group Once already"):
        async with as_(scene.fiona) as tx:
            await groups.create(tx, GroupCreate(farm_id=scene.hill, name="Once"))
    with pytest.raises(ValidationError, match="null"):
        GroupUpdate(name=None)


# --- places


async def test_a_place_is_used_and_archived(scene: Scene, make: Make, as_: As) -> None:
    wether = await make.animal(scene.hill, "W1")
    async with as_(scene.fiona) as tx:
        place = await places.create(
            tx, PlaceCreate(farm_id=scene.hill, name="Low meadow", latitude=54.2, longitude=-2.9)
        )
        await animals.update(tx, wether, AnimalUpdate(place_id=place.id))
        assert (await places.get(tx, place.id)).animals == 1
        await places.update(tx, place.id, PlaceUpdate(archived=True, latitude=None))
        assert await places.of_farm(tx, scene.hill) == []
        [kept] = await places.of_farm(tx, scene.hill, archived=True)
        assert (kept.animals, kept.latitude) == (1, None)
        await animals.update(tx, wether, AnimalUpdate(name="Wally"))  # its own place may stay
        with pytest.raises(Invalid, match="no such place in use"):
            await animals.update(tx, scene.ewe, AnimalUpdate(place_id=place.id))
    with pytest.raises(ValidationError):
        PlaceCreate(farm_id=scene.hill, name="Nowhere", latitude=91)


# --- own fields


@pytest.mark.parametrize(
    ("field", "good", "bad", "why"),
    [
        ({"type": "text"}, "calm", 3, "is a text"),
        ({"type": "number", "lowest": 1, "highest": 5, "unit": "cm"}, 2.5, 9, "Allowed is 1"),
        ({"type": "number"}, 3, "3", "is a number"),
        ({"type": "number"}, -1, True, "is a number"),
        ({"type": "date"}, "2026-03-31", "31.3.2026", "is a date"),
        ({"type": "choice", "choices": ["calm", "wild"]}, "wild", "odd", "one of calm, wild"),
        ({"type": "yes_no"}, True, "yes", "true or false"),
    ],
)
async def test_a_value_of_another_type_is_refused_with_what_is_allowed(
    scene: Scene, make: Make, as_: As, field: dict, good: object, bad: object, why: str
) -> None:
    name = f"f{new_id().hex}"
    animal = await make.animal(scene.hill, name)
    async with as_(scene.fiona) as tx:
        made = await custom.create(
            tx, FieldCreate(farm_id=scene.hill, name=name, label="It", **field)
        )
        shown = await animals.update(tx, animal, AnimalUpdate(custom={name: good}))
        assert shown.custom == {name: good}
        with pytest.raises(Invalid) as refusal:
            await animals.update(tx, animal, AnimalUpdate(custom={name: bad}))
        [error] = refusal.value.errors
        assert error.where == f"custom.{name}" and why in f"{error.message} {error.remedy}"
        await custom.update(tx, made.id, FieldUpdate(archived=True))
        shown = await animals.update(tx, animal, AnimalUpdate(name="Still changes"))
        assert shown.custom == {name: good}
        shown = await animals.get(tx, animal)
    async with as_(scene.fiona) as tx:
        await custom.update(tx, made.id, FieldUpdate(archived=False))
        assert (await animals.update(tx, animal, AnimalUpdate(custom={name: None}))).custom == {}


@pytest.mark.parametrize(
    "wrong",
    [{"type": "choice"}, {"type": "text", "choices": ["a"]}, {"type": "date", "lowest": 1},
     {"type": "number", "lowest": 2, "highest": 1}],
)  # fmt: skip
async def test_a_field_that_contradicts_itself_is_refused(
    scene: Scene, as_: As, wrong: dict
) -> None:
    with pytest.raises(Invalid, match=r"of type|lowest"):
        async with as_(scene.fiona) as tx:
            await custom.create(tx, FieldCreate(farm_id=scene.hill, name="x", label="X", **wrong))


# --- pictures


def picture(size: tuple[int, int] = (400, 300), *, exif: bool = False, kind: str = "JPEG") -> bytes:
    """A picture whose left half is red, as a phone held upright stores it."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    tags = Image.Exif()
    if exif:
        tags[0x0112] = 6  # turn by 90 degrees clockwise to see it
        tags[0x010F] = "PhoneMaker"
        tags.get_ifd(0x8769)[0x9003] = "2026:05:04 10:00:00"
        tags.get_ifd(0x8825)[1] = "N"
    image.save(out, kind, exif=tags)
    return out.getvalue()


def test_a_picture_is_turned_upright_and_loses_what_the_camera_wrote() -> None:
    read = pictures.read(picture((4000, 1000), exif=True))
    assert (read.width, read.height, read.taken_on) == (640, 2560, date(2026, 5, 4))
    for content, longest in ((read.content, 2560), (read.thumbnail, 320)):
        image = Image.open(io.BytesIO(content))
        assert (image.format, max(image.size)) == ("JPEG", longest)
        assert not image.getexif() and b"PhoneMaker" not in content and b"Exif" not in content
        top, bottom = (image.getpixel((image.width // 2, y)) for y in (5, image.height - 5))
        assert top[0] > 200 > bottom[0]


def test_what_shines_through_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    assert Image.open(io.BytesIO(pictures.read(out.getvalue()).content)).getpixel((5, 5))[0] > 250


def bomb(side: int) -> bytes:
    """A small file that would fill the memory."""
    out = io.BytesIO()
    Image.new("1", (side, side)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code", "why"),
    [
        (b"", "photos.empty", "is empty"),
        (b"\xff" * (40 * 2**20), "photos.too_large", "has 40.0 MB; at most 15 MB"),
        (b"tag,weight\n1,2\n", "photos.not_a_picture", "JPEG, PNG, WEBP are taken"),
        (picture()[:400], "photos.not_a_picture", "no picture that can be read"),
        (bomb(8000), "photos.too_large", "8000 x 8000 pixels; at most 60"),
        (bomb(20000), "photos.too_large", "too many pixels; at most 60"),
        (picture(kind="GIF"), "photos.not_a_picture", "Export it as JPEG"),
    ],
    ids=["empty", "40 MB", "a table", "cut off", "too large", "a bomb", "another format"],
)
def test_what_is_no_picture_or_too_large_is_refused(content: bytes, code: str, why: str) -> None:
    with pytest.raises(Invalid, match=why) as refusal:
        pictures.read(content)
    assert refusal.value.code == code


async def test_a_picture_is_kept_once_and_taken_away(scene: Scene, as_: As, tmp_path: Path) -> None:
    store = FolderObjects(tmp_path)
    async with as_(scene.fiona) as tx:
        first = await photos.add(tx, store, scene.ewe, picture(exif=True), PhotoNew(caption="Left"))
        assert await photos.add(tx, store, scene.ewe, picture(exif=True)) == first
        assert (first.caption, first.taken_on) == ("Left", date(2026, 5, 4))
        full = await photos.content(tx, store, first.id)
        assert (
            len(full) == first.size > len(await photos.content(tx, store, first.id, thumbnail=True))
        )
        assert (await photos.update(tx, first.id, PhotoUpdate(taken_on=None))).taken_on is None
        assert [one.id for one in await photos.of_animal(tx, scene.ewe)] == [first.id]
    async with as_(scene.marc) as tx:
        with pytest.raises(Missing):
            await photos.content(tx, store, first.id)
    async with as_(scene.fiona) as tx:
        await photos.remove(tx, first.id)
        assert await photos.of_animal(tx, scene.ewe) == []


# --- history


async def test_every_change_is_answered_for_and_people_are_named_to_members_only(
    scene: Scene, make: Make, as_: As
) -> None:
    hidden = await make.animal(scene.lind, "HID", sex="M")
    tag = new_id().hex
    async with as_(scene.fiona) as tx:
        ram = await animals.create(tx, AnimalCreate(farm_id=scene.rams, tag=tag))
    async with as_(scene.stella) as tx:
        await animals.update(tx, ram.id, AnimalUpdate(name="Rex", sire_id=hidden))
    async with as_(scene.fiona) as tx:
        await animals.retag(tx, ram.id, "tag", tag[::-1], DAY.replace(year=2025))
        page = await animals.history(tx, ram.id, PageQuery(limit=2))
        rest = await animals.history(tx, ram.id, PageQuery(limit=2, cursor=page.next_cursor))
    told = [*page.items, *rest.items]
    assert [one.action.split(":")[1] for one in told] == ["retag", "update", "create"]
    assert [one.person for one in told] == ["Fiona", "Stella", "Fiona"]
    assert told[1].before == {"name": "", "sire_id": None}
    assert told[1].after == {"name": "Rex", "sire_id": None}  # a farm that Fiona does not see
    assert told[0].after["tag"] == tag[::-1]
    async with as_(scene.stella) as tx:
        seen = (await animals.history(tx, ram.id, PageQuery())).items
        assert seen[1].after["sire_id"] == str(hidden)
    async with as_(scene.marc) as tx:
        assert {one.person for one in (await animals.history(tx, ram.id, PageQuery())).items} == {
            None
        }
        with pytest.raises(Missing):
            await animals.history(tx, scene.ewe, PageQuery())


async def test_the_history_of_a_merged_animal_is_that_of_both_entries(
    scene: Scene, as_: As
) -> None:
    async with as_(scene.fiona) as tx:
        two: list[AnimalRead] = [
            await animals.create(tx, AnimalCreate(farm_id=scene.hill, tag=f"HM{n}")) for n in "12"
        ]
        await animals.merge(tx, two[0].id, two[1].id)
        told = (await animals.history(tx, two[1].id, PageQuery())).items
    assert [one.action for one in told] == ["animals:merge", "animals:create", "animals:create"]
    assert {one.animal_id for one in told} == {one.id for one in two}
    assert told[0].more["other_tag"] == "HM2"


# --- who may


@pytest.mark.parametrize(("who", "kind"), [("ann", Denied), ("marc", Missing)])
async def test_who_does_not_work_on_a_farm_changes_nothing_there(
    scene: Scene, as_: As, tmp_path: Path, who: str, kind: type[HubError]
) -> None:
    async with as_(scene.fiona) as tx:
        name = new_id().hex
        group = await groups.create(tx, GroupCreate(farm_id=scene.hill, name=name))
        place = await places.create(tx, PlaceCreate(farm_id=scene.hill, name=name))
        field = await custom.create(
            tx, FieldCreate(farm_id=scene.hill, name=f"f{name}", label="F", type="text")
        )
    of_hill = {"farm_id": scene.hill, "name": "mine"}
    acts = [
        lambda tx: groups.create(tx, GroupCreate(**of_hill)),
        lambda tx: groups.update(tx, group.id, GroupUpdate(note="x")),
        lambda tx: groups.join(tx, group.id, GroupJoin(animal_ids=[scene.ewe], from_on=DAY)),
        lambda tx: groups.leave(tx, group.id, scene.ewe, DAY),
        lambda tx: places.create(tx, PlaceCreate(**of_hill)),
        lambda tx: places.update(tx, place.id, PlaceUpdate(note="x")),
        lambda tx: custom.create(tx, FieldCreate(**of_hill, label="M", type="text")),
        lambda tx: custom.update(tx, field.id, FieldUpdate(label="x")),
        lambda tx: photos.add(tx, FolderObjects(tmp_path), scene.ewe, picture()),
    ]
    for act in acts:
        with pytest.raises((kind, Denied)):
            async with as_(getattr(scene, who)) as tx:
                await act(tx)
    looks = [
        lambda tx: groups.of_farm(tx, scene.hill), lambda tx: places.get(tx, place.id),
        lambda tx: custom.of_farm(tx, scene.hill), lambda tx: photos.of_animal(tx, scene.ewe),
    ]  # fmt: skip
    for look in looks:
        async with as_(getattr(scene, who)) as tx:
            if who == "ann":
                await look(tx)
            else:
                with pytest.raises(Missing):
                    await look(tx)
