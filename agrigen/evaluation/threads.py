"""Two or more things at a time, with results that do not depend on how many."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

THREADS = max(1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2))
"""Threads that compiled loops and matrix products are spread over."""

T = TypeVar("T")


def each(work: Callable[[T], object], tasks: Iterable[T]) -> None:
    """Call work(task) for each task, several at a time."""
    tasks = list(tasks)
    if THREADS == 1 or len(tasks) < 2:
        for task in tasks:
            work(task)
        return
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, tasks))


def in_parts(work: Callable[[int, int], object]) -> None:
    """Call work(k, parts) for each part k."""
    parts = THREADS
    each(lambda k: work(k, parts), range(parts))


@contextmanager
def plain_blas() -> Iterator[None]:
    """Matrix products on the calling thread only.

    OpenBLAS's own threads wait for each other by spinning: on a busy machine a product of 1,200
    rows took ten times as long with two of them as with one.
    """
    with _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
