"""What signing in needs of the hub's stores; made at first use, one of each in the process."""

from dataclasses import dataclass
from functools import cached_property

from hub.settings import Settings
from hub.storage.dynamodb import Store, open_store
from hub.storage.postgres import Engine, make_engine
from hub.storage.sealing import Sealer, open_sealer


@dataclass
class Means:
    """The settings, and what is opened with them; handlers find it at `authenticator.means`."""

    settings: Settings

    @cached_property
    def engine(self) -> Engine:
        return make_engine(self.settings)

    @cached_property
    def store(self) -> Store:
        return open_store(self.settings)

    @cached_property
    def sealer(self) -> Sealer:
        return open_sealer(self.settings)
