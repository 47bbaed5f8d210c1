"""At the door: too few factors for one's roles open nothing, whatever the route and credential."""

from dataclasses import replace
from uuid import UUID

import pytest

from extensions.base.door import OPEN, require_level
from extensions.base.problems import problem_of
from extensions.base.routing import Route
from extensions.points import all_routes
from hub.actor import Actor, Assurance, Credential
from hub.errors import SignInAgain
from hub.permissions import ROLES, Role
from hub.settings import Settings

STRICT = Settings(demo=False)  # admin, steward and researcher want two factors
CLOSED = [one for one in all_routes() if not one.public and not one.path.startswith("/me/factors")]


def caller(role: Role, level: int, credential: Credential) -> Actor:
    actor = Actor(UUID(int=1), role.value, frozenset({role}), frozenset(ROLES[role]))
    wanted = STRICT.wanted_level(actor.roles)
    return replace(actor, credential=credential, assurance=Assurance(level), wanted_level=wanted)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("credential", Credential)
def test_every_route_is_closed_to_fewer_factors_than_the_role_asks_for(
    role: Role, level: int, credential: Credential
) -> None:
    """A9: role, level and credential, over every declared route."""
    asked = role in {Role.ADMIN, Role.STEWARD, Role.RESEARCHER}
    actor = caller(role, level, credential)
    closed = {route.path for route in CLOSED if refuses(route, actor)}
    everything = {route.path for route in CLOSED} - set(OPEN)
    assert closed == (everything if asked and level < 2 else set())


def refuses(route: Route, actor: Actor) -> bool:
    try:
        require_level(route.path, actor)
    except SignInAgain:
        return True
    return False


def test_what_one_needs_to_add_a_factor_is_open_and_nothing_that_only_looks_like_it() -> None:
    weak = caller(Role.ADMIN, 1, Credential.BROWSER)
    for path in ("/me", "/me/factors", "/me/factors/totp", "/me/factors/passkeys/options"):
        require_level(path, weak)
    for path in ("/me/tokens", "/me/factorsx", "/me/recovery-codes", "/people", "/farms"):
        with pytest.raises(SignInAgain):
            require_level(path, weak)


def test_a_refusal_says_what_is_asked_for_and_where_to_prove_it() -> None:
    """A18, B9: RFC 9470."""
    with pytest.raises(SignInAgain) as refused:
        require_level("/farms", caller(Role.STEWARD, 1, Credential.BROWSER))
    problem = problem_of(refused.value)
    assert problem.status == 401
    assert problem.attributes["step_up"] == "/hub/step-up"
    challenge = problem.headers["WWW-Authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert 'acr_values="aal2"' in challenge


def test_everything_about_factors_that_changes_asks_for_a_fresh_sign_in() -> None:
    """B9."""
    about = [one for one in all_routes() if "/factors" in one.path or "recovery" in one.path]
    assert len(about) == 9
    assert {one.step_up for one in about if one.writes} == {True}


def test_what_is_shown_once_is_not_kept_for_repeated_requests() -> None:
    """Else secrets and codes would stand in the table of repeated requests."""
    once = {one.name for one in all_routes() if one.answers_once}
    assert {"start_totp", "passkey_options", "renew_recovery_codes"} <= once
