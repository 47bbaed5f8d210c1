"""The services JupyterHub runs and signs people in to: the API, the dashboards, the lessons.

Only the API gets the addresses and keys of the stores. Every command is bound to the hub, so that
a killed hub leaves no service behind.
"""

import json
import os
import sys
from typing import Any

from hub.jupyterhub.scopes import API_ACCESS, CULLER, permission_scopes
from hub.local.bound import prefix
from hub.local.secrets import kept_secret, private_folder
from hub.permissions import Permission
from hub.settings import CHECKOUT, Settings

DASHBOARD_ACTS = (
    Permission.BREEDING_PLAN,
    Permission.EVENTS_WRITE,
    Permission.RECORDS_WRITE,
    Permission.GENOTYPES_WRITE,
    Permission.ASSOCIATIONS_RUN,
    Permission.EVALUATIONS_RUN,
    Permission.EVALUATIONS_PUBLISH,
    Permission.IMPORTS_WRITE,
    Permission.DATASETS_WRITE,
    Permission.EXPORTS_RUN,
    Permission.SOURCES_MANAGE,
    Permission.JOBS_MANAGE,
)
# How far above the hub's port each part listens, all on loopback.
PROXY_API, HUB, API, DASHBOARDS, LESSONS, STORE = range(1, 7)
PORTS_USED = 1 + STORE
CULL_EVERY_SECONDS = 60
# JupyterHub ends when a service takes longer than this to answer; a busy machine needs patience.
START_SECONDS = 150
# Where to see that a service works, and the port it opens first; dashboards and lessons answer
# with the way to sign in.
HEALTH = {
    "API": (API, "services/api/readyz"),
    "Dashboards": (DASHBOARDS, "services/dashboards/"),
    "Lessons": (LESSONS, "services/lessons/"),
}
# The words a process needs from its surroundings to run at all; none of them is a secret.
_PLAIN = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"),
    *("NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
)
_STORE_PREFIXES = ("AGRIGEN_", "AWS_")


def plain_environment() -> dict[str, str]:
    """Enough of ours to run, without any setting or credential."""
    return {name: os.environ[name] for name in _PLAIN if name in os.environ}


def store_environment() -> dict[str, str]:
    """Plain, with the settings and the stores' credentials of this process."""
    ours = {name: value for name, value in os.environ.items() if name.startswith(_STORE_PREFIXES)}
    for name in ("AGRIGEN_MIGRATION_URL", "AGRIGEN_OIDC_CLIENT_SECRET", "AGRIGEN_INSTITUTIONS"):
        ours.pop(name, None)  # for migrations only, and for the hub itself only
    return {**plain_environment(), **ours}


def _service(
    settings: Settings, name: str, offset: int, module: list[str], **more: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "url": f"http://127.0.0.1:{settings.port + offset}",
        "command": [*prefix(), sys.executable, "-m", *module],
        "cwd": str(CHECKOUT),
        "oauth_no_confirm": True,
        "timeout": START_SECONDS,
        # kept, because the service's cookies rest on it: a restart signs nobody out
        "api_token": kept_secret(private_folder(settings.home / "secrets") / f"service-{name}"),
        **more,
    }


def api_url(settings: Settings) -> str:
    """Where programs on this machine reach the API.

    With hosts of their own for people the proxy looks at the host name, and programs here use none.
    """
    return f"http://127.0.0.1:{settings.port + (API if settings.subdomains else 0)}"


def idle_culler(settings: Settings) -> list[dict[str, Any]]:
    """The service that stops servers nobody works in; none if neither limit is set."""
    idle, oldest = settings.server_idle_hours * 3600, settings.server_days * 24 * 3600
    if not idle and not oldest:
        return []
    command = [
        *(*prefix(), sys.executable, "-m", "jupyterhub_idle_culler"),
        f"--timeout={int(idle or oldest)}",
        f"--max-age={int(oldest)}",
        f"--cull-every={CULL_EVERY_SECONDS}",
    ]
    environment = plain_environment()
    return [{"name": CULLER, "command": command, "environment": environment, "display": False}]


def cookie_options(settings: Settings) -> str:
    """How services keep a sign-in; without it JupyterHub's sign-in of services says less."""
    return json.dumps({"samesite": "Lax", "secure": settings.https})


def services(settings: Settings) -> list[dict[str, Any]]:
    """All services for `c.JupyterHub.services`."""
    cookies = {"JUPYTERHUB_COOKIE_OPTIONS": cookie_options(settings)}
    viewer = {
        **plain_environment(),
        **cookies,
        "AGRIGEN_URL": api_url(settings),
    }
    return [
        _service(
            settings,
            "api",
            API,
            ["extensions", "serve"],
            environment={**store_environment(), **cookies},
            oauth_client_allowed_scopes=permission_scopes(),
        ),
        _service(
            settings,
            "dashboards",
            DASHBOARDS,
            ["dashboards.serve"],
            environment=viewer,
            # the viewer's own token, with which the dashboards ask the API: to read, and on the
            # pages of runs to start, cancel, retry, publish and withdraw, to hand in genotypes, to
            # plan matings, to record events and weights, and to freeze, restore and take along
            oauth_client_allowed_scopes=[
                API_ACCESS,
                *permission_scopes(reading_only=True),
                *(item.scope for item in DASHBOARD_ACTS),
            ],
        ),
        _service(settings, "lessons", LESSONS, ["dashboards.voila.serve"], environment=viewer),
        *idle_culler(settings),
    ]
