"""What to do next, found in what is known of one's own farms; pure, so that it can be tested.

Nothing of other people's farms or behavior goes in: the same facts always give the same list.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from hub.permissions import Permission, Role
from hub.profiles.schemas import Suggestion, SuggestionRead

_DASHBOARDS = "/services/dashboards"
_SECURITY = "/services/api/account/security"
_SHARING = "/services/api/account/sharing"
_FEW = 0.05
"""Share of animals without a parent or a birth date that is not worth a word."""


@dataclass(frozen=True)
class FarmFacts:
    """What counts on one farm that the person works on."""

    id: UUID
    name: str
    animals: int
    no_sire: int
    no_dam: int
    no_birth_date: int
    matings_ahead: int
    mating_starts: date | None
    planned: bool
    sharing_ends: datetime | None


@dataclass(frozen=True)
class Mending:
    """An import with rows that were not taken."""

    id: UUID
    farm_id: UUID
    name: str
    rows: int


@dataclass(frozen=True)
class Facts:
    """What is known of the person."""

    roles: frozenset[Role]
    permissions: frozenset[Permission]
    has_factor: bool
    farms: tuple[FarmFacts, ...]
    mending: Mending | None


def suggestions(facts: Facts, on: date) -> list[SuggestionRead]:
    """All of them, what keeps data safe and whole first."""
    found = [*_of_person(facts)]
    for farm in facts.farms:
        found += _of_farm(farm, facts.permissions, on)
    return [*found, *_lessons(facts)]


def _of_person(facts: Facts) -> list[SuggestionRead]:
    found = []
    if not facts.has_factor:
        found.append(
            SuggestionRead(
                kind=Suggestion.SECOND_FACTOR,
                title="Sign in with two factors",
                reason="You have no authenticator app and no passkey: whoever learns your "
                "password can sign in as you.",
                address=f"{_SECURITY}#factors",
            )
        )
    if facts.mending is not None:
        one = facts.mending
        found.append(
            SuggestionRead(
                kind=Suggestion.MEND_IMPORT,
                title="Mend what was not taken",
                reason=f"{_count(one.rows, 'row')} of {one.name} were not taken when you "
                "imported it.",
                address=f"{_DASHBOARDS}/import-run?id={one.id}",
                farm_id=one.farm_id,
            )
        )
    return found


def _of_farm(farm: FarmFacts, permissions: frozenset[Permission], on: date) -> list[SuggestionRead]:
    found = []
    if not farm.animals and Permission.IMPORTS_WRITE in permissions:
        found.append(
            SuggestionRead(
                kind=Suggestion.FIRST_FILE,
                title=f"Bring in the animals of {farm.name}",
                reason="There is no living animal on this farm yet.",
                address="/services/api/hand-in/",
                farm_id=farm.id,
            )
        )
    if farm.sharing_ends is not None:
        found.append(
            SuggestionRead(
                kind=Suggestion.SHARING_ENDS,
                title=f"{farm.name} shares less soon",
                reason=f"Something that {farm.name} shares ends on {farm.sharing_ends:%Y-%m-%d}.",
                address=_SHARING,
                farm_id=farm.id,
            )
        )
    if farm.matings_ahead and farm.mating_starts and not farm.planned:
        days = (_next_year(farm.mating_starts) - on).days
        found.append(
            SuggestionRead(
                kind=Suggestion.MATING_SEASON,
                title=f"Plan the matings of {farm.name}",
                reason=f"Last year the season began on {farm.mating_starts:%Y-%m-%d} with "
                f"{_count(farm.matings_ahead, 'mating')} in its first weeks; that is again in "
                f"{_count(max(days, 0), 'day')}, and no plan was made in the last 90 days.",
                address=f"{_DASHBOARDS}/mating-plan?farm={farm.id}",
                farm_id=farm.id,
            )
        )
    if missing := _missing(farm):
        found.append(
            SuggestionRead(
                kind=Suggestion.COMPLETE_HERD,
                title=f"Complete the herd of {farm.name}",
                reason=f"Of {_count(farm.animals, 'living animal')} {missing}. Breeding values "
                "get surer with every parent that is known.",
                address=f"{_DASHBOARDS}/herd?farm={farm.id}",
                farm_id=farm.id,
            )
        )
    return found


def _missing(farm: FarmFacts) -> str:
    lacks = {
        "no sire": farm.no_sire,
        "no dam": farm.no_dam,
        "no birth date": farm.no_birth_date,
    }
    told = [f"{n} have {what}" for what, n in lacks.items() if n > _FEW * farm.animals]
    return ", ".join(told)


def _lessons(facts: Facts) -> list[SuggestionRead]:
    """The lesson for those who learn, and for farmers who plan matings."""
    learns = facts.roles & {Role.STUDENT, Role.INSTRUCTOR}
    plans = any(farm.matings_ahead for farm in facts.farms)
    if not learns and not plans:
        return []
    reason = (
        "Your role is to learn or to teach."
        if learns
        else "You mate animals: the lesson shows what relationship does to their offspring."
    )
    return [
        SuggestionRead(
            kind=Suggestion.LESSON,
            title="Try the lesson on inheritance and inbreeding",
            reason=reason,
            address="/services/lessons/",
        )
    ]


def _next_year(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28) if leap else day.replace(year=day.year + 1)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
