"""How the hub is used, as counts: nothing about one person, and no small count."""

from hub.permissions import Permission
from hub.sessions import ledger
from hub.sessions.schemas import Count, SessionFigures
from hub.storage.transaction import Transaction

SMALLEST_TOLD = 5


async def figures(tx: Transaction) -> SessionFigures:
    """Counts of the last thirty days; for administrators."""
    tx.actor.require(Permission.PEOPLE_MANAGE)
    rows = await ledger.figures(tx)
    active = {name: _told(count) for kind, name, count in rows if kind == "active"}

    def of(wanted: str) -> list[Count]:
        return [Count(name=name, count=_told(n)) for kind, name, n in rows if kind == wanted]

    return SessionFigures(
        active_day=active.get("day"),
        active_week=active.get("week"),
        active_month=active.get("month"),
        sign_ins=of("method"),
        devices=of("device"),
        lengths=of("length"),
        endings=of("ending"),
    )


def _told(count: int) -> int | None:
    return count if count >= SMALLEST_TOLD else None
