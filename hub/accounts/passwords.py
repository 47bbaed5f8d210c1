"""Passwords: argon2id at OWASP's first choice of parameters, two at a time, off the event loop.

19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet): about 35 ms. Two workers bound what
a flood of sign-ins can take of memory and processors.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_WORKERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")


async def hash_password(password: str) -> str:
    """The string to store; parameters and salt are in it."""
    return await asyncio.get_running_loop().run_in_executor(_WORKERS, _HASHER.hash, password)


async def is_right(stored: str | None, password: str) -> bool:
    """Whether the password fits; without a stored hash the same work is done and the answer no."""
    return await asyncio.get_running_loop().run_in_executor(_WORKERS, _check, stored, password)


def _check(stored: str | None, password: str) -> bool:
    try:
        _HASHER.verify(stored or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")
