"""Two edits of one field that meet: by policy one stands, the other is kept, nothing is lost."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import animals, collect
from hub.animals import AnimalRead, AnimalUpdate, groups
from hub.animals.schemas_farm import GroupUpdate, PlaceUpdate
from hub.collect import ReviewResolve, ReviewsQuery, policies
from hub.collect.policies import ANIMAL, POLICIES, Policy
from hub.errors import Conflict, Denied, Invalid, Missing
from hub.storage.base import new_id
from tests.hub.collect.conftest import Scene
from tests.hub.collect.phone import Phone


async def at_the_desk(scene: Scene, animal: UUID, **values: Any) -> None:
    async with scene.as_(scene.walt) as tx:
        await animals.update(tx, animal, AnimalUpdate.model_validate(values))


async def shown(scene: Scene, animal: UUID) -> AnimalRead:
    async with scene.as_(scene.fiona) as tx:
        return await animals.get(tx, animal)


async def patch(phone: Phone, scene: Scene, animal: UUID, **values: Any) -> dict[str, Any]:
    operation = phone.do("animal", "patch", animal, values, farm=scene.hill)
    await phone.push()
    return phone.results[operation["op_id"]]


async def test_edits_of_different_fields_do_not_meet(scene: Scene) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    await phone.pull_all(scene.hill)
    await at_the_desk(scene, ewe, name="Desk")
    result = await patch(phone, scene, ewe, coat="black")
    assert result["state"] == "applied"
    now = await shown(scene, ewe)
    assert (now.name, now.coat) == ("Desk", "black")


async def test_two_names_are_both_kept_until_somebody_decides(scene: Scene) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    await phone.pull_all(scene.hill)
    await at_the_desk(scene, ewe, name="Desk")
    result = await patch(phone, scene, ewe, name="Phone", breed="Texel")
    assert (result["state"], result["code"]) == ("merged", "collect.merged")
    [conflict] = result["conflicts"]
    assert (conflict["field"], conflict["server"], conflict["phone"]) == ("name", "Desk", "Phone")
    now = await shown(scene, ewe)
    assert (now.name, now.breed) == ("Desk", "Texel"), "the field that did not meet is taken"
    copy = await phone.pull_all(scene.hill)
    review = copy["review", result["review_id"]][1]
    assert (review["field"], review["state"]) == ("name", "open")
    async with scene.as_(scene.walt) as tx:
        await collect.resolve(tx, UUID(result["review_id"]), ReviewResolve(keep="phone"))
    assert (await shown(scene, ewe)).name == "Phone"
    copy = await phone.pull_all(scene.hill)
    assert copy["review", result["review_id"]][1]["state"] == "resolved"
    with pytest.raises(Conflict, match="decided already"):
        async with scene.as_(scene.fiona) as tx:
            await collect.resolve(tx, UUID(result["review_id"]), ReviewResolve(keep="server"))


async def test_a_third_value_can_be_the_right_one_and_has_to_be_possible(scene: Scene) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    await phone.pull_all(scene.hill)
    await at_the_desk(scene, ewe, birth_date="2024-03-01")
    result = await patch(phone, scene, ewe, birth_date="2024-03-11")
    review = UUID(result["review_id"])
    for decided, words in (
        (ReviewResolve(keep="value", value="2999-01-01"), "future"),
        (ReviewResolve(keep="value", value="soon"), "birth_date"),
        (ReviewResolve(keep="both"), "server, phone or value"),
    ):
        with pytest.raises((Invalid, ValueError), match=words):
            async with scene.as_(scene.fiona) as tx:
                await collect.resolve(tx, review, decided)
    async with scene.as_(scene.fiona) as tx:
        await collect.resolve(tx, review, ReviewResolve(keep="value", value="2024-03-10"))
    assert str((await shown(scene, ewe)).birth_date) == "2024-03-10"


async def test_own_edits_are_no_surprise(scene: Scene) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    await phone.pull_all(scene.hill)
    for name in ("First", "Second", "Third"):
        assert (await patch(phone, scene, ewe, name=name))["state"] == "applied"
    assert (await shown(scene, ewe)).name == "Third"


async def test_the_same_value_twice_is_no_conflict(scene: Scene) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    await phone.pull_all(scene.hill)
    await at_the_desk(scene, ewe, name="Daisy")
    assert (await patch(phone, scene, ewe, name="Daisy"))["state"] == "applied"


async def test_notes_are_added_and_defects_are_united(scene: Scene) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    await phone.pull_all(scene.hill)
    await at_the_desk(scene, ewe, note="limps", defects=["jaw"])
    result = await patch(phone, scene, ewe, note="bites", defects=["teat", "jaw"])
    assert result["state"] == "applied"
    now = await shown(scene, ewe)
    assert (now.note, now.defects) == ("limps\nbites", ("jaw", "teat"))


async def test_the_hubs_tag_stands_and_the_dead_stay_dead(scene: Scene) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    await phone.pull_all(scene.hill)
    await at_the_desk(scene, ewe, tag="OFFICIAL", status="dead")
    result = await patch(phone, scene, ewe, tag="GUESS", status="alive")
    found = {one["field"]: one for one in result["conflicts"]}
    assert {name: one["policy"] for name, one in found.items()} == {
        "tag": "server", "status": "terminal",
    }  # fmt: skip
    assert not any(one["review_id"] for one in found.values())
    now = await shown(scene, ewe)
    assert (now.tag, now.status) == ("OFFICIAL", "dead")
    fresh = scene.phone()
    await fresh.pull_all(scene.hill)
    assert (await patch(fresh, scene, ewe, status="alive"))["state"] == "merged"


async def test_possible_sires_are_a_field_as_others(scene: Scene) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    rams = sorted([await scene.ewe(sex="M") for _ in range(2)])
    await phone.pull_all(scene.hill)
    await at_the_desk(scene, ewe, possible_sires=rams)
    result = await patch(phone, scene, ewe, possible_sires=[str(rams[0])])
    assert [one["field"] for one in result["conflicts"]] == ["possible_sires"]
    assert [one.id for one in (await shown(scene, ewe)).possible_sires] == rams


async def test_a_field_nobody_knows_is_refused(scene: Scene) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    result = await patch(phone, scene, ewe, horns=2)
    assert (result["state"], result["code"]) == ("rejected", "collect.unacceptable")


async def test_reviews_are_seen_on_the_farm_and_decided_by_those_who_work_there(
    scene: Scene,
) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    await scene.make.member(scene.hill, scene.marc, "reader")
    await phone.pull_all(scene.hill)
    await at_the_desk(scene, ewe, name="Desk")
    review = UUID((await patch(phone, scene, ewe, name="Phone"))["review_id"])
    async with scene.as_(scene.walt) as tx:
        page = await collect.reviews_of(tx, ReviewsQuery(farm=scene.hill))
        assert review in {one.id for one in page.items}
    with pytest.raises(Denied, match="look at"):
        async with scene.as_(scene.marc) as tx:
            await collect.resolve(tx, review, ReviewResolve(keep="phone"))
    stranger = await scene.make.person("stranger", *scene.marc.roles)
    with pytest.raises(Missing):
        async with scene.as_(stranger) as tx:
            await collect.resolve(tx, review, ReviewResolve(keep="phone"))


async def test_groups_and_places_are_made_filled_and_renamed_on_the_phone(scene: Scene) -> None:
    phone, ewe, group, place, stay = (
        scene.phone(), await scene.ewe(), new_id(), new_id(), new_id(),
    )  # fmt: skip
    named = {"farm_id": str(scene.hill)}
    phone.do("group", "create", group, named | {"name": "Gimmers"})
    phone.do("place", "create", place, named | {"name": "Top field"})
    move = {"group_id": str(group), "animal_id": str(ewe)}
    phone.do("group_member", "join", stay, move | {"on": "2026-01-01"})
    phone.do("group_member", "leave", stay, move | {"on": "2026-02-01"})
    phone.do("animal", "patch", ewe, {"place_id": str(place)})
    tag = {"value": "R77", "on": "2026-02-01", "reason": "lost"}
    phone.do("animal", "retag", ewe, tag)
    reply = await phone.push()
    assert reply and [one["state"] for one in reply["results"]] == ["applied"] * 6, reply
    copy = await phone.pull_all(scene.hill)
    assert copy["group_member", str(stay)][1]["to_on"] == "2026-02-01"
    assert copy["animal", str(ewe)][1]["place_id"] == str(place)
    assert "R77" in {one["value"] for one in copy["animal", str(ewe)][1]["identifiers"]}
    async with scene.as_(scene.walt) as tx:
        await groups.update(tx, group, GroupUpdate(name="Desk"))
    renamed = phone.do("group", "patch", group, {"name": "Phone"}, farm=scene.hill)
    await phone.push()
    review = phone.results[renamed["op_id"]]["review_id"]
    async with scene.as_(scene.walt) as tx:
        await collect.resolve(tx, UUID(review), ReviewResolve(keep="phone"))
    copy = await phone.pull_all(scene.hill)
    assert copy["group", str(group)][1]["name"] == "Phone"


def test_every_field_that_can_be_patched_has_a_policy() -> None:
    shapes = {"animal": AnimalUpdate, "group": GroupUpdate, "place": PlaceUpdate}
    for entity, shape in shapes.items():
        assert set(POLICIES[entity]) == set(shape.model_fields)


_LISTS = st.lists(st.sampled_from("xyz"), unique=True)
_VALUES = st.none() | st.sampled_from(["a", "b", "dead", "sold", "alive"])


@settings(max_examples=200, deadline=None)
@given(
    current=st.fixed_dictionaries(
        {name: _LISTS if p is Policy.UNION else _VALUES for name, p in ANIMAL.items()}
    ),
    data=st.data(),
)
def test_no_value_that_was_sent_is_lost(current: dict[str, Any], data: st.DataObject) -> None:
    """It is stored, or part of what is stored, or there already, or told as a conflict."""
    names = data.draw(st.sets(st.sampled_from(sorted(ANIMAL))))
    sent = {
        name: data.draw(
            _LISTS if ANIMAL[name] is Policy.UNION else st.sampled_from(["a", "b", "dead", "alive"])
        )
        for name in names
    }
    moved = frozenset(data.draw(st.sets(st.sampled_from(sorted(ANIMAL)))))
    taken, clashes = policies.merge("animal", current, sent, moved)
    told = {clash.field: clash.phone for clash in clashes}
    for name, value in sent.items():
        if ANIMAL[name] is Policy.UNION:
            assert set(value) | set(current[name]) == set(taken[name])
        elif ANIMAL[name] is Policy.APPEND:
            assert value in taken[name].split("\n")
        else:
            assert value in (taken.get(name, current[name]), told.get(name))
    if current["status"] in ("dead", "sold"):
        assert "status" not in taken


async def test_what_another_person_changed_on_the_same_phone_is_not_ones_own_edit(
    scene: Scene,
) -> None:
    ewe = await scene.ewe()
    fiona, walt = scene.phone(), scene.phone(scene.walt)
    walt.name = fiona.name
    for phone, name in ((fiona, "Flora"), (walt, "Wilma")):
        await phone.pull_all(scene.hill)
        phone.things[scene.hill]["animal", str(ewe)] = (0, None)
        phone.do("animal", "patch", ewe, {"name": name}, farm=scene.hill)
    states = [(await phone.push() or {})["results"][0]["state"] for phone in (fiona, walt)]
    assert states == ["applied", "merged"]
