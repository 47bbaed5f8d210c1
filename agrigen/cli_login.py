"""`agrigen login` and `agrigen logout`: let this computer in to a hub without a password."""

import argparse
import socket
import sys
from typing import Any

SCOPES = (
    *("account:read", "farms:read", "animals:read", "records:read", "events:read", "reports:read"),
    *("genotypes:read", "evaluations:read", "associations:read", "imports:read", "datasets:read"),
    *("jobs:read", "lineage:read", "exports:run"),
)
"""What is asked for by default: reading."""


def add_commands(commands: Any) -> None:
    """Add login and logout to the `agrigen` command."""
    login = commands.add_parser("login", help="let this computer in to a hub")
    login.add_argument("url", help="address of the hub")
    login.add_argument("--scope", action="append", help="permission, repeated; default: reading")
    login.add_argument("--name", default=socket.gethostname(), help="what the hub calls this")
    login.set_defaults(run=_login)
    logout = commands.add_parser("logout", help="end what `agrigen login` began")
    logout.add_argument("url", help="address of the hub")
    logout.set_defaults(run=_logout)


def _login(options: argparse.Namespace) -> int:
    import httpx

    from agrigen.client import tokens
    from agrigen.client.address import find_api_url
    from agrigen.client.errors import ApiError

    api_url = find_api_url(options.url)
    try:
        with httpx.Client(timeout=30) as http:
            scopes = options.scope or list(SCOPES)
            refresh = tokens.sign_in(api_url, http, scopes, _tell, name=options.name)
    except (ApiError, httpx.HTTPError) as error:
        sys.stderr.write(f"agrigen: {error}\n")
        return 2
    tokens.keep(api_url, refresh)
    _tell("Signed in: ag.connect() finds this by itself.")
    return 0


def _logout(options: argparse.Namespace) -> int:
    import httpx

    from agrigen.client import tokens
    from agrigen.client.address import find_api_url

    api_url = find_api_url(options.url)
    refresh = tokens.read_kept(api_url)
    if refresh:
        try:
            with httpx.Client(timeout=30) as http:
                tokens.revoke(api_url, refresh, http)
        except httpx.HTTPError as error:
            sys.stderr.write(f"agrigen: {error}\n")
            return 2
        tokens.keep(api_url, "")
    _tell("Signed out.")
    return 0


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
