"""`connect()` and the hub as one object: a resource per noun."""

import httpx

from agrigen.client.address import find_api_url, find_token, token_of_surroundings
from agrigen.client.alerts import Alerts
from agrigen.client.associations import Associations
from agrigen.client.breeding import Breeding
from agrigen.client.datasets import Datasets
from agrigen.client.evaluations import Evaluations
from agrigen.client.events import Events
from agrigen.client.exchange import Exchange
from agrigen.client.exports import Exports
from agrigen.client.files import Files
from agrigen.client.genotypes import GenotypeSets
from agrigen.client.groups import Fields, Groups, Places
from agrigen.client.imports import Imports
from agrigen.client.item import Item
from agrigen.client.lineage import Lineage
from agrigen.client.performance import Performance
from agrigen.client.photos import Photos
from agrigen.client.reports import Reports
from agrigen.client.resources import (
    Animals,
    Conversations,
    Farms,
    Jobs,
    Records,
    Traits,
)
from agrigen.client.sources import Sources
from agrigen.client.templates import Templates
from agrigen.client.tokens import place, read_kept
from agrigen.client.transport import Transport


class Hub:
    """A hub as one person sees it; safe to use from several threads."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.farms = Farms(transport)
        self.animals = Animals(transport)
        self.groups = Groups(transport)
        self.places = Places(transport)
        self.fields = Fields(transport)
        self.photos = Photos(transport)
        self.events = Events(transport)
        self.alerts = Alerts(transport)
        self.records = Records(transport)
        self.performance = Performance(transport)
        self.traits = Traits(transport)
        self.files = Files(transport)
        self.imports = Imports(transport)
        self.sources = Sources(transport)
        self.templates = Templates(transport)
        self.exchange = Exchange(transport)
        self.exports = Exports(transport)
        self.datasets = Datasets(transport)
        self.lineage = Lineage(transport)
        self.genotypes = GenotypeSets(transport)
        self.evaluations = Evaluations(transport)
        self.associations = Associations(transport)
        self.breeding = Breeding(transport)
        self.reports = Reports(transport)
        self.jobs = Jobs(transport)
        self.conversations = Conversations(transport)

    def __repr__(self) -> str:
        return f"<Hub {self._transport.api_url}>"

    def __enter__(self) -> "Hub":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def me(self) -> Item:
        """Who the hub takes you for: username, roles, permissions, farms."""
        return self._transport.get("/me")

    def profile(self) -> Item:
        """What you chose for yourself: language, units, time zone, default farm."""
        return self._transport.get("/me/profile")


def connect(
    url: str | None = None, token: str | None = None, *, http: httpx.Client | None = None
) -> Hub:
    """The hub at an address, as the owner of a token.

    In a server started by the hub both are found by themselves, and after `agrigen login` the token
    is; elsewhere give them, or set AGRIGEN_URL and AGRIGEN_TOKEN. The token is a personal access
    token (agp_...) or a refresh token (agr_...), with which short-lived ones are fetched as needed.
    `http` shares one pool of connections among several hubs.
    """
    api_url = find_api_url(url)
    kept = "" if token else read_kept(api_url)
    if kept and not token_of_surroundings():
        return Hub(Transport(api_url, kept, http=http, kept=place()))
    return Hub(Transport(api_url, find_token(token), http=http))
