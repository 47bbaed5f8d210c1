"""How many access tokens one core verifies: `python -m tests.benchmarks.tokens [seconds]`.

Needs no database: the keys are put where `hub.tokens` remembers what it read.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime
from typing import Any, cast

from joserfc.jwk import ECKey

from hub.actor import Assurance
from hub.permissions import Permission
from hub.settings import Settings
from hub.storage.base import new_id
from hub.storage.sealing import Sealer
from hub.tokens import Access, keys
from hub.tokens.access import issue, verify


class Engine:
    """Stands where the engine would; nothing asks it."""


async def measure(seconds: float) -> None:
    sealer, engine, settings = Sealer((bytes(32),)), cast(Any, Engine()), Settings()
    key = ECKey.generate_key("P-256", {"kid": "k", "use": "sig", "alg": keys.ALGORITHM})
    sealed = sealer.seal("signing-key:k", key.as_pem(private=True))
    keys._RINGS[engine] = keys.Ring({"k": key}, "k", sealed, time.monotonic())
    access = Access(
        new_id(), "agrigen-phone", frozenset(Permission), "family-" + 24 * "0",
        Assurance(2, datetime.now(UTC), frozenset({"pwd", "otp"})),
    )  # fmt: skip
    token = await issue(engine, sealer, settings, access)
    for name, act in (
        ("signed", lambda: issue(engine, sealer, settings, access)),
        ("verified", lambda: verify(engine, sealer, settings, token)),
    ):
        count, start = 0, time.process_time()
        while time.process_time() - start < seconds:
            await act()
            count += 1
        rate = count / (time.process_time() - start)
        print(f"{name}: {rate:,.0f} a second of one core ({len(token)} bytes)")


if __name__ == "__main__":
    asyncio.run(measure(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0))
