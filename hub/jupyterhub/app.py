"""JupyterHub that starts its services side by side.

The original waits for each managed service before it starts the next and before it adds any route;
three services that each import for three seconds would cost ten. Ours starts them and goes on. Who
needs to know that they answer asks their health through the proxy (`hub.local.run` does).
"""

import asyncio
import ssl

from jupyterhub.app import JupyterHub
from jupyterhub.services.service import Service, _ServiceSpawner

from hub.jupyterhub import erasures, sessions
from hub.limits import networks
from hub.limits.clients import know_clients
from hub.settings import Settings

# The original looks after its services every 30 s and has no setting for it: too long without an
# API. JupyterHub makes these spawners without a configuration, so the class is told.
_ServiceSpawner.poll_interval = 1


class AgriGenHub(JupyterHub):
    """JupyterHub with services started together, and sessions that can be ended."""

    name = "jupyterhub"

    def init_handlers(self) -> None:
        """Handlers that ask whether a session goes on (hub/jupyterhub/sessions.py says why)."""
        sessions.install()
        super().init_handlers()

    def init_tornado_application(self) -> None:
        """Addresses are those that our proxies saw: guesses at sign-in count by them."""
        super().init_tornado_application()
        settings = Settings()
        trusted = networks(settings.trusted_proxies)
        know_clients(self.tornado_application, trusted, settings.proxies)
        self.erasing = asyncio.create_task(erasures.keep(self, self.authenticator.means))

    async def start_service(
        self, service_name: str, service: Service, ssl_context: ssl.SSLContext | None = None
    ) -> bool:
        """Start a managed service without waiting until it answers."""
        if not service.managed:
            return bool(await super().start_service(service_name, service, ssl_context))
        self.log.info("Starting service %s at %s", service_name, service.url)
        await service.start()
        return True


def main() -> None:
    """Run the hub with the checkout's `jupyterhub_config.py`."""
    AgriGenHub.launch_instance()
