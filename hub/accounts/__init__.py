"""People: who is calling, signing in with a password, and the list of people.

JupyterHub signs people in; this noun knows them by user name, keeps local passwords, and makes the
actor that every other noun asks for.
"""

from hub.accounts.schemas import (
    LocalAccount,
    LocalAccountCreate,
    Me,
    PeopleQuery,
    PersonRead,
)
from hub.accounts.service import (
    actor_of,
    bootstrap,
    by_username,
    create_local,
    disable,
    enable,
    identify,
    may_sign_in,
    me,
    people,
    sign_in_locally,
)

__all__ = [
    "LocalAccount",
    "LocalAccountCreate",
    "Me",
    "PeopleQuery",
    "PersonRead",
    "actor_of",
    "bootstrap",
    "by_username",
    "create_local",
    "disable",
    "enable",
    "identify",
    "may_sign_in",
    "me",
    "people",
    "sign_in_locally",
]
