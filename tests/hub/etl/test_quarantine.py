"""Refused rows are mended by hand and by rule, left out, taken back, undone, and loaded once."""

import asyncio
import subprocess
import time
from typing import Any
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio

from hub import etl
from hub.actor import Actor
from hub.errors import Conflict, HubError, Invalid, Missing
from hub.etl import ImportRead, Mend, MendedRow, quarantine
from hub.etl.quarantine import (
    ChangesQuery,
    FindingsQuery,
    MendAnswer,
    MendByRule,
    MendingRead,
    MendingsQuery,
)
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.storage.base import new_id
from tests.database import As, Make
from tests.workers import Door, Workers, until

FLOCK = "id,sex,birth_date\n" + "".join(f"E{n},F,2019-03-01\n" for n in range(40))


class Ward:
    """What a person does with refused rows."""

    def __init__(self, as_: As, door: Door) -> None:
        self.as_, self.door = as_, door

    async def ask(self, actor: Actor, import_id: UUID, action: Any, **rest: Any) -> MendAnswer:
        asked = MendByRule.model_validate({"action": action, **rest})
        async with self.as_(actor) as tx:
            return await quarantine.mend_by_rule(tx, import_id, asked)

    async def do(self, actor: Actor, import_id: UUID, action: Any, **rest: Any) -> MendingRead:
        """Ask for it and wait until it is done."""
        answer = await self.ask(actor, import_id, action, **rest)
        assert answer.mending is not None
        return await self.over(actor, answer.mending)

    async def over(self, actor: Actor, mending: MendingRead) -> MendingRead:
        if mending.job_id:
            job = await self.door.job_over(actor, mending.job_id)
            assert job.state == "done", job.error
        async with self.as_(actor) as tx:
            return await quarantine.get_mending(tx, mending.import_id, mending.id)

    async def undo(self, actor: Actor, mending: MendingRead) -> MendingRead:
        async with self.as_(actor) as tx:
            undone = await quarantine.undo(tx, mending.import_id, mending.id)
        return await self.over(actor, undone)

    async def import_(self, actor: Actor, import_id: UUID) -> ImportRead:
        async with self.as_(actor) as tx:
            return await etl.get(tx, import_id)

    async def waiting(self, actor: Actor, import_id: UUID) -> dict[int, dict[str, Any]]:
        """The refused rows with their cells."""
        async with self.as_(actor) as tx:
            page = await etl.problems(tx, import_id, etl.ProblemsQuery(limit=1000))
        return {row.row: row.values for row in page.items}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


@pytest.fixture(scope="module")
def ward(as_: As, door: Door, worker: subprocess.Popen[bytes]) -> Ward:
    return Ward(as_, door)


@pytest.fixture
def farm_with_flock(make: Make, door: Door, stella: Actor) -> Any:
    async def build(code: str, **members: Any) -> UUID:
        farm = await make.farm(code, **members)
        done = await door.bring(stella, farm, "animals", FLOCK)
        assert done.rows_loaded == 40, done
        return farm

    return build


def weights(*cells: tuple[str, str]) -> str:
    """A file of weaning weights: date and value of the ewes in turn."""
    lines = [f"E{n},weaning_weight,{day},{value}" for n, (day, value) in enumerate(cells)]
    return "\n".join(["animal,trait,date,value", *lines]) + "\n"


def loaded(urls: Urls, import_id: UUID) -> list[tuple[int, float, str]]:
    """Row, value and day of every record of an import."""
    query = (
        "SELECT source_row, value, recorded_on::text FROM app.record "
        "WHERE source_import_id = %s ORDER BY source_row"
    )
    with psycopg.connect(urls.owner) as connection:
        return connection.execute(query, (import_id,)).fetchall()


async def test_dates_in_another_order_are_mended_by_one_rule(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any, urls: Urls
) -> None:
    farm = await farm_with_flock("DATES")
    text = weights(("2019-06-20", "30"), ("06/21/2019", "31"), ("06/22/2019", "32"), ("soon", "33"))
    done = await door.bring(stella, farm, "records", text)
    assert (done.rows_loaded, done.rows_rejected) == (1, 3)
    action = {"do": "date_order", "order": "mdy"}
    chosen = {"rule": "bad_date"}
    shown = await ward.ask(stella, done.id, action, filter=chosen, dry_run=True)
    assert (shown.rows, shown.rows_changed, shown.mending) == (3, 2, None)
    assert (shown.rows_tried, shown.rows_loadable) == (2, 2)
    assert [(one.row, one.column, one.before, one.after) for one in shown.examples] == [
        (3, "date", "06/21/2019", "2019-06-21"),
        (4, "date", "06/22/2019", "2019-06-22"),
    ]
    assert loaded(urls, done.id) == [(2, 30.0, "2019-06-20")]
    mended = await ward.do(stella, done.id, action, filter=chosen)
    assert (mended.rows_changed, mended.rows_loaded, mended.rows_rejected) == (2, 2, 0)
    assert loaded(urls, done.id)[1:] == [(3, 31.0, "2019-06-21"), (4, 32.0, "2019-06-22")]
    after = await ward.import_(stella, done.id)
    assert (after.rows_loaded, after.rows_rejected) == (3, 1)
    assert [*await ward.waiting(stella, done.id)] == [5]


async def test_rows_are_listed_by_rule_and_changes_with_who_made_them(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any
) -> None:
    farm = await farm_with_flock("LISTED")
    done = await door.bring(stella, farm, "records", weights(("soon", "30"), ("2019-06-20", "x")))
    async with ward.as_(stella) as tx:
        query = etl.ProblemsQuery(rule="bad_date", column="date")
        assert [row.row for row in (await etl.problems(tx, done.id, query)).items] == [2]
        await etl.mend(tx, done.id, Mend(rows=[MendedRow(row=2, values={"date": "2019-06-20"})]))
        (change,) = (await quarantine.changes(tx, done.id, ChangesQuery())).items
        (act,) = (await quarantine.mendings(tx, done.id, MendingsQuery())).items
    assert change.person_name == act.person_name == "Stella"


@pytest.mark.parametrize(
    ("cells", "action", "value"),
    [
        (["31 kg"], {"do": "replace", "find": "kg"}, 31.0),
        (["ca. 31"], {"do": "replace", "find": r"^\D+(\d+)$", "with": "$1", "regex": True}, 31.0),
        (["70000"], {"do": "unit", "factor": 0.001}, 70.0),
        (["x"], {"do": "set", "value": "30.5"}, 30.5),
    ],
)
async def test_each_action_mends_what_it_is_for(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any, urls: Urls,
    cells: list[str], action: dict[str, Any], value: float,
) -> None:  # fmt: skip
    farm = await farm_with_flock(f"ACT-{action['do']}-{action.get('regex', '')}")
    done = await door.bring(stella, farm, "records", weights(*(("2019-06-20", c) for c in cells)))
    assert done.rows_rejected == 1
    rows = {"column": "value", "rows": [2]}
    answer = await ward.ask(stella, done.id, action, filter=rows)
    assert answer.mending is not None
    assert (answer.mending.state, answer.mending.job_id) == ("done", None)
    assert [one[1] for one in loaded(urls, done.id)] == [value]


async def test_an_animal_that_was_missing_is_imported_and_everything_replayed(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any, urls: Urls
) -> None:
    farm = await farm_with_flock("REPLAY")
    text = "animal,trait,date,value\nNEW,weaning_weight,2021-06-20,30\nE1,weaning_weight,x,30\n"
    done = await door.bring(stella, farm, "records", text)
    assert done.rows_rejected == 2
    await door.bring(stella, farm, "animals", "id,sex,birth_date\nNEW,F,2021-03-01\n")
    again = await ward.do(stella, done.id, {"do": "replay"})
    assert (again.rows_changed, again.rows_loaded, again.rows_rejected) == (0, 1, 1)
    assert [one[0] for one in loaded(urls, done.id)] == [2]


async def test_a_rule_does_not_let_a_row_replace_another_of_its_file(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any, urls: Urls
) -> None:
    farm = await farm_with_flock("TWICE")
    text = weights(("2019-06-20", "30"), ("2019-06-20", "31")).replace("E1,", "E0,")
    done = await door.bring(stella, farm, "records", text + "E3,weaning_weight,2019-06-20\n")
    assert done.rows_rejected == 2
    shown = await ward.ask(stella, done.id, {"do": "replay"}, dry_run=True)
    assert (shown.rows, shown.rows_set_aside) == (0, 2)
    again = await ward.do(stella, done.id, {"do": "replay"})
    assert again.rows_loaded == 0
    assert loaded(urls, done.id) == [(2, 30.0, "2019-06-20")]


async def test_what_a_rule_changed_is_undone_until_it_is_loaded(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any, as_: As
) -> None:
    farm = await farm_with_flock("UNDO")
    done = await door.bring(
        stella, farm, "records", weights(("2019-06-20", "30 kg"), ("2019-06-20", "kg heavy"))
    )
    async with as_(stella) as tx:
        before = await etl.problems(tx, done.id, etl.ProblemsQuery())
    mended = await ward.do(
        stella, done.id, {"do": "replace", "find": "kg"}, filter={"rule": "bad_number"}
    )
    assert (mended.rows_changed, mended.rows_loaded, mended.rows_rejected) == (2, 1, 1)
    assert (await ward.waiting(stella, done.id))[3]["value"] == "heavy"
    undone = await ward.undo(stella, mended)
    assert (undone.rows_changed, undone.rows_left) == (1, 1)
    async with as_(stella) as tx:
        after = await etl.problems(tx, done.id, etl.ProblemsQuery())
        kept = await quarantine.changes(tx, done.id, ChangesQuery())
        acts = await quarantine.mendings(tx, done.id, MendingsQuery())
    assert after.items == [row for row in before.items if row.row == 3]
    assert [(one.row, one.before, one.after, one.undone) for one in kept.items] == [
        (2, "30 kg", "30", False),
        (3, "kg heavy", "heavy", True),
    ]
    assert {one.person_id for one in kept.items} == {stella.person_id}
    assert [one.kind for one in acts.items] == ["undo", "by_rule"]
    with pytest.raises(Conflict, match="undone already"):
        await ward.undo(stella, mended)


async def test_rows_are_left_out_with_a_reason_and_taken_back(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any
) -> None:
    farm = await farm_with_flock("DISCARD")
    done = await door.bring(stella, farm, "records", weights(*[("2019-06-20", "x")] * 3))
    out = {"do": "discard", "reason": "typed by the scale's self test"}
    mended = await ward.do(stella, done.id, out, filter={"rows": [2, 3]})
    assert (mended.rows_changed, mended.reason) == (2, "typed by the scale's self test")
    after = await ward.import_(stella, done.id)
    assert (after.rows_rejected, after.rows_discarded, after.rows_loaded) == (1, 2, 0)
    assert [*await ward.waiting(stella, done.id)] == [4]
    with pytest.raises(Invalid, match="cannot be mended"):
        await _mend(ward, stella, done.id, 2, "30")
    await ward.do(stella, done.id, {"do": "take_back"}, filter={"rows": [2]})
    await ward.undo(stella, mended)
    after = await ward.import_(stella, done.id)
    assert (after.rows_rejected, after.rows_discarded) == (3, 0)
    assert [*await ward.waiting(stella, done.id)] == [2, 3, 4]
    with pytest.raises(ValueError, match="reason"):
        MendByRule.model_validate({"action": {"do": "discard"}})


async def _mend(ward: Ward, actor: Actor, import_id: UUID, row: int, value: str) -> ImportRead:
    async with ward.as_(actor) as tx:
        rows = [MendedRow(row=row, values={"value": value})]
        return await etl.mend(tx, import_id, Mend(rows=rows))


async def test_a_colleague_mends_and_a_stranger_sees_nothing(
    ward: Ward, door: Door, stella: Actor, make: Make, farm_with_flock: Any, urls: Urls
) -> None:
    fiona, ben = await make.person("fiona", Role.FARMER), await make.person("ben", Role.FARMER)
    marc = await make.person("marc", Role.FARMER)
    farm = await farm_with_flock("HOME", owner=fiona, worker=ben)
    done = await door.bring(fiona, farm, "records", weights(*[("2019-06-20", "30 kg")] * 3))
    assert done.rows_rejected == 3
    await _mend(ward, ben, done.id, 2, "30")
    mended = await ward.do(
        ben, done.id, {"do": "replace", "find": "kg"}, filter={"rule": "bad_number"}
    )
    assert (mended.rows_loaded, mended.person_id) == (2, ben.person_id)
    assert len(loaded(urls, done.id)) == 3
    with pytest.raises(Missing):
        await ward.ask(marc, done.id, {"do": "replay"})
    async with ward.as_(marc) as tx:
        with pytest.raises(Missing):
            await quarantine.mendings(tx, done.id, MendingsQuery())


async def test_two_people_who_mend_the_same_rows_load_each_once(
    ward: Ward, door: Door, stella: Actor, make: Make, farm_with_flock: Any, urls: Urls
) -> None:
    fiona = await make.person("fiona2", Role.FARMER)
    farm = await farm_with_flock("BOTH", owner=fiona)
    done = await door.bring(stella, farm, "records", weights(*[("2019-06-20", "30 kg")] * 30))
    action, chosen = {"do": "replace", "find": "kg"}, {"rule": "bad_number"}
    answers = await asyncio.gather(
        ward.do(stella, done.id, action, filter=chosen),
        ward.do(fiona, done.id, action, filter=chosen),
        *(_mend(ward, stella, done.id, row, "31") for row in range(2, 8)),
        *(_mend(ward, fiona, done.id, row, "32") for row in range(2, 8)),
        return_exceptions=True,
    )
    refused = [one for one in answers if isinstance(one, BaseException)]
    assert all(isinstance(one, HubError) for one in refused), refused
    assert [one[0] for one in loaded(urls, done.id)] == [*range(2, 32)]
    after = await ward.import_(stella, done.id)
    assert (after.rows_loaded, after.rows_unchanged, after.rows_rejected) == (30, 0, 0)


async def test_a_mended_birth_takes_its_whole_litter_with_it(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any, urls: Urls
) -> None:
    farm = await farm_with_flock("LITTER")
    text = "event,animal,date,young_tag,young_sex\n" + "".join(
        f"parturition,E1,2021-03-04,L{n},{sex}\n" for n, sex in enumerate(["F", "ram", "ewe"])
    )
    done = await door.bring(stella, farm, "events", text)
    assert done.rows_rejected == 3, done
    one = {"do": "replace", "find": "ram", "with": "M"}
    await ward.do(stella, done.id, one, filter={"column": "young_sex"})
    assert len(await ward.waiting(stella, done.id)) == 3
    two = {"do": "replace", "find": "ewe", "with": "F"}
    mended = await ward.do(stella, done.id, two, filter={"column": "young_sex"})
    assert (mended.rows_changed, mended.rows_loaded) == (1, 3)
    with psycopg.connect(urls.owner) as connection:
        query = "SELECT count(*) FROM app.event WHERE farm_id = %s AND kind = 'parturition'"
        assert connection.execute(query, (farm,)).fetchone() == (1,)


async def test_what_is_not_plain_is_asked_back(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any
) -> None:
    farm = await farm_with_flock("ASK")
    done = await door.bring(stella, farm, "records", weights(("x", "x")))
    for rest in (
        {"action": {"do": "trim"}},
        {"action": {"do": "trim", "column": "wool"}},
        {"action": {"do": "replay"}, "filter": {"value": "x"}},
    ):
        with pytest.raises(Invalid, match="Name one of 'animal', 'date', 'trait', 'value'"):
            await ward.ask(stella, done.id, **rest)
    dry = await door.bring(stella, farm, "records", weights(("x", "x")), dry_run=True)
    with pytest.raises(Conflict, match="dry run"):
        await ward.ask(stella, dry.id, {"do": "replay"})


async def test_findings_are_counted_and_listed(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any
) -> None:
    farm = await farm_with_flock("COUNT")
    cells = [("x", "30"), ("x", "x"), ("2019-06-20", "900"), ("2019-06-20", "30")]
    done = await door.bring(stella, farm, "records", weights(*cells))
    async with ward.as_(stella) as tx:
        counts = await quarantine.finding_counts(tx, done.id, FindingsQuery())
        first = await quarantine.findings(tx, done.id, FindingsQuery(limit=2))
        rest = await quarantine.findings(
            tx, done.id, FindingsQuery(limit=2, cursor=first.next_cursor)
        )
        dates = await quarantine.findings(tx, done.id, FindingsQuery(rule="bad_date"))
    assert {(one.rule, one.column): one.rows for one in counts} == {
        ("bad_date", "date"): 2, ("bad_number", "value"): 1, ("out_of_range", "value"): 1,
    }  # fmt: skip
    assert [(one.number, one.rule) for one in [*first.items, *rest.items]] == [
        (2, "bad_date"), (3, "bad_number"), (3, "bad_date"), (4, "out_of_range"),
    ]  # fmt: skip
    assert rest.next_cursor is None
    assert [one.number for one in dates.items] == [2, 3]


def seed(urls: Urls, like: ImportRead, count: int) -> UUID:
    """An import of which so many rows were refused, each of an animal of its own."""
    made = new_id()
    problem = (
        "jsonb_build_object('file', 'f.csv', 'row', n, 'column', 'date', 'rule', 'bad_date', "
        "'message', 'no date', 'remedy', 'mend it')"
    )
    with psycopg.connect(urls.owner) as connection:
        for statement, values in (
            (
                "INSERT INTO app.animal (id, farm_id, tag, name, species, breed, sex, status, "
                "birth_date) SELECT gen_random_uuid(), %s, 'K' || n, '', 'sheep', '', 'F', "
                "'alive', '2019-03-01' FROM generate_series(2, %s) n ON CONFLICT DO NOTHING",
                (like.farm_id, count + 1),
            ),
            (
                "INSERT INTO app.animal_identifier (id, farm_id, animal_id, scheme, value, "
                "normalized) SELECT gen_random_uuid(), farm_id, id, 'tag', tag, tag "
                "FROM app.animal WHERE farm_id = %s AND tag LIKE 'K%%' ON CONFLICT DO NOTHING",
                (like.farm_id,),
            ),
            (
                "INSERT INTO app.import SELECT (jsonb_populate_record(i, jsonb_build_object("
                "'id', %s::text, 'rows_read', %s::int, 'rows_rejected', %s::int, "
                "'rows_loaded', 0))).* FROM app.import i WHERE i.id = %s",
                (made, count, count, like.id),
            ),
            (
                "INSERT INTO app.import_row (import_id, row_number, farm_id, raw, problems, state) "
                "SELECT %s, n, %s, jsonb_build_object('animal', 'K' || n, 'trait', "
                "'weaning_weight', 'date', '20.06.19', 'value', '30'), "
                f"jsonb_build_array({problem}), 'rejected' FROM generate_series(2, %s) n",
                (made, like.farm_id, count + 1),
            ),
        ):
            connection.execute(statement, values)
    return made


DMY = {"do": "date_order", "order": "dmy", "century": 50}
PIECE = 2_000
"""Rows that the worker which is killed mends at a time."""


@pytest.mark.slow
async def test_a_hundred_thousand_rows_are_mended_in_less_than_a_minute(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any, urls: Urls
) -> None:
    farm = await farm_with_flock("MANY")
    done = await door.bring(stella, farm, "records", weights(("2019-06-20", "30")))
    many = seed(urls, done, 100_000)
    start = time.perf_counter()
    shown = await ward.ask(stella, many, DMY, filter={"rule": "bad_date"}, dry_run=True)
    previewed = time.perf_counter()
    mended = await ward.do(stella, many, DMY, filter={"rule": "bad_date"})
    took = time.perf_counter() - previewed
    print(f"100,000 rows: shown in {previewed - start:.1f} s, mended in {took:.1f} s")
    assert (shown.rows_changed, mended.rows_loaded) == (100_000, 100_000)
    assert took < 60


@pytest.mark.slow
async def test_many_rows_are_put_back_soon_though_statistics_are_old(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any, urls: Urls
) -> None:
    """PostgreSQL that believes an import to be small compares each row with every other."""
    farm = await farm_with_flock("OLD")
    done = await door.bring(stella, farm, "records", weights(("2019-06-20", "30")))
    out = {"do": "discard", "reason": "twice"}
    for count in (5_000, 20_000):
        many = seed(urls, done, count)
        mending = await ward.do(stella, many, out, filter={"rule": "bad_date"})
        if count == 5_000:
            with psycopg.connect(urls.owner) as connection:
                connection.execute("ANALYZE app.import_row, app.import_row_change")
    undone = await ward.undo(stella, mending)
    assert (undone.rows_changed, undone.rows_left) == (20_000, 0)


async def test_a_worker_killed_while_it_mends_loads_each_row_once(
    ward: Ward, door: Door, stella: Actor, workers: Workers, farm_with_flock: Any, urls: Urls,
    worker: subprocess.Popen[bytes],
) -> None:  # fmt: skip
    farm = await farm_with_flock("KILLED")
    done = await door.bring(stella, farm, "records", weights(("2019-06-20", "30")))
    count = 4 * PIECE
    many = seed(urls, done, count)
    workers.kill(worker)
    answer = await ward.ask(stella, many, DMY, filter={"rule": "bad_date"})
    assert answer.mending is not None
    small = f"from hub.etl.quarantine import work; work.PIECE = {PIECE}"
    victim = workers.start(small)
    await until(lambda: asyncio.to_thread(loaded, urls, many), bool, seconds=240)
    workers.kill(victim)
    assert 0 < len(loaded(urls, many)) < count
    workers.start(small)
    mended = await ward.over(stella, answer.mending)
    assert (mended.rows_changed, mended.rows_loaded, mended.rows_rejected) == (count, count, 0)
    assert [one[0] for one in loaded(urls, many)] == [*range(2, count + 2)]
    after = await ward.import_(stella, many)
    assert (after.rows_loaded, after.rows_rejected) == (count, 0)


async def test_a_row_mended_into_the_key_of_a_loaded_row_is_refused_again(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any, urls: Urls
) -> None:
    farm = await farm_with_flock("TWINS")
    content = (
        "animal,trait,date,value\nE1,weaning_weight,2024-03-01,31\n"
        "E1,weaning_weight,2024-13-01,32\nE2,weaning_weight,2024-13-02,33\n"
    )
    done = await door.bring(stella, farm, "records", content)
    assert (done.rows_loaded, done.rows_rejected) == (1, 2)
    action = {"do": "replace", "find": "-13-", "with": "-03-"}
    mending = await ward.do(stella, done.id, action, filter={"rule": "bad_date"})
    assert (mending.rows_loaded, mending.rows_rejected) == (1, 1)
    assert await door.problems(stella, done.id) == [(3, "animal", "duplicate_row")]
    assert (await ward.waiting(stella, done.id))[3]["date"] == "2024-03-01"
    again = {"do": "replay"}
    mending = await ward.do(stella, done.id, again, filter={"rule": "duplicate_row"})
    assert (mending.rows_loaded, mending.rows_rejected) == (0, 1)
    with psycopg.connect(urls.owner) as connection:
        found = connection.execute(
            "SELECT value::float, source_row FROM app.record WHERE source_import_id = %s "
            "ORDER BY source_row", [done.id],
        ).fetchall()  # fmt: skip
    assert found == [(31.0, 2), (33.0, 4)]


WIDE = {"traits": {"birth_weight": "bw", "weaning_weight": "ww"}}


async def test_a_row_refused_for_one_trait_keeps_no_other_row_out_for_another(
    ward: Ward, door: Door, stella: Actor, farm_with_flock: Any, urls: Urls
) -> None:
    farm = await farm_with_flock("WIDE")
    content = (
        "animal,date,bw,ww\nE1,2019-06-20,4,\nE1,2019-06-20,5,31\nE1,2019-06-20,,32\n"
        "E1,2019-13-20,5,\nE2,2019-06-20,4,\nE2,2019-13-20,5,31\nE2,2019-13-20,,32\n"
    )
    done = await door.bring(stella, farm, "records", content, mapping=WIDE)
    assert (3, "animal", "duplicate_row") in await door.problems(stella, done.id)
    assert [one[:2] for one in loaded(urls, done.id)] == [(2, 4.0), (4, 32.0), (6, 4.0)]
    action = {"do": "replace", "find": "-13-", "with": "-06-"}
    mending = await ward.do(stella, done.id, action, filter={"rule": "bad_date", "rows": [7, 8]})
    assert (mending.rows_loaded, mending.rows_rejected) == (1, 1)
    assert loaded(urls, done.id)[-1][:2] == (8, 32.0)


async def test_what_cleaning_changed_is_told_step_by_step(
    ward: Ward, door: Door, stella: Actor, make: Make, farm_with_flock: Any
) -> None:
    farm = await farm_with_flock("CLEANED")
    text = weights(("20.06.2019", "30"), ("2019-06-21", "31"), ("2019-06-21", "31"))
    steps = [
        {"step": "date_format", "columns": ["date"], "order": "dmy"},
        {"step": "duplicates", "key": ["date"], "keep": "first"},
    ]
    done = await door.bring(stella, farm, "records", text, cleaning=steps)
    async with ward.as_(stella) as tx:
        dates, doubles = (await etl.cleaned(tx, ward.door.objects, done.id)).items
    assert (dates.step["step"], dates.changed, doubles.changed) == ("date_format", 1, 1)
    assert [(one.row, one.column, one.before, one.after) for one in dates.examples] == [
        (2, "date", "20.06.2019", "2019-06-20")
    ]
    assert [(one.row, one.column) for one in doubles.examples] == [(4, "")]
    async with ward.as_(await make.person("mona", Role.FARMER)) as tx:
        with pytest.raises(Missing):
            await etl.cleaned(tx, ward.door.objects, done.id)


async def test_an_animal_mended_into_one_that_its_file_has_already_is_refused_again(
    ward: Ward, door: Door, stella: Actor, make: Make
) -> None:
    farm = await make.farm("SAMEEWE")
    content = "id,sex,dam\nA,F,\nL,U,\nA,X,\nB,X,\nD,X,\nK,F,D\n"
    done = await door.bring(stella, farm, "animals", content)
    assert done.rows_rejected == 3
    change = {"do": "set", "column": "sex", "value": "F"}
    mending = await ward.do(stella, done.id, change, filter={"rows": [4, 5, 6]})
    assert (mending.rows_loaded, mending.rows_rejected) == (2, 1)
    assert await door.problems(stella, done.id) == [(4, "id", "duplicate_row")]
