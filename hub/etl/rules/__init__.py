"""What files are judged by: named and versioned rules of each kind of data."""

from hub.etl.rules.rule import Rule, RuleSet, Severity
from hub.etl.rules.schemas import RuleRead, RuleSetRead, RulesRead, rules
from hub.etl.rules.sets import RULE_SETS

__all__ = [
    "RULE_SETS",
    "Rule",
    "RuleRead",
    "RuleSet",
    "RuleSetRead",
    "RulesRead",
    "Severity",
    "rules",
]
