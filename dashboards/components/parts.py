"""Choosing which part of a page is shown: radio buttons that look like tabs."""

from collections.abc import Mapping

import panel as pn

PARTS_CSS = """
:host { font: 1rem var(--font); }
.bk-input-group { display: flex; flex-direction: row; flex-wrap: wrap; gap: .5rem; }
label { display: flex; align-items: center; gap: .4rem; padding: .5rem .9rem; cursor: pointer;
  border: 1px solid #98a39d; border-radius: 8px; background: #fff; color: var(--ink);
  font: 600 .95rem var(--font); margin: 0; }
label:has(input:checked) { background: var(--green-tint); border-color: var(--green);
  color: var(--green-dark); }
label:focus-within { outline: 3px solid #f0b429; outline-offset: 1px; }
input[type=radio] { accent-color: var(--green); margin: 0; width: 1.05rem; height: 1.05rem; }
"""


def part_chooser(parts: Mapping[str, str], value: str) -> pn.widgets.RadioBoxGroup:
    """Names and values; arrow keys go from one to the next, a screen reader says which is on."""
    return pn.widgets.RadioBoxGroup(
        options=dict(parts), value=value, inline=True, margin=0, sizing_mode="stretch_width",
        stylesheets=[PARTS_CSS],
    )  # fmt: skip
