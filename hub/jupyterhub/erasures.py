"""JupyterHub's part of an erasure: servers end, the user is forgotten, the home folder goes.

The hub asks for it itself, every few seconds: so nobody outside needs a token with which users can
be deleted, and an erasure waits while the hub is down.
"""

import asyncio
import shutil
from pathlib import Path
from typing import Any

from jupyterhub.utils import maybe_future, url_escape_path

from hub import privacy
from hub.jupyterhub.sign_in.means import Means
from hub.settings import Settings

EVERY_SECONDS = 5.0


async def keep(app: Any, means: Means, *, every: float = EVERY_SECONDS) -> None:
    """Remove whoever is being erased, until the hub ends."""

    async def remove(username: str) -> None:
        await remove_user(app, means.settings, username)

    while True:
        try:
            await privacy.of_hub(means.engine, means.sealer, remove)
        except Exception as error:  # noqa: BLE001  the next time may succeed; the erasure waits
            app.log.warning("Erasures could not be looked after: %s", type(error).__name__)
        await asyncio.sleep(every)


async def remove_user(app: Any, settings: Settings, username: str) -> None:
    """As DELETE /users/{name} does, and the folders that are the person's."""
    user = app.users.get(username)
    if user is not None:
        for name, spawner in list(user.spawners.items()):
            if spawner.active:
                await user.stop(name)
        await maybe_future(app.authenticator.delete_user(user))
        await user.delete_spawners()
        app.users.delete(user)
    await asyncio.to_thread(_remove_home, settings, username)


def _remove_home(settings: Settings, username: str) -> None:
    folder = url_escape_path(username).replace("/", "%2F")  # as the spawner names it
    homes = Path(settings.home).resolve() / "homes"
    for path in (homes / folder, homes / ".names" / folder):
        shutil.rmtree(path, ignore_errors=True)
