"""What is held where: the form in which tables, items and objects are classified."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Erase(StrEnum):
    """What an erasure does with the rows of a person."""

    DELETE = "deleted"
    CLEAR = "cleared"
    KEEP = "kept"


@dataclass(frozen=True)
class Held:
    """One table. Every column stands in exactly one of the lists; lists are words of a text.

    `people`: columns with the number of a person. `farm`: the column by which rows belong to farms
    that are the person's only. `clears`, `farm_clears`: columns that lose their content, and what
    stands there then. `redacts`: JSON in which names of the person are replaced. `hidden`: told
    to nobody. `shown`: told to the person. `other`: not about people. `reason`: why rows stay.
    """

    name: str
    about: str
    people: str = ""
    farm: str = ""
    erase: Erase = Erase.KEEP
    clears: Mapping[str, Any] = field(default_factory=dict)
    farm_clears: Mapping[str, Any] = field(default_factory=dict)
    redacts: str = ""
    hidden: str = ""
    shown: str = ""
    other: str = ""
    reason: str = ""

    @property
    def columns(self) -> list[str]:
        """Every column that is classified, as often as it is."""
        lists = (self.redacts, self.hidden, self.shown, self.other)
        return [*self.clears, *(name for words in lists for name in words.split())]

    @property
    def told(self) -> list[str]:
        """What the person is told."""
        return [*self.shown.split(), *self.clears, *self.redacts.split()]

    @property
    def whose(self) -> list[str]:
        return self.people.split()

    @property
    def is_personal(self) -> bool:
        return bool(self.people or self.farm)


@dataclass(frozen=True)
class Items:
    """One DynamoDB table: what its items are, by what they are found, and what nobody is told."""

    name: str
    about: str
    partition: str
    hidden: str = ""


@dataclass(frozen=True)
class Objects:
    """One kind of object or file outside the databases."""

    name: str
    about: str
    named_by: str
    erased: str
