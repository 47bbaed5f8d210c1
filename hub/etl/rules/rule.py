"""What a rule is, and what a set of rules is."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import polars as pl

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Rule:
    """One thing that must be so: how to see that it is not, and what to tell then.

    `wrong` is true for rows that break it, over a table with the columns that its kind's check
    prepares; without it, the check finds the rows across the table, and tells the message itself.
    `{name}` in message and remedy is filled from the column that `shown` names, or from the facts
    of the import (the farm, the traits). `cell` is the column with what stood in the file.
    """

    code: str
    column: str
    says: str
    message: str = ""
    remedy: str = ""
    severity: Severity = "error"
    wrong: pl.Expr | None = None
    shown: Mapping[str, str] = field(default_factory=dict)
    cell: str = ""


@dataclass(frozen=True)
class RuleSet:
    """The rules of a kind of data; `version` changes with any of them."""

    kind: str
    number: int
    rules: tuple[Rule, ...]

    @cached_property
    def by_code(self) -> dict[str, Rule]:
        return {rule.code: rule for rule in self.rules}

    @cached_property
    def version(self) -> str:
        """The number that people raised, and a mark of all texts and conditions."""
        told = [(r.code, r.column, r.says, r.message, r.remedy, r.severity, str(r.wrong))
                for r in self.rules]  # fmt: skip
        mark = hashlib.sha256(repr(told).encode()).hexdigest()[:8]
        return f"{self.kind} {self.number}-{mark}"

    @property
    def of_rows(self) -> tuple[Rule, ...]:
        """Those that look at one row at a time."""
        return tuple(rule for rule in self.rules if rule.wrong is not None)
