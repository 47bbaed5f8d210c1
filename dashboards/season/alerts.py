"""Alerts with a button each that says: seen."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import panel as pn

from agrigen.client import ApiError
from dashboards.components.page import button, content, row
from dashboards.season import views
from dashboards.session import Session, sorry

FEW, MANY = 6, 200


class AlertList:
    """The gravest first; one that was seen goes."""

    def __init__(
        self, session: Session, href: views.Href, after: Callable[[], Awaitable[None]]
    ) -> None:
        self.session, self.href, self.after = session, href, after
        self.farm_id = ""
        self.rows: dict[str, Any] = {}
        self.most, self.alerts = FEW, list[Mapping[str, Any]]()
        self.head, self.more = content(), button("Show all", kind="default")
        self.more.on_click(self._show_all)
        self.list = pn.Column(margin=0, sizing_mode="stretch_width", styles={"gap": ".6rem"})
        self.view = pn.Column(
            self.head, self.list, self.more, margin=0, sizing_mode="stretch_width",
            styles={"background": "var(--paper)", "border": "1px solid var(--line)",
                    "border-radius": "10px", "padding": "1rem"},
        )  # fmt: skip

    def show(self, alerts: Sequence[Mapping[str, Any]], farm: Mapping[str, Any]) -> None:
        """Rows that stay keep their place and their focus."""
        if farm["id"] != self.farm_id:
            self.farm_id, self.most = farm["id"], FEW
        self.alerts = list(alerts)
        none = "" if alerts else '<p class="quiet">Nothing needs a look.</p>'
        self.head.object = f"<h2>Alerts{f' ({len(alerts):,})' if alerts else ''}</h2>{none}"
        shown = self.alerts[: self.most]
        self.rows = {one["key"]: self.rows.get(one["key"]) or self._row(one) for one in shown}
        if self.list.objects != [*self.rows.values()]:
            self.list.objects = [*self.rows.values()]
        self.more.visible = len(alerts) > len(shown)

    def _show_all(self, _: Any) -> None:
        self.most = MANY
        self.show(self.alerts, {"id": self.farm_id})

    def _row(self, one: Mapping[str, Any]) -> Any:
        seen = button("Seen", kind="default")
        seen.styles = {"flex": "0 0 auto", "min-width": "72px"}
        seen.description = f"Do not show this alert of {one['tag']} again"
        text = content(views.alert(one, self.href))
        text.styles = {"flex": "1 1 200px", "min-width": "0"}
        key = one["key"]

        async def mark(_: Any) -> None:
            seen.disabled = True
            await self._seen(key, text)

        seen.on_click(mark)
        return row(text, seen, align="center")

    async def _seen(self, key: str, text: Any) -> None:
        try:
            ask, hub = self.session.ask, self.session.hub
            await ask(hub.alerts.mark_seen, self.farm_id, key)
        except ApiError as error:
            text.object = sorry(error)
            return
        await self.after()
