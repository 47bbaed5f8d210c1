"""Declarations: what is refused at import, and which address wins."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from extensions.base.routing import Answer, Call, RouteError, Routes, in_order
from extensions.points import all_routes
from hub.permissions import Permission as P
from hub.reach import Reach


class Cow(BaseModel):
    tag: str


async def get_cow(call: Call, cow_id: UUID) -> Any:
    """Show a cow."""


async def list_cows(call: Call) -> Any:
    """List cows."""


async def undocumented(call: Call) -> Any: ...


@pytest.mark.parametrize(
    ("path", "function", "declaration", "reason"),
    [
        ("/cows", list_cows, {}, "either permission=... or public=True"),
        ("/cows", list_cows, {"permission": P.ANIMALS_READ, "public": True}, "either permission"),
        ("/cows", undocumented, {"public": True}, "needs a docstring"),
        ("/cows", list_cows, {"public": True, "reach": None}, "whose things it reaches"),
        ("/cows", list_cows, {"public": True, "act": None}, "what stands in the audit log"),
        ("/cows", list_cows, {"public": True, "returns": Answer}, "say which with produces"),
        ("/cows/{id}", get_cow, {"public": True}, r"names \['id'\], the function takes"),
        ("/cows/{cow_id}", list_cows, {"public": True}, "the path names"),
        ("/cows", list_cows, {"public": True, "body": Cow}, "needs an example that fits"),
        (
            "/cows",
            list_cows,
            {"public": True, "body": Cow, "example": {"body": {"tag": 7}}},
            "needs an example that fits",
        ),
    ],
)
def test_a_declaration_that_cannot_be_right_is_refused_at_import(
    path: str, function: Any, declaration: dict[str, Any], reason: str
) -> None:
    whole = {"reach": Reach.EVERYBODY, "act": "", **declaration}
    with pytest.raises(RouteError, match=reason):
        Routes("Cows").post(path, **{k: v for k, v in whole.items() if v is not None})(function)


def test_fixed_paths_come_before_paths_with_names_in_them() -> None:
    paths = [route.path for route in in_order(all_routes())]
    assert paths.index("/evaluations/latest") < paths.index("/evaluations/{evaluation_id}")
    assert paths.index("/animals/counts") < paths.index("/animals/{animal_id}")


def test_no_two_routes_have_the_same_method_and_path_or_the_same_name() -> None:
    routes = all_routes()
    assert len({(route.method, route.prefix, route.path) for route in routes}) == len(routes)
    assert len({route.name for route in routes}) == len(routes)


def test_every_route_with_names_in_its_path_has_an_example_of_them() -> None:
    for route in all_routes():
        assert set(route.path_types) == set(route.example.path), route.name
        for name, kind in route.path_types.items():
            kind.validate_python(route.example.path[name])
