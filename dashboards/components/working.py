"""Things of the hub that work in the background: what state they are in, and how far they are."""

from collections.abc import Mapping
from html import escape
from typing import Any

from agrigen.client import ApiError, Hub, Item
from dashboards.components.pieces import badge, progress
from dashboards.theme import day

BUSY = frozenset({"queued", "running"})
KINDS = {"done": "good", "failed": "bad", "running": "busy", "queued": "busy"}


def job_of(hub: Hub, item: Mapping[str, Any]) -> Item:
    """The work behind a thing, where one may see it."""
    if not item.get("job_id"):
        return Item()
    try:
        return hub.jobs.get(item["job_id"])
    except ApiError:
        return Item()


def state_badges(item: Mapping[str, Any]) -> str:
    """The state, and whether it is published."""
    shown = badge(item["state"], KINDS.get(item["state"], ""))
    if item.get("withdrawn_at"):
        return shown + " " + badge("withdrawn")
    if item.get("published_at"):
        return shown + " " + badge(f"published {day(item['published_at'])}", "good")
    return shown


def progress_of(item: Mapping[str, Any], job: Mapping[str, Any]) -> str:
    """A bar with what is being done now; nothing when it is over."""
    if item["state"] not in BUSY:
        return ""
    said = escape(str(job.get("message") or "waiting for a free worker"))
    return progress(float(job.get("progress") or 0.0)) + f'<p class="quiet">{said}</p>'
