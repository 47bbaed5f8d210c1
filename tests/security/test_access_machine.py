"""Whatever happens to places, grants, projects and farms: people see what a small oracle says (C5).

Each sequence runs in one transaction that is rolled back. Everything is done as the hub's own role:
changes by a steward, looks by each person in turn. Time is moved by the dates in the rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, create_engine, func, insert

from hub.accounts.models import Person
from hub.animals.models import Animal
from hub.datasets.models import DatasetVersion
from hub.evaluations.models import BreedingValue, Evaluation
from hub.events.models import Event
from hub.farms.models import Farm
from hub.genotypes.models import GenotypeSet, Sample
from hub.local.postgres import Urls
from hub.records.models import Record
from hub.sharing.models import Project
from hub.storage.base import new_id
from hub.storage.postgres import sqlalchemy_url

FARMS = ("A", "B", "C", "D")
PEOPLE = ("fiona", "marc", "rita", "rob", "sam")
PROJECTS = ("lambs", "ewes", "course")  # the last one is a class
KINDS = ("pedigree", "records", "events", "genotypes", "evaluations")
ROLES = ("owner", "worker", "adviser", "reader")
WHEN = {
    "now": ("now() - interval '2 days'", "NULL"),
    "until tomorrow": ("now() - interval '2 days'", "now() + interval '1 day'"),
    "over": ("now() - interval '2 days'", "now() - interval '1 day'"),
    "not yet": ("now() + interval '1 day'", "now() + interval '2 days'"),
}
CURRENT = ("now", "until tomorrow")

# What somebody sees, as one statement: the noun and the id of each row.
SEEN = """
SELECT 'farm', id FROM app.farm UNION ALL SELECT 'animal', id FROM app.animal
UNION ALL SELECT 'record', id FROM app.record UNION ALL SELECT 'event', id FROM app.event
UNION ALL SELECT 'sample', animal_id FROM app.sample
UNION ALL SELECT 'set', id FROM app.genotype_set
UNION ALL SELECT 'value', animal_id FROM app.breeding_value
UNION ALL SELECT 'dataset', id FROM app.dataset_version
UNION ALL SELECT 'writable', unnest(app.my_writable_farms())
UNION ALL SELECT 'owned', unnest(app.my_owned_farms())
"""


@dataclass
class World:
    """What stands in the database before each sequence."""

    connection: psycopg.Connection
    steward: UUID = field(default_factory=new_id)
    farms: dict[str, UUID] = field(default_factory=lambda: {name: new_id() for name in FARMS})
    people: dict[str, UUID] = field(default_factory=lambda: {name: new_id() for name in PEOPLE})
    projects: dict[str, UUID] = field(default_factory=lambda: {one: new_id() for one in PROJECTS})
    animals: dict[str, UUID] = field(default_factory=lambda: {name: new_id() for name in FARMS})
    movers: dict[str, UUID] = field(default_factory=lambda: {name: new_id() for name in FARMS})
    rows: dict[tuple[str, str], UUID] = field(default_factory=dict)
    sets: dict[UUID, set[str]] = field(default_factory=dict)
    datasets: dict[UUID, tuple[set[str], set[str]]] = field(default_factory=dict)


Put = Callable[..., UUID]


def _fill(put: Put, world: World) -> None:
    """People, and on each farm one row of each kind; sets and datasets of one and of two farms."""
    for name, person in {**world.people, "stella": world.steward}.items():
        roles = ["steward"] if name == "stella" else ["farmer"]
        put(Person, id=person, username=name, name=name, roles=roles)
    for name, project in world.projects.items():
        kind = "class" if name == "course" else "project"
        begins = func.now() - timedelta(days=9)
        put(Project, id=project, kind=kind, code=name, name=name, purpose="",
            made_by=world.steward, valid_from=begins)  # fmt: skip
    for name in FARMS:
        _fill_farm(put, world, name)
    dataset = _dataset(put, world, {"A", "B"}, ["animals", "records"])
    _dataset(put, world, {"B"}, ["events"])
    _dataset(put, world, {"C", "D"}, ["animals", "breeding_values"])
    evaluation = put(
        Evaluation, person_id=world.steward, name="", dataset_id=dataset, farm_ids=[],
        published_at=func.now(), state="done", traits=[], model={},
    )  # fmt: skip
    for name in FARMS:
        put(BreedingValue, evaluation_id=evaluation, animal_id=world.animals[name],
            farm_id=world.farms[name], trait_code="birth_weight", effect="animal",
            value=1, inbreeding=0, records=1, percentile=50)  # fmt: skip
    for members in ({"A"}, {"B", "C"}):
        _set(put, world, members)


def _fill_farm(put: Put, world: World, name: str) -> None:
    farm = put(Farm, id=world.farms[name], code=name, name=name, species="sheep")
    animal = put(Animal, id=world.animals[name], farm_id=farm, tag="1", species="sheep")
    put(Animal, id=world.movers[name], farm_id=farm, tag=f"mover {name}", species="sheep")
    world.rows["record", name] = put(
        Record, farm_id=farm, animal_id=animal, trait_code="birth_weight", value=4
    )
    world.rows["event", name] = put(
        Event, farm_id=farm, animal_id=animal, kind="note", occurred_on=date(2026, 1, 1),
        details={}, person_id=world.steward,
    )  # fmt: skip


def _dataset(put: Put, world: World, farms: set[str], tables: list[str]) -> UUID:
    dataset = new_id()
    kinds = {"animals": "pedigree", "breeding_values": "evaluations"}
    world.datasets[dataset] = (farms, {kinds.get(one, one) for one in tables})
    return put(
        DatasetVersion, id=dataset, series_id=dataset, person_id=world.steward, name="",
        content_hash="", farm_ids=[world.farms[one] for one in sorted(farms)], objects={},
        counts={}, description={}, tables=[{"kind": one} for one in tables],
    )  # fmt: skip


def _set(put: Put, world: World, farms: set[str]) -> None:
    ids = [world.farms[one] for one in sorted(farms)]
    genotypes = put(
        GenotypeSet,
        person_id=world.steward,
        farm_id=ids[0],
        farm_ids=ids,
        name="",
        species="sheep",
        file_ids=[],
        state="done",
    )
    world.sets[genotypes] = farms
    for place, name in enumerate(sorted(farms)):
        put(Sample, set_id=genotypes, place=place, name=name, farm_id=world.farms[name],
            animal_id=world.animals[name], reasons=[])  # fmt: skip


farms, people = st.sampled_from(FARMS), st.sampled_from(PEOPLE)
when, kinds = st.sampled_from(sorted(WHEN)), st.sets(st.sampled_from(KINDS), min_size=1)


class Access(RuleBasedStateMachine):
    """The database, and beside it what a dictionary says of it."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[tuple[str, str], tuple[str, bool]] = {}
        self.belongs: dict[tuple[str, str], tuple[str, bool]] = {}
        self.grants: dict[UUID, tuple[str, str, frozenset[str], bool]] = {}
        self.shared: set[str] = set()
        self.over: set[str] = set()
        self.home = {name: name for name in FARMS}
        self.steps, self.about = 0, ""

    def teardown(self) -> None:
        try:
            for person in PEOPLE:
                self._look_as(person)
        finally:
            self.world.connection.rollback()

    def _as(self, person: UUID) -> None:
        self.world.connection.execute("SELECT set_config('app.person_id', %s, true)", [str(person)])

    def _change(self, statement: str, values: dict[str, object], period: str = "now") -> None:
        self._as(self.world.steward)
        begins, ends = WHEN[period]
        text = statement.replace("BEGINS", begins).replace("ENDS", ends)
        self.world.connection.execute(text, values)

    @rule(person=people, farm=farms, role=st.sampled_from(ROLES), period=when)
    def give_a_place(self, person: str, farm: str, role: str, period: str) -> None:
        self._change(
            "INSERT INTO app.farm_member (person_id, farm_id, role, valid_from, valid_until) "
            "VALUES (%(person)s, %(farm)s, %(role)s, BEGINS, ENDS) "
            "ON CONFLICT (person_id, farm_id) DO UPDATE SET role = excluded.role, "
            "valid_from = excluded.valid_from, valid_until = excluded.valid_until",
            self._ids(person=person, farm=farm) | {"role": role}, period)  # fmt: skip
        self.places[person, farm] = (role, period in CURRENT)

    @rule(person=people, farm=farms)
    def take_a_place(self, person: str, farm: str) -> None:
        self._change(
            "DELETE FROM app.farm_member WHERE person_id = %(person)s AND farm_id = %(farm)s",
            self._ids(person=person, farm=farm))  # fmt: skip
        self.places.pop((person, farm), None)

    @rule(person=people, farm=farms)
    def let_a_place_end(self, person: str, farm: str) -> None:
        if self.places.get((person, farm), ("", False))[1]:
            self._change(
                "UPDATE app.farm_member SET valid_until = now() - interval '1 hour' "
                "WHERE person_id = %(person)s AND farm_id = %(farm)s",
                self._ids(person=person, farm=farm))  # fmt: skip
            self.places[person, farm] = (self.places[person, farm][0], False)

    @rule(farm=farms, shared=st.booleans())
    def share_a_farm_with_all(self, farm: str, shared: bool) -> None:
        values = self._ids(farm=farm) | {"shared": shared}
        self._change("UPDATE app.farm SET shared = %(shared)s WHERE id = %(farm)s", values)
        (self.shared.add if shared else self.shared.discard)(farm)

    @rule(farm=farms, kinds=kinds, period=when,
          whom=st.sampled_from([*PEOPLE, "lambs", "ewes"]))  # fmt: skip
    def grant(self, farm: str, kinds: set[str], period: str, whom: str) -> None:
        grant = new_id()
        self._change(
            "INSERT INTO app.data_grant (id, farm_id, person_id, project_id, kinds, purpose, "
            "terms, agreed_by, valid_from, valid_until) VALUES (%(id)s, %(farm)s, %(person)s, "
            "%(project)s, %(kinds)s, '', '', %(me)s, BEGINS, "
            "coalesce(ENDS, now() + interval '9 days'))",
            self._ids(farm=farm) | {
                "id": grant, "kinds": list(kinds), "me": self.world.steward,
                "person": self.world.people.get(whom), "project": self.world.projects.get(whom),
            }, period)  # fmt: skip
        self.about = whom
        self.grants[grant] = (farm, whom, frozenset(kinds), period in CURRENT)

    @rule(which=st.integers(0, 99), how=st.sampled_from(["revoke", "end"]))
    def end_a_grant(self, which: int, how: str) -> None:
        going = [one for one, told in self.grants.items() if told[3]]
        if not going:
            return
        grant = going[which % len(going)]
        column = "revoked_at = now()" if how == "revoke" else "valid_until = now() - interval '1 s'"
        self._change(f"UPDATE app.data_grant SET {column} WHERE id = %(id)s", {"id": grant})
        self.grants[grant] = (*self.grants[grant][:3], False)

    @rule(person=people, project=st.sampled_from(PROJECTS), period=when,
          role=st.sampled_from(["lead", "member", "student"]))  # fmt: skip
    def join(self, person: str, project: str, role: str, period: str) -> None:
        self._change(
            "INSERT INTO app.project_member (person_id, project_id, role, valid_from, valid_until) "
            "VALUES (%(person)s, %(project)s, %(role)s, BEGINS, ENDS) "
            "ON CONFLICT (person_id, project_id) DO UPDATE SET role = excluded.role, "
            "valid_from = excluded.valid_from, valid_until = excluded.valid_until",
            self._ids(person=person, project=project) | {"role": role}, period)  # fmt: skip
        self.belongs[person, project] = (role, period in CURRENT)

    @rule(person=people, project=st.sampled_from(PROJECTS))
    def leave(self, person: str, project: str) -> None:
        self._change(
            "DELETE FROM app.project_member "
            "WHERE person_id = %(person)s AND project_id = %(project)s",
            self._ids(person=person, project=project))  # fmt: skip
        self.belongs.pop((person, project), None)

    @rule(project=st.sampled_from(PROJECTS), over=st.booleans())
    def end_a_project(self, project: str, over: bool) -> None:
        until = "now() - interval '1 day'" if over else "NULL"
        self._change(
            f"UPDATE app.project SET valid_until = {until} WHERE id = %(project)s",
            self._ids(project=project))  # fmt: skip
        (self.over.add if over else self.over.discard)(project)

    @rule(mover=farms, farm=farms)
    def move_an_animal(self, mover: str, farm: str) -> None:
        values = self._ids(farm=farm) | {"mover": self.world.movers[mover]}
        self._change("UPDATE app.animal SET farm_id = %(farm)s WHERE id = %(mover)s", values)
        self.home[mover] = farm

    def _ids(self, **names: str) -> dict[str, object]:
        self.about = names.get("person", "")
        known = {"farm": self.world.farms, "person": self.world.people,
                 "project": self.world.projects}  # fmt: skip
        return {noun: known[noun][name] for noun, name in names.items()}

    # --- the oracle

    def _grants_to(self, person: str, farm: str) -> set[str]:
        """Kinds of data of the farm that reach the person through grants."""
        found: set[str] = set()
        for of, whom, given, active in self.grants.values():
            role, here = self.belongs.get((person, whom), ("", False))
            member = here and role != "student" and whom not in self.over
            if active and of == farm and (whom == person or member):
                found |= given
        return found

    def _sees(self, person: str, farm: str) -> set[str]:
        """Kinds of data of the farm that the person sees."""
        everything = farm in self.shared or self.places.get((person, farm), ("", False))[1]
        return set(KINDS) if everything else self._grants_to(person, farm)

    def _expected(self, person: str) -> set[tuple[str, UUID]]:
        world, found = self.world, set[tuple[str, UUID]]()
        sees = {farm: self._sees(person, farm) for farm in FARMS}
        for farm, given in sees.items():
            role, here = self.places.get((person, farm), ("", False))
            nouns = {"farm": bool(given), "writable": here and role in ("owner", "worker"),
                     "owned": here and role == "owner"}  # fmt: skip
            found |= {(noun, world.farms[farm]) for noun, told in nouns.items() if told}
            for noun, kind in (("animal", "pedigree"), ("value", "evaluations")):
                if kind in given:
                    found.add((noun, world.animals[farm]))
            found |= {(noun, world.rows[noun, farm]) for noun in ("record", "event")
                      if f"{noun}s" in given}  # fmt: skip
        found |= {("animal", world.movers[one]) for one, farm in self.home.items()
                  if "pedigree" in sees[farm]}  # fmt: skip
        for genotypes, of in world.sets.items():
            if all("genotypes" in sees[farm] for farm in of):
                found.add(("set", genotypes))
            found |= {("sample", world.animals[farm]) for farm in of if "genotypes" in sees[farm]}
        found |= {("dataset", dataset) for dataset, (of, needs) in world.datasets.items()
                  if all(needs <= sees[farm] for farm in of)}  # fmt: skip
        return found

    @invariant()
    def two_people_see_what_the_oracle_says(self) -> None:
        """Whom the change was about, and the next one in turn; all of them at the end."""
        self.steps += 1
        for person in {self.about, PEOPLE[self.steps % len(PEOPLE)]} & set(PEOPLE):
            self._look_as(person)

    def _look_as(self, person: str) -> None:
        self._as(self.world.people[person])
        seen = set(self.world.connection.execute(SEEN).fetchall())
        assert seen == self._expected(person), person


@pytest.fixture(scope="module")
def world(urls: Urls) -> Iterator[World]:
    with psycopg.connect(urls.app, prepare_threshold=2) as connection:
        found = World(connection)
        engine = create_engine(sqlalchemy_url(urls.owner))
        with engine.begin() as owner:
            _fill(partial(_put, owner), found)
        engine.dispose()
        yield found


def _put(owner: Connection, table: Any, /, **values: Any) -> UUID:
    """A row past all policies, with the columns that the model fills in."""
    if "id" in table.__table__.c:
        values.setdefault("id", new_id())
    owner.execute(insert(table).values(**values))
    return values.get("id", values.get("farm_id"))


def _run(world: World, sequences: int) -> None:
    Access.world = world
    run_state_machine_as_test(
        Access,
        settings=settings(
            max_examples=sequences, stateful_step_count=30, deadline=None, database=None,
            derandomize=True, suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )  # fmt: skip


def test_people_see_what_an_oracle_says_in_30_sequences(world: World) -> None:
    """C5."""
    _run(world, 30)


@pytest.mark.slow
def test_people_see_what_an_oracle_says_in_1000_sequences(world: World) -> None:
    """C5, goal G4: 1,000 sequences of 30 steps."""
    _run(world, 1000)
