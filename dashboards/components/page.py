"""The frame of every page: header, links, title and content, without anything from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import panel as pn

from dashboards.theme import CONTENT_CSS, CONTROL_CSS, PAGE_CSS

TEMPLATE = """
{% extends base %}
{% block title %}{{ page_title | e }} · AgriGen{% endblock %}
{% block preamble %}
<meta name="viewport" content="width=device-width, initial-scale=1">
<script>history.pushState = history.replaceState.bind(history)</script>
{% endblock %}
{% block postamble %}<style>{{ page_css }}</style>{% endblock %}
{% block contents %}
<header class="site"><div class="strip">
  <a class="brand" href="/hub/home">AgriGen</a>
  <nav aria-label="Pages">
  {% for link in page_links %}<a href="{{ link.href | e }}"
    {% if link.href == page_current %}aria-current="page"{% endif %}>{{ link.text | e }}</a>
  {% endfor %}</nav>
  <a href="/services/api/account/security">Account</a>
  <span class="who">{{ page_person | e }}</span>
</div></header>
<main><h1>{{ page_title | e }}</h1>{{ page_notice }}{{ embed(roots.content) }}</main>
{{ embed(roots.location) }}
{% endblock %}
"""


@dataclass(frozen=True)
class Link:
    """Where to go, and what it is called."""

    text: str
    href: str

    @property
    def html(self) -> str:
        return f'<a href="{escape(self.href)}">{escape(self.text)}</a>'


def page(
    title: str,
    person: str,
    links: Sequence[Link],
    current: str,
    content: Sequence[Any],
    *,
    notice: str = "",
) -> pn.Template:
    """A page with our header and the content below it; a notice is there before any script runs."""
    # What is chosen on a page is written into its address, so that it can be kept and sent. It
    # replaces the address (see TEMPLATE), so that "back" leads to the page before.
    template = pn.Template(TEMPLATE, location=True)
    variables = {
        "page_title": title,
        "page_css": PAGE_CSS + (CONTENT_CSS if notice else ""),
        "page_notice": notice,
        "page_links": links,
        "page_current": current,
        "page_person": person,
        "app_favicon": "",
        "apple_icon": "",
    }
    for name, value in variables.items():
        template.add_variable(name, value)
    body = pn.Column(*content, sizing_mode="stretch_width", styles={"gap": "1rem"})
    template.add_panel("content", body)
    return template


def content(html: str = "") -> pn.pane.HTML:
    """HTML of ours in a place that can be filled later."""
    return pn.pane.HTML(
        html, stylesheets=[CONTENT_CSS], sizing_mode="stretch_width", margin=0, sanitize_html=False
    )


def control(widget: pn.widgets.Widget, *, basis: str = "220px") -> pn.widgets.Widget:
    """A widget in our looks that takes the room it gets."""
    widget.stylesheets = [*widget.stylesheets, CONTROL_CSS]
    widget.sizing_mode = "stretch_width"
    widget.margin = 0
    widget.styles = {"flex": f"1 1 {basis}"}
    return widget


def button(name: str, *, kind: str = "primary", visible: bool = True) -> pn.widgets.Button:
    """A button in our looks, as wide as its words; it stands in a row."""
    made = pn.widgets.Button(name=name, button_type=kind, visible=visible, margin=0)
    made.stylesheets = [*made.stylesheets, CONTROL_CSS]
    made.styles = {"flex": "0 1 auto", "min-width": "130px"}
    return made


def row(*things: Any, align: str = "end") -> pn.FlexBox:
    """Things side by side, below each other where there is no room."""
    return pn.FlexBox(
        *things, gap=".75rem", align_items=align, sizing_mode="stretch_width", margin=0
    )


def message(title: str, text: str, link: Link | None = None) -> str:
    """Something went otherwise: what, and where to go from here."""
    way_out = f"<p>{link.html}</p>" if link else ""
    return (
        f'<div class="message" role="alert"><h2>{escape(title)}</h2>'
        f"<p>{escape(text)}</p>{way_out}</div>"
    )


def loading(what: str) -> str:
    """A quiet place holder that a screen reader announces."""
    return f'<div class="skeleton" role="status" aria-label="Loading {escape(what)}"></div>'
