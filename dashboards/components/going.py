"""Going on to another page when something is done; the browser's "back" leads here again."""

import panel as pn

_GO = "if (cb_obj.value) window.location.assign(cb_obj.value)"


class Going:
    """A part of the page that is not seen; `to` sends the viewer to an address of ours."""

    def __init__(self) -> None:
        self.part = pn.widgets.TextInput(visible=False)
        self.part.jscallback(value=_GO)

    def to(self, address: str) -> None:
        self.part.value = address
