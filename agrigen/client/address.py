"""Where the hub is and who is asking: from arguments, else from the environment."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from agrigen.client.errors import NotSignedIn, Unreachable

SERVICE = "/services/api"
VERSION = "/api/v1"


def find_api_url(url: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The address of the API.

    `url` may be the address people use, the API service's, or the API's own. Without it:
    AGRIGEN_URL, then what JupyterHub tells its servers.
    """
    given = url or environment.get("AGRIGEN_URL") or _from_jupyterhub(environment)
    if not given:
        raise Unreachable(
            "No hub is known here. Say which: ag.connect('https://hub.example.org', token='...'), "
            "or set AGRIGEN_URL."
        )
    given = given.rstrip("/")
    if urlsplit(given).scheme not in ("http", "https"):
        raise Unreachable(f"{given!r} is not an address: it must start with https:// or http://.")
    if given.endswith(SERVICE + VERSION):
        return given
    return given + VERSION if given.endswith(SERVICE) else given + SERVICE + VERSION


def token_of_surroundings(environment: Mapping[str, str] = os.environ) -> str:
    """AGRIGEN_TOKEN, else the token of this user server, else nothing."""
    return environment.get("AGRIGEN_TOKEN") or environment.get("JUPYTERHUB_API_TOKEN") or ""


def find_token(token: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The token given, else AGRIGEN_TOKEN, else the one of this user server."""
    given = token or token_of_surroundings(environment)
    if not given:
        raise NotSignedIn(
            "No token. In a server started by the hub it is found by itself; elsewhere sign in "
            "with `agrigen login <address of the hub>`, or make one at "
            "<address of the hub>/services/api/account/security#tokens and give it as token='...' "
            "or in AGRIGEN_TOKEN."
        )
    return given


def _from_jupyterhub(environment: Mapping[str, str]) -> str:
    """The hub's public address without its `/hub/`."""
    public = environment.get("JUPYTERHUB_PUBLIC_HUB_URL", "").rstrip("/")
    return public.removesuffix("/hub")
