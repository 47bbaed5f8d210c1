"""Whether the service runs and whether it can work."""

import asyncio
from functools import partial

from pydantic import BaseModel, Field

from extensions.base.application import Application
from extensions.base.routing import Call, Routes
from hub.errors import Unavailable
from hub.observability import health
from hub.reach import Reach
from hub.storage.dynamodb import Store

routes = Routes("Health", prefix="")


class Alive(BaseModel):
    status: str = Field(default="alive")


class Ready(BaseModel):
    """Each store, and whether it answered just now."""

    status: str
    stores: dict[str, bool]


@routes.get("/livez", public=True, reach=Reach.EVERYBODY, returns=Alive)
async def alive(call: Call) -> Alive:
    """Say that the process runs.

    Nothing else is asked, so a restart is only needed when this does not answer.
    """
    return Alive()


@routes.get("/readyz", public=True, reach=Reach.EVERYBODY, returns=Ready)
async def ready(call: Call) -> Ready:
    """Say whether every store answers; 503 names the ones that do not."""
    stores = await health.ask(
        {
            "postgresql": partial(health.check_postgres, call.app.engine),
            "dynamodb": partial(_check_dynamodb, call.app),
        }
    )
    down = sorted(name for name, up in stores.items() if not up)
    if down:
        raise Unavailable(
            "system.not_ready", f"Not answering: {', '.join(down)}.", stores=stores, retry_after=2
        )
    return Ready(status="ready", stores=stores)


async def _check_dynamodb(application: Application) -> None:
    store = await asyncio.to_thread(lambda: application.dynamodb)  # made at the first use: slow
    if not await store.run(Store.is_ready):
        raise Unavailable("system.not_ready", "DynamoDB does not answer or has no tables.")
