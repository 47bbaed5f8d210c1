"""Everything AgriGen tells JupyterHub, applied to its configuration object `c`."""

from pathlib import Path
from typing import Any

from hub.jupyterhub import hosts, scopes
from hub.jupyterhub.browser import Nonces, hub_answers
from hub.jupyterhub.services import HUB, PROXY_API, api_url, idle_culler, services
from hub.local import node
from hub.local.bound import prefix
from hub.local.secrets import kept_secret, private_folder
from hub.settings import Settings

HERE = Path(__file__).parent
DAY = 24 * 3600
LOGIN_DAYS = 180  # a phone in the field; sessions end earlier by their own limits
LONGEST_TOKEN = 90 * DAY


def configure(c: Any, settings: Settings) -> None:
    """Apply all of it; the order does not matter."""
    folder = private_folder(settings.home / "hub")
    _addresses(c, settings, folder)
    _secrets(c, settings)
    _roles_and_services(c, settings)
    _sign_in(c, settings)
    _user_servers(c, settings)
    _pages(c)
    _browser_security(c, settings)


def _addresses(c: Any, settings: Settings, folder: Path) -> None:
    c.JupyterHub.bind_url = f"http://127.0.0.1:{settings.port}"
    c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{settings.port + HUB}"
    c.JupyterHub.public_url = f"{settings.base_url}/"
    hosts.configure(c, settings)
    c.JupyterHub.db_url = f"sqlite:///{folder / 'jupyterhub.sqlite'}"
    c.JupyterHub.cleanup_proxy = c.JupyterHub.cleanup_servers = True
    c.JupyterHub.log_level = settings.log_level.upper()
    modules = settings.home / "node" / "node_modules"
    proxy = modules / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
    c.ConfigurableHTTPProxy.command = [*prefix(), str(node.node()), str(proxy)]
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{settings.port + PROXY_API}"
    c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")


def _secrets(c: Any, settings: Settings) -> None:
    """Made once and kept, so that a restart signs nobody out."""
    secrets = private_folder(settings.home / "secrets")
    kept_secret(secrets / "cookies", hexadecimal=True)
    c.JupyterHub.cookie_secret_file = str(secrets / "cookies")
    c.ConfigurableHTTPProxy.auth_token = kept_secret(secrets / "proxy")
    c.CryptKeeper.keys = [bytes.fromhex(kept_secret(secrets / "sign-in-state", hexadecimal=True))]


def _roles_and_services(c: Any, settings: Settings) -> None:
    c.JupyterHub.custom_scopes = scopes.custom_scopes()
    culler = [scopes.culler_role()] if idle_culler(settings) else []
    c.JupyterHub.load_roles = [*scopes.roles(), *culler]
    c.JupyterHub.services = services(settings)
    c.JupyterHub.service_tokens = {}
    c.JupyterHub.token_expires_in_max_seconds = LONGEST_TOKEN
    c.JupyterHub.oauth_token_expires_in = DAY
    c.JupyterHub.oauth_require_pkce = True


def _sign_in(c: Any, settings: Settings) -> None:
    from hub.jupyterhub.sign_in.authenticator import SignIn

    c.JupyterHub.authenticator_class = SignIn
    c.SignIn.settings = settings
    c.Authenticator.allow_all = True  # who gets in is decided by the account or the provider
    c.Authenticator.manage_groups = True
    c.Authenticator.auth_refresh_age = 60
    c.Authenticator.auth_refresh_strict = True
    c.Authenticator.username_pattern = r"[a-z0-9][a-z0-9._@-]{0,63}"
    c.Authenticator.delete_invalid_users = False


def _user_servers(c: Any, settings: Settings) -> None:
    from hub.jupyterhub import spawner

    c.JupyterHub.spawner_class = spawner.UserServer
    c.UserServer.settings = settings
    c.UserServer.sandboxed = spawner.sandbox_is_wanted(settings)
    c.Spawner.cmd = [str(settings.home / "user-env" / "bin" / "jupyterhub-singleuser")]
    c.Spawner.default_url = "/lab"
    c.Spawner.env_keep = ["LANG", "LC_ALL", "TZ"]
    # Only for our services and servers: JupyterHub's own environment never reaches them.
    c.Spawner.environment = {"AGRIGEN_URL": api_url(settings)}
    # The original trusts a token for five minutes after the session behind it was ended.
    c.Spawner.args = [f"--HubOAuth.cache_max_age={settings.auth_cache_seconds}"]
    c.Spawner.disable_user_config = True  # what a notebook wrote must not loosen the next start
    c.Spawner.server_token_scopes = [
        "users:activity!user",
        "access:servers!server",
        scopes.API_ACCESS,
        *scopes.permission_scopes(),
    ]
    c.Spawner.start_timeout = c.Spawner.http_timeout = 120
    c.Spawner.poll_interval = 5
    c.LocalProcessSpawner.interrupt_timeout = c.LocalProcessSpawner.term_timeout = 5
    c.JupyterHub.active_server_limit = 50
    c.JupyterHub.concurrent_spawn_limit = 10
    c.JupyterHub.allow_named_servers = False


def _pages(c: Any) -> None:
    c.JupyterHub.template_paths = [str(HERE / "templates")]
    c.JupyterHub.template_vars = {"roles": _roles_of}
    c.JupyterHub.logo_file = str(HERE / "templates" / "logo.svg")
    c.JupyterHub.default_url = "/hub/home"


def _roles_of(user: Any) -> list[str]:
    return sorted(group.name for group in user.groups) if user else []


def _browser_security(c: Any, settings: Settings) -> None:
    c.JupyterHub.jinja_environment_options = {"extensions": [Nonces]}
    cookies = {"samesite": "Lax", "secure": settings.https}
    c.JupyterHub.tornado_settings = {
        "transforms": [hub_answers(settings)],
        "cookie_options": cookies,
        # pages carry the token themselves, so no script needs to read the cookie
        "xsrf_cookie_kwargs": {**cookies, "httponly": True},
    }
    c.JupyterHub.cookie_max_age_days = LOGIN_DAYS
