"""Short-lived tokens and the refresh token they come from; kept by `agrigen login`.

A refresh token changes with every use. The hub forgives an answer that was lost, so two programs
that share the file do not sign each other out.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import httpx

from agrigen.client.address import VERSION
from agrigen.client.errors import NotSignedIn

REFRESH = "agr_"
CLIENT = "agrigen-cli"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_EARLY_SECONDS = 30.0


class Tokens:
    """The access token of now; renewed when it is over."""

    def __init__(
        self, api_url: str, refresh: str, http: httpx.Client, *, kept: Path | None = None
    ) -> None:
        self._url = token_url(api_url)
        self._api_url = api_url
        self._refresh, self._http, self._kept = refresh, http, kept
        self._access, self._until = "", 0.0
        self._lock = Lock()

    def access(self, *, but: str = "") -> str:
        """A token that works, and is not `but`, which the hub refused."""
        with self._lock:
            if not self._access or self._access == but or time.monotonic() > self._until:
                self._renew()
            return self._access

    def _renew(self) -> None:
        kept = read_kept(self._api_url, self._kept) if self._kept else ""
        form = {"grant_type": "refresh_token", "refresh_token": kept or self._refresh}
        answer = self._http.post(self._url, data=form)
        if answer.status_code in (400, 401):
            raise NotSignedIn("The hub no longer accepts this sign-in. Run `agrigen login` again.")
        answer.raise_for_status()
        said = answer.json()
        self._access, self._refresh = said["access_token"], said["refresh_token"]
        self._until = time.monotonic() + said["expires_in"] - _EARLY_SECONDS
        if self._kept:
            keep(self._api_url, self._refresh, self._kept)


def token_url(api_url: str) -> str:
    return api_url.removesuffix(VERSION) + "/oauth/token"


def place(environment: Mapping[str, str] = os.environ) -> Path:
    """The file of kept sign-ins; only its owner may read it."""
    folder = environment.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(folder) / "agrigen" / "sign-ins.json"


def read_kept(api_url: str, file: Path | None = None) -> str:
    """The refresh token of a hub, empty when nobody signed in there."""
    try:
        found = json.loads((file or place()).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(found.get(api_url, "")) if isinstance(found, dict) else ""


def keep(api_url: str, refresh: str, file: Path | None = None) -> None:
    """Write a refresh token down; an empty one forgets the hub."""
    file = file or place()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    known: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        known = json.loads(file.read_text(encoding="utf-8"))
    known = {**known, api_url: refresh} if refresh else known
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump({url: one for url, one in known.items() if refresh or url != api_url}, out)
    part.replace(file)


def sign_in(
    api_url: str,
    http: httpx.Client,
    scopes: list[str],
    tell: Callable[[str], None],
    *,
    name: str,
    wait: Callable[[float], None] = time.sleep,
) -> str:
    """Have a person let this program in (RFC 8628); the refresh token that it then gets."""
    root = api_url.removesuffix(VERSION)
    form = {"client_id": CLIENT, "device_name": name, "scope": " ".join(scopes)}
    asked = http.post(f"{root}/oauth/device_authorization", data=form)
    if asked.status_code != 200:
        raise NotSignedIn(_words(asked))
    said = asked.json()
    tell(f"Open {said['verification_uri_complete']}\nand let in the code {said['user_code']}")
    form = {
        "grant_type": DEVICE_GRANT,
        "client_id": CLIENT,
        "device_code": said["device_code"],
    }
    interval, until = float(said["interval"]), time.monotonic() + said["expires_in"]
    while time.monotonic() < until:
        wait(interval)
        answer = http.post(token_url(api_url), data=form)
        if answer.status_code == 200:
            return str(answer.json()["refresh_token"])
        error = answer.json().get("error")
        if error == "slow_down":
            interval += 5
        elif error != "authorization_pending":
            raise NotSignedIn(_words(answer))
    raise NotSignedIn("Nobody let the code in within its ten minutes. Run the command again.")


def revoke(api_url: str, refresh: str, http: httpx.Client) -> None:
    """End a sign-in at the hub."""
    root = api_url.removesuffix(VERSION)
    http.post(f"{root}/oauth/revoke", data={"token": refresh}).raise_for_status()


def _words(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error_description"])
    except (ValueError, KeyError):
        return f"The hub answered {answer.status_code}."
