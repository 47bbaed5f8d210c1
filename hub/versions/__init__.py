"""Versions of farms' tables: freeze them, freeze them again, bring them back."""

from hub.versions.restoring import restore
from hub.versions.schemas import Freeze, FreezeRead, NextVersion, Restore, RestoreRead, Rows
from hub.versions.service import bring_back, freeze, freeze_again

__all__ = [
    "Freeze",
    "FreezeRead",
    "NextVersion",
    "Restore",
    "RestoreRead",
    "Rows",
    "bring_back",
    "freeze",
    "freeze_again",
    "restore",
]
