"""What is possible, usual and due in each species: one file, one table."""

from hub.events.species.rules import Rules
from hub.events.species.table import TABLES, rules_of

__all__ = ["TABLES", "Rules", "rules_of"]
