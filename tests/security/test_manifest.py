"""The authorization manifest has a row for every door that is open, and for no other (C1, API9).

Doors are taken from what is really registered: Tornado's rules, the OpenAPI document, Panel's apps,
the queue's tasks, the authenticator's handlers, the assistant's functions.
"""

import ast
import inspect
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dashboards import serve as dashboards
from dashboards import voila
from dashboards.pages import PAGES as DASHBOARDS
from extensions.authorization import Row, Surface, authorization_page, manifest, others, routes
from extensions.base.extension import tornado_rules
from extensions.base.handler import RouteHandler
from extensions.base.openapi import document
from extensions.points import PACKAGES, all_routes, load
from hub.chat import tools
from hub.commands import worker
from hub.jobs.app import queue
from hub.jobs.body import NEEDED
from hub.jupyterhub.sign_in.authenticator import SignIn
from hub.permissions import Permission
from hub.reach import Reach
from hub.settings import CHECKOUT
from hub.storage.transaction import Transaction

ROWS = manifest()
METHODS = ("get", "post", "put", "patch", "delete")


def named(surface: Surface) -> dict[str, Row]:
    return {row.name: row for row in ROWS if row.surface is surface}


def test_no_row_stands_there_twice() -> None:
    twice = [
        key for key, count in Counter((row.surface, row.name) for row in ROWS).items() if count > 1
    ]
    assert twice == []


def test_router_manifest_and_openapi_name_the_same_operations() -> None:
    """C1: three ways, no difference: what answers, what is declared, what is documented."""
    answering = set()
    for package in PACKAGES:
        for _, handler in tornado_rules(load(package).routes):
            assert issubclass(handler, RouteHandler)
            for method, route in handler.routes.items():
                answering.add(f"{method} {route.prefix}{route.path}")
    named_so = {route.name: route.prefix + route.path for route in all_routes()}
    documented = {
        f"{method.upper()} {named_so[operation['operationId']]}"
        for path, item in document(all_routes())["paths"].items()
        for method, operation in item.items()
        if method in METHODS and named_so[operation["operationId"]].endswith(path)
    }
    declared = set(named(Surface.REST))
    assert (answering ^ declared, documented ^ declared) == (set(), set())


def test_pages_and_the_token_service_have_a_row_for_every_rule() -> None:
    rules = [pattern for package in PACKAGES for pattern, _ in load(package).pages]
    short = {"/take-along/" if one.startswith("/take-along/") else one for one in rules}
    assert short == set(named(Surface.PAGE)) | set(named(Surface.OAUTH))
    assert set(others.PAGES) <= short


@pytest.mark.parametrize(
    "pattern", [one for one, held in others.PAGES.items() if held in set(Permission)]
)
def test_a_page_asks_for_the_permission_that_its_row_says(pattern: str) -> None:
    [handler] = {
        handler for package in PACKAGES for rule, handler in load(package).pages if rule == pattern
    }
    asked = others.PAGES[pattern]
    assert isinstance(asked, Permission)
    assert f"actor.require(Permission.{asked.name})" in inspect.getsource(handler)


def test_the_hub_has_a_row_for_every_handler_of_ours() -> None:
    authenticator = SignIn.__new__(SignIn)
    rules = [rule[0] for rule in SignIn.get_handlers(authenticator, None)]
    assert {_plain(rule) for rule in rules} == set(named(Surface.HUB))


def _plain(rule: str) -> str:
    """Without the part that names an institution."""
    return rule if "static" in rule else rule.split("/(")[0]


def test_dashboards_have_a_row_for_every_app_and_every_file() -> None:
    apps = {page.path: page.permission for page in DASHBOARDS}
    files = {f"/files/{name}" for name in dashboards.FILES}
    rows = named(Surface.DASHBOARD)
    assert set(rows) == set(apps) | files
    said = {path: str(rows[path].permission) for path in apps}
    assert said == apps


def test_lessons_have_a_row_for_every_notebook() -> None:
    folder = Path(voila.__file__).parent
    assert {path.stem for path in folder.glob("*.ipynb")} == set(named(Surface.LESSON))


def test_jobs_have_a_row_for_every_task_with_what_their_person_must_hold() -> None:
    queue.perform_import_paths()  # type: ignore[no-untyped-call]
    ours = {name for name in queue.tasks if "builtin" not in name}
    assert ours == set(others.JOBS)
    assert {kind: needs for kind, needs, *_ in others.JOBS.values()} == NEEDED


def test_what_a_worker_does_beside_the_jobs_has_a_row() -> None:
    kept = {
        ast.unparse(call.func).removesuffix(".keep")
        for call in ast.walk(ast.parse(inspect.getsource(worker._work)))
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".keep")
    }
    assert kept == {name.rpartition(".")[2] for name in others.UPKEEP}


def test_the_assistant_has_a_row_for_every_tool_and_gives_each_the_askers_transaction() -> None:
    found = {
        name: function
        for name, function in inspect.getmembers(tools, inspect.iscoroutinefunction)
        if function.__module__ == tools.__name__ and not name.startswith("_")
    }
    assert set(found) == set(others.TOOLS)
    for function in found.values():
        first: Any = next(iter(inspect.signature(function).parameters.values()))
        assert first.annotation is Transaction


def test_what_is_open_to_everybody_says_why() -> None:
    assert [row.name for row in ROWS if row.permission is None and not row.reason] == []
    assert {route.name for route in all_routes() if route.public} == set(routes.PUBLIC)


def test_only_what_everybody_may_know_reaches_everybody() -> None:
    """A route that reaches everybody's things alike has no id of anybody's thing in its path."""
    wide = {
        row.name for row in ROWS if row.surface is Surface.REST and row.reach is Reach.EVERYBODY
    }
    assert wide == {
        "GET /livez",
        "GET /readyz",
        "GET /api/v1/version",
        "GET /api/v1/openapi.json",
        "GET /api/v1/traits",
        "GET /api/v1/traits/{code}",
        "GET /api/v1/species/rules",
        "GET /api/v1/imports/rules",
        "GET /api/v1/exports/tables",
        "GET /api/v1/panels",
        "GET /api/v1/panels/{panel_id}",
    }


SENSITIVE = ("/grants", "/factors", "/sessions", "/tokens", "/devices", "/password", "/email",
             "/recovery-codes", "/reset-link", "/members")  # fmt: skip
WITHOUT_STEP_UP = {
    # members of a group are animals
    "POST /api/v1/groups/{group_id}/members",
}


def test_what_changes_sharing_roles_and_credentials_asks_for_a_fresh_sign_in() -> None:
    weak = {
        row.name
        for row in ROWS
        if row.surface is Surface.REST and not row.name.startswith("GET")
        and row.name.endswith(tuple(f"{one}{rest}" for one in SENSITIVE for rest in _ENDS))
        and not row.step_up
    }  # fmt: skip
    assert weak - WITHOUT_STEP_UP == set()


_ENDS = ("", "/{grant_id}", "/{factor_id}", "/{session_id}", "/{token_id}", "/{device_id}",
         "/{person_id}", "/approve", "/totp", "/passkeys", "/session")  # fmt: skip


def test_the_page_is_as_the_code() -> None:
    page = CHECKOUT / "docs" / "reference" / "authorization.md"
    assert page.read_text() == authorization_page(), "Run `make docs`."


def test_every_act_that_a_row_names_is_written_to_the_audit_log() -> None:
    """H2: the row promises an event; some call writes one of that name."""
    written = {
        pattern
        for folder in ("hub", "extensions")
        for path in (CHECKOUT / folder).rglob("*.py")
        for pattern in _acts(ast.parse(path.read_text()))
    }
    promised = {route.act for route in all_routes() if route.act}
    silent = {act for act in promised if not any(re.fullmatch(one, act) for one in written)}
    assert silent == set()


def _acts(tree: ast.Module) -> set[str]:
    """Patterns of the acts that a file writes; of one that gets the name, all names it has."""
    names = {
        call.args[1]
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) in ("audit.write", "audit.write_many")
        and len(call.args) > 1
    }
    if any(isinstance(name, ast.Name) for name in names):
        names = {node for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.JoinedStr)}
    texts = {_pattern(name) for name in names}
    return {text for text in texts if re.match(r"[a-z_]+:|\.\+:", text)}


def _pattern(name: ast.AST) -> str:
    """What is put in where it runs can be any word."""
    if isinstance(name, ast.JoinedStr):
        parts = [one.value if isinstance(one, ast.Constant) else None for one in name.values]
        return "".join(".+" if one is None else re.escape(str(one)) for one in parts)
    return re.escape(str(name.value)) if isinstance(name, ast.Constant) else ""
