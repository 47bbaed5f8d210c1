"""What files are judged by: named and versioned rules of each kind of data."""

from hub.etl.rules.common import UNKNOWN_COLUMN
from hub.etl.rules.rule import Rule, RuleSet, Severity
from hub.etl.rules.sets import RULE_SETS

__all__ = ["RULE_SETS", "UNKNOWN_COLUMN", "Rule", "RuleSet", "Severity"]
