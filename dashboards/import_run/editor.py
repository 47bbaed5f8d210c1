"""Mending one row where it stands: its cells to be written anew, or the row left out."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import panel as pn

from agrigen.client import ApiError
from dashboards.components.acts import done
from dashboards.components.page import button, control, message, row
from dashboards.import_run import views
from dashboards.import_run.data import Run, header_of
from dashboards.import_run.places import styled
from dashboards.session import Session


class Editor:
    """The open row; `changed` is told when it was taken or left out, `closed` when it is shut."""

    def __init__(
        self, session: Session, changed: Callable[[], Awaitable[None]], closed: Callable[[], None]
    ) -> None:
        self.session, self.changed = session, changed
        self.run: Run | None = None
        self.row: Mapping[str, Any] = {}
        self.fields: dict[str, Any] = {}
        self.title, self.said = styled(), styled()
        self.cells = row(align="start")
        self.check, self.shut = button("Check and take"), button("Close", kind="default")
        self.reason = control(
            pn.widgets.TextInput(name="Or leave it out, because", placeholder="test of the scale")
        )
        self.leave = button("Leave this row out", kind="default")
        self.check.on_click(self._mend)
        self.leave.on_click(self._leave)
        self.shut.on_click(lambda _: closed())
        self.view = pn.Column(
            self.title, self.cells, row(self.check, self.shut), row(self.reason, self.leave),
            sizing_mode="stretch_width", margin=0, visible=False,
            styles={"gap": ".75rem", "background": "#fff", "border": "2px solid #1f6f4a",
                    "border-radius": "10px", "padding": "1rem"},
        )  # fmt: skip

    @property
    def number(self) -> int:
        return int(self.row.get("row", 0))

    def open(self, run: Run, found: Mapping[str, Any]) -> None:
        """Show a row; what somebody typed into the open row stays."""
        typed = self._typed() if found["row"] == self.number else {}
        self.run, self.row = run, found
        marked = {
            header_of(list(found["values"]), run.item["mapping"], one["column"])
            for one in found["problems"]
        }
        self.title.object = f"<h3>Row {found['row']:,}</h3>" + views.why(found["problems"])
        names = sorted(found["values"], key=lambda name: name not in marked)
        self.fields = {name: self._field(name, name in marked, typed) for name in names}
        self.cells.objects = list(self.fields.values())
        self.view.visible = True

    def close(self) -> None:
        self.row, self.fields, self.cells.objects = {}, {}, []
        self.view.visible = False

    def _field(self, name: str, marked: bool, typed: Mapping[str, str]) -> Any:
        value = typed.get(name, str(self.row["values"][name] or ""))
        label = f"{name} (wrong)" if marked else name
        field = control(pn.widgets.TextInput(name=label, value=value), basis="180px")
        field.stylesheets = [*field.stylesheets, "label { overflow-wrap: anywhere; }"]
        if marked:
            field.stylesheets = [*field.stylesheets, ".bk-input { border: 2px solid var(--red); }"]
        return field

    def _typed(self) -> dict[str, str]:
        """Cells that differ from the file's."""
        now = {name: field.value_input or field.value for name, field in self.fields.items()}
        now = {name: field.value for name, field in self.fields.items()} | {
            name: value for name, value in now.items() if value
        }
        return {
            name: str(value) for name, value in now.items()
            if str(value) != str(self.row["values"].get(name) or "")
        }  # fmt: skip

    async def _mend(self, _: Any) -> None:
        number, typed = self.number, self._typed()
        if await self._do("mend", {number: typed}):
            still = self.number == number and self.row
            self.said.object = (
                message(f"Row {number:,} is still not right", "Its reasons are below.")
                if still
                else done(f"Row {number:,} was taken.")
            )

    async def _leave(self, _: Any) -> None:
        reason = (self.reason.value_input or self.reason.value).strip()
        if not reason:
            self.said.object = message("Not left out yet", "Say why the row is left out.")
            return
        number = self.number
        if await self._do("discard", reason, rows=[number]):
            self.reason.value = ""
            self.said.object = done(f"Row {number:,} was left out. It can be taken back.")

    async def _do(self, verb: str, *what: Any, **more: Any) -> bool:
        if self.run is None:
            return False
        ward = self.session.hub.imports.quarantine(self.run.item["id"])
        self.check.disabled = self.leave.disabled = True
        try:
            await self.session.ask(getattr(ward, verb), *what, **more)
        except ApiError as error:
            self.said.object = message("The hub did not take it", str(error))
            return False
        finally:
            self.check.disabled = self.leave.disabled = False
        await self.changed()
        return True
