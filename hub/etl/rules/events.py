"""Rules for events. What can have happened is judged by the events themselves as they are recorded.

So most of these are told by `hub.events` with the message for the case; here is what they ask.
"""

from hub.etl.rules import common
from hub.etl.rules.rule import Rule, RuleSet

AS_TOLD = "As the message says."
OTHER = "event_refused"


def _rule(code: str, column: str, says: str, remedy: str = AS_TOLD) -> Rule:
    return Rule(code=code, column=column, says=says, remedy=remedy)


RULES: tuple[Rule, ...] = (
    *common.OF_EVERY_FILE,
    _rule("unknown_event", "event", "A row says what kind of event it tells of, or its sheet."),
    _rule("missing", "animal or date", "Every event has an animal and a day.", "Fill it in."),
    _rule("unknown_animal", "any", "Animals are those of the farm, or of shared farms.",
          "Correct the identifier, or import the animal first."),
    _rule("bad_date", "any", "A date can be read and is in the calendar.",
          "Write it as year-month-day, such as 2024-03-17."),
    _rule("in_the_future", "date", "Nothing is dated later than today.", "Correct the date."),
    _rule("bad_number", "any", "A number is one.",
          "Write digits with a point, such as 12.5, without units."),
    _rule("not_a_choice", "any", "Codes are those that the hub knows."),
    _rule("not_of_this_event", "any", "A kind of event has its own columns; others are empty.",
          "Empty the cell, or correct the kind of the event."),
    _rule("bad_value", "any", "Values are in the range of their field.", "Correct it."),
    _rule("birth_refused", "", "The rows of one birth are taken or refused together.",
          "Mend the other row; this one is taken with it."),
    _rule("events.refused", "any",
          "An event can have happened after and before all others of its animal."),
    _rule("events.possible_duplicate", "any", "An event is told once."),
    _rule("events.offspring_id_taken", "any", "Newborns are new animals."),
    _rule("events.offspring_in_the_way", "any", "Newborns are new animals."),
    _rule("events.id_taken", "", "An event has one row."),
    _rule("animals.duplicate_tag", "young_tag", "A tag is that of one animal of the farm."),
    _rule("animals.duplicate_identifier", "young_tag",
          "An identifier is that of one animal of the farm."),
    _rule("animals.refused", "any", "Newborns can be the offspring of their parents."),
    _rule("animals.merged", "animal", "Events are told of the animal that was kept in a merge."),
    _rule("records.refused", "weight", "A weight lies in the range of its species."),
    _rule("records.duplicate", "weight", "An animal has one weight a day."),
    _rule(OTHER, "any", "Whatever else the hub asks of an event."),
    common.UNKNOWN_COLUMN,
)  # fmt: skip
EVENTS = RuleSet("events", 2, RULES)
