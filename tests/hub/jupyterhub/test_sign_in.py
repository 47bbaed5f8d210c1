"""Refreshing people, and the rules of signing in that need no server."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import text

from hub import accounts
from hub.accounts import LocalAccountCreate, known
from hub.institutions import Institution
from hub.jupyterhub.sign_in import claims as meaning
from hub.jupyterhub.sign_in import next_page
from hub.jupyterhub.sign_in.authenticator import SignIn
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.settings import Settings

PASSWORD = "a long enough password 123"


@pytest.fixture
async def authenticator(urls: Urls, owner_engine: Any) -> Any:
    settings = Settings(database_url=SecretStr(urls.app))
    new = LocalAccountCreate(
        username="gate-keeper",
        name="Gate Keeper",
        roles=frozenset({Role.STEWARD, Role.ADMIN}),
        password=SecretStr(PASSWORD),
    )
    await accounts.bootstrap(owner_engine, [new])
    made = SignIn(settings=settings)
    yield made, owner_engine
    await made.means.engine.dispose()


def user(*roles: str) -> Any:
    groups = [SimpleNamespace(name=role) for role in roles]
    return SimpleNamespace(name="gate-keeper", groups=groups)


async def change(owner: Any, what: str, value: object) -> None:
    statement = text(f"UPDATE app.person SET {what} = :value WHERE username = 'gate-keeper'")
    async with owner.begin() as connection:
        await connection.execute(statement, {"value": value})


async def test_no_password_alone_lets_anybody_in_through_jupyterhubs_own_ways(
    authenticator: Any,
) -> None:
    made, _ = authenticator
    assert await made.authenticate(None, {"username": "gate-keeper", "password": PASSWORD}) is None


async def test_roles_of_a_local_account_are_those_of_the_database_at_the_next_look(
    authenticator: Any,
) -> None:
    made, owner = authenticator
    assert await made.refresh_user(user("admin", "steward")) is True
    await change(owner, "roles", ["farmer"])
    seconds_pass(made)
    found = await made.refresh_user(user("admin", "steward"))
    assert found["groups"] == ["farmer"]
    assert found["admin"] is False
    await change(owner, "roles", ["admin", "steward"])


async def test_a_disabled_account_is_out_at_the_next_look(authenticator: Any) -> None:
    made, owner = authenticator
    assert await made.refresh_user(user("admin", "steward"))
    await change(owner, "disabled_at", datetime.now(UTC))
    seconds_pass(made)
    try:
        assert not await made.refresh_user(user("admin", "steward"))
    finally:
        await change(owner, "disabled_at", None)


def seconds_pass(made: SignIn) -> None:
    """Longer than people are remembered."""
    known.of(made.means.engine).forget()


@pytest.mark.parametrize(
    "address",
    ["//h", "/\\h", "HOST//h", "http://HOST//h", "///h", "https:h", "https://h", "/%2f/h", "/%5ch",
     "/%2fh", "/%252fh/../%2f", "/\t/h", "/a\nb", " /h", "javascript:alert(1)", "/hub/..//h", "",
     "h",
     "/" + "x" * 5000, "/%09/h", "/a/./b"],
)  # fmt: skip
def test_no_address_leads_out_of_the_hub(address: str) -> None:
    """D11."""
    assert next_page.checked(address) == ""


@pytest.mark.parametrize(
    "address",
    ["/hub/home", "/user/sam/lab/tree/a%20b.ipynb", "/services/dashboards/?farm=1#top",
     "/hub/api/oauth2/authorize?redirect_uri=%2Fuser%2Fsam%2Foauth_callback&state=//x"],
)  # fmt: skip
def test_pages_of_the_hub_are_reached(address: str) -> None:
    assert next_page.checked(address) == address


def institution(**more: Any) -> Institution:
    given = {"name": "uni", "title": "Uni", "issuer": "https://uni.example", "client_id": "a"}
    return Institution(**{**given, **more})


def test_an_unknown_acr_is_one_factor_and_a_table_makes_it_two() -> None:
    mfa = "https://refeds.org/profile/mfa"
    assert meaning.level_of(institution(), {"acr": mfa, "amr": ["mfa"]}) == 1
    known = institution(acr_levels={mfa: 2}, second_factor_methods={"hwk"})
    assert meaning.level_of(known, {"acr": mfa}) == 2
    assert meaning.level_of(known, {"acr": "something-else"}) == 1
    assert meaning.level_of(known, {"acr": [mfa]}) == 1
    assert meaning.level_of(known, {"amr": ["pwd", "hwk"]}) == 2
    assert meaning.level_of(known, {"amr": ["pwd"]}) == 1


def test_claims_become_roles_by_tables_whatever_their_shape() -> None:
    table = institution(
        roles={"breeders": "farmer"},
        claims={"eduPersonAffiliation": {"student": "student"}, "staff": {"true": "researcher"}},
    )
    given = {"groups": ["breeders", 7, None], "eduPersonAffiliation": "student", "staff": True}
    assert meaning.roles_of(table, given) == {Role.FARMER, Role.STUDENT, Role.RESEARCHER}
    assert meaning.roles_of(table, {"groups": "admin", "roles": ["breeders"]}) == frozenset()


def test_an_address_counts_only_when_the_institution_says_true() -> None:
    assert meaning.proven_address({"email": "a@b.c", "email_verified": True}) == "a@b.c"
    for said in ("true", 1, None, False):
        assert meaning.proven_address({"email": "a@b.c", "email_verified": said}) == ""


@pytest.mark.parametrize(
    "wrong",
    [{"issuer": "http://uni.example"}, {"issuer": "https://uni.example?x"}, {"name": "Uni!"},
     {"issuer": "https://user@uni.example"}, {"role": {"a": "farmer"}}, {"roles": {"a": "king"}},
     {"acr_levels": {"x": 3}}, {"scopes": ["email"]}, {"client_id": ""},
     {"client_secret": "a", "client_secret_file": Path("b")}],
)  # fmt: skip
def test_an_institution_that_is_declared_wrong_stops_the_start(wrong: dict[str, Any]) -> None:
    """A misspelled rule that is ignored lets the wrong people in (CVE-2020-26250)."""
    with pytest.raises(ValidationError):
        institution(**wrong)


def test_two_institutions_need_two_names() -> None:
    one = institution().model_dump()
    with pytest.raises(ValidationError, match="named twice: uni"):
        Settings(institutions=[one, one])


def test_the_old_settings_are_one_institution_at_the_old_address() -> None:
    settings = Settings(sign_in="oidc", oidc_issuer="https://uni.example", oidc_client_id="a")
    (only,) = settings.all_institutions
    assert only.callback == "oauth_callback"
    assert institution().callback == "oauth_callback/uni"


def test_a_secret_in_a_file_is_read_at_each_use(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("first\n")
    found = institution(client_secret_file=file)
    assert found.secret() == "first"
    file.write_text("second\n")
    assert found.secret() == "second"
