"""Emilia: understands a question, looks it up, and says what she found and where.

She answers from data only. What she does not understand or may not see, she says so.
"""

from typing import assert_never

from hub.chat import tools, wording
from hub.chat.schemas import Reply
from hub.chat.understanding import (
    AboutAnimal,
    BestAnimals,
    CountAnimals,
    Narrowing,
    NotUnderstood,
    understand,
)
from hub.errors import Denied
from hub.storage.transaction import Transaction


async def answer(tx: Transaction, question: str) -> Reply:
    """What Emilia says to a question of the actor."""
    try:
        known = await tools.vocabulary(tx)
        request = understand(question, known.vocabulary)
        match request:
            case CountAnimals():
                return await _count(tx, known, request.narrowing)
            case BestAnimals():
                return await _best(tx, known, request)
            case AboutAnimal():
                return await _about(tx, known, request)
            case NotUnderstood():
                return wording.not_understood(request)
            case _:
                assert_never(request)
    except Denied as error:
        return wording.denied(error)


async def _count(tx: Transaction, known: tools.Known, narrowing: Narrowing) -> Reply:
    return wording.counted(known, narrowing, await tools.count(tx, known, narrowing))


async def _best(tx: Transaction, known: tools.Known, request: BestAnimals) -> Reply:
    evaluated = await tools.evaluated(tx, known)
    traits = [code for code in request.traits if code in evaluated]
    if request.narrowing.species:
        fitting = [
            code
            for code in traits
            if known.traits[code].species in (None, request.narrowing.species)
        ]
        traits = fitting or traits
    if len(traits) != 1:
        return wording.which_trait(known, request, traits, evaluated)
    [trait] = traits
    ranked = await tools.best(
        tx, known, evaluated[trait], trait, request.narrowing,
        number=request.count, lowest=request.lowest != (trait in wording.LOWER_IS_BETTER),
    )  # fmt: skip
    return wording.ranking(known, request, ranked)


async def _about(tx: Transaction, known: tools.Known, request: AboutAnimal) -> Reply:
    found = await tools.find_animals(tx, request.names)
    if not found:
        return wording.no_animal(request.names[0])
    if len(found) > 1:
        return wording.several(known, found)
    return wording.portrait(known, await tools.animal_page(tx, known, found[0]))
