"""A JupyterHub without a proxy, with our API as its managed service: `python hub_process.py FILE`.

The file is JSON: ports, folder, people by group, the token of the test, the service's environment.
JupyterHub and its singletons want a process of their own.
"""

import asyncio
import json
import secrets
import sys
from pathlib import Path
from typing import Any

from jupyterhub.app import JupyterHub
from jupyterhub.auth import DummyAuthenticator
from jupyterhub.proxy import Proxy
from traitlets.config import Config

from hub import sessions
from hub.jupyterhub import erasures, scopes
from hub.jupyterhub.sessions import end_here, install
from hub.jupyterhub.sign_in.means import Means
from hub.local.bound import prefix
from hub.sessions import Ended
from hub.settings import Settings


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


class EverybodyWithThePassword(DummyAuthenticator):
    """Sign-ins begin sessions like those of people; a second factor is not asked for."""

    means = Means(Settings())

    async def run_post_auth_hook(self, handler: Any, auth_model: Any) -> Any:
        model = await super().run_post_auth_hook(handler, auth_model)
        await self._begin(handler, model["name"])
        return model

    async def _begin(self, handler: Any, username: str) -> None:
        await end_here(handler, username, Ended.REPLACED)
        handler._session_id = secrets.token_hex(32)
        handler.set_session_cookie()
        await sessions.start(
            self.means.store,
            self.means.engine,
            self.means.settings,
            username=username,
            roles=_roles.get(username, []),
            session_id=handler._session_id,
            address=handler.request.remote_ip,
            agent=handler.request.headers.get("User-Agent", ""),
            level=1,
            methods={"pwd"},
            issuer="",
        )


_roles: dict[str, list[str]] = {}


class Hub(JupyterHub):
    """Looks after erasures, as ours does (hub/jupyterhub/app.py)."""

    name = "jupyterhub"

    def init_tornado_application(self) -> None:
        super().init_tornado_application()
        means = EverybodyWithThePassword.means
        self.erasing = asyncio.create_task(erasures.keep(self, means, every=0.5))


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
        "timeout": 150,
        "oauth_client_allowed_scopes": scopes.permission_scopes(),
    }
    c.JupyterHub.update(
        db_url=f"sqlite:///{told['folder']}/hub.sqlite",
        cookie_secret=b"0" * 32,
        proxy_class=NoProxy,
        bind_url=address,
        hub_bind_url=address,
        authenticator_class=EverybodyWithThePassword,
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
    c.EverybodyWithThePassword.password = told["token"]
    return c


if __name__ == "__main__":
    told = json.loads(Path(sys.argv[1]).read_text())
    sys.argv = sys.argv[:1]
    Hub.load_config_file = lambda *_, **__: None
    for group, people in told["groups"].items():
        for person in people:
            _roles.setdefault(person, []).append(group)
    install()
    Hub.instance(config=configuration(told))
    Hub.launch_instance(argv=[])
