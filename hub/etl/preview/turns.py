"""Looking at a file takes a thread and a connection; a few at a time leave the others their own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import ParamSpec, TypeVar
from uuid import UUID

from hub.errors import Limited

AT_ONCE = 3
"""Of all people in one process; half of its connections to the database."""
_P = ParamSpec("_P")
_T = TypeVar("_T")
_workers = ThreadPoolExecutor(AT_ONCE, "preview")
_looking: set[UUID] = set()


@asynccontextmanager
async def turn(person_id: UUID) -> AsyncIterator[None]:
    """One file a person at a time, and few in all; who comes too early is told to come again."""
    if person_id in _looking:
        raise Limited(
            "imports.one_preview",
            "A file of yours is being looked at. Wait until that is done, then try again.",
            retry_after=2,
        )
    if len(_looking) >= AT_ONCE:
        raise Limited(
            "imports.busy",
            f"{AT_ONCE} files are being looked at, which is as many as go at once. Try again in a "
            "few seconds.",
            retry_after=5,
        )
    _looking.add(person_id)
    try:
        yield
    finally:
        _looking.discard(person_id)


async def in_thread(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Work on a thread of these turns; the threads that all others share stay free."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_workers, partial(function, *args, **kwargs))
