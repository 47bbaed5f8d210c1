"""What the API process holds once: settings, the connection to PostgreSQL, and the other stores."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncEngine

from extensions.base.counting import Limits
from hub.limits import Counter, policies
from hub.sessions import Keeper
from hub.settings import Settings
from hub.storage.dynamodb import Store, open_store
from hub.storage.objects import ObjectStore, open_objects
from hub.storage.postgres import make_engine
from hub.storage.sealing import Sealer, open_sealer

SETTING = "agrigen_application"  # where Tornado's settings hold it


@dataclass(frozen=True)
class Application:
    """Made at start, closed at stop, handed to every call as `call.app`.

    `base_url` is the address of the service without its last slash ("/services/api").
    """

    settings: Settings
    engine: AsyncEngine
    objects: ObjectStore
    base_url: str = ""

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/api/v1"

    @cached_property
    def dynamodb(self) -> Store:
        """The store of conversations and sessions; Unavailable when none is configured."""
        return open_store(self.settings)

    @cached_property
    def sessions(self) -> Keeper:
        """Sign-in sessions, as far as this process knows them."""
        return Keeper(lambda: self.dynamodb, self.engine, self.settings)

    @cached_property
    def limits(self) -> Limits:
        """How often people, tokens and addresses may ask."""
        return Limits(policies(self.settings.limits), Counter(self.engine))

    @cached_property
    def sealer(self) -> Sealer:
        """Seals and opens stored secrets."""
        return open_sealer(self.settings)

    async def close(self) -> None:
        if "dynamodb" in self.__dict__:
            self.dynamodb.close()
        await self.engine.dispose()


def open_application(settings: Settings, base_url: str = "") -> Application:
    """Connect lazily: a store that is down makes requests fail with 503, not the start."""
    if not settings.database_url.get_secret_value():
        raise SystemExit(
            "The API service does not know its database. Set AGRIGEN_DATABASE_URL to "
            "postgresql://..., or use `make run`, which starts one and sets it."
        )
    return Application(
        settings=settings,
        engine=make_engine(settings),
        objects=open_objects(settings),
        base_url=base_url.rstrip("/"),
    )
