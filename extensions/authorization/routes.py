"""Rows of the REST routes: nothing is written twice, all of it stands in their declarations."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from extensions.authorization.row import Row, Surface
from extensions.base.routing import Answer, Route, in_order
from extensions.points import all_routes

PUBLIC = {
    "alive": "a balancer asks whether the process lives",
    "ready": "a balancer asks whether the stores answer",
    "get_version": "programs ask which API this is before they have a token",
    "get_openapi": "the document is the same for everybody and names nobody",
    "open_calendar_feed": "calendars cannot sign in; the secret in the address is the credential",
}
"""Why these routes ask for no sign-in, by name of their function."""


def rows() -> Iterator[Row]:
    for route in in_order(all_routes()):
        yield Row(
            surface=Surface.REST,
            name=f"{route.method} {route.prefix}{route.path}",
            permission=route.permission,
            reach=route.reach,
            reason=PUBLIC.get(route.name, ""),
            reads=_read(route),
            writes="bytes of a file" if route.raw_body else _names(route.body),
            step_up=route.step_up,
            rate=route.rate.value,
            act=route.act,
        )


def _read(route: Route) -> str:
    if route.returns is Answer:
        return f"a file, {route.produces}"
    return _names(route.returns)


def _names(kind: Any) -> str:
    """The models in a type, by name: those of lists and unions, too."""
    return ", ".join(dict.fromkeys(model.__name__ for model in models(kind)))


def models(kind: Any) -> Iterator[type[BaseModel]]:
    """Every model that a declared type is made of, the outermost ones only."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        return
    for argument in get_args(kind):
        yield from models(argument)
