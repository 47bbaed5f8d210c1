"""JupyterHub as we configure it, without proxy and services: `python hub_alone.py`.

Signing in needs the stores and nothing else, so tests of it start in seconds.
"""

import sys

from traitlets.config import Config

from hub.jupyterhub import scopes
from hub.jupyterhub.app import AgriGenHub
from hub.jupyterhub.configure import configure
from hub.settings import Settings
from tests.hub_process import NoProxy


def configuration(settings: Settings) -> Config:
    c = Config()
    configure(c, settings)
    c.JupyterHub.update(
        proxy_class=NoProxy,
        services=[],
        load_roles=scopes.roles(),
        bind_url=settings.base_url,
        hub_bind_url=settings.base_url,
        pid_file=str(settings.home / "hub.pid"),
    )
    return c


if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    AgriGenHub.load_config_file = lambda *_, **__: None  # type: ignore[method-assign]
    AgriGenHub.instance(config=configuration(Settings()))
    AgriGenHub.launch_instance(argv=[])
