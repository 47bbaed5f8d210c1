"""Every error as `application/problem+json` (RFC 9457): the one table between kinds and HTTP.

Nothing in a problem comes from an exception we did not write: no SQL, path, token or traceback.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError
from pydantic import ValidationError
from tornado.web import HTTPError

from hub.errors import FieldError, HubError, SignInAgain
from hub.storage.errors import translate

# The page of the hub on which people confirm who they are; `?next=` leads back.
STEP_UP = "/hub/step-up"

TITLES = {
    400: "Request not understood",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict with what is stored",
    410: "Start again",
    413: "Request too large",
    415: "Media type not supported",
    422: "Request cannot be right",
    429: "Too many requests",
    500: "Unexpected error",
    502: "Sign-in service failed",
    503: "Not available at the moment",
    507: "No room left",
}


class HttpError(Exception):
    """A refusal that only HTTP knows (no sign-in, wrong method, too large)."""

    def __init__(self, status: int, code: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True)
class Problem:
    """What is sent: a status, a stable code for programs and a sentence for people."""

    status: int
    code: str
    detail: str
    errors: Sequence[FieldError] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    expected: bool = True

    def body(self, request_id: str) -> dict[str, Any]:
        return {
            **self.attributes,
            "type": f"urn:agrigen:problem:{self.code}",
            "title": TITLES.get(self.status, HTTPStatus(self.status).phrase),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": [asdict(error) for error in self.errors],
            "request_id": request_id,
        }


def problem_of(error: BaseException | None) -> Problem:
    """Translate any exception; what nobody foresaw becomes 500 without a word about its cause."""
    known = translate(error) if error is not None else None
    if known is not None:
        error = known
    if isinstance(error, HubError):
        return _from_hub(error)
    if isinstance(error, HttpError):
        return Problem(error.status, error.code, error.detail, headers=error.headers)
    if isinstance(error, BotoCoreError):  # connection refused, timed out: DynamoDB or S3 is away
        return Problem(
            503,
            "storage.unreachable",
            "A store is not answering. Try again in a moment.",
            headers={"Retry-After": "2"},
        )
    if isinstance(error, HTTPError):
        return _from_tornado(error)
    return Problem(
        500,
        "server.unexpected",
        "Something went wrong that we did not foresee. Nothing was changed. Report the request id.",
        expected=False,
    )


def field_errors(error: ValidationError, where: str = "") -> list[FieldError]:
    """Pydantic's findings as ours: where it stands, what is wrong, what to do."""
    return [
        FieldError(
            where=".".join(str(part) for part in (where, *one["loc"]) if part != "") or "body",
            message=one["msg"],
            remedy=_remedy(one["type"], one.get("ctx", {})),
        )
        for one in error.errors(include_url=False, include_input=False)
    ]


_REMEDIES = {
    "missing": "Add this field.",
    "extra_forbidden": "Leave it out, or correct its name.",
    "enum": "Use one of: {expected}.",
    "literal_error": "Use one of: {expected}.",
    "uuid_parsing": "Give an id as the hub wrote it, such as 0198c2a4-7c1e-7f2a-9d3b-0123456789ab.",
    "date_from_datetime_parsing": "Write dates as YYYY-MM-DD.",
    "date_parsing": "Write dates as YYYY-MM-DD.",
    "date_as_number": "Write days as 2026-03-14 and moments as 2026-03-14T09:30:00Z.",
    "json_invalid": "Send valid JSON.",
}


def _remedy(kind: str, context: dict[str, Any]) -> str:
    try:
        return _REMEDIES.get(kind, "").format_map(context)
    except KeyError:
        return ""


def _from_hub(error: HubError) -> Problem:
    attributes = dict(error.attributes)
    headers = {}
    if "retry_after" in attributes:
        headers["Retry-After"] = str(attributes["retry_after"])
    if isinstance(error, SignInAgain):
        headers["WWW-Authenticate"] = _challenge(error)
        if "acr_values" in attributes:
            attributes["step_up"] = STEP_UP
    return Problem(
        error.status,
        error.code,
        error.message,
        error.errors,
        attributes,
        headers,
        expected=error.status != 500,
    )


def _challenge(error: SignInAgain) -> str:
    """RFC 9470: what kind of sign-in would be enough, and how old it may be."""
    asked = [f'error="{error.attributes.get("error", "insufficient_user_authentication")}"']
    asked += [
        f'{name}="{error.attributes[name]}"'
        for name in ("acr_values", "max_age")
        if name in error.attributes
    ]
    return f'Bearer realm="agrigen", {", ".join(asked)}'


def _from_tornado(error: HTTPError) -> Problem:
    """Errors of Tornado and of JupyterHub's identity code; their own texts are not passed on."""
    status = error.status_code
    if status in (500, 502):  # JupyterHub did not answer when it was asked about a token
        return Problem(
            503,
            "sign_in.unavailable",
            "Sign-ins cannot be checked at the moment. Try again shortly.",
            headers={"Retry-After": "2"},
        )
    details = {
        400: "The request could not be understood: check its address and its encoding.",
        404: "There is nothing at this address.",
        405: "This address does not answer this method.",
    }
    return Problem(status, f"http.{status}", details.get(status, TITLES.get(status, "Refused.")))
