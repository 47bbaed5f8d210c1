"""Events: what happens to animals, told once and corrected in the open."""

from hub.events.details import EventDetails, Kind
from hub.events.outlook import due, females, reproduction, states
from hub.events.schemas import (
    AnimalEventQuery,
    DueItem,
    DueKind,
    DueQuery,
    EventCorrect,
    EventCreate,
    EventQuery,
    EventRead,
    EventRevisionRead,
    EventVoid,
    Milk,
    Notice,
    ReproductiveState,
    State,
    StateQuery,
)
from hub.events.service import correct, get, get_many, history, of_animal, record, search, void
from hub.events.species import TABLES, Rules, rules_of

__all__ = [
    "TABLES",
    "AnimalEventQuery",
    "DueItem",
    "DueKind",
    "DueQuery",
    "EventCorrect",
    "EventCreate",
    "EventDetails",
    "EventQuery",
    "EventRead",
    "EventRevisionRead",
    "EventVoid",
    "Kind",
    "Milk",
    "Notice",
    "ReproductiveState",
    "Rules",
    "State",
    "StateQuery",
    "correct",
    "due",
    "females",
    "get",
    "get_many",
    "history",
    "of_animal",
    "record",
    "reproduction",
    "rules_of",
    "search",
    "states",
    "void",
]
