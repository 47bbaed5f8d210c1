"""JupyterHub's roles say what `hub.permissions` says, no more and no less."""

import pytest

from hub.jupyterhub import scopes
from hub.jupyterhub.cards import cards
from hub.permissions import ROLES, Permission, Role

GROUPS = {role["groups"][0]: set(role["scopes"]) for role in scopes.roles() if "groups" in role}


def test_every_permission_is_a_scope_with_its_sentence() -> None:
    known = scopes.custom_scopes()
    assert set(known) == {f"custom:agrigen:{item.value}" for item in Permission}
    assert all(known[item.scope]["description"] == item.sentence for item in Permission)


@pytest.mark.parametrize("role", Role)
def test_a_group_named_like_a_role_carries_exactly_its_permissions(role: Role) -> None:
    custom = {scope for scope in GROUPS[role] if scope.startswith("custom:")}
    assert custom == {item.scope for item in ROLES[role]}


def test_the_admin_group_has_every_permission_although_admin_does_not_imply_them() -> None:
    assert {item.scope for item in Permission} <= GROUPS[Role.ADMIN]


@pytest.mark.parametrize("role", Role)
def test_everybody_with_a_role_reaches_the_api(role: Role) -> None:
    assert scopes.API_ACCESS in GROUPS[role]


@pytest.mark.parametrize("role", [Role.FARMER, Role.ADVISER, Role.STUDENT])
def test_people_who_need_no_server_cannot_start_one(role: Role) -> None:
    assert not [scope for scope in GROUPS[role] if "servers" in scope]
    assert "JupyterLab" not in {card.title for card in cards(frozenset({role}))}


def test_the_role_of_everybody_does_not_bring_servers_back() -> None:
    (user,) = [role for role in scopes.roles() if role["name"] == "user"]
    assert "self" not in user["scopes"]
    assert not [scope for scope in user["scopes"] if "servers" in scope]


def test_nobody_may_act_for_somebody_else() -> None:
    dangerous = ("admin:", "tokens", "groups", "users", "list:", "proxy", "shutdown")
    for role, granted in GROUPS.items():
        assert not [scope for scope in granted if scope.startswith(dangerous)], role


def test_each_person_finds_what_they_came_for() -> None:
    def titles(*roles: Role) -> set[str]:
        return {card.title for card in cards(frozenset(roles))}

    assert "My farms" in titles(Role.FARMER)
    assert {"JupyterLab", "Evaluations"} <= titles(Role.RESEARCHER)
    assert titles(Role.STUDENT) == {"Lessons", "Account"}
    assert {"Runs and jobs", "API documentation"} <= titles(Role.STEWARD) & titles(Role.ADMIN)
    assert titles() == set()
