"""How a package of routes becomes an ordinary Jupyter Server extension."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from extensions.base.application import SETTING, Application, open_application
from extensions.base.handler import HubHandler, handler_for
from extensions.base.routing import Route, Routes, in_order
from hub.settings import Settings


class Extension:
    """The routes and pages of one package; `points` and `load` are what Jupyter Server asks for.

    A page is a path under the service's address and a handler class for it.
    """

    def __init__(
        self, module: str, *routes: Routes, pages: Sequence[tuple[str, type[HubHandler]]] = ()
    ) -> None:
        self.module = module
        self.routes = [route for group in routes for route in group]
        self.pages = pages

    def points(self) -> list[dict[str, Any]]:
        return [{"module": self.module}]

    def load(self, serverapp: Any) -> None:
        base = application_of(serverapp).base_url
        rules = [*tornado_rules(self.routes), *self.pages]
        serverapp.web_app.add_handlers(
            ".*$", [(base + pattern, handler) for pattern, handler in rules]
        )


def application_of(serverapp: Any) -> Application:
    """The process's one Application; made by ApiServer, or by the first extension loaded."""
    settings = serverapp.web_app.settings
    if SETTING not in settings:
        settings[SETTING] = open_application(Settings(), serverapp.base_url)
    application: Application = settings[SETTING]
    return application


def tornado_rules(routes: Iterable[Route]) -> list[tuple[str, type[HubHandler]]]:
    """One rule for each path, fixed paths first."""
    ordered = in_order(list(routes))
    groups = groupby(ordered, key=lambda route: route.pattern)
    return [(pattern, handler_for(list(group))) for pattern, group in groups]
