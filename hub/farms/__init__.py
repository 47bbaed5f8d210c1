"""Farms, and who belongs to them: every animal, record and import belongs to one farm."""

from hub.farms.schemas import (
    FarmCreate,
    FarmQuery,
    FarmRead,
    FarmSummary,
    MemberAdd,
    MemberRead,
    MemberRole,
    Species,
)
from hub.farms.service import (
    add_member,
    belonging,
    create,
    get,
    members,
    mine,
    remove_member,
    require_visible,
    require_write,
    search,
    shared,
    summary,
)

__all__ = [
    "FarmCreate",
    "FarmQuery",
    "FarmRead",
    "FarmSummary",
    "MemberAdd",
    "MemberRead",
    "MemberRole",
    "Species",
    "add_member",
    "belonging",
    "create",
    "get",
    "members",
    "mine",
    "remove_member",
    "require_visible",
    "require_write",
    "search",
    "shared",
    "summary",
]
