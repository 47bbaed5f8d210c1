"""Use case of one pair: what a mating would give, and whether it is a good idea."""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import agrigen as ag
from hub.breeding import planning, repository, rules, service
from hub.breeding.planning import NINE_IN_TEN, UNKNOWN, Coded, Facts, Herd
from hub.breeding.schemas import (
    Expected,
    GeneRisk,
    Limits,
    PairQuery,
    PairRead,
    Parent,
    PrnpOutcome,
)
from hub.breeding.valuation import GoalTrait
from hub.breeding.words import notice, say
from hub.errors import Missing
from hub.permissions import Permission
from hub.schemas import Language
from hub.storage.transaction import Transaction

Verdict = Literal["good", "careful", "avoid"]


async def pair(tx: Transaction, query: PairQuery) -> PairRead:
    """What to expect of two animals that one may see."""
    tx.actor.require(Permission.BREEDING_PLAN)
    found = await repository.animals(tx.session, {query.sire, query.dam})
    dam = _one(found, query.dam)
    sire = _one(found, query.sire)
    rules.checked([dam.id], found, "F", "dam", dam.species)
    rules.checked([sire.id], found, "M", "sire", dam.species)
    evaluated = await service.evaluated_traits(tx, dam.farm_id)
    herd, goal = await service.herd_of(tx, evaluated, [dam], [sire])
    names = await repository.traits(tx.session, [one.trait for one in evaluated])
    return await asyncio.to_thread(_answer, herd, goal, names, query)


def _one(found: dict[UUID, Any], animal_id: UUID) -> Any:
    if animal_id not in found:
        raise Missing("animals.not_found", "There is no such animal, or you may not see it.")
    return found[animal_id]


def _answer(
    herd: Herd, goal: Sequence[GoalTrait], names: dict[str, Any], query: PairQuery
) -> PairRead:
    facts = planning.facts(herd, query.worst_prnp)
    dam, sire = herd.females[0], herd.males[0]
    told = planning.notices(herd, facts, query, 0, 0)
    verdict = _verdict(facts, query, told)
    notices = [notice(code, query.language, parameters) for code, parameters in told]
    tested = {dam.id, sire.id} <= herd.prnp.keys()
    progeny = planning.prnp_progeny(herd.prnp[dam.id], herd.prnp[sire.id]) if tested else ()
    inbreeding = float(facts.inbreeding[0, 0])
    return PairRead(
        sire=_parent(herd, facts, sire),
        dam=_parent(herd, facts, dam),
        index=_index(herd, facts),
        traits=_traits(herd, facts, goal, names),
        inbreeding=inbreeding,
        relation=say(rules.relation(inbreeding), query.language),
        genes=[
            GeneRisk(
                gene=gene,
                affected=float(risk[0, 0]),
                carrier=float(facts.carrier[gene][0, 0]),
            )
            for gene, risk in facts.risk.items()
        ],
        prnp=[PrnpOutcome(genotype=one, type=kind, probability=p) for one, kind, p in progeny],
        notices=notices,
        verdict=verdict,
        text=_text(verdict, [one.message for one in notices], query.language),
    )


def _verdict(facts: Facts, limits: Limits, told: Sequence[Coded]) -> Verdict:
    """Avoid what a plan would refuse; be careful with what it would warn of."""
    broken = any(bool(rule[0, 0]) for rule in planning.forbidden(facts, limits).values())
    if broken or facts.inbreeding[0, 0] > limits.most_inbreeding:
        return "avoid"
    return "careful" if any(code != "breeding.no_index" for code, _ in told) else "good"


def _text(verdict: Verdict, messages: Sequence[str], language: Language) -> str:
    return " ".join([say(f"verdict.{verdict}", language), *messages])


def _parent(herd: Herd, facts: Facts, animal: Any) -> Parent:
    return Parent(
        animal_id=animal.id,
        tag=animal.tag,
        name=animal.name,
        index=herd.worth.get(animal.id, UNKNOWN).index,
        inbreeding=facts.own_inbreeding[animal.id],
    )


def _index(herd: Herd, facts: Facts) -> Expected | None:
    both = [herd.worth.get(one.id, UNKNOWN) for one in (herd.males[0], herd.females[0])]
    if both[0].index is None or both[1].index is None or not herd.goal_sd:
        return None
    of_sire, of_dam = ((one.index or 0.0, one.se) for one in both)
    return _expected("index", "points", of_sire, of_dam, herd, facts, herd.goal_sd)


def _traits(
    herd: Herd, facts: Facts, goal: Sequence[GoalTrait], names: dict[str, Any]
) -> list[Expected]:
    """Traits of the index that both parents have breeding values of."""
    sire, dam = (herd.worth.get(one.id, UNKNOWN) for one in (herd.males[0], herd.females[0]))
    return [
        _expected(one.trait, names[one.trait].unit, sire.values[one.trait], dam.values[one.trait],
                  herd, facts, one.genetic_sd)
        for one in goal
        if one.trait in sire.values and one.trait in dam.values
    ]  # fmt: skip


def _expected(
    what: str,
    unit: str,
    sire: tuple[float, float],
    dam: tuple[float, float],
    herd: Herd,
    facts: Facts,
    sd: float,
) -> Expected:
    progeny = ag.expected_progeny(
        sire[0],
        dam[0],
        variance=sd**2,
        sire_se=sire[1],
        dam_se=dam[1],
        sire_inbreeding=facts.own_inbreeding[herd.males[0].id],
        dam_inbreeding=facts.own_inbreeding[herd.females[0].id],
    )
    low, high = progeny.range(NINE_IN_TEN)
    mean = float(progeny.mean[0])
    return Expected(what=what, unit=unit, mean=mean, low=float(low[0]), high=float(high[0]))
