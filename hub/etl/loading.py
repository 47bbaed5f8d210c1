"""The fourth step of an import: good rows into the database, a piece a transaction.

A piece is stored with the mark that it is stored, so each row is loaded once, wherever the worker
is killed. With `all_or_nothing` all pieces are one transaction.

PostgreSQL works on one core a connection, so two pieces of records are stored at a time. They end
in their order: the later one waits for the earlier one before it moves the mark, and is taken back
when that fails. No key is in two pieces (`hub.etl.across`), so neither waits for the other's rows;
where other people's transactions stand in between, the later one gives way.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import polars as pl
from sqlalchemy.pool import QueuePool

from hub.animals import bulk as stored_animals
from hub.animals import repository as animals_repository
from hub.etl import animals, events, repository, staging
from hub.etl.asked import Context, Request, check
from hub.etl.staging import Chunk
from hub.etl.work import Counts, Work
from hub.records import bulk as stored_records
from hub.storage.transaction import Transaction, begin

PIECE = 20_000
AT_ONCE = 2
"""Pieces of records under way."""
_FOR_OTHERS = 2
"""Connections of the process that a second piece leaves free."""
_LOOK_EVERY = 1.0
"""Seconds after which a piece that waits for its turn asks whether somebody waits for it."""


async def load(work: Work, known: Context) -> None:
    """Load what was not loaded before a crash."""
    if work.is_done("load"):
        return
    work.start("load")
    if work.request.kind == "events":
        await _events(work, known)
    elif work.request.all_or_nothing and work.rejected:
        await _nothing(work)
    elif work.request.all_or_nothing and not work.request.dry_run:
        async with begin(work.run.engine, work.run.actor) as tx:
            await repository.take_time(tx.session)
            await _every_piece(work, tx)
    else:
        await _every_piece(work)


async def _nothing(work: Work) -> None:
    note = f"nothing loaded, for {work.rejected:,} rows are refused"
    work.end("load", 0, note)
    work.notes["held_back"] = True
    await work.save_now()


async def _every_piece(work: Work, tx: Transaction | None = None) -> None:
    """Each in a transaction of its own, unless there is one for all."""
    if work.request.kind == "animals":
        await _one_by_one(work, await _animal_pieces(work), tx)
    elif tx is not None:
        await _one_by_one(work, _chunks(work), tx)
    else:
        await _side_by_side(work, _chunks(work))
    work.end("load", sum(chunk.rows for chunk in work.manifest.chunks))
    await (work.save(tx) if tx is not None else work.save_now())


async def _one_by_one(
    work: Work, pieces: Sequence["_AnimalPiece | _RecordPiece"], tx: Transaction | None
) -> None:
    while work.manifest.loaded < len(pieces):
        piece = pieces[work.manifest.loaded]
        await _tell(work, piece.before, len(pieces))
        if tx is not None:
            await _loaded(work, tx, await piece.store(work, tx))
            continue
        async with begin(work.run.engine, work.run.actor) as own:
            await _loaded(work, own, await piece.store(work, own))


async def _side_by_side(work: Work, pieces: Sequence["_RecordPiece"]) -> None:
    """`AT_ONCE` at a time; what is under way when one fails is taken back."""
    under_way: deque[asyncio.Task[None]] = deque()
    turn = asyncio.Event()
    turn.set()
    try:
        for piece in pieces[work.manifest.loaded :]:
            while under_way and (len(under_way) == AT_ONCE or not _has_room(work)):
                await under_way.popleft()
            await _tell(work, piece.before, len(pieces))
            turn, mine = asyncio.Event(), turn
            under_way.append(asyncio.create_task(_in_turn(work, piece, mine, turn)))
        while under_way:
            await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


def _has_room(work: Work) -> bool:
    pool = work.run.engine.pool
    return isinstance(pool, QueuePool) and pool.size() - pool.checkedout() > _FOR_OTHERS


class _GivesWay(Exception):
    """Somebody waits for a piece that waits for its turn."""


async def _in_turn(
    work: Work, piece: "_RecordPiece", turn: asyncio.Event, following: asyncio.Event
) -> None:
    """Store a piece; move the mark and commit when the pieces before it are committed.

    The piece before may wait for somebody who waits for this one. PostgreSQL cannot see that, since
    a turn is no lock of its: this piece is then taken back, and stored anew in its turn.
    """
    try:
        await _store(work, piece, turn)
    except _GivesWay:
        await turn.wait()
        await _store(work, piece, turn)
    following.set()


async def _store(work: Work, piece: "_RecordPiece", turn: asyncio.Event) -> None:
    async with begin(work.run.engine, work.run.actor) as tx:
        stored = await piece.store(work, tx)
        while not await _comes(turn):
            if await repository.is_waited_for(tx.session):
                raise _GivesWay
        await _loaded(work, tx, stored)


async def _comes(turn: asyncio.Event) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(turn.wait(), _LOOK_EVERY)
    return turn.is_set()


async def _tell(work: Work, before: int, pieces: int) -> None:
    share = work.manifest.loaded / pieces
    await work.run.report(0.45 + 0.54 * share, f"{before:,} rows done")


@dataclass(frozen=True)
class _Stored:
    """What became of the rows of a piece."""

    rows: int
    unchanged: int


class _RecordPiece:
    """The good records of a chunk of the file."""

    def __init__(self, chunk: Chunk, before: int) -> None:
        self.chunk, self.before = chunk, before

    async def store(self, work: Work, tx: Transaction) -> _Stored:
        stage = await work.run.in_thread(self._stage, work)
        content = await asyncio.to_thread(stored_records.content_of, stage)
        rows = stage["row_number"].n_unique()
        unchanged = await stored_records.store(
            tx.session, work.request.farm_id, work.request.id, content, stage.height, rows,
            dry_run=work.request.dry_run,
        )  # fmt: skip
        return _Stored(rows, unchanged)

    def _stage(self, work: Work) -> pl.DataFrame:
        """Without the rows that only the comparison of rows refused."""
        objects = work.run.objects
        wanted = list(stored_records.STAGE_COLUMNS)
        good = staging.get(objects, self.chunk.good, wanted)
        late = staging.get(objects, work.manifest.late)
        refused = late.filter(pl.col("first").is_not_null())["row_number"].unique()
        return good.filter(~pl.col("row_number").is_in(refused.implode()))


def _chunks(work: Work) -> list[_RecordPiece]:
    befores = [0, *(chunk.last for chunk in work.manifest.chunks)]
    return [
        _RecordPiece(chunk, before)
        for chunk, before in zip(work.manifest.chunks, befores, strict=False)
    ]


class _AnimalPiece:
    """Some of the good animals, and the parents that they need."""

    def __init__(self, ready: animals.Ready, first: int, last: int, before: int) -> None:
        self.ready, self.first, self.last, self.before = ready, first, last, before

    async def store(self, work: Work, tx: Transaction) -> _Stored:
        stage = await asyncio.to_thread(animals.stage, self.ready, self.first, self.last)
        rows = stage["row_number"].drop_nulls().len()
        unchanged = await store_animals(tx, work.request, stage)
        return _Stored(rows, unchanged)


async def store_animals(tx: Transaction, request: Request, stage: pl.DataFrame) -> int:
    """Animals of a stage into the database; how many of its rows were unchanged."""
    await animals_repository.lock_pedigree(tx.session)
    return await stored_animals.store(
        tx.session, request.farm_id, stage, request.created_at, request.id, dry_run=request.dry_run
    )


async def _animal_pieces(work: Work) -> list[_AnimalPiece]:
    objects, manifest = work.run.objects, work.manifest
    rows = await work.run.in_thread(staging.get, objects, manifest.chunks[0].good)
    stubs = await work.run.in_thread(staging.get, objects, manifest.parents)
    ready = animals.Ready(rows, stubs)
    numbers = rows["row_number"]
    return [
        _AnimalPiece(ready, int(numbers[at]), int(numbers[min(at + PIECE, len(numbers)) - 1]), at)
        for at in range(0, len(numbers), PIECE)
    ]


async def _loaded(work: Work, tx: Transaction, stored: _Stored) -> None:
    """Count a piece, and move the mark."""
    new = stored.rows - stored.unchanged
    if work.request.dry_run:
        work.notes["would_load"] = work.notes.get("would_load", 0) + new
        new = 0
    work.manifest.loaded += 1
    await work.save(tx, Counts(loaded=new, unchanged=stored.unchanged))


async def _events(work: Work, known: Context) -> None:
    """Events are recorded one by one, since each is judged by all others of its animal."""
    run, manifest = work.run, work.manifest
    table = await run.in_thread(staging.whole, run.objects, manifest)
    checked = await run.in_thread(check, table, work.request, known)
    assert isinstance(checked, events.Checked)
    work.end("validate", table.frame.height)
    numbers = table.frame["_row"].to_list()
    if work.request.all_or_nothing:
        await _all_events(work, checked, numbers)
        return
    while manifest.loaded < len(numbers):
        piece = numbers[manifest.loaded : manifest.loaded + PIECE]
        async with begin(run.engine, run.actor) as tx:
            unchanged = await _record(tx, work, checked, piece, keep=not work.request.dry_run)
            await _recorded(work, tx, checked, piece, unchanged)
        await run.report(0.3 + 0.69 * manifest.loaded / len(numbers), f"{piece[-1]:,} rows done")
    work.end("load", len(numbers))
    await work.save_now()


async def _all_events(work: Work, checked: events.Checked, numbers: list[int]) -> None:
    """In one transaction; what was recorded is taken back when any row is refused."""
    if work.manifest.loaded:
        return
    async with begin(work.run.engine, work.run.actor) as tx:
        await repository.take_time(tx.session)
        unchanged = 0
        if not checked.findings.refused:
            keep = not work.request.dry_run
            unchanged = await _record(tx, work, checked, numbers, keep=keep, whole=True)
        if checked.findings.refused:
            work.notes["held_back"] = True
            work.end("load", 0, f"nothing loaded, for {len(checked.findings.refused):,} rows "
                     "are refused")  # fmt: skip
        else:
            work.end("load", len(numbers))
        await _recorded(work, tx, checked, numbers, unchanged)


async def _record(
    tx: Transaction, work: Work, checked: events.Checked, piece: Iterable[int], *, keep: bool,
    whole: bool = False,
) -> int:  # fmt: skip
    """Record events; a dry run records them too, to learn what is possible, and takes them back."""
    async with tx.session.begin_nested() as trial:
        unchanged = await events.store(tx, work.request.id, checked, piece)
        if not keep or (whole and checked.findings.refused):
            await trial.rollback()
    return unchanged


async def _recorded(
    work: Work, tx: Transaction, checked: events.Checked, piece: list[int], unchanged: int
) -> None:
    """Keep what was found in a piece, count it and move the mark."""
    header = [] if work.manifest.loaded else [1]
    kept = await work.keep(tx, checked.findings, [*header, *piece])
    good = len(piece) - kept.rejected - unchanged
    if work.notes.get("held_back"):
        good = unchanged = 0
    if work.request.dry_run:
        work.notes["would_load"] = work.notes.get("would_load", 0) + good
        good = 0
    work.manifest.loaded += len(piece)
    await work.save(tx, Counts(len(piece), good, unchanged, kept.rejected, kept.warned))
