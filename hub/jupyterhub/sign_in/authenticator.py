"""What JupyterHub knows of signing in: the pages, the refreshing of roles, and nothing else."""

from functools import cached_property
from typing import Any

from jupyterhub.auth import Authenticator
from jupyterhub.user import User
from traitlets import Any as AnyTrait

from hub import accounts
from hub.errors import Denied
from hub.institutions import ONLY
from hub.jupyterhub.home import HomePage
from hub.jupyterhub.sign_in import flow, local_pages, second
from hub.jupyterhub.sign_in.institution_pages import FromInstitution, ToInstitution
from hub.jupyterhub.sign_in.means import Means
from hub.jupyterhub.sign_in.pages import SignInPage
from hub.jupyterhub.sign_in.provider import Provider
from hub.jupyterhub.sign_in.sign_out import BackChannelLogout, SignOut
from hub.settings import Settings

_NAME = "([a-z0-9][a-z0-9-]{0,31})"


class SignIn(Authenticator):
    """Local accounts and any number of institutions side by side."""

    settings = AnyTrait(help="hub.settings.Settings").tag(config=True)

    @cached_property
    def means(self) -> Means:
        settings: Settings = self.settings
        return Means(settings)

    @cached_property
    def providers(self) -> dict[str, Provider]:
        """Institutions by name; none is asked anything before somebody wants to go there."""
        settings = self.means.settings
        return {one.name: Provider(one, settings.base_url) for one in settings.all_institutions}

    async def authenticate(self, handler: Any, data: Any) -> None:
        """Nobody: JupyterHub's API would let in with a password alone whoever has two factors."""
        return

    async def refresh_user(self, user: User, handler: Any = None, **_: Any) -> Any:
        """Once a minute: roles as they are kept here now; somebody disabled is out."""
        held = flow.roles_of(user)
        try:
            actor = await accounts.identify(
                self.means.engine,
                username=user.name,
                name="",
                roles=held,
                permissions=frozenset(),
            )
        except Denied:
            return False
        if actor.roles == held:
            return True
        return flow.auth_model(user.name, "", actor.roles) | {"user_info": None}

    def get_handlers(self, app: Any) -> list[tuple[Any, ...]]:
        return [
            (r"/home", HomePage),
            (r"/login", SignInPage),
            (rf"/oauth_login/{_NAME}", ToInstitution),
            (rf"/oauth_callback/(?!{ONLY}$){_NAME}", FromInstitution),
            (r"/oauth_callback", FromInstitution),
            (r"/logout", SignOut),
            (r"/backchannel-logout", BackChannelLogout),
            *second.handlers(),
            *local_pages.handlers(),
        ]
