"""From a breeding value to the rows of files, from a file to values, and never past a policy."""

import asyncio
from typing import Any, get_args

import pytest

from hub import cli, lineage
from hub.actor import Actor
from hub.errors import Missing
from hub.evaluations import EvaluationRead
from hub.lineage import GraphQuery, GraphRead, RestingValuesQuery, Start, ValueLineage, ValueQuery
from hub.local.postgres import Urls
from hub.storage.base import new_id
from hub.storage.objects import FolderObjects, sha256
from tests.database import As
from tests.hub.lineage.flocks import FLOCK, WEIGHTS, Flocks
from tests.workers import Workers

EAST_WEIGHTS = sha256(WEIGHTS.format("E", 31.5).encode())
EAST_FLOCK = sha256(FLOCK.format("E").encode())


async def ask(
    as_: As, objects: FolderObjects, who: Actor, done: EvaluationRead, animal: Any, **query: Any
) -> ValueLineage:
    async with as_(who) as tx:
        return await lineage.value(tx, objects, done.id, animal, ValueQuery(**query))


def types(graph: GraphRead) -> dict[str, int]:
    """Visible nodes by type."""
    found: dict[str, int] = {}
    for node in graph.nodes:
        if not node.hidden:
            found[node.type] = found.get(node.type, 0) + 1
    return found


async def test_a_breeding_value_names_the_exact_rows_of_files(
    as_: As, objects: FolderObjects, stella: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    found = await ask(as_, objects, stella, done, flocks.animals["EL1"])
    assert (found.tag, [one.trait for one in found.values]) == ("EL1", ["weaning_weight"])
    own = [row for row in found.rows if row.relation == "self"]
    assert [(row.table, row.door, row.row, row.sha256) for row in own] == [
        ("records", "import", 2, EAST_WEIGHTS),
        ("animals", "import", 4, EAST_FLOCK),
    ]
    assert (own[0].value, str(own[0].recorded_on), own[0].file) == (
        31.5, "2021-06-01", "records.csv",
    )  # fmt: skip


async def test_relatives_are_listed_the_nearest_first(
    as_: As, objects: FolderObjects, stella: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    found = await ask(as_, objects, stella, done, flocks.animals["EL1"])
    assert found.relatives == {"sire": 1, "dam": 1, "full sib": 1, "half sib": 3}
    assert [row.degree for row in found.rows] == sorted(row.degree for row in found.rows)
    records = {row.tag: row for row in found.rows if row.table == "records"}
    assert set(records) == {"EL1", "EL2", "EL4", "WL1", "WL2"}
    parents = {row.tag: row for row in found.rows if row.relation in ("sire", "dam")}
    assert {tag: row.row for tag, row in parents.items()} == {"R1": 2, "EE1": 2}
    assert not found.more_rows


async def test_what_came_with_an_event_names_the_event(
    as_: As, objects: FolderObjects, eve: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    found = await ask(as_, objects, eve, done, flocks.animals["EL4"], generations=0)
    [record] = [row for row in found.rows if row.table == "records"]
    assert record.event is not None
    assert (record.door, record.event.id, record.event.kind) == (
        "event", flocks.weaning, "weaning",
    )  # fmt: skip
    assert (record.import_id, record.file, record.value) == (None, None, 34.5)


async def test_what_was_typed_by_hand_says_so(
    as_: As, objects: FolderObjects, eve: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    found = await ask(as_, objects, eve, done, flocks.animals["EL3"], generations=0)
    doors = {str(row.recorded_on): row.door for row in found.rows if row.table == "records"}
    assert doors == {"2021-06-01": "import", "2021-06-03": "hand"}


async def test_the_graph_goes_from_files_to_the_value(
    as_: As, objects: FolderObjects, stella: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    found = await ask(as_, objects, stella, done, flocks.animals["EL1"])
    assert types(found.graph) == {
        "file": 5, "import": 5, "table": 5, "door": 2, "dataset": 1, "evaluation": 1,
        "breeding_value": 1,
    }  # fmt: skip
    names = {node.id: node for node in found.graph.nodes}
    value = names[found.graph.start]
    assert value.type == "breeding_value"
    made = {(names[e.source].type, names[e.target].type): e.rows for e in found.graph.edges}
    assert set(made) == {
        ("file", "import"), ("import", "table"), ("table", "dataset"), ("door", "dataset"),
        ("dataset", "evaluation"), ("evaluation", "breeding_value"),
    }  # fmt: skip
    weights = next(n for n in found.graph.nodes if n.name == "records into EAST")
    rows = [e.rows for e in found.graph.edges if e.source == weights.id]
    assert rows == [3]
    evaluation = next(n for n in found.graph.nodes if n.type == "evaluation")
    assert evaluation.facts["result_hash"] == done.result_hash
    assert evaluation.facts["software"]["name"] == "agrigen"


async def test_what_one_may_not_see_is_a_nameless_node(
    as_: As, objects: FolderObjects, eve: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    """Eve reads EAST and the shared STUD; WEST's animals, files and imports she does not."""
    found = await ask(as_, objects, eve, done, flocks.animals["EL1"])
    assert {row.tag for row in found.rows} == {"EL1", "EL2", "EL4", "EE1", "R1"}
    assert found.more_rows
    hidden = [node for node in found.graph.nodes if node.hidden]
    assert sorted(node.type for node in hidden) == [
        "dataset", "file", "file", "file", "import", "import", "import", "table", "table",
    ]  # fmt: skip
    assert {(node.name, node.href, str(node.facts)) for node in hidden} == {("", "", "{}")}
    text = found.model_dump_json()
    west = (flocks.imports["WEST flock"], flocks.imports["WEST weights"], flocks.imports["rams"])
    secrets = [str(one.id) for one in west] + [str(one.file_id) for one in west]
    secrets += ["WEST", "WL1", str(flocks.farms["WEST"]), str(done.dataset_id)]
    assert [one for one in secrets if one in text] == []
    assert {"EAST", EAST_WEIGHTS} <= {one for one in ("EAST", EAST_WEIGHTS) if one in text}
    ends = {edge.rows for edge in found.graph.edges if "hidden" in edge.source + edge.target}
    assert ends == {None}


async def test_who_may_not_see_a_thing_is_told_that_there_is_none(
    as_: As, objects: FolderObjects, eve: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    west = flocks.imports["WEST flock"]
    for kind, id_ in (("import", west.id), ("file", west.file_id), ("dataset", done.dataset_id)):
        async with as_(eve) as tx:
            with pytest.raises(Missing):
                await lineage.graph(tx, kind, id_, GraphQuery(direction="both"))
            with pytest.raises(Missing):
                await lineage.resting_values(tx, kind, id_, RestingValuesQuery())
    with pytest.raises(Missing):
        await ask(as_, objects, eve, done, flocks.imports["rams"].id)


@pytest.mark.parametrize("kind", get_args(Start))
async def test_what_does_not_exist_is_missing_whatever_it_is(
    as_: As, stella: Actor, kind: Start
) -> None:
    async with as_(stella) as tx:
        with pytest.raises(Missing):
            await lineage.graph(tx, kind, new_id(), GraphQuery(direction="both"))


async def test_a_file_names_every_published_value_that_rests_on_it(
    as_: As, stella: Actor, eve: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    file_id = flocks.imports["EAST weights"].file_id
    found = {}
    for who in (stella, eve):
        async with as_(who) as tx:
            query = RestingValuesQuery(limit=100)
            page = await lineage.resting_values(tx, "file", file_id, query)
        found[who.username] = {one.tag for one in page.items}
        assert {one.evaluation_id for one in page.items} == {done.id}
    assert len(found["stella"]) == 14
    assert found["eve"] == {tag for tag in found["stella"] if tag[0] in "ER"}


async def test_downwards_a_file_leads_to_the_evaluation(
    as_: As, stella: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    file_id = flocks.imports["rams"].file_id
    async with as_(stella) as tx:
        found = await lineage.graph(tx, "file", file_id, GraphQuery(direction="down"))
    assert f"evaluation:{done.id}" in {node.id for node in found.nodes}
    async with as_(stella) as tx:
        near = await lineage.graph(tx, "file", file_id, GraphQuery(direction="down", depth=1))
    assert types(near) == {"file": 1, "import": 1}


async def test_a_value_that_was_corrected_by_hand_rests_on_no_file(
    as_: As, eve: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    from hub import records
    from hub.records import RecordCorrect, RecordQuery

    async with as_(eve) as tx:
        [old] = (await records.of_animal(tx, flocks.animals["EL2"], RecordQuery())).items
        await records.correct(tx, old.id, RecordCorrect(value=33.0, reason="misread"))
    async with as_(eve) as tx:
        frame = await _frozen_again(tx, flocks)
    row = frame.filter(animal=str(flocks.animals["EL2"]), table="records").to_dicts()[0]
    assert (row["door"], row["import"], row["value"]) == ("hand", None, 33.0)


async def _frozen_again(tx: Any, flocks: Flocks) -> Any:
    from hub.evaluations import snapshot

    wanted = snapshot.Selection([flocks.farms["EAST"]])
    return (await snapshot.take(tx, wanted, ["weaning_weight"])).sources


async def test_equal_data_that_came_another_way_have_the_equal_hash(
    as_: As, objects: FolderObjects, stella: Actor, done: EvaluationRead
) -> None:
    """Origins lie beside the data and are no part of their hash."""
    from hub import datasets
    from hub.datasets.service import hash_of

    async with as_(stella) as tx:
        frozen = await datasets.get(tx, done.dataset_id)
    data = {name: digest for name, digest in frozen.objects.items() if name != "sources.parquet"}
    assert set(frozen.objects) - set(data) == {"sources.parquet"}
    assert frozen.content_hash == hash_of(data)
    assert sum(frozen.description["imports"].values()) == 6 + 14
    assert frozen.description["doors"] == {"records": {"event": 1, "hand": 1}}


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, urls: Urls, workers: Workers, capsys: pytest.CaptureFixture
):
    """Runs the command in a thread of its own, as the tests have a running loop."""
    monkeypatch.setenv("AGRIGEN_DATABASE_URL", urls.app)
    monkeypatch.setenv("AGRIGEN_MIGRATION_URL", urls.owner)
    monkeypatch.setenv("AGRIGEN_OBJECTS_URL", workers.environment["AGRIGEN_OBJECTS_URL"])

    async def run(*words: object) -> tuple[int, str]:
        given = ["lineage", "--as", "stella", *map(str, words)]
        code = await asyncio.to_thread(cli.main, given)
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


async def test_rows_of_a_value_are_told_in_lines(
    command, stella: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    code, told = await command("value", done.id, flocks.animals["EL1"])
    assert code == 0
    assert "  EL1 (self) weaning_weight 2021-06-01 31.5: records.csv row 2 (SHA-256 " in told
    code, told = await command("value", done.id, flocks.animals["EL4"], "--generations", 0)
    assert f"event weaning of 2021-06-02 ({flocks.weaning})" in told


async def test_graphs_values_and_events_are_told(
    command, stella: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    _, told = await command("graph", "evaluation", done.id)
    assert "import 'records into EAST' -> table 'records of EAST'  (3 rows)" in told
    _, told = await command("resting", "file", flocks.imports["rams"].file_id)
    assert len(told.splitlines()) == 1 + 14
    _, told = await command("events")
    assert '"eventType": "COMPLETE"' in told
    code, told = await command("graph", "cow", done.id)
    assert (code, "Types are file" in told) == (2, True)
