"""Every declared route × every kind of person, from the declarations themselves.

A person whose roles grant the route's permission gets past the door (to whatever answer); everybody
else is refused at the door, before anything of the request is read.
"""

import httpx
import pytest

from extensions.base.routing import Route
from extensions.points import all_routes
from hub.permissions import ROLES, Role
from tests.hubs import LiveApi

ROUTES = all_routes()


def send(client: httpx.Client, live_api: LiveApi, route: Route) -> httpx.Response:
    """The route's example without a body: a write that gets past the door changes nothing."""
    path = f"{live_api.url}{route.prefix}{route.path.format_map(route.example.path)}"
    query = {name: str(value) for name, value in route.example.query.items()}
    return client.request(route.method, path, params=query, content=b"")


def name_of(route: Route) -> str:
    return route.name


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_a_route_is_open_to_those_with_its_permission_and_to_nobody_else(
    live_api: LiveApi, route: Route
) -> None:
    for role in Role:
        client = live_api.client(role.value)
        answer = send(client, live_api, route)
        code = answer.json().get("code") if answer.status_code >= 400 else None
        assert answer.status_code < 500, (role, answer.text)
        if route.permission is None or route.permission in ROLES[role]:
            # a token of the hub alone is no fresh sign-in; what is, opens it in test_callers.py
            known = answer.status_code != 401 or (route.step_up and code == "sign_in.again")
            assert known and code != "permission.missing", (role, answer.text)
        else:
            assert (answer.status_code, code) == (403, "permission.missing"), (role, answer.text)


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_without_a_sign_in_only_public_routes_answer(live_api: LiveApi, route: Route) -> None:
    client = live_api.client(None)
    answer = send(client, live_api, route)
    assert (answer.status_code == 401) is (route.permission is not None)


@pytest.mark.parametrize("route", [one for one in ROUTES if one.permission], ids=name_of)
def test_a_token_without_the_scope_is_refused_even_of_an_admin(
    live_api: LiveApi, route: Route
) -> None:
    everything_else = [
        permission.scope for permission in ROLES[Role.ADMIN] if permission != route.permission
    ]
    scopes = ["access:services!service=api", *sorted(everything_else)]
    client = live_api.client("admin", scopes=scopes)
    answer = send(client, live_api, route)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission.missing")


def test_public_routes_are_these_and_no_others() -> None:
    public = {route.prefix + route.path for route in ROUTES if route.public}
    assert public == {
        "/livez",
        "/readyz",
        "/api/v1/version",
        "/api/v1/openapi.json",
        "/api/v1/calendar.ics",
    }
