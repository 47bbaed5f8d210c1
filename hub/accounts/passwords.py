"""Passwords: argon2id at OWASP's first choice of parameters, two at a time, off the event loop.

19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet): about 35 ms. Two workers and a short
queue bound what a flood of sign-ins can take of memory and processors.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import Unavailable

WORKERS = 2
WAITING = 20
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_THREADS = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="password")
_ROOM = BoundedSemaphore(WORKERS + WAITING)
P = ParamSpec("P")
T = TypeVar("T")


async def hash_password(password: str) -> str:
    """The string to store; parameters and salt are in it."""
    return await _in_turn(_HASHER.hash, _bytes(password))


async def is_right(stored: str | None, password: str) -> bool:
    """Whether the password fits; without a stored hash the same work is done and the answer no."""
    return await _in_turn(_check, stored, _bytes(password))


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


async def _in_turn(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do it on a thread of ours; refuse at once when too many wait already."""
    if not _ROOM.acquire(blocking=False):
        raise Unavailable(
            "accounts.busy",
            "Too many people sign in at this moment. Try again in a few seconds.",
            retry_after=2,
        )
    task = _THREADS.submit(work, *args, **kwargs)
    task.add_done_callback(lambda _: _ROOM.release())  # also when the caller has gone away
    return await asyncio.wrap_future(task)


def _check(stored: str | None, password: bytes) -> bool:
    try:
        _HASHER.verify(stored or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def _bytes(password: str) -> bytes:
    """Exactly what was typed: nothing cut off, nothing made similar."""
    return password.encode("utf-8", "surrogatepass")


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")
