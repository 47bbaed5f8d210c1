"""The change feed: whoever writes and however, phones are told, in an order that loses nothing."""

from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import collect
from hub.collect import PullQuery
from hub.errors import Gone, Invalid
from hub.local.postgres import Urls
from hub.storage.base import new_id
from tests.hub.collect.conftest import Scene

Feed = dict[tuple[str, UUID], tuple[int, bool, dict[str, Any]]]


@pytest.fixture
def sql(urls: Urls) -> Any:
    """Statements of the owner, each call a transaction: a writer that knows nothing of phones."""

    def run(*statements: str, **values: Any) -> Any:
        with psycopg.connect(urls.owner) as connection:
            for statement in statements:
                cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else None

    return run


def feed(sql: Any, farm: UUID) -> Feed:
    rows = sql(
        "SELECT entity, entity_id, seq, gone, fields FROM app.change WHERE farm_id = %(farm)s",
        farm=farm,
    )
    return {(row[0], row[1]): row[2:] for row in rows}


def counter(sql: Any, farm: UUID) -> int:
    rows = sql("SELECT seq FROM app.farm_counter WHERE farm_id = %(farm)s", farm=farm)
    return int(rows[0][0]) if rows else 0


_PLACE = (
    "INSERT INTO app.place (id, farm_id, name, kind, note, archived)"
    " VALUES (%(id)s, %(farm)s, %(id)s::text, '', '', false)"
)


async def test_every_statement_of_a_transaction_is_numbered_once_at_its_end(
    scene: Scene, sql: Any
) -> None:
    farm, ewe = await scene.make.farm("FEED1"), None
    ewe = await scene.ewe(farm)
    before = counter(sql, farm)
    sql(
        "UPDATE app.animal SET name = 'A' WHERE id = %(id)s",
        "UPDATE app.animal SET name = 'B', coat = 'black' WHERE id = %(id)s",
        "UPDATE app.animal SET sex = sex WHERE id = %(id)s",
        id=ewe,
    )
    assert counter(sql, farm) == before + 1
    seq, gone, fields = feed(sql, farm)["animal", ewe]
    assert (seq, gone) == (before + 1, False)
    assert fields["name"] == fields["coat"] == [seq, ""] and "sex" not in fields


async def test_names_and_possible_sires_are_changes_of_their_animal(scene: Scene, sql: Any) -> None:
    farm = await scene.make.farm("FEED2")
    ewe, ram = await scene.ewe(farm), await scene.ewe(farm, sex="M")
    first = feed(sql, farm)["animal", ewe][0]
    sql(
        "INSERT INTO app.animal_possible_sire (farm_id, animal_id, sire_id)"
        " VALUES (%(farm)s, %(ewe)s, %(ram)s)",
        farm=farm, ewe=ewe, ram=ram,
    )  # fmt: skip
    second, _, fields = feed(sql, farm)["animal", ewe]
    assert second > first and fields["possible_sires"] == [second, ""]
    sql("UPDATE app.animal_identifier SET value = 'NEW' WHERE animal_id = %(ewe)s", ewe=ewe)
    assert feed(sql, farm)["animal", ewe][0] > second


async def test_what_is_deleted_leaves_a_tombstone_and_can_come_back(scene: Scene, sql: Any) -> None:
    farm = await scene.make.farm("FEED3")
    ewe = await scene.ewe(farm)
    place = new_id()
    sql(_PLACE, id=place, farm=farm)
    sql("DELETE FROM app.place WHERE id = %(id)s", id=place)
    seq, gone, _ = feed(sql, farm)["place", place]
    assert gone and seq == counter(sql, farm)
    sql(_PLACE, id=place, farm=farm)
    assert not feed(sql, farm)["place", place][1]
    sql(
        "DELETE FROM app.animal_identifier WHERE animal_id = %(id)s",
        "DELETE FROM app.animal WHERE id = %(id)s",
        id=ewe,
    )
    assert feed(sql, farm)["animal", ewe][1]


async def test_what_is_undone_was_never_told(scene: Scene, sql: Any, urls: Urls) -> None:
    farm = await scene.make.farm("FEED4")
    kept, dropped = new_id(), new_id()
    with psycopg.connect(urls.owner) as connection:
        connection.execute("SAVEPOINT one")
        connection.execute(_PLACE, {"id": dropped, "farm": farm})
        connection.execute("ROLLBACK TO one")
        connection.execute(_PLACE, {"id": kept, "farm": farm})
    assert set(feed(sql, farm)) == {("place", kept)}
    assert counter(sql, farm) == 1


async def test_an_animal_that_changes_farms_is_gone_from_one_and_new_on_the_other(
    scene: Scene, sql: Any
) -> None:
    here, there = await scene.make.farm("FEED5"), await scene.make.farm("FEED6")
    ewe = await scene.ewe(here)
    sql("UPDATE app.animal SET farm_id = %(there)s WHERE id = %(ewe)s", there=there, ewe=ewe)
    assert feed(sql, here)["animal", ewe][1] and not feed(sql, there)["animal", ewe][1]


async def test_the_device_that_changed_a_field_is_noted(scene: Scene, sql: Any) -> None:
    farm = await scene.make.farm("FEED7", owner=scene.fiona)
    ewe, phone = await scene.ewe(farm), scene.phone()
    phone.do("animal", "patch", ewe, {"name": "Daisy"})
    await phone.push()
    seq, _, fields = feed(sql, farm)["animal", ewe]
    assert fields["name"] == [seq, f"{phone.actor.person_id}/{phone.device}"]


async def test_the_feed_cannot_be_written_by_the_hub_itself(scene: Scene, urls: Urls) -> None:
    statements = [
        "UPDATE app.change SET seq = 0",
        "DELETE FROM app.change",
        "UPDATE app.farm_counter SET seq = 0",
        "INSERT INTO app.change_farm VALUES (1, gen_random_uuid())",
        "SELECT * FROM app.change_note",
        "SELECT app.start_new_epoch()",
        "SELECT app.number_farm(1, gen_random_uuid())",
    ]
    for statement in statements:
        with (
            psycopg.connect(urls.app) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)


async def test_pages_of_any_size_bring_everything_once(scene: Scene) -> None:
    farm = await scene.make.farm("FEED8", owner=scene.fiona)
    ewes = {await scene.ewe(farm) for _ in range(7)}
    for limit in (1, 3, 7, 8):
        phone = scene.phone()
        copy = await phone.pull_all(farm, limit)
        assert {UUID(id_) for _, id_ in copy} == ewes
        assert not await phone.pull(farm, limit)


async def test_a_phone_that_was_away_too_long_starts_again_and_keeps_its_outbox(
    scene: Scene, sql: Any, engine: AsyncEngine
) -> None:
    farm = await scene.make.farm("FEED9", owner=scene.fiona)
    ewe, place, phone = await scene.ewe(farm), new_id(), scene.phone()
    sql(_PLACE, id=place, farm=farm)
    await phone.pull_all(farm)
    sql("DELETE FROM app.place WHERE id = %(id)s", id=place)
    sql(_PLACE, id=new_id(), farm=farm)
    [[purged]] = sql("SELECT app.purge_tombstones(interval '0')")
    assert purged >= 1
    phone.do("animal", "patch", ewe, {"name": "Typed before"}, farm=farm)
    with pytest.raises(Gone, match="away for too long") as gone:
        async with scene.as_(scene.fiona) as tx:
            await collect.pull(tx, PullQuery(farm=farm, cursor=phone.cursors[farm]))
    assert gone.value.code == "collect.resync"
    copy = await phone.pull_all(farm)
    assert ("place", str(place)) not in copy and len(phone.outbox) == 1
    await phone.push()
    assert (await phone.pull_all(farm))["animal", str(ewe)][1]["name"] == "Typed before"
    assert await collect.purge(engine) == 0, "tombstones of today are kept"


async def test_after_a_restore_everybody_starts_again(scene: Scene, sql: Any) -> None:
    farm = await scene.make.farm("FEED10", owner=scene.fiona)
    await scene.ewe(farm)
    phone = scene.phone()
    await phone.pull_all(farm)
    before = phone.cursors[farm]
    sql("SELECT app.start_new_epoch()")
    with pytest.raises(Gone):
        async with scene.as_(scene.fiona) as tx:
            await collect.pull(tx, PullQuery(farm=farm, cursor=before))
    ahead = before.rpartition(".")[0] + ".999"
    with pytest.raises(Gone):
        async with scene.as_(scene.fiona) as tx:
            await collect.pull(tx, PullQuery(farm=farm, cursor=ahead))


@pytest.mark.parametrize(
    "cursor", ["x", "abc.", "abc.-1", "abc.1e3", ".", "a.99999999999999999999"]
)
async def test_a_cursor_that_the_hub_never_gave_is_refused(scene: Scene, cursor: str) -> None:
    await scene.ewe()
    with pytest.raises(Invalid, match="not one that the hub gave"):
        async with scene.as_(scene.fiona) as tx:
            await collect.pull(tx, PullQuery(farm=scene.hill, cursor=cursor))


async def test_a_farm_one_no_longer_belongs_to_is_forgotten_and_comes_back_whole(
    scene: Scene, sql: Any
) -> None:
    farm = await scene.make.farm("FEED11", owner=scene.fiona, worker=scene.marc)
    ewe, phone = await scene.ewe(farm), scene.phone(scene.marc)
    assert ("animal", str(ewe)) in await phone.pull_all(farm)
    sql(
        "DELETE FROM app.farm_member WHERE farm_id = %(farm)s AND person_id = %(person)s",
        farm=farm, person=scene.marc.person_id,
    )  # fmt: skip
    phone.do("animal", "patch", ewe, {"name": "Too late"}, farm=farm)
    await phone.pull_all(farm)
    assert farm not in phone.things
    reply = await phone.push()
    assert reply and reply["results"][0]["code"] == "animals.not_found"
    await scene.make.member(farm, scene.marc, "worker")
    assert ("animal", str(ewe)) in await phone.pull_all(farm)


async def test_without_a_farm_one_is_told_which_there_are(scene: Scene) -> None:
    farm = await scene.make.farm("FEED12", owner=scene.walt, shared=True)
    await scene.ewe(farm)
    async with scene.as_(scene.marc) as tx:
        page = await collect.pull(tx, PullQuery(have=(scene.hill, farm)))
    assert page.forget == (scene.hill,) and page.changes == () and not page.more
    shown = {one.id: one for one in page.farms}
    assert scene.lind in shown and scene.hill not in shown
    assert (shown[farm].shared, shown[farm].may_write, shown[farm].seq) == (True, False, 2)
