"""What a hub answers when it cannot do what was asked.

    AgrigenError
    └── ApiError
        ├── Invalid        422, 400  the request cannot be right
        ├── Denied         403       the account may not do this
        │   └── NotSignedIn  401     no token, or one the hub does not know (any more)
        ├── Missing        404       it does not exist, or the account may not know that it does
        ├── Conflict       409       it contradicts what is stored
        ├── Limited        429       too much, too fast
        ├── Unavailable    5xx       the hub or a part of it is not answering
        │   └── Unreachable          no answer at all
        └── Failed                   an import or evaluation that we waited for did not finish well

`code` is stable and dotted ("animals.not_found"); programs match on it, people read the message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from agrigen.errors import AgrigenError


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one value: where it stands, what is wrong, what to do."""

    where: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.where}: {self.message}", self.remedy) if part)


class ApiError(AgrigenError):
    """Base of every refusal of the hub; `request_id` finds it in the hub's logs."""

    code = "api.error"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int = 0,
        errors: Sequence[FieldError] = (),
        request_id: str = "",
    ) -> None:
        self.message = message
        self.code = code or type(self).code
        self.status = status
        self.errors = tuple(errors)
        self.request_id = request_id
        super().__init__("\n".join([message, *(f"- {error}" for error in self.errors)]))


class Invalid(ApiError):
    code = "request.invalid"


class Denied(ApiError):
    code = "permission.missing"


class NotSignedIn(Denied):
    code = "sign_in.required"


class Missing(ApiError):
    code = "resource.not_found"


class Conflict(ApiError):
    code = "resource.conflict"


class Limited(ApiError):
    code = "request.limited"


class Unavailable(ApiError):
    code = "hub.unavailable"


class Unreachable(Unavailable):
    code = "hub.unreachable"


class Failed(ApiError):
    code = "run.failed"


_BY_STATUS: Mapping[int, type[ApiError]] = {
    400: Invalid,
    401: NotSignedIn,
    403: Denied,
    404: Missing,
    409: Conflict,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: Limited,
}


def error_of(answer: httpx.Response) -> ApiError:
    """The exception for an answer that is not a success."""
    problem = _problem(answer)
    code = str(problem.get("code", ""))
    kind = _BY_STATUS.get(answer.status_code, Unavailable if answer.is_server_error else ApiError)
    return kind(
        str(problem.get("detail") or _plain(answer)),
        code=code,
        status=answer.status_code,
        errors=[_field_error(one) for one in problem.get("errors") or ()],
        request_id=str(problem.get("request_id") or answer.headers.get("X-Request-Id", "")),
    )


def _problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem+json body; an answer of a proxy in between has none."""
    if "json" not in answer.headers.get("Content-Type", ""):
        return {}
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _field_error(one: Mapping[str, Any]) -> FieldError:
    return FieldError(*(str(one.get(key, "")) for key in ("where", "message", "remedy")))


def _plain(answer: httpx.Response) -> str:
    where = f"{answer.url.scheme}://{answer.url.netloc.decode()}"
    if answer.is_redirect:
        return (
            f"{where} answered with a redirect, which is not an AgriGen API. Give the address of "
            "the hub, as in connect(url='https://hub.example.org')."
        )
    if answer.status_code in (404, 405):
        return f"{where} has no {answer.url.path}. Is it an AgriGen hub of this version?"
    return f"{where} answered {answer.status_code} without saying why. Try again in a moment."
