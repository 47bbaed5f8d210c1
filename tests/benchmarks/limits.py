"""What counting a request costs, and how long the audit log takes to verify.

    python tests/benchmarks/limits.py [EVENTS]

starts a PostgreSQL of its own. Goals: 0.5 ms a request, 10 s a million events.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import text

from hub import audit
from hub.limits import Counter, Policy, guess
from hub.local.postgres import EmbeddedPostgres
from hub.settings import Settings
from hub.storage.postgres import make_engine
from hub.storage.schema import migrate
from hub.storage.sealing import open_sealer

_EVENTS = text(
    "INSERT INTO app.audit_event (id, at, person_id, action, subject_id, request_id, details) "
    "SELECT gen_random_uuid(), now(), gen_random_uuid(), 'records:create', gen_random_uuid(), "
    "'benchmark', jsonb_build_object('trait', 'weight', 'value', n) "
    "FROM generate_series(1, :events) AS n"
)


async def requests(engine: object, count: int = 20_000) -> None:
    counter, policy = Counter(engine), Policy("read", 10**8, 60)  # type: ignore[arg-type]
    took = []
    for _ in range(count):
        started = time.perf_counter()
        await counter.take("person", policy)
        took.append(time.perf_counter() - started)
    took.sort()
    mean, late = sum(took) / count, took[int(0.99 * count)]
    print(
        f"request: mean {1e6 * mean:.0f} us, p99 {1e6 * late:.0f} us, most {1e3 * took[-1]:.1f} ms"
    )


async def guesses(engine: object, count: int = 500) -> None:
    started = time.perf_counter()
    for number in range(count):
        await guess(engine, account=f"a{number}", address=f"10.0.{number // 250}.{number % 250}")  # type: ignore[arg-type]
    print(f"guess: {1e3 * (time.perf_counter() - started) / count:.2f} ms")


async def log(engine: object, owner: object, settings: Settings, events: int) -> None:
    async with owner.begin() as connection:  # type: ignore[attr-defined]
        await connection.execute(_EVENTS, {"events": events})
    started = time.perf_counter()
    await audit.seal_all(engine, open_sealer(settings))  # type: ignore[arg-type]
    print(f"seal {events:,} events: {time.perf_counter() - started:.1f} s")
    found = await audit.verify(engine, settings)  # type: ignore[arg-type]
    print(f"verify {found.events:,} events: {found.seconds:.1f} s, sound: {found.sound}")


async def main(events: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)  # noqa: ASYNC240 - before anything runs; PostgreSQL must enter as nobody
        postgres = EmbeddedPostgres(home)
        urls = postgres.start()
        try:
            migrate(urls.owner, urls.app)
            settings = Settings(home=home, statement_timeout_seconds=600)
            engine, owner = make_engine(settings, urls.app), make_engine(settings, urls.owner)
            await requests(engine)
            await guesses(engine)
            await log(engine, owner, settings, events)
            await engine.dispose()
            await owner.dispose()
        finally:
            postgres.stop()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
