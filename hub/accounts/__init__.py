"""People: who is calling, signing in with a password, and the list of people.

JupyterHub signs people in; this noun knows them by user name, keeps local passwords and what
institutions call people, and makes the actor that every other noun asks for.
"""

from hub.accounts.addresses import digests as address_digests
from hub.accounts.credentials import (
    CodeOwner,
    answer_resets,
    ask_address,
    ask_reset,
    change_password,
    code_owner,
    forget_address,
    keep,
    may_sign_in,
    my_address,
    redeem_address,
    redeem_password,
    sign_in_locally,
    standing,
)
from hub.accounts.identities import by_identity, join, link
from hub.accounts.people import (
    change,
    create,
    disable,
    enable,
    keep_an_admin,
    opening_link,
    require_over,
    require_within,
)
from hub.accounts.policy import policy_in_force
from hub.accounts.schemas import (
    LocalAccount,
    LocalAccountCreate,
    Me,
    OpeningLink,
    PeopleQuery,
    PersonCreate,
    PersonRead,
    PersonUpdate,
    PolicyRead,
)
from hub.accounts.service import actor_of, bootstrap, by_username, first_admin, identify, me, people

__all__ = [
    "CodeOwner",
    "LocalAccount",
    "LocalAccountCreate",
    "Me",
    "OpeningLink",
    "PeopleQuery",
    "PersonCreate",
    "PersonRead",
    "PersonUpdate",
    "PolicyRead",
    "actor_of",
    "address_digests",
    "answer_resets",
    "ask_address",
    "ask_reset",
    "bootstrap",
    "by_identity",
    "by_username",
    "change",
    "change_password",
    "code_owner",
    "create",
    "disable",
    "enable",
    "first_admin",
    "forget_address",
    "identify",
    "join",
    "keep",
    "keep_an_admin",
    "link",
    "may_sign_in",
    "me",
    "my_address",
    "opening_link",
    "people",
    "policy_in_force",
    "redeem_address",
    "redeem_password",
    "require_over",
    "require_within",
    "sign_in_locally",
    "standing",
]
