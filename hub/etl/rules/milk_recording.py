"""Rules for test days of milk recording: those of records, of which a row holds several."""

from hub.etl.rules.records import RULES
from hub.etl.rules.rule import RuleSet

MILK_RECORDING = RuleSet("milk_recording", 2, RULES)
