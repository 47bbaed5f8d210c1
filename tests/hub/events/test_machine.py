"""The state machine: laws that hold of every sequence, and every refusal and warning by name."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.animals.rules import EARLIEST
from hub.events import newborns
from hub.events.machine import Happening, Subject, fold
from hub.events.plausible import Finding, findings
from hub.events.species import TABLES
from tests.hub.events.told import BORN, DONOR, OTHER_RAM, RAM, day, female, group, told

MATED = told("mating", 0)
SOLD, DIED = told("disposal", 10), told("disposal", 10, disposal="died")
LAMBED = told("parturition", 0)


def refused(subject: Subject, *happened: Happening) -> list[Finding]:
    return [one for one in findings(subject, happened) if one.refused]


# --- laws


_RESULTS = st.sampled_from(["empty", "pregnant", "multiple", "unknown"])
_ONE = st.one_of(
    st.sampled_from(["heat", "mating", "embryo_transfer", "abortion", "parturition", "dry_off",
                     "arrival", "disposal", "treatment", "weaning"]).map(lambda kind: (kind, {})),
    _RESULTS.map(lambda result: ("pregnancy_check", {"result": result})),
)  # fmt: skip
_LIFE = st.lists(st.tuples(_ONE, st.integers(0, 900)), max_size=12).map(
    lambda life: [told(kind, on, **details) for (kind, details), on in life]
)


@given(life=_LIFE, data=st.data(), species=st.sampled_from(sorted(TABLES)))
@settings(max_examples=60, deadline=None)
def test_where_an_animal_stands_does_not_depend_on_the_order_of_telling(
    life: list[Happening], data: st.DataObject, species: str
) -> None:
    shuffled = data.draw(st.permutations(life))
    on = day(950)
    assert fold(female(species), shuffled).state(on) == fold(female(species), life).state(on)
    assert {one.same for one in findings(female(species), shuffled)} == {
        one.same for one in findings(female(species), life)
    }


@given(life=_LIFE)
@settings(max_examples=60, deadline=None)
def test_what_is_accepted_one_by_one_is_possible_as_a_whole(life: list[Happening]) -> None:
    """And what was refused or voided leaves nothing behind: the state is that of the rest."""
    ewe, kept = female(), list[Happening]()
    for h in life:
        before = fold(ewe, kept).state(day(950))
        if refused(ewe, *kept, h):
            assert fold(ewe, kept).state(day(950)) == before
        else:
            kept.append(h)
            assert fold(ewe, [one for one in kept if one is not h]).state(day(950)) == before
    assert refused(ewe, *kept) == []


@given(species=st.sampled_from(sorted(TABLES)), early=st.integers(-4, 4))
@settings(max_examples=30, deadline=None)
def test_a_birth_about_the_day_it_is_due_surprises_nobody(species: str, early: int) -> None:
    track = fold(female(species), [MATED])
    due = track.due(day(30))
    assert due
    birth = told("parturition", due[1] + timedelta(days=early))
    assert findings(female(species), [MATED, birth]) == []


def test_every_number_of_a_species_has_its_source() -> None:
    for name, rules in TABLES.items():
        assert rules.species == name
        for field in rules.__dataclass_fields__:
            value = getattr(rules, field)
            if hasattr(value, "source"):
                assert len(value.source) > 5, (name, field)


# --- standing


def test_a_dam_that_may_give_birth_may_have_offspring() -> None:
    """The tables of animals and of events agree, or a birth were taken and its young refused."""
    assert {name: EARLIEST[name].birth for name in TABLES} == {
        name: rules.youngest_dam for name, rules in TABLES.items()
    }


def test_a_ewe_through_her_year() -> None:
    ewe = female()
    life = [MATED, told("pregnancy_check", 80, result="multiple", foetus_count=2)]
    served = fold(ewe, life, until=day(60)).state(day(60))
    assert (served.state, served.due_on, served.sire_ids) == ("served", day(147), (RAM,))
    pregnant = fold(ewe, life).state(day(90))
    assert (pregnant.state, pregnant.foetus_count, pregnant.due_on) == ("pregnant", 2, day(147))
    assert (pregnant.due_from, pregnant.due_to) == (day(142), day(152))
    life.append(told("parturition", 147, offspring=[{}, {}]))
    fresh = fold(ewe, life).state(day(150))
    assert (fresh.state, fresh.milk, fresh.parity, fresh.due_on) == ("open", "lactating", 1, None)
    assert fresh.sire_ids == ()
    life.append(told("dry_off", 260))
    dry = fold(ewe, life).state(day(270))
    assert (dry.milk, dry.dry_since, dry.lactation_number) == ("dry", day(260), 1)


def test_a_ewe_with_rams_is_due_over_the_whole_time() -> None:
    state = fold(female(), [group(0, 34)]).state(day(50))
    assert (state.due_from, state.due_on, state.due_to) == (day(142), day(147), day(186))
    assert state.sire_ids == (RAM, OTHER_RAM)


def test_a_foetus_of_known_age_dates_the_birth() -> None:
    scan = told("pregnancy_check", 60, foetal_age_days=40)
    assert fold(female(), [group(0, 34), scan]).state(day(60)).due_on == day(167)
    exact = [told("mating", 0), told("mating", 17), told("pregnancy_check", 60, foetal_age_days=45)]
    assert fold(female(), exact).state(day(60)).due_on == day(17 + 147)


def test_embryos_are_older_than_their_transfer() -> None:
    state = fold(female("cattle"), [told("embryo_transfer", 7)]).state(day(30))
    assert (state.due_on, state.donor_id) == (day(283), DONOR)


@pytest.mark.parametrize(
    ("species", "services", "born", "sires"),
    [
        # inseminated, back in heat and inseminated again by another bull: 304 and 283 days
        ("cattle", [told("mating", 0), told("mating", 21, sire_ids=[OTHER_RAM])], 304, {OTHER_RAM}),
        ("cattle", [told("mating", 0), told("mating", 21, sire_ids=[OTHER_RAM])], 283, {RAM}),
        ("cattle", [told("mating", 0), told("mating", 1, sire_ids=[OTHER_RAM])], 283,
         {RAM, OTHER_RAM}),
        # inseminated, and a ram put in two weeks later for those who come back
        ("sheep", [told("mating", 0, method="ai"), group(14, 60, OTHER_RAM)], 147, {RAM}),
        ("sheep", [told("mating", 0, method="ai"), group(14, 60, OTHER_RAM)], 165, {OTHER_RAM}),
        # an embryo that did not take, and the bull of the next heat
        ("cattle", [told("embryo_transfer", 7), told("mating", 21, sire_ids=[OTHER_RAM])], 304,
         {OTHER_RAM}),
        # no service fits a usual length: whichever is possible
        ("sheep", [told("mating", 0)], 160, {RAM}),
    ],
)  # fmt: skip
def test_the_sire_is_that_of_the_service_of_usual_length(
    species: str, services: list[Happening], born: int, sires: set[UUID]
) -> None:
    found = newborns.parents(female(species), services, told("parturition", born))
    assert set(found.sires) == sires


def test_empty_is_open_again_and_a_young_one_is_immature() -> None:
    empty = told("pregnancy_check", 80, result="empty")
    assert fold(female(), [MATED, empty]).state(day(81)).state == "open"
    again = told("pregnancy_check", 90)
    assert fold(female(), [MATED, empty, again]).state(day(91)).due_on == day(147)
    assert fold(female(born=day(-100)), []).state(day(0)).state == "immature"
    assert fold(female(sex="M"), []).state(day(0)).state == "male"


def test_the_mating_of_the_next_year_is_not_that_of_the_last() -> None:
    forgotten = group(0, None)
    life = [forgotten, told("parturition", 150)]
    assert fold(female(), life).state(day(400)).state == "open"


def test_an_abortion_begins_a_lactation_only_where_she_came_into_milk() -> None:
    heifer = [told("mating", 0), told("abortion", 150, in_milk=True)]
    state = fold(female("cattle"), heifer).state(day(160))
    assert (state.milk, state.lactation_number, state.parity) == ("lactating", 1, 0)
    milked = [told("parturition", -100), *heifer[:1], told("abortion", 60)]
    state = fold(female("cattle"), milked).state(day(70))
    assert (state.milk, state.lactation_number) == ("lactating", 1)


def test_a_birth_that_nobody_wrote_down_is_over_by_the_next_mating() -> None:
    scanned = [told("mating", 0), told("pregnancy_check", 80, foetus_count=2)]
    assert fold(female(), scanned).state(day(200)).state == "pregnant"
    past = fold(female(), scanned).state(day(166 + 61))
    assert (past.state, past.due_on, past.foetus_count) == ("open", None, None)
    again = told("mating", 365)
    assert findings(female(), [*scanned, again]) == []
    state = fold(female(), [*scanned, again]).state(day(400))
    assert (state.state, state.due_on) == ("served", day(365 + 147))


def test_one_bought_pregnant_is_not_due_by_a_later_mating() -> None:
    bought = [told("arrival", 0), told("pregnancy_check", 1), told("mating", 10)]
    state = fold(female(), bought).state(day(20))
    assert (state.state, state.due_on) == ("pregnant", None)


# --- refusals: the code, and the earlier event that is named


@pytest.mark.parametrize(
    ("subject", "earlier", "new", "code"),
    [
        (female(), None, told("treatment", BORN - timedelta(days=1)), "before_birth"),
        (female(), SOLD, told("treatment", 11), "after_leaving"),
        (female(), SOLD, told("mating", 11), "after_leaving"),
        (female(), DIED, told("parturition", 11), "after_leaving"),
        (female(), DIED, told("arrival", 11), "dead"),
        (female(), SOLD, told("disposal", 12, disposal="died"), "after_leaving"),
        (female(sex="M"), None, told("pregnancy_check", 0), "male"),
        (female(sex="M"), None, told("parturition", 0), "male"),
        (female(born=day(-60)), None, told("mating", 0), "too_young"),
        (female(born=day(-200)), None, told("parturition", 0), "too_young"),
        (female(), MATED, told("parturition", 40), "too_soon_after_mating"),
        (female(), LAMBED, told("parturition", 100), "born_too_soon"),
        (female(), LAMBED, told("pregnancy_check", 20), "pregnant_too_soon"),
        (female(), LAMBED, told("pregnancy_check", 60, foetal_age_days=70),
         "conceived_before_birth"),
        (female(), LAMBED, told("abortion", 5), "aborted_too_soon"),
        (female(), told("pregnancy_check", 100, result="empty"), told("parturition", 147),
         "born_after_empty"),
        (female(), None, told("parturition", 0, offspring=[{}] * 10), "litter"),
        (female("cattle"), None, told("pregnancy_check", 0, foetus_count=6), "litter"),
        (female(), None, told("mating", 0, method="group", until=day(-1)), "until_before"),
        (female(), told("dry_off", 0), told("dry_off", 3), "already_dry"),
        (female(), told("weaning", 0), told("weaning", 3), "already_weaned"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_earlier_event(
    subject: Subject, earlier: Happening | None, new: Happening, code: str
) -> None:
    happened = [earlier, new] if earlier else [new]
    [one] = [one for one in refused(subject, *happened) if one.about is new]
    assert (one.code, one.earlier) == (code, earlier.id if earlier else None)
    assert one.remedy
    if earlier:
        assert str(earlier.on) in one.message


@pytest.mark.parametrize(
    ("happened", "code"),
    [
        ([MATED, told("parturition", 138)], "unusual_length"),
        ([MATED, told("parturition", 200)], "no_mating_fits"),
        ([MATED, told("pregnancy_check", 80), told("mating", 90)], "mated_pregnant"),
        ([MATED, told("pregnancy_check", 80, foetus_count=2), told("parturition", 147)],
         "not_as_counted"),
        ([MATED, told("pregnancy_check", 10)], "earlier_than_mated"),
        ([LAMBED, told("mating", 10)], "soon_after_birth"),
        ([LAMBED, told("parturition", 1)], "same_birth"),
        ([told("abortion", 0), told("parturition", 60)], "soon_after_abortion"),
        ([told("parturition", 0, offspring=[{}] * 6)], "litter"),
        ([told("dry_off", 0)], "never_in_milk"),
        ([told("arrival", 0), told("arrival", 9)], "already_here"),
        ([told("weaning", 0)], "weaning_age"),
        ([told("weaning", BORN + timedelta(days=60)), told("fostering", 0)], "fostered_weaned"),
        ([told("mating", BORN + timedelta(days=150))], "young"),
    ],
)  # fmt: skip
def test_what_is_unusual_is_told_and_accepted(happened: list[Happening], code: str) -> None:
    assert [(one.code, one.refused) for one in findings(female(), happened)] == [(code, False)]


@pytest.mark.parametrize(
    "happened",
    [
        [told("treatment", 9), SOLD],  # told late, before the sale
        [SOLD, told("arrival", 20), told("mating", 25)],
        [DIED, told("diagnosis", 11), told("remark", 30)],
        [told("disposal", 10, disposal="lost"), told("arrival", 30)],
        [MATED, told("pregnancy_check", 100, result="empty", method="visual"),
         told("parturition", 147)],
        [MATED, told("pregnancy_check", 20, result="empty"), told("parturition", 147)],
        [told("parturition", 147)],  # nobody saw the mating
        [group(0, None), told("parturition", 150)],
        [MATED, told("parturition", 147), told("mating", 200), told("parturition", 347)],
    ],
)  # fmt: skip
def test_what_is_usual_is_not_remarked_on(happened: list[Happening]) -> None:
    assert findings(female(), happened) == []


def test_a_later_event_stands_in_the_way_of_an_earlier_one() -> None:
    treated = told("treatment", 20)
    [one] = refused(female(), treated, SOLD)
    assert (one.about, one.earlier) == (treated, SOLD.id)
    assert "was sold on 2025-10-11" in one.message


def test_an_animal_without_a_birth_date_is_judged_by_its_events_alone() -> None:
    assert findings(female(born=None), [told("mating", date(1999, 1, 1))]) == []
