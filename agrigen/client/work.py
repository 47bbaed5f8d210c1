"""What the hub makes in the background, as an object: its item, waiting, stopping, trying again."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

from agrigen.client.item import Item
from agrigen.client.transport import Transport
from agrigen.client.waiting import Progress, wait_until_ended


class Opened:
    """An item of the hub with what can be read of it; its fields are attributes."""

    def __init__(self, transport: Transport, item: Item) -> None:
        self._transport = transport
        self.item = item

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.item, name)


class Work(Opened):
    """An item that a job makes."""

    _noun: ClassVar[str]
    _where: ClassVar[str]

    def wait(
        self,
        *,
        progress: Callable[[Progress], None] | None = None,
        timeout_seconds: float = 3600.0,
    ) -> Self:
        """Wait until it ended; raises Failed when it did not end well."""
        self.item = wait_until_ended(
            lambda: self._transport.get(self._path()),
            what=self._noun,
            transport=self._transport,
            progress=progress,
            timeout_seconds=timeout_seconds,
        )
        return self

    def cancel(self) -> Self:
        """Ask it to stop; a running one stops at its next check."""
        return self._act("cancel")

    def retry(self) -> Self:
        """Run a failed or cancelled one again on the same input."""
        return self._act("retry")

    def _act(self, verb: str) -> Self:
        self._transport.write("POST", self._path(verb))
        self.item = self._transport.get(self._path())
        return self

    def _path(self, name: str = "") -> str:
        path = f"{self._where}/{self.item['id']}"
        return f"{path}/{name}" if name else path
