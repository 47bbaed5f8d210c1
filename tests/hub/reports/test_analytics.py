"""Every figure of analytics equals what pandas makes of the raw rows."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

import agrigen as ag
from hub import reports
from hub.actor import Actor
from hub.errors import Denied, Missing
from hub.permissions import Permission, Role
from hub.reports import Subject
from tests.database import As, Make
from tests.hub.reports.flock import Flock

TODAY = date.today()
YEARS = range(TODAY.year - 5, TODAY.year + 1)
DAY = timedelta(days=1)
Ask = Callable[..., Any]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fiona(make: Make) -> Actor:
    return await make.person("fiona", Role.FARMER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def flock(make: Make, fiona: Actor, owner_engine: AsyncEngine) -> Flock:
    farm = await make.farm("HILL", owner=fiona)
    flock = Flock(farm, fiona.person_id).live(YEARS)
    await flock.store(owner_engine)
    return flock


@pytest.fixture(scope="module")
def ask(as_: As, fiona: Actor, flock: Flock) -> Ask:
    async def ask(subject: str) -> dict[str, pd.DataFrame]:
        async with as_(fiona) as tx:
            found = await reports.analytics(tx, flock.farm_id, Subject(subject))
        return {
            one.name: pd.DataFrame(one.rows, columns=[column.name for column in one.columns])
            for one in found.tables
        }

    return ask


def births(flock: Flock) -> pd.DataFrame:
    """Litters by dam and day: what was recorded, else what the lambs tell."""
    animals, _, events = flock.frames()
    told = events[events["kind"] == "parturition"]
    told = told.assign(born=told["details"].map(lambda one: len(one["offspring"])))
    told = told.rename(columns={"animal_id": "dam_id", "occurred_on": "on"})
    lambs = animals.dropna(subset=["dam_id"]).groupby(["dam_id", "birth_date"])["birth_type"]
    seen = lambs.agg(["size", "max"]).max(axis=1).rename("born").reset_index()
    seen = seen.rename(columns={"birth_date": "on"})
    both = pd.concat([told[["dam_id", "on", "born"]], seen])
    litters = both.drop_duplicates(["dam_id", "on"]).sort_values(["dam_id", "on"])
    return litters.assign(parity=litters.groupby("dam_id").cumcount() + 1)


async def test_composition_counts_every_animal_once(ask: Ask, flock: Flock) -> None:
    animals, _, _ = flock.frames()
    found = await ask("composition")
    words = {"female": "F", "male": "M"}
    table = found["composition"].assign(sex=found["composition"]["sex"].map(words))
    counted = table.set_index(["sex", "status"])["animals"].sort_index()
    expected = animals.groupby(["sex", "status"]).size()
    assert counted.to_dict() == expected.to_dict()
    alive = animals[animals["status"] == "alive"]
    assert found["ages"]["animals"].sum() == len(alive)
    ages = alive["birth_date"].map(
        lambda on: TODAY.year - on.year - ((TODAY.month, TODAY.day) < (on.month, on.day))
    )
    expected = ages.clip(upper=10).value_counts()
    assert found["ages"].set_index("age_years")["animals"].to_dict() == expected.to_dict()


async def test_the_last_reproductive_event_is_the_last_one(ask: Ask, flock: Flock) -> None:
    animals, _, events = flock.frames()
    events = events[events["kind"].isin(["mating", "parturition", "pregnancy_check"])]
    last = events.sort_values(["occurred_on", "id"]).groupby("animal_id")["kind"].last()
    females = animals[(animals["sex"] == "F") & (animals["status"] == "alive")]
    state = females["id"].map(last)
    old = (pd.Timestamp(TODAY) - females["birth_date"]).dt.days >= 180
    state = state[old | state.notna()].fillna("none")
    names = {"mating": "mated", "parturition": "birth", "pregnancy_check": "empty",
             "none": "no event"}  # fmt: skip
    found = (await ask("composition"))["reproduction"].set_index("state")["animals"]
    assert found.to_dict() == state.map(names).value_counts().to_dict()


async def test_growth_is_that_of_a_least_squares_fit(ask: Ask, flock: Flock) -> None:
    animals, records, _ = flock.frames()
    found = await ask("growth")
    tags = animals.set_index("id")["tag"]
    weights = records[records["trait_code"] == "weaning_weight"].merge(
        animals, left_on="animal_id", right_on="id"
    )
    weights["sire"] = weights["sire_id"].map(tags)
    weights["birth_year"] = weights["birth_date"].dt.year
    mine = found["growth_by_sire"].query("measure == 'weaning weight, kg'").set_index("sire")
    raw = weights.groupby("sire")["value"].agg(["size", "mean", "std"])
    np.testing.assert_allclose(mine["animals"].reindex(raw.index), raw["size"])
    np.testing.assert_allclose(mine["mean"].reindex(raw.index), raw["mean"])
    np.testing.assert_allclose(mine["sd"].reindex(raw.index), raw["std"])
    # Reference coding and ordinary least squares; adjusted: predicted over all other classes.
    factors = ["birth_year", "sex", "birth_type", "sire"]
    dummies = pd.get_dummies(weights[factors].astype(str), drop_first=True).astype(float)
    X = np.column_stack([np.ones(len(dummies)), dummies])
    b = np.linalg.lstsq(X, weights["value"], rcond=None)[0]
    levels = {name: sorted(weights[name].astype(str).unique()) for name in factors}
    for sire in levels["sire"]:
        grid = pd.MultiIndex.from_product(
            [levels["birth_year"], levels["sex"], levels["birth_type"]]
        )
        rows = [[*one, sire] for one in grid]
        coded = pd.get_dummies(pd.DataFrame(rows, columns=factors)).astype(float)
        coded = coded.reindex(columns=dummies.columns, fill_value=0.0)
        expected = (np.column_stack([np.ones(len(coded)), coded]) @ b).mean()
        assert mine.loc[sire, "adjusted_mean"] == pytest.approx(expected)
    by_class = found["growth_by_class"].query("measure == 'weaning weight, kg'")
    assert set(by_class["factor"]) == {"birth year", "sex", "type of birth"}


async def test_daily_gain_and_adjusted_weight_use_the_birth_weight(ask: Ask, flock: Flock) -> None:
    animals, records, _ = flock.frames()
    wide = records[records["trait_code"].isin(["birth_weight", "weaning_weight"])]
    first = wide[wide["trait_code"] == "birth_weight"].set_index("animal_id")["value"]
    later = wide[wide["trait_code"] == "weaning_weight"].merge(
        animals, left_on="animal_id", right_on="id"
    )
    age = (later["recorded_on"] - later["birth_date"]).dt.days
    gain = (later["value"] - later["animal_id"].map(first)) / age
    by_sire = (await ask("growth"))["growth_by_sire"]
    tags = animals.set_index("id")["tag"]
    for measure, values in (
        ("daily gain, g", 1000 * gain),
        ("100-day weight, kg", (later["animal_id"].map(first) + 100 * gain)[age.between(70, 130)]),
    ):
        expected = values.groupby(later["sire_id"].map(tags)).mean()
        mine = by_sire[by_sire["measure"] == measure].set_index("sire")["mean"]
        np.testing.assert_allclose(mine.reindex(expected.index), expected)


async def test_milk_by_month_and_lactation(ask: Ask, flock: Flock) -> None:
    _, records, _ = flock.frames()
    since = pd.Timestamp(TODAY.year - 2, 1, 1)
    tests = records[records["recorded_on"] >= since]
    tests = tests.pivot_table(
        index=["animal_id", "recorded_on"], columns="trait_code", values="value"
    )[["milk_yield", "somatic_cell_count"]].dropna(how="all").reset_index()  # fmt: skip
    found = await ask("milk")
    groups = tests.groupby(tests["recorded_on"].dt.strftime("%Y-%m"))
    by_month = found["milk_by_month"].set_index("month")
    np.testing.assert_allclose(by_month["milk"], groups["milk_yield"].mean())
    cells = groups["somatic_cell_count"].apply(lambda one: np.exp(np.log(one).mean()))
    np.testing.assert_allclose(by_month["cells"], cells)
    litters = births(flock)
    parity = [
        ((litters["dam_id"] == ewe) & (litters["on"] <= on)).sum()
        for ewe, on in zip(tests["animal_id"], tests["recorded_on"], strict=True)
    ]
    last = [
        litters.loc[(litters["dam_id"] == ewe) & (litters["on"] <= on), "on"].max()
        for ewe, on in zip(tests["animal_id"], tests["recorded_on"], strict=True)
    ]
    tests = tests.assign(
        lactation=np.minimum(parity, 3), dim=tests["recorded_on"] - pd.Series(last)
    )
    milked = tests[tests["lactation"] > 0]
    expected = milked.groupby("lactation")["milk_yield"].agg(["size", "mean"])
    mine = found["milk_by_lactation"].set_index("lactation")
    assert mine["tests"].to_dict() == expected["size"].to_dict()
    np.testing.assert_allclose(mine["milk"], expected["mean"])
    early = milked[milked["dim"].dt.days < 400]
    curve = early.groupby(["lactation", early["dim"].dt.days // 10 * 10])["milk_yield"].mean()
    np.testing.assert_allclose(found["milk_curves"]["milk"], curve)


async def test_matings_and_conceptions(ask: Ask, flock: Flock) -> None:
    _, _, events = flock.frames()
    matings = events[events["kind"] == "mating"]
    checks = events[events["kind"] == "pregnancy_check"]  # all found empty
    litters = births(flock)
    rows = []
    for _, one in matings.iterrows():
        days = (
            litters.loc[litters["dam_id"] == one["animal_id"], "on"] - one["occurred_on"]
        ).dt.days
        late = (pd.Timestamp(TODAY) - one["occurred_on"]).days > 160
        gave = bool(days.between(140, 160).any())
        seen = checks[checks["animal_id"] == one["animal_id"]]["occurred_on"] - one["occurred_on"]
        empty = bool(seen.dt.days.between(45, 160).any())
        rows.append((one["occurred_on"].year, gave, gave or empty or late))
    expected = pd.DataFrame(rows, columns=["year", "gave", "known"]).groupby("year").sum()
    mine = (await ask("fertility"))["matings_by_year"].set_index("year")
    assert mine["gave_birth"].to_dict() == expected["gave"].to_dict()
    assert mine["conceived"].to_dict() == expected["gave"].to_dict()
    assert mine["known"].to_dict() == expected["known"].to_dict()
    rate = (100 * expected["gave"] / expected["known"]).where(expected["known"] > 0)
    np.testing.assert_allclose(mine["conception_rate"].astype(float), rate)


async def test_litters_intervals_and_ages_at_first_birth(ask: Ask, flock: Flock) -> None:
    animals, _, _ = flock.frames()
    litters = births(flock)
    found = await ask("fertility")
    by_year = litters.groupby(litters["on"].dt.year)["born"].agg(["size", "sum", "mean", "std"])
    mine = found["litters_by_year"].set_index("year")
    np.testing.assert_allclose(mine[["litters", "born", "litter_size", "sd"]], by_year)
    sizes = litters.groupby([litters["parity"].clip(upper=3), "born"]).size()
    np.testing.assert_allclose(found["litter_sizes"]["litters"], sizes)
    between = litters.groupby("dam_id")["on"].diff().dropna().dt.days
    born = litters["dam_id"].map(animals.set_index("id")["birth_date"])
    of_farm = litters["dam_id"].isin(animals.dropna(subset=["dam_id"])["id"])
    first = (litters["on"] - born).dt.days[(litters["parity"] == 1) & of_farm]
    intervals = found["intervals"].set_index("measure")
    for name, days in (("birth interval", between), ("age at first birth", first)):
        row = intervals.loc[name]
        assert (row["animals"], row["mean"]) == (len(days), pytest.approx(days.mean()))
        expected = days.quantile([0.1, 0.25, 0.5, 0.75, 0.9])
        np.testing.assert_allclose(row[["q10", "q25", "q50", "q75", "q90"]].astype(float), expected)
        classes = found["interval_classes"].query(f"measure == {name!r}").set_index("from_day")
        assert classes["animals"].to_dict() == (days // 30 * 30).value_counts().to_dict()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def odd(make: Make, fiona: Actor, owner_engine: AsyncEngine) -> Flock:
    """Goats among sheep, a litter told in two parts, and a season of which little is known."""
    flock = Flock(await make.farm("ODD", owner=fiona), fiona.person_id)
    grown, season = date(TODAY.year - 6, 3, 1), date(TODAY.year - 2, 10, 1)
    ram = flock.animal("M", grown)
    ewes = [flock.animal("F", grown) for _ in range(5)]
    doe = flock.animal("F", grown, species="goat", breed="Boer")
    kid = flock.animal("F", season, species="goat", dam_id=doe["id"], birth_type=1)
    flock.record(kid, "birth_weight", 3.0, season)
    lamb = {"animal_id": None, "tag": "", "sex": "U", "state": "live"}
    for number, ewe in enumerate(ewes[:4]):
        until = None if number == 0 else str(season + 30 * DAY)
        flock.event(ewe, "mating", season, method="group", sire_ids=[str(ram["id"])], until=until)
    flock.event(ewes[0], "parturition", season + 300 * DAY, offspring=[lamb, lamb])
    flock.event(ewes[0], "parturition", season + 301 * DAY, offspring=[lamb])
    flock.event(ewes[1], "pregnancy_check", season + 80 * DAY, method="ultrasound", result="empty")
    flock.event(ewes[2], "disposal", season + 90 * DAY, disposal="sold", reason="surplus")
    flock.event(doe, "parturition", season, offspring=[{**lamb, "animal_id": str(kid["id"])}])
    await flock.store(owner_engine)
    return flock


async def test_a_litter_in_two_parts_is_one_and_the_sold_are_not_known(
    as_: As, fiona: Actor, odd: Flock
) -> None:
    async with as_(fiona) as tx:
        found = await reports.analytics(tx, odd.farm_id, Subject.FERTILITY)
    matings, litters = found.tables[:2]
    names = [column.name for column in matings.columns]
    [row] = [dict(zip(names, one, strict=True)) for one in matings.rows]
    # one gave birth of a ram whose removal nobody wrote down, one is empty, one never came back
    assert (row["females"], row["known"], row["conceived"]) == (4, 3, 1)
    names = [column.name for column in litters.columns]
    [row] = [dict(zip(names, one, strict=True)) for one in litters.rows]
    assert (row["litters"], row["born"], row["litter_size"]) == (1, 3, 3)


async def test_goats_among_sheep_are_told_apart(as_: As, fiona: Actor, odd: Flock) -> None:
    async with as_(fiona) as tx:
        of_sheep = await reports.analytics(tx, odd.farm_id, Subject.GROWTH)
        query = reports.AnalyticsQuery(species="goat")
        of_goats = await reports.analytics(tx, odd.farm_id, Subject.GROWTH, query)
    assert of_sheep.tables[0].rows == []
    assert [row[2] for row in of_goats.tables[0].rows] == [1]


async def test_survival_of_young_is_kaplan_and_meier_s(ask: Ask, flock: Flock) -> None:
    animals, _, events = flock.frames()
    lambs = animals.dropna(subset=["dam_id"])
    death = events[events["kind"] == "disposal"].set_index("animal_id")["occurred_on"]
    days = (lambs["id"].map(death).fillna(pd.Timestamp(TODAY)) - lambs["birth_date"]).dt.days
    died = lambs["id"].isin(death.index) & (lambs["status"] == "dead") & (days <= 90)
    told = [one["details"]["offspring"] for one in flock.events if one["kind"] == "parturition"]
    still = [len(litter) for litter in told for one in litter if one["state"] == "stillborn"]
    mine = (await ask("survival"))["survival_by_birth_type"].set_index("birth_type")
    for size in (1, 2, 3):
        here = lambs["birth_type"] == size
        extra = still.count(size)
        time = [*days[here].clip(0.5, 90), *[0.5] * extra]
        curve = ag.survival_curve(time, [*died[here], *[True] * extra])
        assert mine.loc[str(size), "born"] == len(time)
        assert mine.loc[str(size), "survival"] == pytest.approx(100 * curve.at(90.0))


async def test_disposals_by_year_and_reason(ask: Ask, flock: Flock) -> None:
    _, _, events = flock.frames()
    gone = events[events["kind"] == "disposal"]
    keys = [gone["occurred_on"].dt.year, gone["details"].map(lambda one: one["reason"])]
    table = (await ask("disposals"))["disposals"]
    mine = table.groupby(["year", "reason"])["animals"].sum()
    assert mine.to_dict() == gone.groupby(keys).size().to_dict()
    np.testing.assert_allclose(table.groupby("year")["percent"].sum(), 100)


async def test_phenotypes_and_inbreeding_by_birth_year(ask: Ask, flock: Flock) -> None:
    animals, records, _ = flock.frames()
    rows = records.merge(animals, left_on="animal_id", right_on="id")
    expected = rows.groupby(["trait_code", rows["birth_date"].dt.year])["value"].mean()
    table = (await ask("trends"))["phenotype_trend"]
    np.testing.assert_allclose(table["mean"], expected)
    pedigree = ag.Pedigree(animals["id"], animals["sire_id"], animals["dam_id"])
    f = pd.Series(100 * pedigree.inbreeding(), index=pd.Index(pedigree.ids)).reindex(animals["id"])
    expected = f.groupby(animals["birth_date"].dt.year.to_numpy()).mean()
    mine = (await ask("inbreeding"))["inbreeding"]
    np.testing.assert_allclose(mine["mean"], expected)


async def test_a_farm_without_anything_has_empty_tables(make: Make, as_: As, fiona: Actor) -> None:
    farm = await make.farm("BARE", owner=fiona)
    async with as_(fiona) as tx:
        for subject in Subject:
            found = await reports.analytics(tx, farm, subject)
            assert all(one.rows == [] for one in found.tables), subject


async def test_analytics_are_for_those_who_see_the_farm(
    make: Make, as_: As, flock: Flock, fiona: Actor
) -> None:
    marc = await make.person("marc", Role.FARMER)
    async with as_(marc) as tx:
        with pytest.raises(Missing):
            await reports.analytics(tx, flock.farm_id, Subject.GROWTH)
    narrow = await make.person("sam", permissions=frozenset({Permission.FARMS_READ}))
    async with as_(narrow) as tx:
        with pytest.raises(Denied):
            await reports.analytics(tx, flock.farm_id, Subject.GROWTH)
