"""Pages of the hub, hosts of people, bounds of their servers: what is told without starting any."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment
from traitlets.config import Config

from dashboards import headers as shown
from hub import headers
from hub.commands.exposed import warnings
from hub.errors import Unavailable
from hub.jupyterhub import hosts, spawner
from hub.jupyterhub.browser import Nonces, _nonce, hub_answers, page_policy
from hub.jupyterhub.configure import configure
from hub.jupyterhub.services import CULLER, idle_culler
from hub.settings import Settings

HTTPS = "https://hub.example.org"


def rendered(source: str, **values: str) -> str:
    environment = Environment(
        loader=DictLoader({"page": source}), autoescape=True, extensions=[Nonces]
    )
    _nonce.set("number-once")
    return environment.get_template("page").render(**values)


def test_scripts_of_a_template_get_the_nonce_and_those_in_values_do_not() -> None:
    """E9, D4: the value is escaped; were it not, it still would have no nonce."""
    page = rendered("<script>go()</script><SCRIPT src='x'></SCRIPT>{{ value | safe }}",
                    value="<script>steal()</script>")  # fmt: skip
    assert page.count('nonce="number-once"') == 2
    assert "<script>steal()" in page


def test_a_script_that_has_a_nonce_keeps_it_and_other_words_are_left_alone() -> None:
    assert rendered('<script nonce="a">1</script>') == '<script nonce="a">1</script>'
    assert rendered("<scripted>") == "<scripted>"


def test_the_hub_and_the_dashboards_say_the_same() -> None:
    """E9."""
    for https, public in ((True, HTTPS), (False, "http://127.0.0.1:8000")):
        assert headers.common(https=https) == shown.always(public)


def test_browsers_are_told_to_stay_with_https_for_a_year() -> None:
    """E9."""
    assert headers.common(https=True)["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in headers.common(https=False)


def test_forms_lead_to_hosts_of_people_only_where_there_are_such() -> None:
    apart = Settings(public_url=HTTPS, subdomains="hub.example.org")
    assert hub_answers(apart).targets == "https://*.hub.example.org"
    assert hub_answers(Settings(public_url=HTTPS)).targets == ""
    assert "form-action 'self';" in page_policy("n")


@pytest.fixture
def apart(tmp_path: Path) -> Any:
    c = Config()
    configure(c, Settings(home=tmp_path, public_url=HTTPS, subdomains="hub.example.org"))
    return c


def test_with_hosts_of_their_own_cookies_carry_the_prefix_of_their_host(apart: Any) -> None:
    """B12."""
    assert apart.JupyterHub.subdomain_host == HTTPS
    assert apart.JupyterHub.cookie_host_prefix_enabled is True
    options = apart.JupyterHub.tornado_settings
    assert options["cookie_options"] == {"samesite": "Lax", "secure": True}
    assert options["xsrf_cookie_kwargs"]["httponly"] is True


def test_services_are_told_how_to_keep_a_sign_in(apart: Any) -> None:
    """B12."""
    for service in apart.JupyterHub.services:
        if service["name"] != CULLER:
            options = service["environment"]["JUPYTERHUB_COOKIE_OPTIONS"]
            assert options == '{"samesite": "Lax", "secure": true}', service["name"]


def test_on_one_host_no_cookie_is_for_all_paths(tmp_path: Path) -> None:
    """B12: the prefix asks for all paths, and people's own servers are below one of them."""
    c = Config()
    configure(c, Settings(home=tmp_path, public_url=HTTPS))
    assert "cookie_host_prefix_enabled" not in c.JupyterHub
    assert "subdomain_host" not in c.JupyterHub


def test_a_host_that_is_not_the_hubs_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="AGRIGEN_SUBDOMAINS"):
        configure(Config(), Settings(home=tmp_path, public_url=HTTPS, subdomains="example.org"))


NAMES = st.text("abcdefgxyz0189._@-", min_size=1, max_size=64)


@given(NAMES, NAMES)
def test_two_people_never_share_a_host(one: str, other: str) -> None:
    """1.4: escaping is injective; names that are no host names get a digest."""
    same = hosts.host_of(one, "h", "user") == hosts.host_of(other, "h", "user")
    assert same == (one == other)


@given(NAMES)
def test_a_persons_host_is_never_the_hubs(name: str) -> None:
    host = hosts.host_of(name, "hub.example.org", "user")
    assert host.endswith(".hub.example.org") and "/" not in host
    assert hosts.host_of("api", "hub.example.org", "service") == "hub.example.org"


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_two_people_never_share_a_home(one: str, other: str) -> None:
    """1.4: as JupyterHub escapes names for folders."""
    from jupyterhub.utils import url_escape_path

    folders = [url_escape_path(name).replace("/", "%2F") for name in (one, other)]
    assert (folders[0] == folders[1]) == (one == other)
    assert "/" not in folders[0]


def test_memory_and_processes_are_bounded_as_the_settings_say() -> None:
    """I5."""
    settings = Settings(server_memory_gib=1.5, server_processes=99)
    assert "--data=1610612736" in spawner.limits(settings, sandboxed=True)
    assert "--nproc=99" in spawner.limits(settings, sandboxed=True)
    # outside the sandbox they would be counted with those of the hub itself
    assert "--nproc=99" not in spawner.limits(settings, sandboxed=False)
    free = Settings(server_memory_gib=0, server_processes=0)
    assert spawner.limits(free, sandboxed=True) == ["prlimit", "--core=0", "--"]


@given(st.text(max_size=20), st.integers(1, 64))
def test_a_person_gets_as_many_processors_as_there_may_be(name: str, count: int) -> None:
    import os

    chosen = spawner.processors(name, count)
    assert chosen <= os.sched_getaffinity(0)
    assert len(chosen) == min(count, len(os.sched_getaffinity(0)))


def test_servers_without_work_are_stopped_by_a_service_with_that_right_only(apart: Any) -> None:
    (role,) = [one for one in apart.JupyterHub.load_roles if one["name"] == CULLER]
    assert set(role["scopes"]) == {
        *("list:users", "read:users:activity", "read:servers", "delete:servers")
    }
    (service,) = [one for one in apart.JupyterHub.services if one["name"] == CULLER]
    assert "--timeout=43200" in service["command"] and "--max-age=1209600" in service["command"]


def test_nothing_is_stopped_where_nothing_is_asked_for(tmp_path: Path) -> None:
    never = Settings(home=tmp_path, server_idle_hours=0, server_days=0)
    assert idle_culler(never) == []
    c = Config()
    configure(c, never)  # a role for a service that is not there would keep the hub from starting
    assert CULLER not in [one["name"] for one in c.JupyterHub.load_roles]


SAFE = {"public_url": HTTPS, "demo": False, "subdomains": "hub.example.org"}


def said(*, sandboxed: bool = True, user: int = 1000, **settings: Any) -> str:
    given = Settings(**{**SAFE, "sealing_keys": ["0" * 64], **settings})
    return " ".join(warnings(given, sandboxed=sandboxed, user=user))


def test_a_hub_that_is_set_up_well_is_warned_of_nothing() -> None:
    assert said() == ""


def test_on_this_machine_alone_nothing_is_said() -> None:
    for address in ("", "http://localhost:8000", "http://hub.localhost", "http://[::1]:8000"):
        assert said(public_url=address, demo=True, sandboxed=False) == ""


@pytest.mark.parametrize(
    ("setting", "word"),
    [
        ({"public_url": "http://hub.example.org"}, "AGRIGEN_PUBLIC_URL"),
        ({"demo": True}, "AGRIGEN_DEMO"),
        ({"sandboxed": False}, "AGRIGEN_SANDBOX"),
        ({"second_factor_roles": []}, "AGRIGEN_SECOND_FACTOR_ROLES"),
        ({"subdomains": ""}, "AGRIGEN_SUBDOMAINS"),
        ({"sealing_keys": []}, "AGRIGEN_SEALING_KEYS"),
        ({"user": 0}, "root"),
    ],
)
def test_each_unsafe_setting_is_named(setting: dict[str, Any], word: str) -> None:
    """A8, I1."""
    assert word in said(**setting)
