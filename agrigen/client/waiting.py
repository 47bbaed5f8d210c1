"""Waiting for background work: ask again with growing pauses, tell how far it is."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from agrigen.client.errors import ApiError, Failed
from agrigen.client.item import Item
from agrigen.client.transport import Transport

ENDED = frozenset({"done", "failed", "cancelled"})
SHORTEST_SECONDS, LONGEST_SECONDS = 0.1, 2.0


@dataclass(frozen=True)
class Progress:
    """How far a piece of background work is: `fraction` is in 0..1."""

    state: str
    fraction: float
    message: str

    def __str__(self) -> str:
        return f"{self.state}, {self.fraction:.0%} {self.message}".rstrip()


def wait_until_ended(
    read: Callable[[], Item],
    *,
    what: str,
    transport: Transport,
    progress: Callable[[Progress], None] | None,
    timeout_seconds: float,
) -> Item:
    """Read until the state is final; returns it when done, raises Failed otherwise."""
    deadline = time.monotonic() + timeout_seconds
    pause, last = SHORTEST_SECONDS, None
    while True:
        item = read()
        now = progress_of(item, transport) if progress else None
        if progress and now and now != last:
            progress(now)
            last = now
        if item["state"] in ENDED:
            return _ended_well(item, what)
        if time.monotonic() > deadline:
            raise Failed(
                f"The {what} is still {item['state']} after {timeout_seconds:.0f} s. It goes on "
                f"in the hub; ask again later with its id {item['id']}.",
                code=f"{what}.slow",
            )
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_SECONDS)


def progress_of(item: Item, transport: Transport) -> Progress:
    """Progress of the job behind an import or evaluation; its state alone when there is none."""
    job = Item()
    if item.get("job_id"):
        try:
            job = transport.get(f"/jobs/{item['job_id']}")
        except ApiError:
            job = Item()  # progress is a courtesy; the waiting goes on without it
    finished = 1.0 if item["state"] == "done" else 0.0
    return Progress(
        state=str(item["state"]),
        fraction=float(job.get("progress") or finished),
        message=str(job.get("message") or ""),
    )


def _ended_well(item: Item, what: str) -> Item:
    if item["state"] == "done":
        return item
    reason = item.get("error") or "It was cancelled."
    raise Failed(f"The {what} {item['id']} {item['state']}: {reason}", code=f"{what}.failed")
