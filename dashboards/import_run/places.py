"""Places of the page in its styles; an empty one takes no room."""

from typing import Any

from dashboards.components.page import content
from dashboards.import_run.views import STEPS_CSS
from dashboards.theme import CONTENT_CSS


def styled(html: str = "") -> Any:
    """Content with the styles of this page, there only while it has something to show."""
    made = content(html)
    made.stylesheets = [CONTENT_CSS, STEPS_CSS]
    made.visible = bool(html)
    made.param.watch(lambda change: setattr(made, "visible", bool(change.new)), "object")
    return made
