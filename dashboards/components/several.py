"""Choosing several things at once: check boxes with a heading."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import panel as pn

from dashboards.components.page import content

SEVERAL_CSS = """
:host { font: 1rem var(--font); }
.bk-input-group { display: grid; gap: .1rem 1rem; max-height: 18rem; overflow-y: auto;
  padding: .25rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); }
label { display: flex; align-items: center; gap: .5rem; white-space: normal; min-width: 0;
  padding: .3rem .25rem; cursor: pointer; color: var(--ink); font: 1rem/1.4 var(--font);
  margin: 0; border-radius: 6px; }
label span { white-space: normal; }
label:hover { background: #f7faf8; }
label:focus-within { outline: 3px solid #f0b429; }
input[type=checkbox] { accent-color: var(--green); margin: 0; width: 1.15rem;
  height: 1.15rem; flex: none; }
"""


class Several:
    """Check boxes below a heading; `value` is what is checked."""

    def __init__(self, title: str, hint: str = "") -> None:
        told = f'<p class="quiet">{escape(hint)}</p>' if hint else ""
        self.title = content(f"<h3>{escape(title)}</h3>{told}")
        self.boxes = pn.widgets.CheckBoxGroup(
            name=title, options={}, value=[], margin=0, sizing_mode="stretch_width",
            stylesheets=[SEVERAL_CSS],
        )  # fmt: skip
        self.view = pn.Column(self.title, self.boxes, sizing_mode="stretch_width", margin=0)

    @property
    def value(self) -> list[Any]:
        return list(self.boxes.value)

    def offer(self, options: Mapping[str, Any], value: Sequence[Any]) -> None:
        """What there is to check; what was checked and is still there stays."""
        if self.boxes.options != dict(options):
            self.boxes.param.update(options=dict(options), value=list(value))
