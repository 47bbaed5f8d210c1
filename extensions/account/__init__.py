"""Accounts over REST: the caller, sign-in, factors, sessions, tokens, sharing, privacy, people."""

from extensions.account import (
    account,
    factors,
    oauth,
    page,
    people,
    privacy,
    profile,
    projects,
    sessions,
    sharing,
    sharing_invitations,
    tokens,
)
from extensions.base.extension import Extension

extension = Extension(
    "extensions.account",
    account.routes,
    profile.routes,
    factors.routes,
    sessions.routes,
    tokens.routes,
    sharing.routes,
    sharing_invitations.routes,
    projects.routes,
    privacy.routes,
    people.routes,
    pages=(*oauth.PAGES, *page.PAGES),
)
_jupyter_server_extension_points = extension.points
_load_jupyter_server_extension = extension.load
