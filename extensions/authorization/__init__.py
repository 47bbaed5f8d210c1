"""The authorization manifest: one row for every door of the hub, whatever kind of door it is."""

from extensions.authorization.manifest import manifest
from extensions.authorization.page import authorization_page
from extensions.authorization.row import Row, Surface

__all__ = ["Row", "Surface", "authorization_page", "manifest"]
