"""Rule sets as people and programs see them."""

from hub.etl.rules.rule import Severity
from hub.etl.rules.sets import RULE_SETS
from hub.schemas import Output


class RuleRead(Output):
    """What a rule asks, of which column, and what happens to rows that break it."""

    code: str
    column: str
    says: str
    severity: Severity
    remedy: str


class RuleSetRead(Output):
    """The rules of a kind of data; imports keep the version by which they were judged."""

    kind: str
    version: str
    rules: list[RuleRead]


class RulesRead(Output):
    """The rule sets of all kinds."""

    kinds: list[RuleSetRead]


def rules() -> RulesRead:
    """What files are judged by now."""
    return RulesRead(
        kinds=[
            RuleSetRead(
                kind=one.kind,
                version=one.version,
                rules=[RuleRead.model_validate(rule, from_attributes=True) for rule in one.rules],
            )
            for one in RULE_SETS.values()
        ]
    )
