"""JupyterHub's scopes and roles, made from `hub.permissions`: one list, no second spelling.

Groups carry the roles: a person in the group `farmer` has what the role `farmer` grants.
"""

from typing import Any

from hub.permissions import ROLES, Permission, Role

# Who may have a server of their own; everybody else works in the dashboards and lessons.
SERVER_ROLES = frozenset({Role.RESEARCHER, Role.INSTRUCTOR, Role.STEWARD, Role.ADMIN})
DASHBOARD_ROLES = frozenset(Role) - {Role.STUDENT, Role.INSTRUCTOR}
API_ACCESS = "access:services!service=api"
DASHBOARDS_ACCESS = "access:services!service=dashboards"
LESSONS_ACCESS = "access:services!service=lessons"

CULLER = "idle-culler"


def custom_scopes() -> dict[str, dict[str, str]]:
    """Every permission as a scope that tokens can carry."""
    return {item.scope: {"description": item.sentence} for item in Permission}


def permission_scopes(*, reading_only: bool = False) -> list[str]:
    """The scopes of all permissions, or of those that change nothing."""
    return [item.scope for item in Permission if not reading_only or item.endswith(":read")]


def scopes_of(role: Role) -> list[str]:
    """What JupyterHub grants a role: our permissions, services, and perhaps a server."""
    scopes = sorted(item.scope for item in ROLES[role])
    scopes.append(API_ACCESS)
    if role in DASHBOARD_ROLES:
        scopes.append(DASHBOARDS_ACCESS)
    if role in SERVER_ROLES:
        scopes += ["servers!user", "access:servers!user"]
    return scopes


def roles() -> list[dict[str, Any]]:
    """All roles for `c.JupyterHub.load_roles`.

    JupyterHub's own role `user`, which everybody has, is cut to what a person without a server
    needs; its default would let everybody start one. Tokens are made on our own page, where that
    needs a fresh sign-in, is written down and has an end (hub.tokens).
    """
    own = ["read:users!user", "users:activity!user", LESSONS_ACCESS]
    user = {"name": "user", "description": "Everybody who signs in", "scopes": own}
    granted = [
        {
            "name": f"agrigen-{role}",
            "description": f"What AgriGen grants the role {role}",
            "scopes": scopes_of(role),
            "groups": [str(role)],
        }
        for role in Role
    ]
    return [user, *granted]


def culler_role() -> dict[str, Any]:
    """See who works and stop servers: all that the service needs which stops idle ones."""
    return {
        "name": CULLER,
        "description": "Stops servers in which nobody works",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": [CULLER],
    }
