"""`python -m hub audit verify`: look whether anybody changed the audit log."""

import argparse
import asyncio
from typing import Any

from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("audit", help="chain and verify the audit log")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    verify = acts.add_parser("verify", help="look whether anybody changed the log")
    verify.add_argument("--json", action="store_true", help="the whole result as JSON")
    acts.add_parser("seal", help="chain the events that wait, as the worker does all the time")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.act == "seal":
        return asyncio.run(_seal(Settings()))
    return asyncio.run(_verify(Settings(), as_json=arguments.json))


async def _seal(settings: Settings) -> int:
    from hub import audit
    from hub.storage.postgres import make_engine
    from hub.storage.sealing import open_sealer

    engine = make_engine(settings)
    try:
        count, head = await audit.seal_all(engine, open_sealer(settings))
    finally:
        await engine.dispose()
    print(f"{count:,} events in the chain, which ends with {head.hex()}.")
    return 0


async def _verify(settings: Settings, *, as_json: bool) -> int:
    """0 when the log is sound, 1 when not."""
    from hub import audit
    from hub.storage.postgres import make_engine

    engine = make_engine(settings)
    try:
        found = await audit.verify(engine, settings)
    finally:
        await engine.dispose()
    if as_json:
        print(found.model_dump_json(indent=2))
        return 0 if found.sound else 1
    for one in found.findings:
        place = "" if one.place is None else f"place {one.place:,}: "
        event = "" if one.event_id is None else f" (event {one.event_id})"
        print(f"  {place}{one.what}{event}")
    state = "is as it was written" if found.sound else "WAS CHANGED"
    print(
        f"The audit log {state}: {found.events:,} events and {found.anchors:,} anchors checked in "
        f"{found.seconds:.1f} s, {found.waiting:,} waiting for their place."
    )
    if not found.anchors:
        print("There are no anchors yet, so a missing end could not be seen.")
    return 0 if found.sound else 1
