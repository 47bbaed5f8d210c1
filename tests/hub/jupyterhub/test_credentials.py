"""Who is told how to reach the stores: the API; never dashboards, lessons or user servers."""

from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from hub.jupyterhub.configure import configure
from hub.settings import Settings

SECRETS = {
    "AGRIGEN_DATABASE_URL": "postgresql://agrigen_app:the-password@/agrigen",
    "AGRIGEN_MIGRATION_URL": "postgresql://agrigen_owner:the-owner@/agrigen",
    "AWS_ACCESS_KEY_ID": "the-access-key",
    "AWS_SECRET_ACCESS_KEY": "the-secret-key",
    "AGRIGEN_OIDC_CLIENT_SECRET": "the-client-secret",
}


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    c = Config()
    configure(c, Settings(home=tmp_path))
    return c


def environment_of(c: Any, service: str) -> dict[str, str]:
    (found,) = [one for one in c.JupyterHub.services if one["name"] == service]
    return dict(found["environment"])


def test_the_api_gets_the_application_role_and_the_key_of_the_store(configured: Any) -> None:
    given = environment_of(configured, "api")
    assert given["AGRIGEN_DATABASE_URL"] == SECRETS["AGRIGEN_DATABASE_URL"]
    assert given["AWS_SECRET_ACCESS_KEY"] == "the-secret-key"


def test_not_even_the_api_gets_the_role_that_owns_the_schema(configured: Any) -> None:
    assert "the-owner" not in str(environment_of(configured, "api"))


def test_the_api_needs_no_secret_of_the_sign_in(configured: Any) -> None:
    assert "the-client-secret" not in str(environment_of(configured, "api"))


@pytest.mark.parametrize("service", ["dashboards", "lessons"])
def test_what_people_look_at_gets_no_credential(configured: Any, service: str) -> None:
    given = str(environment_of(configured, service))
    assert not [value for value in SECRETS.values() if value in given]
    assert "AGRIGEN_DATABASE_URL" not in given


def test_user_servers_get_no_credential_and_keep_nothing_of_the_hubs_environment(
    configured: Any,
) -> None:
    assert set(configured.Spawner.environment) == {"AGRIGEN_URL"}
    assert set(configured.Spawner.env_keep) == {"LANG", "LC_ALL", "TZ"}


def test_secrets_of_the_hub_are_files_that_only_the_operator_reads(
    configured: Any, tmp_path: Path
) -> None:
    files = list((tmp_path / "secrets").iterdir())
    services = {f"service-{name}" for name in ("api", "dashboards", "lessons")}
    assert {file.name for file in files} == {"cookies", "proxy", "sign-in-state", *services}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_a_restart_keeps_the_secrets_so_nobody_is_signed_out(tmp_path: Path) -> None:
    first, second = Config(), Config()
    configure(first, Settings(home=tmp_path))
    configure(second, Settings(home=tmp_path))
    assert first["CryptKeeper"]["keys"] == second["CryptKeeper"]["keys"]
    assert first.ConfigurableHTTPProxy.auth_token == second.ConfigurableHTTPProxy.auth_token


def test_the_proxy_proof_key_is_required_and_tokens_end(configured: Any) -> None:
    assert configured.JupyterHub.oauth_require_pkce
    assert configured.JupyterHub.token_expires_in_max_seconds <= 90 * 24 * 3600
