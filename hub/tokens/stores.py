"""What the use cases of tokens work on."""

from dataclasses import dataclass

from hub.settings import Settings
from hub.storage.dynamodb import Store
from hub.storage.postgres import Engine
from hub.storage.sealing import Sealer


@dataclass(frozen=True)
class Stores:
    """PostgreSQL, the store of credentials, what opens sealed secrets, and the settings."""

    engine: Engine
    store: Store
    sealer: Sealer
    settings: Settings
