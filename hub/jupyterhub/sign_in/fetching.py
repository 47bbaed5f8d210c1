"""What institutions answer, read with suspicion: bounded in time and size, no detours."""

import json
from typing import Any

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from hub.errors import Denied, HubError, Unavailable

LARGEST = 2**20
_CONNECT_SECONDS = 5.0
_SECONDS = 10.0


def make_client() -> SimpleAsyncHTTPClient:
    """A client of its own for each institution, so that a slow one holds up no other."""
    return SimpleAsyncHTTPClient(force_instance=True, max_body_size=LARGEST, max_clients=20)


async def fetch_json(
    client: SimpleAsyncHTTPClient, request: HTTPRequest, title: str
) -> dict[str, Any]:
    """The object that was answered; a redirect is an error, compressed answers are not asked for.

    A redirect could lead to a machine that only the hub reaches; a small compressed answer could
    fill its memory.
    """
    request.follow_redirects = request.decompress_response = False
    request.connect_timeout, request.request_timeout = _CONNECT_SECONDS, _SECONDS
    try:
        answer = await client.fetch(request, raise_error=False)
    except (HTTPClientError, OSError, ValueError) as error:
        raise away(title) from error
    if answer.code >= 500:
        raise away(title)
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise refused(title, f"its answer ({answer.code}) is no JSON") from error
    if answer.code != 200 or not isinstance(found, dict):
        raise refused(title, f"it answered {answer.code}: {_reason(found)}")
    return found


def _reason(found: object) -> str:
    """The error code of RFC 6749, if it looks like one; never the institution's free text."""
    code = found.get("error") if isinstance(found, dict) else None
    plain = isinstance(code, str) and len(code) <= 40 and code.replace("_", "").isalnum()
    return str(code) if plain and str(code).isascii() else "nothing useful"


def away(title: str) -> HubError:
    return Unavailable(
        "sign_in.institution_away",
        f"{title} does not answer right now. Try again in a minute, or sign in another way.",
    )


def refused(title: str, why: str) -> HubError:
    """Nobody gets in; the reason is ours, so it can be shown."""
    return Denied(
        "sign_in.not_verified",
        f"You are not signed in: the answer of {title} could not be verified ({why}). Start again; "
        "if it happens again, show this sentence to an administrator of this hub.",
    )
