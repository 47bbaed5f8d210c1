"""Several questions to the hub at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def together(**parts: Callable[[], Any]) -> dict[str, Any]:
    """The answers by name; the first error is raised."""
    with ThreadPoolExecutor(len(parts)) as threads:
        asked = {name: threads.submit(part) for name, part in parts.items()}
        return {name: answer.result() for name, answer in asked.items()}
