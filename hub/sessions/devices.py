"""What a browser says about itself, in words that people know: "Firefox on Windows"."""

import ipaddress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import maxminddb
from ua_parser import parse

from hub.errors import Unavailable

LONGEST_AGENT = 300
_PHONES = {"Android", "iOS", "iPadOS", "Windows Phone", "KaiOS", "HarmonyOS", "Tizen"}
_V4_PREFIX, _V6_PREFIX = 24, 48


@dataclass(frozen=True)
class Device:
    """A name for people, and whether it is a phone or a tablet."""

    name: str
    phone: bool


@lru_cache(maxsize=1000)
def device_of(agent: str) -> Device:
    """The browser and the system that an agent names; what is not known is not guessed."""
    found = parse(agent[:LONGEST_AGENT])
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    known = [one for one in (browser, system) if one and one != "Other"]
    return Device(" on ".join(known) or "Unknown device", system in _PHONES)


@cache
def _database(path: str) -> maxminddb.Reader:
    try:
        return maxminddb.open_database(Path(path))
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        raise Unavailable(
            "sessions.places",
            f"AGRIGEN_PLACES={path!r} is not a database of places that can be read ({error}). "
            "Give the path of a file in MMDB format, or leave the setting empty.",
        ) from error


def place_of(database: str, address: str) -> str:
    """The country of an address in the operator's database; empty without one."""
    if not database:
        return ""
    try:
        found = _database(database).get(address)
    except ValueError:  # not an address, or one that the database has no tree for
        return ""
    country = found.get("country") if isinstance(found, dict) else None
    names = country.get("names") if isinstance(country, dict) else None
    name = names.get("en") if isinstance(names, dict) else None
    code = country.get("iso_code") if isinstance(country, dict) else None
    return str(name or code or "")


def shortened(address: str) -> str:
    """The network of an address: enough for "somewhere near", not enough for a household."""
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return ""
    prefix = _V4_PREFIX if one.version == 4 else _V6_PREFIX
    return str(ipaddress.ip_network((one, prefix), strict=False))
