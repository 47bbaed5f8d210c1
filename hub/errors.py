"""Errors the hub tells people about, by kind; each edge (REST, CLI, worker) translates it once.

    HubError
    ├── SignInAgain   401  the sign-in is over, too old or too weak for this (RFC 9470)
    ├── Invalid       422  the request cannot be right, whoever asks
    ├── Denied        403  the actor may see the thing but not do this to it
    ├── Missing       404  it does not exist, or the actor may not know that it does
    ├── Conflict      409  it contradicts what is stored
    ├── Gone          410  it was there, and one has to start again
    ├── TooLarge      413  more than is taken at all
    ├── Limited       429  too much, too fast
    ├── Unavailable   503  a part the hub needs is not answering
    └── Full          507  there is no room for it, on the disk or in what a person may keep

`code` is stable and dotted ("animals.not_found"); programs match on it, people read `message`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one value: where it stands, what is wrong, what to do."""

    where: str
    message: str
    remedy: str = ""


class HubError(Exception):
    """Base of everything the hub refuses; the message is written for the person who asked."""

    kind: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        code: str,
        message: str,
        *,
        errors: Sequence[FieldError] = (),
        **attributes: Any,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.errors = tuple(errors)
        self.attributes = attributes


class SignInAgain(HubError):
    kind, status, exit_code = "sign_in_again", 401, 3


class Invalid(HubError):
    kind, status, exit_code = "invalid", 422, 2


class Denied(HubError):
    kind, status, exit_code = "denied", 403, 3


class Missing(HubError):
    kind, status, exit_code = "missing", 404, 4


class Conflict(HubError):
    kind, status, exit_code = "conflict", 409, 5


class Gone(HubError):
    kind, status, exit_code = "gone", 410, 8


class TooLarge(HubError):
    kind, status, exit_code = "too_large", 413, 9


class Limited(HubError):
    kind, status, exit_code = "limited", 429, 6


class Unavailable(HubError):
    kind, status, exit_code = "unavailable", 503, 7


class Full(HubError):
    kind, status, exit_code = "full", 507, 10
