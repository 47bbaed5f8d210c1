"""One attempt at a job, as its body sees it: who asked, with what, progress and stopping."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.actor import Actor
from hub.jobs import repository
from hub.settings import Settings
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction, begin

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Resources:
    """What a worker lends to every job."""

    engine: AsyncEngine
    objects: ObjectStore
    settings: Settings = field(default_factory=Settings)


class Stopped(Exception):
    """Somebody asked to cancel."""


class TakenOver(Exception):
    """This attempt was believed dead and another one is at work; nothing more may be written."""


@dataclass
class Run:
    """One attempt; bodies are idempotent, since after a crash the job starts again."""

    job_id: UUID
    attempt: int
    actor: Actor
    resources: Resources
    fraction: float = 0.0
    message: str = ""
    finished: bool = False
    taken_over: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def engine(self) -> AsyncEngine:
        return self.resources.engine

    @property
    def objects(self) -> ObjectStore:
        return self.resources.objects

    def note(self, fraction: float, message: str) -> None:
        """Remember how far the work is; from any thread, shown within a second."""
        self.fraction, self.message = fraction, message

    def stop_requested(self) -> bool:
        """Whether to stop; from any thread."""
        return self._stop.is_set()

    def stop(self) -> None:
        self._stop.set()

    def check(self) -> None:
        """Go no further when the job was cancelled or another attempt took over."""
        if self.taken_over:
            raise TakenOver
        if self._stop.is_set():
            raise Stopped

    async def report(self, fraction: float, message: str) -> None:
        """Show how far the work is now, and go no further when it was cancelled."""
        self.note(fraction, message)
        await self.tell()
        self.check()

    async def tell(self) -> None:
        """Write progress in a short transaction of its own and learn whether to stop."""
        if self.finished:
            return
        async with begin(self.engine, self.actor) as tx:
            cancel = await repository.report(
                tx.session, self.job_id, self.attempt, self.fraction, self.message
            )
        if cancel is None and not self.finished:
            self.taken_over = True
        if cancel is not False:
            self._stop.set()

    async def in_thread(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run heavy work beside the event loop, so that heartbeats and progress go on.

        A thread, not a process: the kernels release the interpreter lock, tables need no copying,
        and the numerics ask `stop_requested` between their stages, so cancelling needs no kill.
        """
        answer = await asyncio.to_thread(function, *args, **kwargs)
        self.check()
        return answer

    async def finish(self, tx: Transaction, message: str = "") -> None:
        """Close the job in the transaction that stores its result: both or neither."""
        values = {"state": "done", "progress": 1.0, "message": message, "error": ""}
        await self.close(tx, values)

    async def close(self, tx: Transaction, values: dict[str, object]) -> None:
        """Close the attempt, unless another one took over."""
        self.finished = True
        if not await repository.finish(tx.session, self.job_id, self.attempt, values):
            self.taken_over = True
            raise TakenOver
