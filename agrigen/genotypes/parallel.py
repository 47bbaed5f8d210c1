"""Fixed parts of a loop on threads: the same parts, and so the same numbers, on any machine."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

THREADS = max(1, min(16, len(os.sched_getaffinity(0))))
"""Threads of a loop over genotypes; the kernels release the interpreter's lock."""


def in_parts(work: Callable[[int, int], Result], size: int, part: int) -> list[Result]:
    """work(first, last) for each part of range(size), on all threads; results in order."""
    starts = range(0, size, part)
    if len(starts) <= 1 or THREADS == 1:
        return [work(first, min(first + part, size)) for first in starts]
    with ThreadPoolExecutor(min(THREADS, len(starts))) as pool:
        jobs = [pool.submit(work, first, min(first + part, size)) for first in starts]
        return [job.result() for job in jobs]
