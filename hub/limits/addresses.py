"""Whose address a request comes from, and which addresses count as one."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

UNKNOWN = "unknown"

Networks = tuple[IPv4Network | IPv6Network, ...]


def group_of(address: str) -> str:
    """The key of an address: IPv4 itself, IPv6 by its /64, which one household or phone has."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ip_network((known, 64), strict=False))
    return str(known)


def networks(texts: Iterable[str]) -> Networks:
    """Of AGRIGEN_TRUSTED_PROXIES; ValueError names what is none."""
    return tuple(ip_network(text, strict=False) for text in texts)


def client_of(peer: str, forwarded: str, *, trusted: Networks, proxies: int = 1) -> str:
    """The address of the client: what `proxies` trusted proxies wrote, else the connection's own.

    Every proxy adds the address of whoever connected to it at the end of X-Forwarded-For, so with
    one proxy the last entry is true and everything before it is what the client made up.
    """
    if not is_in(peer, trusted):
        return peer
    entries = [entry.strip() for entry in forwarded.split(",") if entry.strip()]
    if len(entries) < proxies:
        return peer
    entry = entries[-proxies]
    return entry if group_of(entry) != UNKNOWN else peer


def is_in(address: str, known_networks: Networks) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in known_networks)
