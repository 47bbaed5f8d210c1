"""Invitations: a token that makes whoever holds it a member of a farm, a project or the hub."""

from hub.sharing.invitations.schemas import (
    Acceptance,
    InvitationCreate,
    InvitationKind,
    InvitationMade,
    InvitationRead,
    InvitationShown,
    InvitationsQuery,
)
from hub.sharing.invitations.service import accept, join, look, make, new_account, revoke, search

__all__ = [
    "Acceptance",
    "InvitationCreate",
    "InvitationKind",
    "InvitationMade",
    "InvitationRead",
    "InvitationShown",
    "InvitationsQuery",
    "accept",
    "join",
    "look",
    "make",
    "new_account",
    "revoke",
    "search",
]
