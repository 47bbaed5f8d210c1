"""What the settings ask of everybody, as administrators read it."""

from dataclasses import replace

import pytest

from hub.accounts import policy_in_force
from hub.actor import Actor
from hub.errors import Denied
from hub.permissions import Permission, Role
from hub.settings import Settings
from hub.storage.base import new_id

ADA = Actor(
    person_id=new_id(),
    username="ada",
    roles=frozenset({Role.ADMIN}),
    permissions=frozenset(Permission),
)


def test_each_rule_names_the_variable_that_changes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRIGEN_SECOND_FACTOR_ROLES", '["steward"]')
    monkeypatch.setenv("AGRIGEN_SESSION_HOURS", '{"farmer": 8}')
    monkeypatch.setenv("AGRIGEN_LIMITS", '{"read": "6/60"}')
    policy = policy_in_force(ADA, Settings())
    assert policy.second_factor_roles == [Role.STEWARD]
    assert {one.of: one.hours for one in policy.sessions}["farmer"] == 8
    assert [one.of for one in policy.sessions] == ["admin", "farmer", "steward", "phone", "other"]
    assert (policy.rates[0].name, policy.rates[0].units, policy.rates[0].seconds) == ("read", 6, 60)
    assert {name.removeprefix("AGRIGEN_").lower() for name in policy.settings.values()} <= set(
        Settings.model_fields
    )


def test_limits_of_guesses_are_said_to_be_fixed() -> None:
    fixed = [one.name for one in policy_in_force(ADA, Settings()).rates if not one.changeable]
    assert fixed == ["guesses", "guesses-address"]


def test_nobody_else_reads_the_policy() -> None:
    with pytest.raises(Denied):
        policy_in_force(replace(ADA, permissions=frozenset()), Settings())
