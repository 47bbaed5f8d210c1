"""The classes of requests that are counted apart; every route belongs to one."""

from enum import StrEnum


class Rate(StrEnum):
    """What a request costs the hub, and what it could be misused for."""

    READ = "read"
    WRITE = "write"
    HEAVY = "heavy"  # starts work of minutes: evaluations, imports, exports
    SENSITIVE = "sensitive"  # sharing, erasing, roles, keys
    PROOF = "proof"  # checks a password, a code or a token of somebody who is not signed in yet
