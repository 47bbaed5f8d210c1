"""A JupyterHub without a proxy, with our API as its managed service: `python hub_process.py FILE`.

The file is JSON: ports, folder, people by group, the token of the test, the service's environment.
JupyterHub and its singletons want a process of their own.
"""

import json
import sys
from pathlib import Path
from typing import Any

from jupyterhub.app import JupyterHub
from jupyterhub.proxy import Proxy
from traitlets.config import Config

from hub.jupyterhub import scopes
from hub.local.bound import prefix


class NoProxy(Proxy):
    """Remembers routes and serves none: the tests talk to the service directly."""

    should_start = False

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.known: dict[str, Any] = {}

    async def add_route(self, routespec: str, target: str, data: Any) -> None:
        self.known[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec: str) -> None:
        self.known.pop(routespec, None)

    async def get_all_routes(self) -> dict[str, Any]:
        return dict(self.known)


def configuration(told: dict[str, Any]) -> Config:
    c = Config()
    address = f"http://127.0.0.1:{told['hub_port']}"
    service = {
        "name": "api",
        "url": f"http://127.0.0.1:{told['api_port']}",
        "command": [*prefix(), sys.executable, "-m", "extensions", "serve"],
        "cwd": told["checkout"],
        "environment": told["environment"],
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": scopes.permission_scopes(),
    }
    c.JupyterHub.update(
        db_url=f"sqlite:///{told['folder']}/hub.sqlite",
        cookie_secret=b"0" * 32,
        proxy_class=NoProxy,
        bind_url=address,
        hub_bind_url=address,
        authenticator_class="dummy",
        custom_scopes=scopes.custom_scopes(),
        load_groups={name: {"users": people} for name, people in told["groups"].items()},
        load_roles=[
            *scopes.roles(),
            {
                "name": "tester",
                "services": ["tester"],
                "scopes": ["admin:users", "tokens", "groups", "read:services"],
            },
        ],
        services=[{"name": "tester", "api_token": told["token"]}, service],
        log_level=30,
        pid_file=f"{told['folder']}/hub.pid",
    )
    c.Authenticator.allow_all = True
    c.Authenticator.allowed_users = {
        person for people in told["groups"].values() for person in people
    }
    c.DummyAuthenticator.password = told["token"]
    return c


if __name__ == "__main__":
    told = json.loads(Path(sys.argv[1]).read_text())
    sys.argv = sys.argv[:1]
    JupyterHub.load_config_file = lambda *_, **__: None  # type: ignore[method-assign]
    JupyterHub.instance(config=configuration(told))
    JupyterHub.launch_instance(argv=[])
