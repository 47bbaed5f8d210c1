"""The home page as each person arranged it, with what the hub suggests to do next."""

import asyncio
from dataclasses import dataclass
from typing import Any

from jupyterhub.handlers.pages import HomeHandler

from hub import accounts, profiles
from hub.actor import Actor
from hub.jupyterhub.cards import Card, cards
from hub.jupyterhub.sign_in.flow import roles_of
from hub.jupyterhub.sign_in.means import Means
from hub.permissions import granted
from hub.profiles import ProfileRead, SuggestionRead
from hub.storage.transaction import begin

_LONGEST_WAIT_SECONDS = 2
_MOST_SUGGESTIONS = 3


@dataclass(frozen=True)
class Home:
    """What one person's page shows beside the cards of their roles."""

    profile: ProfileRead
    suggestions: tuple[SuggestionRead, ...] = ()


class HomePage(HomeHandler):
    """JupyterHub's home page; without the stores it shows the cards of the roles."""

    async def render_template(self, name: str, **values: Any) -> str:
        home = await self._home()
        values["cards"] = arranged(cards(roles_of(self.current_user)), home.profile)
        values["suggestions"] = home.suggestions
        page: str = await super().render_template(name, **values)
        return page

    async def _home(self) -> Home:
        try:
            return await asyncio.wait_for(self._asked(), _LONGEST_WAIT_SECONDS)
        except Exception:  # whatever is wrong with the stores, people must get to their pages
            self.log.warning("The home page of %s is shown without its profile", self.current_user)
            self.log.debug("because", exc_info=True)
            return Home(ProfileRead())

    async def _asked(self) -> Home:
        means: Means = self.authenticator.means
        actor = await self._actor(means)
        async with begin(means.engine, actor) as tx:
            profile = await profiles.get(tx, means.store)
            found = await profiles.suggestions(tx, means.store)
        return Home(profile, tuple(found[:_MOST_SUGGESTIONS]))

    async def _actor(self, means: Means) -> Actor:
        roles = roles_of(self.current_user)
        return await accounts.identify(
            means.engine,
            username=self.current_user.name,
            name="",
            roles=roles,
            permissions=granted(set(roles)),
        )


def arranged(shown: list[Card], profile: ProfileRead) -> list[Card]:
    """The person's own order first, then the others; without those that they hid."""
    places = {name: place for place, name in enumerate(profile.cards)}
    kept = [card for card in shown if card.key not in profile.hidden_cards]
    return sorted(kept, key=lambda card: places.get(card.key, len(places)))
