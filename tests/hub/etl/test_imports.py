"""Files of farms go in: every fault is found, none is invented, good rows are loaded once."""

import subprocess
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio

from hub import etl
from hub.actor import Actor
from hub.etl import Mend, MendedRow
from hub.local.postgres import Urls
from hub.permissions import Role
from tests.database import As, Make
from tests.workers import Door

FLOCK = """\
id,sex,breed,birth_date,birth_type,sire,dam,status,name
R1,M,Texel,2018-03-01,1,,,sold,Rex
E1,F,Texel,2018-03-05,2,,,alive,
E2,F,Texel,2018-03-09,2,,,alive,
L1,F,Texel,2020-03-01,2,R1,E1,alive,
L2,M,Texel,2020-03-01,2,R1,E1,alive,
"""

FAULTS = """\
id;sex;birth_date;birth_type;sire;dam;status
A1;F;2023-02-30;;;;
A2;X;;;;;
A3;F;;99;;;
A4;F;;;A4;;
A5;F;2020-01-01;;L1;;
A6;F;2021-03-01;;;L2;
A7;F;2019-06-01;;;A8;
A8;F;2019-06-02;;;;
A9;;;;S9;;
B1;;;;S9;;
B2;;;;;S9;
B3;;;;B4;;
B4;M;;;B5;;
B5;M;;;B3;;
B6;F;2999-01-01;;;;
B7;F;;;;;lost
;F;;;;;
B8;F;2022-05-05;;NEW;;
B8;F;2022-05-05;;NEW;;
B9;F
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hill(make: Make, stella: Actor, door: Door, worker: subprocess.Popen[bytes]) -> UUID:
    """A farm with the small flock in it."""
    farm = await make.farm("HILL")
    done = await door.bring(stella, farm, "animals", FLOCK)
    assert (done.state, done.rows_loaded, done.rows_rejected) == ("done", 5, 0), done
    return farm


def count(urls: Urls, table: str) -> int:
    with psycopg.connect(urls.owner) as connection:
        row = connection.execute(f"SELECT count(*) FROM app.{table}").fetchone()
    return row[0] if row else 0


async def test_the_same_file_again_changes_nothing(
    door: Door, stella: Actor, hill: UUID, urls: Urls
) -> None:
    before = count(urls, "animal")
    again = await door.bring(stella, hill, "animals", FLOCK)
    assert (again.rows_loaded, again.rows_unchanged, again.rows_rejected) == (0, 5, 0)
    assert count(urls, "animal") == before


async def test_every_fault_is_found_and_none_is_invented(
    door: Door, stella: Actor, make: Make, urls: Urls
) -> None:
    farm = await make.farm("FAULTS")
    await door.bring(stella, farm, "animals", FLOCK)
    done = await door.bring(stella, farm, "animals", FAULTS)
    assert done.state == "done", done.error
    found = await door.problems(stella, done.id)
    assert found == [
        (2, "birth_date", "bad_date"),
        (3, "sex", "bad_sex"),
        (4, "birth_type", "bad_birth_type"),
        (5, "sire", "own_parent"),
        (6, "sire", "sire_is_female"),
        (6, "sire", "born_before_parent"),
        (7, "dam", "dam_is_male"),
        (8, "dam", "born_before_parent"),
        (12, "dam", "dam_is_sire_elsewhere"),
        (13, "sire", "loop"),
        (14, "sire", "loop"),
        (15, "sire", "loop"),
        (16, "birth_date", "in_the_future"),
        (17, "status", "bad_status"),
        (18, "id", "missing_id"),
        (20, "id", "duplicate_row"),
        (21, "", "wrong_number_of_cells"),
    ]
    assert (done.rows_read, done.rows_loaded, done.rows_rejected) == (20, 4, 16)


RECORDS = """\
animal,trait,date,value,scale
L1,birth_weight,2020-03-01,4.1,A
L1,weaning_weight,2020-06-20,31.5,A
L2,birth_weight,2020-03-01,18,A
L2,weaning_weight,2020-02-20,30.5,A
L2,weaning_weight,2020-06-20,heavy,A
ZZ,weaning_weight,2020-06-20,30,A
L2,wool,2020-06-20,30,A
L2,milk_305d,2020-06-20,3000,A
L1,birth_weight,2020-03-01,4.2,A
L2,birth_weight,,4.2,A
L2,birth_weight,2999-01-01,4.2,A
L2,birth_weight,2020-03-01,,A
"""


async def test_records_are_checked_against_trait_animal_and_calendar(
    door: Door, stella: Actor, hill: UUID, urls: Urls
) -> None:
    done = await door.bring(stella, hill, "records", RECORDS)
    assert done.state == "done", done.error
    assert await door.problems(stella, done.id) == [
        (4, "value", "out_of_range"),
        (5, "date", "before_birth"),
        (6, "value", "bad_number"),
        (7, "animal", "unknown_animal"),
        (8, "trait", "unknown_trait"),
        (9, "trait", "other_species"),
        (10, "animal", "duplicate_row"),
        (11, "date", "missing_date"),
        (12, "date", "in_the_future"),
        (13, "value", "missing_value"),
    ]
    assert (done.rows_loaded, done.rows_rejected, count(urls, "record")) == (2, 10, 2)
    again = await door.bring(stella, hill, "records", RECORDS)
    assert (again.rows_loaded, again.rows_unchanged) == (0, 2)


async def test_refused_rows_are_kept_and_mended(
    door: Door, stella: Actor, as_: As, hill: UUID, urls: Urls
) -> None:
    done = await door.bring(stella, hill, "records", RECORDS.replace("L1", "E1"))
    before = count(urls, "record")
    rows = [
        MendedRow(row=4, values={"value": "4.1"}),
        MendedRow(row=6, values={"value": "still heavy"}),
    ]
    async with as_(stella) as tx:
        mended = await etl.mend(tx, done.id, Mend(rows=rows))
    assert mended.rows_rejected == done.rows_rejected - 1
    assert count(urls, "record") == before + 1
    left = [row for row, _, _ in await door.problems(stella, done.id)]
    assert 4 not in left
    assert 6 in left
    async with as_(stella) as tx:
        page = await etl.problems(tx, done.id, etl.ProblemsQuery(limit=1000))
    [again] = [row for row in page.items if row.row == 6]
    assert again.values["value"] == "still heavy"
    assert [problem.rule for problem in again.problems] == ["bad_number"]


async def test_a_wide_file_gives_a_record_for_each_filled_cell(
    door: Door, stella: Actor, make: Make, urls: Urls
) -> None:
    farm = await make.farm("WIDE", species="cattle")
    await door.bring(stella, farm, "animals", "id,sire,dam\n7,,\n8,5,6\n9,5,6\n5,,\n")
    mapping = {
        "columns": {"animal": "id"},
        "traits": {"milk_305d": "milk", "fat_305d": "fat"},
        "occasion": "lact",
        "attributes": ["lact", "herd"],
    }
    wide = "id,lact,herd,milk,fat,scs\n8,1,h1,18420,784,2\n8,2,h1,21592,,2\n9,1,h2,,,3\n"
    before = count(urls, "record")
    done = await door.bring(stella, farm, "records", wide, mapping=mapping)
    assert (done.state, done.rows_loaded, done.rows_unchanged) == ("done", 2, 1), done.error
    assert count(urls, "record") - before == 3
    with psycopg.connect(urls.owner) as connection:
        stored = connection.execute(
            "SELECT r.occasion, r.attributes, a.sex FROM app.record r JOIN app.animal a "
            "ON a.id = r.animal_id WHERE a.tag = '8' AND trait_code = 'fat_305d'"
        ).fetchall()
        parents = connection.execute(
            "SELECT tag, sex, status FROM app.animal WHERE tag IN ('5', '6') ORDER BY tag"
        ).fetchall()
    assert stored == [("1", {"lact": 1, "herd": "h1"}, "U")]
    assert parents == [("5", "M", "alive"), ("6", "F", "unknown")]


async def test_a_dry_run_reports_and_loads_nothing(
    door: Door, stella: Actor, make: Make, urls: Urls
) -> None:
    farm = await make.farm("DRY")
    before = count(urls, "animal")
    done = await door.bring(stella, farm, "animals", FLOCK + "X,?!,,,,,,,\n", dry_run=True)
    assert (done.state, done.rows_loaded, done.rows_rejected) == ("done", 0, 1)
    assert count(urls, "animal") == before


async def test_a_file_from_excel_in_western_europe_is_read(
    door: Door, stella: Actor, make: Make, urls: Urls
) -> None:
    farm = await make.farm("EXCEL")
    text = "ID;Name;Birth_Date\nÄ1;Zoë;17.03.2020\n\n;;\nÄ2;Özil;18.03.2020\nÄ3;;30.02.2020\n"
    done = await door.bring(stella, farm, "animals", text.encode("cp1252"))
    assert (done.rows_loaded, done.rows_rejected) == (2, 1), done
    assert await door.problems(stella, done.id) == [(6, "birth_date", "bad_date")]
    assert done.notes["encoding"] == "cp1252"
    with psycopg.connect(urls.owner) as connection:
        query = "SELECT name FROM app.animal WHERE tag = 'Ä1' AND birth_date = '2020-03-17'"
        assert connection.execute(query).fetchone() == ("Zoë",)


@pytest.mark.parametrize(
    ("kind", "content", "sentence"),
    [
        ("animals", "tag,sex\nA,F\n", "no column 'id'"),
        ("animals", "id,id\nA,B\n", "more than once"),
        ("records", "animal,value\nA,3\n", "no column 'trait'"),
        ("animals", "id,sex\n", "no rows"),
        ("animals", "id,_row\nA,7\n", "_row"),
    ],
)
async def test_a_file_that_does_not_fit_is_refused_with_a_sentence(
    door: Door, stella: Actor, hill: UUID, kind: str, content: str | bytes, sentence: str
) -> None:
    done = await door.bring(stella, hill, kind, content)
    assert done.state == "failed"
    assert sentence in done.error


async def test_a_sire_of_a_shared_stud_is_found_and_a_strangers_animal_is_not(
    door: Door, stella: Actor, make: Make, urls: Urls
) -> None:
    stud = await make.farm("STUD", shared=True)
    other = await make.farm("STRANGER")
    farm = await make.farm("USER")
    await door.bring(stella, stud, "animals", "id,sex\nBIG,M\n")
    await door.bring(stella, other, "animals", "id,sex\nD1,M\n")
    done = await door.bring(stella, farm, "animals", "id,sire,dam\nC1,BIG,D1\n")
    assert (done.rows_loaded, done.rows_rejected) == (1, 0)
    assert done.notes["parents_added"] == 1
    with psycopg.connect(urls.owner) as connection:
        row = connection.execute(
            "SELECT s.farm_id, d.farm_id FROM app.animal a JOIN app.animal s ON s.id = a.sire_id "
            "JOIN app.animal d ON d.id = a.dam_id WHERE a.tag = 'C1'"
        ).fetchone()
    assert row == (stud, farm)


async def test_a_refused_row_can_be_mended_into_the_parent_its_offspring_named(
    door: Door, stella: Actor, as_: As, make: Make, urls: Urls, worker: subprocess.Popen[bytes]
) -> None:
    farm = await make.farm("MEND")
    text = "id,sex,birth_date,dam\nM1,F,2018-13-01,\nC9,F,2020-03-01,M1\n"
    done = await door.bring(stella, farm, "animals", text)
    assert (done.rows_loaded, done.rows_rejected) == (1, 1)
    assert done.notes["parents_of_refused_rows"] == 1
    async with as_(stella) as tx:
        row = MendedRow(row=2, values={"birth_date": "2018-03-01"})
        mended = await etl.mend(tx, done.id, Mend(rows=[row]))
    assert (mended.rows_loaded, mended.rows_rejected) == (2, 0)
    with psycopg.connect(urls.owner) as connection:
        query = "SELECT birth_date::text, sex FROM app.animal WHERE tag = 'M1'"
        assert connection.execute(query).fetchall() == [("2018-03-01", "F")]
