"""Hosts: everything on one, or a host name of its own for each person's server.

What runs in a person's server is theirs to choose, so a page of it can be hostile. On one host
browsers let it read cookies and pages of the others; on its own host they do not.
"""

from typing import Any
from urllib.parse import urlsplit

from jupyterhub.utils import subdomain_hook_idna

from hub.errors import Unavailable
from hub.settings import Settings


def host_of(name: str, domain: str, kind: str) -> str:
    """People's servers get names of their own; our services stay with the hub, whose code is ours.

    A name that is no valid host name gets one made of a part of it and its digest.
    """
    return str(subdomain_hook_idna(name, domain, kind)) if kind == "user" else domain


def configure(c: Any, settings: Settings) -> None:
    """Tell JupyterHub, if hosts are wanted."""
    if not settings.subdomains:
        return
    address = urlsplit(settings.base_url)
    if address.hostname != settings.subdomains:
        raise Unavailable(
            "local.subdomains",
            f"AGRIGEN_SUBDOMAINS={settings.subdomains}, but AGRIGEN_PUBLIC_URL is "
            f"{settings.base_url}. The hub itself must be at https://{settings.subdomains}/, and "
            "the servers of people are below it.",
        )
    c.JupyterHub.subdomain_host = f"{address.scheme}://{address.netloc}"
    c.JupyterHub.subdomain_hook = host_of
    # A cookie with this prefix goes to the host that set it and to no other; browsers want https.
    c.JupyterHub.cookie_host_prefix_enabled = settings.https
