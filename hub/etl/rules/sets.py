"""The rule set of each kind of data."""

from hub.etl.rules.animals import ANIMALS
from hub.etl.rules.events import EVENTS
from hub.etl.rules.milk_recording import MILK_RECORDING
from hub.etl.rules.records import RECORDS
from hub.etl.rules.rule import RuleSet

RULE_SETS: dict[str, RuleSet] = {
    rules.kind: rules for rules in (ANIMALS, RECORDS, EVENTS, MILK_RECORDING)
}
