"""JupyterHub that starts its services side by side.

The original waits for each managed service before it starts the next and before it adds any route;
three services that each import for three seconds would cost ten. Ours starts them and goes on. Who
needs to know that they answer asks their health through the proxy (`hub.local.run` does).
"""

import ssl

from jupyterhub.app import JupyterHub
from jupyterhub.services.service import Service, _ServiceSpawner

# The original looks after its services every 30 s and has no setting for it: too long without an
# API. JupyterHub makes these spawners without a configuration, so the class is told.
_ServiceSpawner.poll_interval = 1


class AgriGenHub(JupyterHub):
    """JupyterHub with services started together."""

    name = "jupyterhub"

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
