"""People who signed in a moment ago, for tests of what asks for that: tokens with a fresh proof."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import httpx
from joserfc import jws
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.actor import Assurance
from hub.local.postgres import APPLICATION
from hub.permissions import Permission
from hub.settings import Settings
from hub.storage.postgres import make_engine
from hub.storage.sealing import Sealer, open_sealer
from hub.tokens import Access, keys, ring
from hub.tokens.access import issue
from tests.forgery import Forge
from tests.hubs import LiveApi

CREDENTIAL = "family-{:024x}"


@dataclass
class Signer:
    """Signs as the running hub does, with its own keys."""

    api: LiveApi
    made: int = 0

    def token(self, person: str, *, level: int = 2, at: datetime | None = None) -> str:
        """An access token of somebody who proved who they are `at` (now)."""
        me = self.api.client(person).get("/me").json()
        self.made += 1
        moment = at or datetime.now(UTC)
        access = Access(
            UUID(me["id"]), "agrigen-test", frozenset(Permission),
            CREDENTIAL.format(int(moment.timestamp()) * 1000 + self.made),
            Assurance(level, moment, frozenset({"pwd", "otp"})),
        )  # fmt: skip
        return asyncio.run(self._issued(access))

    def client(self, person: str, *, level: int = 2, at: datetime | None = None) -> httpx.Client:
        token = self.token(person, level=level, at=at)
        client = httpx.Client(
            base_url=f"{self.api.url}/api/v1", timeout=30, verify=False,
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        self.api.clients[f"signed {self.made}"] = client
        return client

    def forge(self, person: str) -> Forge:
        """With the key of the hub itself."""
        claims = json.loads(jws.extract_compact(self.token(person).encode()).payload)
        return asyncio.run(self._forge(claims))

    async def _issued(self, access: Access) -> str:
        engine, sealer = self._stores()
        try:
            return await issue(engine, sealer, Settings(), access)
        finally:
            await engine.dispose()

    async def _forge(self, claims: dict[str, object]) -> Forge:
        engine, sealer = self._stores()
        try:
            known = await ring(engine, sealer)
        finally:
            await engine.dispose()
        key = keys.opened(sealer, known.signing_id, known.sealed)
        return Forge(key, known.signing_id, claims)

    def _stores(self) -> tuple[AsyncEngine, Sealer]:
        url = self.api.postgres.url(APPLICATION)
        return make_engine(Settings(), url), open_sealer(Settings(home=self.api.home))
