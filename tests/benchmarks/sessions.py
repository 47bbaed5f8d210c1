"""What asking whether a session goes on costs a request: `python -m tests.benchmarks.sessions`.

Against the statement of before, which only said who acts, on the same connection in turns; and the
session as a process keeps it, read anew every five seconds.
"""

import asyncio
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub import sessions
from hub.actor import Actor, Credential
from hub.local.dynamodb import EmbeddedDynamoDB
from hub.local.postgres import EmbeddedPostgres
from hub.settings import Settings
from hub.storage.base import new_id
from hub.storage.dynamodb import open_store
from hub.storage.postgres import make_engine
from hub.storage.schema import migrate
from tests.hubs import free_port

ROUNDS = 2000
ENDED = 100_000
_BEFORE = text(
    "SELECT set_config('app.person_id', :person, true), set_config('app.request_id', :id, true)"
)
_ENTER = text("SELECT app.enter(CAST(:person AS uuid), :id, :session)")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)  # as root, PostgreSQL runs as nobody and must be able to enter
        postgres = EmbeddedPostgres(home)
        try:
            urls = postgres.start()
            migrate(urls.owner, urls.app)
            with EmbeddedDynamoDB(home, free_port()) as embedded:
                os.environ.update(embedded.credentials.environment)
                asyncio.run(measure(urls.app, embedded.endpoint))
        finally:
            postgres.stop()


async def measure(url: str, endpoint: str) -> None:
    settings = Settings()
    engine = make_engine(settings, url)
    store = open_store(Settings(dynamodb_endpoint=endpoint))
    store.ensure_tables()
    made = await sessions.start(
        store, engine, settings, username="rita", roles=["researcher"], session_id="secret",
        address="127.0.0.1", agent="Firefox/140.0", level=1, methods=["pwd"], issuer="",
    )  # fmt: skip
    nobody = Actor(new_id(), "rita", frozenset(), frozenset(), request_id="measure")
    actor = replace(nobody, session_id=made.id, credential=Credential.BROWSER)
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "SELECT app.end_credentials(NULL, '', array_agg(md5(n::text)), now() + "
                "interval '1 day', 'revoked') FROM generate_series(1, :count) n"
            ),
            {"count": ENDED},
        )
    async with engine.connect() as connection:
        before, enter = await in_turns(connection, actor)
    keeper = sessions.Keeper(lambda: store, engine, settings)
    anew = [await timed(keeper, made.id, anew=True) for _ in range(ROUNDS // 10)]
    kept = [await timed(keeper, made.id, anew=False) for _ in range(ROUNDS)]
    print(f"with {ENDED:,} ended sessions, median of {ROUNDS:,}, milliseconds:")
    print(f"  saying who acts, as before        {before:6.3f}")
    print(f"  app.enter                         {enter:6.3f}  (+{enter - before:.3f})")
    print(f"  the session, as the process knows {median(kept):6.3f}")
    print(f"  the session, read anew            {median(anew):6.3f}  (once in five seconds)")
    store.close()
    await engine.dispose()


async def in_turns(connection: AsyncConnection, actor: Actor) -> tuple[float, float]:
    """Medians of both statements, the one after the other each time."""
    values = {"person": str(actor.person_id), "id": actor.request_id}
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for place, (statement, more) in enumerate(
            ((_BEFORE, {}), (_ENTER, {"session": actor.session_id}))
        ):
            began = time.perf_counter()
            (await connection.execute(statement, {**values, **more})).one()
            taken[place].append((time.perf_counter() - began) * 1000)
    return median(taken[0]), median(taken[1])


async def timed(keeper: sessions.Keeper, digest: str, *, anew: bool) -> float:
    began = time.perf_counter()
    assert await keeper.living("rita", digest, anew=anew)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
