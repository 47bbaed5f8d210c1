"""Refuse files that harm or that nobody can read, before anything refers to them."""

import io

from hub.errors import Invalid
from hub.files import sniff
from hub.files.sniff import Kind
from hub.storage.objects import ObjectStore


def check(objects: ObjectStore, digest: str, name: str) -> Kind:
    """Of what the store holds already; nothing refers to it yet, so it is collected if refused."""
    with objects.local(digest) as path:
        return _taken(sniff.look(path, name))


def check_content(content: bytes, name: str) -> Kind:
    """Of what is not stored yet."""
    return _taken(sniff.look_at(io.BytesIO(content), name))


def _taken(kind: Kind) -> Kind:
    if kind.refused:
        raise Invalid("files.refused", kind.refused, format=kind.format)
    return kind
