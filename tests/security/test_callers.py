"""Nine kinds of caller at every route, from what its declaration says (C2, C3, C5, API1, API5).

Every path is filled with what is farm A's: its owner gets to it, a farmer of another farm, somebody
whose grant was revoked and a researcher of another project do not, and cannot tell it from what
does not exist.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from extensions.base.examples import SAMPLE_ID
from extensions.base.routing import Route
from extensions.points import all_routes
from hub.permissions import Permission
from hub.storage.base import new_id
from tests.database import Cluster
from tests.security.callers import CALLERS, TABLES, World, held_by, made_world, reaches
from tests.security.doors import UNKNOWN
from tests.security.rows_of_all_tables import CANARY

ROUTES = all_routes()
OUTSIDERS = ("other farmer", "revoked", "other researcher")
# Path parameters whose thing is found by something else than the id of a row of PostgreSQL.
ELSEWHERE = {"conversation_id", "token_id", "device_id", "session_id", "class_id", "purpose"}


def name_of(route: Route) -> str:
    return route.name


@pytest.fixture(scope="module")
def world(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("doors")
    with made_world(cluster, home, {}) as made:
        yield made


def path_of(world: World, route: Route) -> dict[str, str]:
    """The example's path with farm A's things in the place of its ids."""
    known = [name for name in route.path_types if name in TABLES or name in _OTHERS]
    given = dict(route.example.path)
    given |= {"gene": "PRNP", "code": "birth_weight"} if "gene" in given or "code" in given else {}
    if "scheme" in given:
        given |= {"scheme": "org.agrigen.farm", "location": CANARY.upper()}
    return {**given, **world.path(known)}


_OTHERS = {"farm_id", "person_id", "project_id", "grant_id", "id"}


def absent_path(world: World, route: Route) -> dict[str, str]:
    """The same with ids of nothing."""
    return {
        name: str(new_id()) if name in TABLES or name in _OTHERS or name == "location" else value
        for name, value in path_of(world, route).items()
    }


def body_of(world: World, route: Route) -> Any:
    return _filled(route.example.body, world)


def query_of(world: World, route: Route) -> dict[str, str]:
    return {k: str(_filled({k: v}, world)[k]) for k, v in route.example.query.items()}


def _filled(value: Any, world: World, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _filled(one, world, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, world, key.removesuffix("s")) for one in value]
    if key in ("farm", "farm_id"):
        return str(world.ids.farm)
    if key in TABLES or key in _OTHERS:
        return str(world.value(key))
    return str(world.ids["animal"]) if value == SAMPLE_ID else value


def code_of(answer: httpx.Response) -> str:
    if answer.status_code < 400:
        return ""
    told = answer.json()
    return str(told.get("code") or told.get("errors", [{}])[0].get("title", ""))


def without_what_was_asked(answer: httpx.Response) -> str:
    """The words of an answer but for those that the question brought."""
    location = f"org.agrigen.farm/{CANARY}"
    return answer.text.lower().replace(location, "") if answer.status_code >= 400 else answer.text


def is_empty(answer: httpx.Response) -> bool:
    return answer.status_code == 204 or (
        answer.status_code == 200 and answer.json() == {"items": [], "next_cursor": None}
    )


def looked_at(world: World, route: Route, caller: str) -> httpx.Response:
    path, query = path_of(world, route), query_of(world, route)
    return world.doors.knock(route, world.tokens[caller], path=path, query=query)


def has_an_id(route: Route) -> bool:
    return bool(set(route.path_types) & (set(TABLES) | _OTHERS | {"location"}) - {"panel_id"})


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_each_of_nine_callers_gets_as_far_as_the_declaration_says(
    world: World, route: Route
) -> None:
    """At the door: signed in, with enough factors, with the permission; 422 is past the door."""
    for caller in CALLERS:
        path, token = path_of(world, route), world.tokens[caller]
        answer = world.doors.knock(route, token, path=path, query=UNKNOWN)
        told = (caller, answer.status_code, answer.text[:300])
        if route.public:
            assert answer.status_code == 422, told
        elif caller == "anonymous":
            assert answer.status_code == 401, told
        elif caller == "admin with one factor":
            assert (answer.status_code, code_of(answer)) == (401, "sign_in.weak_token"), told
        elif route.permission in held_by(caller):
            assert answer.status_code == 422, told
        else:
            assert (answer.status_code, code_of(answer)) == (403, "permission.missing"), told


@pytest.mark.parametrize(
    "route", [one for one in ROUTES if one.permission and has_an_id(one)], ids=name_of
)
def test_what_is_out_of_reach_looks_like_what_does_not_exist(world: World, route: Route) -> None:
    """Own, sibling, shared, revoked, absent: forbidden and absent are the same answer."""
    if set(route.path_types) & ELSEWHERE:
        pytest.skip("what is in DynamoDB has its own tests beside it")
    given = {"query": query_of(world, route), "body": body_of(world, route)}
    for caller in (*OUTSIDERS, "granted", "lead"):
        if route.permission not in held_by(caller) or reaches(route.reach, caller):
            continue
        there = world.doors.knock(route, world.tokens[caller], path=path_of(world, route), **given)
        absent = world.doors.knock(
            route, world.tokens[caller], path=absent_path(world, route), **given
        )
        told = (caller, route.reach, there.status_code, there.text[:300], absent.text[:200])
        if caller in OUTSIDERS:
            assert CANARY not in without_what_was_asked(there), told
            same = (there.status_code, code_of(there)) == (absent.status_code, code_of(absent))
            assert same and (there.status_code == 404 or is_empty(there)), told
        else:  # who sees the farm is told that looking is all they may
            closed = there.status_code in (403, 404, 409) or is_empty(there)
            assert closed or code_of(there) == NOT_RESTORED, told


@pytest.mark.parametrize(
    "route", [one for one in ROUTES if one.permission and not one.writes], ids=name_of
)
def test_nobody_reads_a_word_of_a_farm_out_of_reach(world: World, route: Route) -> None:
    """Lists, files and single things: no answer to an outsider contains what farm A wrote."""
    for caller in OUTSIDERS:
        if route.permission in held_by(caller) and not reaches(route.reach, caller):
            answer = world.doors.knock(
                route,
                world.tokens[caller],
                path=path_of(world, route),
                query=query_of(world, route),
            )
            assert CANARY not in without_what_was_asked(answer), (caller, answer.text[:500])


@pytest.mark.parametrize(
    "route", [one for one in ROUTES if one.permission and not one.writes], ids=name_of
)
def test_who_is_within_reach_gets_to_it(world: World, route: Route) -> None:
    """The other half: without it a hub that refuses everybody would pass."""
    if set(route.path_types) & ELSEWHERE:
        pytest.skip("what is in DynamoDB has its own tests beside it")
    for caller in ("owner", "granted", "lead"):
        if route.permission in held_by(caller) and reaches(route.reach, caller):
            answer = world.doors.knock(
                route,
                world.tokens[caller],
                path=path_of(world, route),
                query=query_of(world, route),
            )
            told = (caller, route.reach, answer.status_code, answer.text[:300])
            assert answer.status_code not in (401, 403, 404) or code_of(answer) in NOT_MADE, told


# A version without files is refused before it is asked whose farms it would go to.
NOT_RESTORED = "versions.cannot_restore"

# Things that a row alone does not make: files of the object store, results of a run.
NOT_MADE = {
    "storage.no_object", "privacy.no_export", "datasets.no_table", "datasets.no_file",
    "datasets.not_found", "lineage.not_found", "lineage.no_value", "genotypes.hidden_farms",
    "evaluations.no_results", "evaluations.no_file", "evaluations.none_published",
    "associations.no_results",
}  # fmt: skip


FRESH = [route for route in ROUTES if route.step_up]


@pytest.mark.parametrize("route", FRESH, ids=name_of)
def test_an_old_sign_in_is_asked_to_prove_itself_again(world: World, route: Route) -> None:
    """RFC 9470: the challenge names the age and the level that are wanted (B9)."""
    answer = with_an_old_sign_in(world, route)
    challenge = answer.headers.get("WWW-Authenticate", "")
    assert (answer.status_code, code_of(answer)) == (401, "sign_in.again"), answer.text
    assert 'error="insufficient_user_authentication"' in challenge
    assert "max_age" in challenge and "acr_values" in challenge


@pytest.mark.parametrize("route", [one for one in ROUTES if one.permission], ids=name_of)
def test_a_narrowed_token_opens_only_what_it_names(world: World, route: Route) -> None:
    """A token without the one scope is refused before anything of the request is read."""
    answer = with_a_narrowed_token(world, route)
    assert (answer.status_code, code_of(answer)) == (403, "permission.missing"), answer.text


MUTABLE = [route for route in ROUTES if route.permission]
FEW = 10


def test_a_door_that_asks_for_nothing_is_noticed_in_a_few_routes(world: World) -> None:
    """A sample of the run below, for every day."""
    assert unnoticed_doors(world, MUTABLE[:: len(MUTABLE) // FEW]) == []


@pytest.mark.slow
def test_a_door_that_asks_for_nothing_is_noticed_in_every_route(world: World) -> None:
    """Mutation: the permission of each route goes, then its fresh sign-in; a test must be red."""
    survivors = unnoticed_doors(world, MUTABLE)
    print(f"{len(MUTABLE)} permissions and {len(FRESH)} fresh sign-ins taken away")
    assert survivors == []


def unnoticed_doors(world: World, routes: list[Route]) -> list[str]:
    """Routes at which the tests above see no difference when a check is gone."""
    survivors = []
    for route in routes:
        with world.doors.instead(route, replace(route, permission=spare(route), step_up=False)):
            if code_of(with_a_narrowed_token(world, route)) == "permission.missing":
                survivors.append(f"{route.name}: permission")
        if route.step_up:
            with world.doors.instead(route, replace(route, step_up=False)):
                if code_of(with_an_old_sign_in(world, route)) == "sign_in.again":
                    survivors.append(f"{route.name}: fresh sign-in")
    return survivors


def spare(route: Route) -> Permission:
    """A permission that everybody holds and that is not the route's."""
    asked = route.permission is Permission.ACCOUNT_READ
    return Permission.PROJECTS_READ if asked else Permission.ACCOUNT_READ


def holder_of(world: World, route: Route) -> UUID:
    """Somebody whose roles grant the permission."""
    people = [world.people[one] for one in ("owner", "lead", "steward", "administrator")]
    return next(one.person_id for one in people if route.permission in one.permissions)


def with_an_old_sign_in(world: World, route: Route) -> httpx.Response:
    old = datetime.now(UTC) - timedelta(hours=1)
    token = world.doors.token(holder_of(world, route), at=old)
    return world.doors.knock(route, token, path=path_of(world, route), query=UNKNOWN)


def with_a_narrowed_token(world: World, route: Route) -> httpx.Response:
    """Everything but the permission of this route."""
    key = (holder_of(world, route), str(route.permission))
    if key not in world.doors.tokens:
        scope = frozenset(one for one in Permission if one is not route.permission)
        world.doors.tokens[key] = world.doors.token(key[0], scope=scope)
    token = world.doors.tokens[key]
    return world.doors.knock(route, token, path=path_of(world, route), query=UNKNOWN)
