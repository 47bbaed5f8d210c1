"""Buttons that ask before they do, and say how it went."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import panel as pn

from agrigen.client import ApiError
from dashboards.components.page import button, content, message, row


@dataclass(frozen=True)
class Act:
    """What a button says, what it asks first, and whether it takes something away."""

    button: str
    question: str
    danger: bool = False


class Acts:
    """A row of acts; only those that are offered can be pressed."""

    def __init__(self, acts: Mapping[str, Act], do: Callable[[str], Awaitable[None]]) -> None:
        self.acts = dict(acts)
        self.do = do
        self.asked = ""
        self.buttons = {verb: self._button(verb) for verb in acts}
        self.question = content()
        self.yes, self.no = button("Yes"), button("No", kind="default")
        self.confirm = row(self.question, self.yes, self.no)
        self.said = content()
        self.buttons_row = row(*self.buttons.values())
        self.yes.on_click(self._confirmed)
        self.no.on_click(lambda _: self._ask(""))
        self.offer(())

    @property
    def parts(self) -> tuple[Any, ...]:
        """What stands on the page."""
        return self.buttons_row, self.confirm, self.said

    def offer(self, verbs: Sequence[str]) -> None:
        """Show the buttons of what is possible now."""
        for verb, one in self.buttons.items():
            one.visible = verb in verbs
        self.buttons_row.visible = bool(verbs)
        if self.asked not in verbs:
            self._ask("")

    def say(self, html: str) -> None:
        self.said.object = html
        self.said.visible = bool(html)

    def _button(self, verb: str) -> pn.widgets.Button:
        act = self.acts[verb]
        kind = "danger" if act.danger else "primary"
        made = button(act.button, kind=kind, visible=False)
        made.on_click(lambda _: self._ask(verb))
        return made

    def _ask(self, verb: str) -> None:
        self.asked = verb
        self.confirm.visible = bool(verb)
        self.question.object = f"<p><b>{escape(self.acts[verb].question)}</b></p>" if verb else ""
        self.say("")

    async def _confirmed(self, _: Any) -> None:
        verb = self.asked
        self._ask("")
        if not verb:
            return
        try:
            await self.do(verb)
        except ApiError as error:
            self.say(message("That was refused", str(error)))
            return
        self.say(done(f"{self.acts[verb].button}: done."))


def done(sentence: str) -> str:
    """Something went well."""
    return f'<p class="message good" role="status">{escape(sentence)}</p>'
