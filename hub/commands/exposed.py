"""What in the settings would be unsafe where strangers can reach the hub."""

import os
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from hub.settings import Settings


def is_public(settings: Settings) -> bool:
    """Whether the address is one that others than this machine can reach."""
    host = urlsplit(settings.base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True


def warnings(settings: Settings, *, sandboxed: bool, user: int) -> Iterator[str]:
    """A sentence for each: what it is, what may happen, what to do. None on loopback."""
    if not is_public(settings):
        return
    if not settings.https:
        yield (
            "AGRIGEN_PUBLIC_URL is not https://: passwords and cookies can be read on the way. "
            "Put a proxy with a certificate before the hub."
        )
    if settings.demo:
        yield (
            "AGRIGEN_DEMO is on: the demonstration accounts can be used by everybody who learns "
            "their passwords. Set AGRIGEN_DEMO=0."
        )
    if not sandboxed:
        yield (
            "User servers run without a sandbox and can read the hub's own files. Install "
            "bubblewrap and set AGRIGEN_SANDBOX=on."
        )
    if settings.wanted_level(["admin"]) < 2:
        yield (
            "AGRIGEN_SECOND_FACTOR_ROLES does not name admin: a guessed password is enough to "
            "change everybody's rights."
        )
    if not settings.subdomains:
        yield (
            "AGRIGEN_SUBDOMAINS is empty: pages of one person's server share a host with those "
            "of the others. Give each a host of its own where people do not know each other."
        )
    if not settings.sealing_keys:
        yield (
            "AGRIGEN_SEALING_KEYS is empty: the key that seals stored secrets lies beside the "
            "data, in <home>/secrets. Keep it where backups of the data do not go."
        )
    if user == 0:
        yield (
            "The hub runs as root, whose processes the kernel does not count: "
            "AGRIGEN_SERVER_PROCESSES has no effect. Run it as an ordinary user."
        )


def warnings_here(settings: Settings) -> list[str]:
    """With what this machine offers."""
    from hub.jupyterhub.spawner import sandbox_works

    sandboxed = settings.sandbox != "off" and sandbox_works()
    return list(warnings(settings, sandboxed=sandboxed, user=os.getuid()))
