"""Real pigs, cattle, gryphons and Holsteins as they were published, taken in as a farmer would.

What the hub says of each file is compared with pandas reading it: nothing is missed, nothing
invented. The settings are those that a look at the file suggests, and what a person adds is said.
"""

import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas as pd
import psycopg
import pytest
import pytest_asyncio

from hub import etl, files
from hub.actor import Actor
from hub.errors import Invalid
from hub.etl import ImportCreate, ImportRead, preview
from hub.etl.preview import PreviewCreate, PreviewRead
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.workers import Door


@dataclass(frozen=True)
class Farmer:
    """Hands files in, looks at them, and imports them as suggested or with changes of one's own."""

    as_: As
    door: Door
    objects: FolderObjects
    actor: Actor
    urls: Urls
    folder: Path

    async def look(self, farm: UUID, name: str, kind: Any = None) -> tuple[UUID, PreviewRead]:
        path = self.folder / name
        async with self.as_(self.actor) as tx:
            file = await files.store(
                tx, self.objects, name=path.name, media_type="text/csv", content=path.read_bytes()
            )
        async with self.as_(self.actor) as tx:
            wanted = PreviewCreate(farm_id=farm, file_id=file.id, kind=kind)
            return file.id, await preview.preview(tx, self.objects, wanted)

    async def bring(
        self, farm: UUID, name: str, kind: Any = None, *, mapping: Mapping[str, Any] | None = None,
        cleaning: list[dict[str, Any]] | None = None,
    ) -> ImportRead:  # fmt: skip
        """`mapping` changes parts of what is suggested, `cleaning` adds steps."""
        file, seen = await self.look(farm, name, kind)
        new = ImportCreate.model_validate({
            "farm_id": farm, "file_id": file, "kind": seen.kind,
            "mapping": {**seen.mapping, **(mapping or {})},
            "cleaning": [*seen.cleaning, *(cleaning or [])],
        })  # fmt: skip
        async with self.as_(self.actor) as tx:
            asked = await etl.create(tx, new)
        done = await self.door.over(self.actor, asked.id, 120)
        assert done.state == "done", done.error
        return done

    async def refused(self, one: ImportRead) -> dict[str, set[int]]:
        """Rows by the rule that they break."""
        found: dict[str, set[int]] = {}
        cursor = None
        while True:
            query = etl.ProblemsQuery(limit=1000, cursor=cursor)
            async with self.as_(self.actor) as tx:
                page = await etl.problems(tx, one.id, query)
            for row in page.items:
                for problem in row.problems:
                    found.setdefault(problem.rule, set()).add(row.row)
            cursor = page.next_cursor
            if cursor is None:
                return found

    def ask(self, query: str, farm: UUID) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.urls.owner) as connection:
            return connection.execute(query, [farm]).fetchall()

    def read(self, name: str, **options: Any) -> pd.DataFrame:
        return pd.read_csv(self.folder / name, dtype=str, keep_default_na=False, **options)


SEXES = "SELECT tag, sex FROM app.animal WHERE farm_id = %s"
VALUES = (
    "SELECT a.tag, r.value::float FROM app.record r JOIN app.animal a ON a.id = r.animal_id "
    "WHERE r.farm_id = %s"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def farmer(
    make: Make, as_: As, door: Door, objects: FolderObjects, urls: Urls, reference: Path,
    worker: subprocess.Popen[bytes],
) -> Farmer:  # fmt: skip
    stella = await make.person("stella", Role.STEWARD)
    return Farmer(as_, door, objects, stella, urls, reference)


async def test_pigs_have_the_sexes_that_their_offspring_tell(farmer: Farmer, make: Make) -> None:
    """The file says 0 and 1, which the hub does not know; sows that farrowed have 0."""
    farm = await make.farm("PIGS", species="pig")
    told = farmer.read("data/msuprp_pig/pedigree.csv")
    done = await farmer.bring(farm, "data/msuprp_pig/pedigree.csv")
    assert (done.rows_loaded, done.rows_rejected) == (len(told), 0) == (253, 0)
    meant = dict(zip(told["id"], told["sex"].map({"0": "F", "1": "M"}), strict=True))
    assert dict(farmer.ask(SEXES, farm)) == meant
    assert Counter(meant.values()) == {"F": 155, "M": 98}
    weighed = farmer.read("data/msuprp_pig/pheno.csv")
    done = await farmer.bring(farm, "data/msuprp_pig/pheno.csv")
    assert (done.rows_loaded, done.rows_rejected) == (176, 0)
    loaded = farmer.ask(f"{VALUES} AND r.trait_code = 'drip_loss'", farm)
    assert dict(loaded) == dict(zip(weighed["id"], weighed["driploss"].map(float), strict=True))


async def test_a_pedigree_of_cattle_goes_in_as_it_is(farmer: Farmer, make: Make) -> None:
    farm = await make.farm("SYNBREED", species="cattle")
    done = await farmer.bring(farm, "data/synbreed_cattle/pedigree.csv")
    assert (done.rows_loaded, done.rows_rejected, done.rows_warned) == (1929, 0, 0)
    told = farmer.read("data/synbreed_cattle/pedigree.csv")
    parents = farmer.ask(
        "SELECT count(sire_id), count(dam_id) FROM app.animal WHERE farm_id = %s", farm
    )
    assert parents == [((told["sire"] != "").sum(), (told["dam"] != "").sum())]


async def test_loops_of_a_pedigree_are_told_and_what_is_left_has_none(
    farmer: Farmer, make: Make
) -> None:
    """The gryphons' pedigree as published: one is her own dam, and 130 stand in loops."""
    farm = await make.farm("GRYPHON", species="sheep")
    name = "data/sommer_gryphon/P_gryphon.csv"
    told = farmer.read(name)
    told.index = told.index + 2
    done = await farmer.bring(farm, name)
    found = await farmer.refused(done)
    assert set(found) == {"own_parent", "loop"}
    own = (told["id"] == told["sire"]) | (told["id"] == told["dam"])
    assert found["own_parent"] == set(told.index[own])
    assert found["loop"] <= in_loops(told)
    assert not in_loops(told.drop(index=[*found["loop"], *found["own_parent"]]))
    assert done.rows_loaded + done.rows_rejected == len(told) == 1309


def in_loops(pedigree: pd.DataFrame) -> set[int]:
    """Rows of animals between whom parents go round: neither founders nor last come to an end."""
    row = dict(zip(pedigree["id"], pedigree.index, strict=True))
    left = {a: {p for p in (s, d) if p in row}
            for a, s, d in pedigree[["id", "sire", "dam"]].itertuples(index=False)}  # fmt: skip
    while True:
        named = set().union(*left.values()) if left else set()
        ends = {a for a, parents in left.items() if not parents & left.keys() or a not in named}
        if not ends:
            return {row[one] for one in left}
        left = {a: parents - ends for a, parents in left.items() if a not in ends}


async def test_herds_of_the_sender_are_no_farms_of_the_hub(farmer: Farmer, make: Make) -> None:
    """Cows of 97 herds with mastitis: their sires come first."""
    farm = await make.farm("MASTITIS", species="cattle")
    sires = await farmer.bring(farm, "data/pedigreemm_mastitis/pedSires.csv")
    cows = await farmer.bring(farm, "data/pedigreemm_mastitis/mastitis.csv", "animals")
    assert (sires.rows_loaded, cows.rows_loaded, cows.rows_rejected) == (352, 1675, 0)
    assert "parents_added" not in cows.notes or not cows.notes["parents_added"]


async def test_lactations_in_pounds_are_loaded_in_kilograms(farmer: Farmer, make: Make) -> None:
    """A person says which traits the columns are and that they are pounds: no file tells."""
    farm = await make.farm("HOLSTEIN", species="cattle")
    animals = await farmer.bring(farm, "milk/pedCows.csv")
    assert (animals.rows_loaded, animals.rows_rejected) == (6547, 0)
    _, seen = await farmer.look(farm, "milk/milk.csv", "records")
    assert "milk" not in seen.mapping.get("traits", {}).values()
    assert not seen.cleaning
    traits = {"milk_305d": "milk", "fat_305d": "fat", "protein_305d": "prot"}
    pounds = [
        {"step": "unit", "column": column, "from": "lb", "to": "kg"} for column in traits.values()
    ]
    done = await farmer.bring(
        farm, "milk/milk.csv", "records", mapping={"traits": traits}, cleaning=pounds
    )
    assert (done.rows_loaded, done.rows_rejected) == (3397, 0)
    told = farmer.read("milk/milk.csv")
    for trait, column in traits.items():
        loaded = [v for _, v in farmer.ask(f"{VALUES} AND r.trait_code = '{trait}'", farm)]
        assert len(loaded) == 3397
        assert sum(loaded) == pytest.approx(told[column].map(float).sum() * 0.45359237, rel=1e-6)


async def test_of_test_days_that_stand_twice_one_is_loaded(farmer: Farmer, make: Make) -> None:
    """33,346 test days of 4,327 lactations; 841 of them repeat another one, dates are 26-8-2017."""
    farm = await make.farm("TESTDAYS", species="cattle")
    name = "data/test_days/mr_test_file.csv"
    told = farmer.read(name)
    once = {"step": "duplicates", "key": ["TestId"], "keep": "first"}
    zero = {"step": "codes", "column": "TestId", "table": {"0": "L0"}}
    mapping = {"columns": {"id": "TestId", "birth_date": "BirthDate"}, "ignore": ["*"]}
    animals = await farmer.bring(farm, name, "animals", mapping=mapping, cleaning=[once])
    assert (animals.rows_loaded, animals.rows_rejected) == (4326, 1)
    assert set(await farmer.refused(animals)) == {"missing_id"}  # 0 stands for nobody elsewhere
    animals = await farmer.bring(farm, name, "animals", mapping=mapping, cleaning=[zero, once])
    assert (animals.rows_loaded, animals.rows_unchanged) == (1, 4326)
    assert told["TestId"].nunique() == 4327
    columns = {"animal": "TestId", "date": "TestDate"}
    mapping = {"columns": columns, "traits": {"milk_yield": "MilkingYield"}, "occasion": "Parity"}
    done = await farmer.bring(farm, name, "milk_recording", mapping=mapping, cleaning=[zero])
    found = await farmer.refused(done)
    milk = told["MilkingYield"].map(float)
    days = pd.to_datetime(told["TestDate"], format="%d-%m-%Y")
    born = pd.to_datetime(told["BirthDate"], format="%d-%m-%Y")
    wrong = (milk < 0.05) | (milk > 120) | (days < born)
    keys = told.loc[~wrong, ["TestId", "TestDate", "Parity"]]
    again = {row + 2 for row in keys.index[keys.duplicated()]}
    assert found.pop("duplicate_row") == again
    assert set().union(*found.values()) == {row + 2 for row in told.index[wrong]} if found else True
    assert done.rows_loaded == len(told) - len(again) - wrong.sum()


async def test_weights_without_dates_are_told_apart_by_the_day(farmer: Farmer, make: Make) -> None:
    """26 cows weighed 23 times; one weight is NA."""
    farm = await make.farm("DIGGLE", species="cattle")
    name = "data/agridat/diggle.cow.txt"
    told = farmer.read(name, sep="\t")
    once = [{"step": "duplicates", "key": ["animal"], "keep": "first"}]
    mapping = {"columns": {"id": "animal"}, "ignore": ["*"]}
    animals = await farmer.bring(farm, name, "animals", mapping=mapping, cleaning=once)
    assert (animals.rows_loaded, animals.rows_rejected) == (26, 0)
    done = await farmer.bring(farm, name)
    assert (done.rows_read, done.rows_rejected) == (598, 0)
    weights = [float(one) for one in told["weight"] if one != "NA"]
    loaded = [value for _, value in farmer.ask(VALUES, farm)]
    assert sorted(loaded) == sorted(weights)
    assert len(loaded) == 597


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("data/detectruns_sheep/Kijas2016_Sheep_subset.ped", "handed in as a genotype set"),
        ("data/agridat/harville.lamb.txt", "has no column 'animal'"),
    ],
)
async def test_what_is_no_table_of_animals_is_told(
    farmer: Farmer, make: Make, name: str, sentence: str
) -> None:
    farm = await make.farm("SHEEP-" + Path(name).stem[:4].upper())
    try:
        _, seen = await farmer.look(farm, name)
    except Invalid as error:
        assert sentence in error.message
    else:
        assert sentence in seen.refused
