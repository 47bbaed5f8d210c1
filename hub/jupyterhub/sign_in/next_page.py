"""Where somebody goes after signing in: a page of this hub, whatever the address asked for."""

import re
from urllib.parse import unquote

_LONGEST = 4000
# A browser reads \ as / and drops tabs and line ends, so neither may be in an address at all.
_NEVER = re.compile(r"[\x00-\x20\x7f\\]")
_NEVER_DECODED = re.compile(r"[\x00-\x1f\x7f\\]")
_STEPS = frozenset({".", ".."})


def checked(address: str) -> str:
    """The address when it is a path of this hub, else nothing.

    Only paths: `https://<this host>//elsewhere` fooled those who compared hosts (CVE-2026-33709).
    Percent signs are decoded before the look, so that no proxy can decode to something else.
    """
    fits = address.startswith("/") and not address.startswith("//")
    if not fits or len(address) > _LONGEST or _NEVER.search(address):
        return ""
    path = unquote(unquote(re.split(r"[?#]", address, maxsplit=1)[0]))
    odd = "//" in path or _NEVER_DECODED.search(path) or _STEPS & set(path.split("/"))
    return "" if odd else address


def or_home(address: str, hub_url: str) -> str:
    """A checked address; the home page for anything else, and for pages that sign in or out."""
    found = checked(address)
    circular = found.startswith((f"{hub_url}login", f"{hub_url}logout", f"{hub_url}oauth_"))
    return f"{hub_url}home" if not found or circular else found
