"""Services ask for themselves, whatever the door let in: their checks, taken away one at a time.

The dashboards, the assistant, jobs and commands call services without a door, so each service says
what it needs. Here every door is open, and somebody comes with a token that lacks the one
permission, or with the right to look only. What refuses is noted by the line it stands in.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from extensions.base import handler
from extensions.base.routing import Route
from extensions.points import all_routes
from hub import farms
from hub.actor import Actor
from hub.errors import Conflict, Denied
from hub.farms import policy
from hub.permissions import Permission
from hub.settings import CHECKOUT, Settings
from hub.storage.transaction import Transaction, begin
from tests.database import Cluster
from tests.security.callers import World, made_world
from tests.security.test_callers import body_of, code_of, holder_of, path_of, query_of, spare
from tests.stores import running_store

Site = tuple[str, int]
"""A line that asks: `file::function` and the number of the line."""
FARM_CHECKS = ("require_write", "require_owner")
# The answer of an open door is not sent, so the report that it holds is not closed by sending.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning"
)
GUARDED = [route for route in all_routes() if route.permission]


@dataclass
class Checks:
    """What refused and what was content during a request, and the one line that is taken away."""

    refused: set[Site] = field(default_factory=set)
    content: set[Permission] = field(default_factory=set)
    removed: Site | None = None

    def clear(self) -> None:
        self.refused.clear()
        self.content.clear()


def site_of(depth: int) -> Site:
    frame = sys._getframe(depth + 1)
    file = frame.f_code.co_filename.removeprefix(f"{CHECKOUT}/")
    return f"{file}::{frame.f_code.co_name}", frame.f_lineno


@contextmanager
def watched() -> Iterator[Checks]:
    """Every check of a permission, of work on a farm and of its ownership goes through here."""
    checks = Checks()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Actor, "require", _permission_spy(checks))
        for name in FARM_CHECKS:
            spy = _farm_spy(checks, getattr(policy, name))
            for module in (farms, policy):
                patch.setattr(module, name, spy)
        patch.setattr(handler, "begin", undone)
        yield checks


def _permission_spy(checks: Checks) -> Callable[[Actor, Permission], None]:
    original = Actor.require

    def require(self: Actor, permission: Permission) -> None:
        site = site_of(1)
        if site == checks.removed:
            return
        if not self.may(permission):
            checks.refused.add(site)
        original(self, permission)
        checks.content.add(permission)

    return require


def _farm_spy(checks: Checks, original: Any) -> Any:
    async def require(tx: Transaction, farm_id: UUID) -> Any:
        site = site_of(1)
        if site == checks.removed:
            return await policy.require_visible(tx, farm_id)
        try:
            return await original(tx, farm_id)
        except Denied:
            checks.refused.add(site)
            raise

    return require


@asynccontextmanager
async def undone(engine: AsyncEngine, actor: Actor) -> AsyncIterator[Transaction]:
    """A transaction that nothing stays of, whatever was let through."""
    async with begin(engine, actor) as tx:
        yield tx
        raise Conflict("test.undone", "An open door let this happen; it is rolled back.")


@pytest.fixture(scope="module")
def world(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("services")
    with running_store(home, Settings().dynamodb_prefix) as store:
        environment = {"ENDPOINT": store.client.meta.endpoint_url}
        with made_world(cluster, home, environment) as made:
            yield made


def sites(*names: str) -> set[Site]:
    """Lines of the hub that call a check of this name."""
    return {
        (f"{path.relative_to(CHECKOUT)}::{function.name}", node.lineno)
        for path in (CHECKOUT / "hub").rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and node.func.attr in names and ast.unparse(node.func.value) not in _OTHERS
    }  # fmt: skip


_OTHERS = {"tables", "policy"}
"""Whose `require` and `require_write` are about something else, or stand for a check in them."""


@dataclass(frozen=True)
class Knock:
    """Somebody whose roles would do, without one permission, at a door that asks for nothing."""

    route: Route
    without: Permission | None

    def at(self, world: World) -> httpx.Response:
        scope = frozenset(one for one in Permission if one is not self.without)
        token = world.doors.token(holder_of(world, self.route), scope=scope)
        return _through(world, self.route, token, spare(self.route))

    def is_refused(self, world: World) -> bool:
        answer = self.at(world)
        return code_of(answer) == "permission.missing" and f"'{self.without}'" in answer.text


def looking_on(world: World, route: Route) -> httpx.Response:
    """Whoever belongs to farm A to look at everything, and nothing more."""
    return _through(world, route, world.tokens["reader"], route.permission)


def _through(
    world: World, route: Route, token: str | None, permission: Permission | None
) -> httpx.Response:
    with world.doors.instead(route, replace(route, permission=permission, step_up=False)):
        return world.doors.knock(
            route, token, path=path_of(world, route), query=query_of(world, route),
            body=body_of(world, route),
        )  # fmt: skip


# Doors that are all there is to ask, with the reason.
ONLY_AT_THE_DOOR = {
    "list_import_rules": "says the same to everybody",
    "list_export_tables": "says the same to everybody",
    "list_species_rules": "says the same to everybody",
    "cancel_job": "asks for what the job was asked with: tests/hub/jobs",
    "retry_job": "asks for what the job was asked with: tests/hub/jobs",
    "verify_audit_log": "reads links without content, as the hub itself",
    "end_my_sessions": "the handler is the use case: sessions, then tokens",
    "end_my_session": "the handler is the use case",
    "end_sessions_of": "the handler is the use case: sessions, then tokens",
    "end_session_of": "the handler is the use case",
    "list_my_tokens": "the store is asked for the caller's own",
    "list_my_devices": "the store is asked for the caller's own",
}


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
def test_a_service_asks_although_its_door_is_open(world: World, route: Route) -> None:
    """C7, C8: whoever calls a service, it is refused what its sign-in or token does not carry."""
    with watched() as checks:
        refused = Knock(route, route.permission).is_refused(world)
    assert refused is (route.name not in ONLY_AT_THE_DOOR), checks.refused


@pytest.mark.slow
def test_a_check_that_is_taken_out_of_a_service_is_noticed(world: World) -> None:
    """Mutation: each line that asks for a permission goes; the knocks it refused must notice."""
    with watched() as checks:
        knocks = refused_by_line(world, checks)
        survivors = set()
        for site, refused in knocks.items():
            checks.removed = site
            if all(knock.is_refused(world) for knock in refused):
                survivors.add(site[0])
    print(f"{len(knocks)} checks taken out, {len(survivors)} asked again behind")
    assert survivors == ASKED_TWICE
    assert {site[0] for site in sites("require") - set(knocks)} == set(NOT_KNOCKED_AT)


@pytest.mark.slow
def test_work_on_a_farm_that_is_not_asked_about_is_noticed(world: World) -> None:
    """Mutation: each line that asks whether the caller works there, or decides, goes."""
    asking = sites(*FARM_CHECKS)
    with watched() as checks:
        refused: dict[Site, list[tuple[Route, str]]] = defaultdict(list)
        for route in (one for one in GUARDED if one.writes):
            checks.clear()
            code = code_of(looking_on(world, route))
            for site in checks.refused & asking:
                refused[site].append((route, code))
        survivors = set()
        for site, tried in refused.items():
            checks.removed = site
            if all(code_of(looking_on(world, route)) == code for route, code in tried):
                survivors.add(site[0])
    print(f"{len(refused)} checks taken out")
    assert survivors == set()
    assert {site[0] for site in asking - set(refused)} == set(NOT_LOOKED_AT)


def refused_by_line(world: World, checks: Checks) -> dict[Site, list[Knock]]:
    """Every line that asks, with those whom it refused: without the door's permission, or without
    one of the others that the same request asked for.
    """
    found: dict[Site, list[Knock]] = defaultdict(list)
    for route in GUARDED:
        checks.clear()
        Knock(route, None).at(world)
        asked = {route.permission, *checks.content} - {spare(route)}
        for permission in asked:
            checks.clear()
            knock = Knock(route, permission)
            knock.at(world)
            for site in checks.refused:
                found[site].append(knock)
    return found


INSIDE = "called by services that asked before"
JOB = "asked again by a job, for the person it works for: tests/hub/jobs, tests/hub/etl"
OPTION = "asked only with something that the examples, or people who look on, do not have"
# Services behind which another one asks the same, so that one of the two can go unnoticed.
ASKED_TWICE = {
    "hub/accounts/service.py::me", "hub/animals/service.py::update", "hub/work/service.py::alerts",
    "hub/exchange/service.py::locations",
}  # fmt: skip
# Services that no knock of these tests reaches.
NOT_KNOCKED_AT = {
    "hub/animals/adding.py::create_many": INSIDE,
    "hub/animals/pedigree.py::count_offspring": INSIDE,
    "hub/animals/reading.py::find_many": INSIDE,
    "hub/animals/removing.py::remove": INSIDE,
    "hub/animals/service.py::change": INSIDE,
    "hub/associations/policy.py::require_create": OPTION,
    "hub/breeding/kinships.py::kinship": INSIDE,
    "hub/etl/pipeline.py::_asked": JOB,
    "hub/etl/watching/taking.py::run_source": JOB,
    "hub/evaluations/policy.py::require_create": OPTION,
    "hub/events/service.py::get_many": INSIDE,
    "hub/exports/run.py::_make": JOB,
    "hub/farms/policy.py::require_owner": OPTION,
    "hub/farms/service.py::mine": INSIDE,
    "hub/files/service.py::note": INSIDE,
    "hub/jobs/policy.py::require_steer": OPTION,
    "hub/performance/service.py::weights_of_animal": INSIDE,
    "hub/records/service.py::add_many": INSIDE,
    "hub/records/service.py::get_many": INSIDE,
    "hub/records/service.py::same": INSIDE,
    "hub/sharing/invitations/policy.py::_of_project": OPTION,
    "hub/versions/freezing.py::_frozen": JOB,
}
NOT_LOOKED_AT = {
    "hub/animals/removing.py::remove": INSIDE,
    "hub/etl/import_templates/service.py::create": OPTION,
    "hub/etl/pipeline.py::_asked": JOB,
    "hub/etl/quarantine/service.py::held": OPTION,
    "hub/etl/watching/service.py::create": OPTION,
    "hub/sharing/service.py::rests_on": OPTION,
    "hub/versions/restoring.py::restore": OPTION,
}
