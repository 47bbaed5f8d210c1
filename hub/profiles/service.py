"""Use cases of profiles: what one chose, what to do next, what one did."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from hub import farms, mail
from hub.errors import Invalid
from hub.farms import FarmRead, MemberRole
from hub.permissions import Permission
from hub.profiles import repository, suggesting
from hub.profiles.schemas import Counted, ProfileRead, ProfileUpdate, SuggestionRead, Usage
from hub.profiles.suggesting import Facts, FarmFacts, Mending
from hub.storage.dynamodb import Item, Store
from hub.storage.transaction import Transaction

USAGE_DAYS = 30
_WORKS = {MemberRole.OWNER, MemberRole.WORKER}


async def get(tx: Transaction, store: Store) -> ProfileRead:
    """The caller's profile; what was never chosen has its default."""
    tx.actor.require(Permission.ACCOUNT_READ)
    return _read(await store.run(repository.get, tx.actor.person_id))


async def of_person(store: Store, person_id: UUID) -> ProfileRead:
    """A person's profile, for parts of the hub that act for them."""
    return _read(await store.run(repository.get, person_id))


async def mail_is_unwanted(store: Store, person_id: UUID, kind: str) -> bool:
    """Whether the person chose not to get letters of this kind."""
    return kind in (await of_person(store, person_id)).mail_off


async def update(tx: Transaction, store: Store, changed: ProfileUpdate) -> ProfileRead:
    """Change the given fields."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    changes = changed.changes()
    never_empty = {name for name, value in changes.items() if value is None} - {"default_farm_id"}
    if never_empty:
        raise Invalid(
            "profile.empty", f"Give {', '.join(sorted(never_empty))} a value, or leave it out."
        )
    if unknown := (changed.mail_off or frozenset()) - set(mail.OPTIONAL):
        raise Invalid(
            "profile.letters",
            f"Letters of the kind {', '.join(sorted(unknown))} cannot be switched off; these can: "
            f"{', '.join(sorted(mail.OPTIONAL))}.",
        )
    if changed.default_farm_id is not None:
        await farms.require_visible(tx, changed.default_farm_id)
    if not changes:
        return await get(tx, store)
    return _read(await store.run(repository.change, tx.actor.person_id, changes))


async def suggestions(tx: Transaction, store: Store) -> list[SuggestionRead]:
    """What to do next, from one's own data; nothing when it is switched off."""
    chosen = await get(tx, store)
    if not chosen.suggestions:
        return []
    on = datetime.now(UTC).date()
    worked = [farm for farm in await farms.mine(tx) if farm.my_role in _WORKS]
    facts = Facts(
        roles=tx.actor.roles,
        permissions=tx.actor.permissions,
        has_factor=await repository.has_factor(tx.session),
        farms=tuple([await _facts(tx, farm) for farm in worked]),
        mending=await _mending(tx),
    )
    found = suggesting.suggestions(facts, on)
    return [one for one in found if one.kind not in chosen.suggestions_off]


async def usage(tx: Transaction) -> Usage:
    """What one did in the last days, counted from the audit log; only oneself sees it."""
    tx.actor.require(Permission.ACCOUNT_READ)
    rows = await repository.acts(tx.session, USAGE_DAYS)
    acts: dict[str, Counted] = {}
    for row in rows:
        before = acts.get(row.action)
        times = row.times + (before.times if before else 0)
        last = max(row.last, before.last) if before else row.last
        acts[row.action] = Counted(what=row.action, times=times, last=last)
    most_first = sorted(acts.values(), key=lambda one: (-one.times, one.what))
    return Usage(days=USAGE_DAYS, active_days=len({row.day for row in rows}), acts=most_first)


async def _facts(tx: Transaction, farm: FarmRead) -> FarmFacts:
    today = farms.today(farm)
    herd = await repository.herd(tx.session, farm.id)
    ahead = await repository.matings_ahead(tx.session, farm.id, today)
    return FarmFacts(
        id=farm.id,
        name=farm.name,
        animals=herd.animals,
        no_sire=herd.no_sire,
        no_dam=herd.no_dam,
        no_birth_date=herd.no_birth_date,
        matings_ahead=ahead.matings,
        mating_starts=ahead.first,
        planned=await repository.is_planned(tx.session, farm.id, today),
        sharing_ends=await repository.sharing_ends(tx.session, farm.id, today),
    )


async def _mending(tx: Transaction) -> Mending | None:
    row = await repository.to_mend(tx.session, datetime.now(UTC).date())
    return Mending(row.id, row.farm_id, row.name, row.rows_rejected) if row else None


def _read(item: Item) -> ProfileRead:
    """What is stored as far as this release knows it; a value it does not know is its default."""
    values: dict[str, Any] = {name: item[name] for name in ProfileRead.model_fields if name in item}
    if "changed" in item:
        values["changed_at"] = datetime.fromtimestamp(item["changed"], UTC)
    try:
        return ProfileRead.model_validate(values)
    except ValidationError as error:
        for problem in error.errors():
            values.pop(str(problem["loc"][0]), None)
        return ProfileRead.model_validate(values)
