"""One request function: sign-in, retries, idempotency keys, and problem+json to exceptions."""

import random
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import httpx

from agrigen.client.address import VERSION
from agrigen.client.errors import Unreachable, error_of
from agrigen.client.item import Item
from agrigen.client.tokens import REFRESH, Tokens

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

RETRIED = frozenset({502, 503, 504})
ATTEMPTS = 5
LONGEST_WAIT_SECONDS = 8.0
PAGE = 1000
TIMEOUT = httpx.Timeout(60.0, connect=5.0)


class Transport:
    """Talks to one hub as one person.

    Every write carries an Idempotency-Key, the same in every attempt, so that repeating it after a
    lost answer cannot do it twice. Redirects are not followed: a token goes to the hub only.
    """

    def __init__(
        self,
        api_url: str,
        token: str | Tokens | None,
        *,
        http: httpx.Client | None = None,
        kept: Path | None = None,
    ) -> None:
        self.api_url = api_url.rstrip("/")
        self._own = http is None
        self._http = http or httpx.Client(timeout=TIMEOUT, follow_redirects=False)
        if isinstance(token, str) and token.startswith(REFRESH):
            token = Tokens(self.api_url, token, self._http, kept=kept)
        self._token = token

    def __repr__(self) -> str:
        return f"Transport({self.api_url})"

    def beside(self, path: str) -> "Transport":
        """The same service at another address than the API's, over the same connections."""
        root = self.api_url.removesuffix(VERSION)
        return Transport(root + path, self._token, http=self._http)

    def close(self) -> None:
        """Close connections this transport opened; shared ones stay open."""
        if self._own:
            self._http.close()

    def get(self, path: str, **query: Any) -> Item:
        """One thing, as an Item."""
        return Item(self.send("GET", path, query=query).json())

    def write(
        self, method: Method, path: str, body: Any = None, *, key: str | None = None
    ) -> Item | None:
        """Create or change something; the answer as an Item, None when there is nothing to say."""
        answer = self.send(method, path, json=body, key=key)
        return Item(answer.json()) if answer.content else None

    def create(self, path: str, body: Any = None, *, key: str | None = None) -> Item:
        """POST that answers with what was made."""
        return Item(self.send("POST", path, json=body, key=key).json())

    def pages(self, path: str, *, limit: int | None = None, **query: Any) -> Iterator[Item]:
        """Every item of a list, page after page; at most `limit` of them."""
        left = limit
        cursor = None
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page = self.get(path, limit=size, cursor=cursor, **query)
            yield from map(Item, page["items"])
            cursor = page.get("next_cursor")
            left = None if left is None else left - len(page["items"])
            if not cursor:
                return

    def send(
        self,
        method: Method,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """One request with its retries; raises an ApiError unless it succeeded."""
        request = self._http.build_request(
            method,
            self.api_url + path,
            params=_stated(query or {}),
            json=json,
            content=content,
            headers={**self._headers(method, key), **(headers or {})},
            timeout=TIMEOUT,
        )
        answer = self._deliver(request)
        if not answer.is_success:
            raise error_of(answer)
        return answer

    def download(self, path: str, target: Path, *, query: Mapping[str, Any] | None = None) -> None:
        """Save an answer of any size as a file, which is there whole or not at all."""
        request = self._http.build_request(
            "GET", self.api_url + path, params=_stated(query or {}),
            headers=self._headers("GET", None), timeout=TIMEOUT,
        )  # fmt: skip
        answer = self._deliver(request, stream=True)
        part = target.with_name(f"{target.name}.part")
        try:
            if not answer.is_success:
                answer.read()
                raise error_of(answer)
            with part.open("wb") as file:
                file.writelines(answer.iter_bytes())
            part.replace(target)
        finally:
            answer.close()
            part.unlink(missing_ok=True)

    def _headers(self, method: Method, key: str | None) -> dict[str, str]:
        headers = {"Accept": "application/json", "X-Request-Id": uuid4().hex}
        if self._token:
            known = self._token
            bearer = known.access() if isinstance(known, Tokens) else known
            headers["Authorization"] = f"Bearer {bearer}"
        if method != "GET":
            headers["Idempotency-Key"] = key or str(uuid4())
        return headers

    def _renewed(self, request: httpx.Request, answer: httpx.Response) -> bool:
        """Whether the request carries another access token now, in place of one that is over."""
        if not isinstance(self._token, Tokens) or not _is_over(answer):
            return False
        used = request.headers["Authorization"].removeprefix("Bearer ")
        request.headers["Authorization"] = f"Bearer {self._token.access(but=used)}"
        return True

    def _deliver(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        """Send; wait and send again while the hub is away or restarting."""
        for attempt in range(1, ATTEMPTS + 1):
            answer = None
            try:
                answer = self._http.send(request, stream=stream)
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    raise _unreachable(request) from error
            if answer is not None and attempt == 1 and self._renewed(request, answer):
                answer.close()
                continue
            if answer is not None and (answer.status_code not in RETRIED or attempt == ATTEMPTS):
                return answer
            if answer is not None:
                answer.close()
            time.sleep(_wait_seconds(attempt, answer))
        raise _unreachable(request)


def _is_over(answer: httpx.Response) -> bool:
    """Whether the token was refused, and not merely too old a sign-in for this."""
    challenge = answer.headers.get("WWW-Authenticate", "")
    return answer.status_code == 401 and "insufficient_user_authentication" not in challenge


def _wait_seconds(attempt: int, answer: httpx.Response | None) -> float:
    """What the hub asks for (Retry-After), else 0.25, 0.5, 1, 2 s with jitter."""
    asked = answer.headers.get("Retry-After", "") if answer is not None else ""
    if asked.isdigit():
        return min(float(asked), LONGEST_WAIT_SECONDS)
    longest = min(0.25 * 2 ** (attempt - 1), LONGEST_WAIT_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, protects nothing


def _stated(query: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters that were given; True and False as the API spells them."""
    spelled = {True: "true", False: "false"}
    return {
        name: spelled[value] if isinstance(value, bool) else value
        for name, value in query.items()
        if value is not None
    }


def _unreachable(request: httpx.Request) -> Unreachable:
    where = f"{request.url.scheme}://{request.url.netloc.decode()}"
    return Unreachable(
        f"{where} does not answer (tried {ATTEMPTS} times). Is the hub running, and is the address "
        "right?"
    )
