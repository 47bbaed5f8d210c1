"""ICAR ADE: the schemas carried here are the published ones; strict checks, tolerant reading."""

import json
import warnings
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agrigen.cli import main
from agrigen.io import icar_ade
from tests.agrigen.io.ade_schemas import compact

HEAT = {
    "resourceType": "icarReproHeatEventResource",
    "animal": {"scheme": "uk.cts.eartag", "id": "UK230011200123"},
    "eventDateTime": "2026-03-14T12:00:00Z",
    "meta": {"source": "com.example", "sourceId": "1", "modified": "2026-03-14T13:00:00.5Z"},
    "visualDetection": {"heatIntensity": "Strong", "heatSigns": ["Slime"]},
}
ZONES = ["UTC", "Europe/Zurich", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Denver"]
EXAMPLES = {
    "exampleDryOffEventResources_Finland": "icarMilkingDryOffEventResource",
    "exampleDryOffEventResources_Sweden": "icarMilkingDryOffEventResource",
    "exampleInseminationEventResources_Finland": "icarReproInseminationEventResource",
    "examplePregnancyCheckEventResources_Finland": "icarReproPregnancyCheckEventResource",
    "exampleTestDayResourceCollection": "icarTestDayResource",
}


@pytest.fixture(scope="module")
def published(reference: Path) -> Path:
    """The published tree of schemas, beside the reference results."""
    folder = reference.parent / "icar" / "ade-develop-2024-02-08"
    if not folder.is_dir():
        pytest.skip(f"no published ADE schemas at {folder}")
    return folder


def carried() -> dict[str, Any]:
    path = Path(icar_ade.__file__).with_name("schemas.json")
    found: dict[str, Any] = json.loads(path.read_text())["definitions"]
    return found


def test_the_schemas_are_the_published_ones(published: Path) -> None:
    mine = carried()
    newer = mine.pop("icarRemarkEventResource")  # of 1.5.1, which is not in the tree
    roots = [name for name in mine if name.endswith("Resource") or name == "icarBatchResult"]
    assert mine == compact(published, roots)
    assert set(newer["properties"]) - set(mine["icarMilkingDryOffEventResource"]["properties"]) == {
        "note"
    }


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({}, None),
        ({"animal": {"id": "1"}}, "animal.scheme"),
        ({"animal": None}, "animal"),
        ({"eventDateTime": "2026-03-14"}, "eventDateTime"),
        ({"eventDateTime": "2026-13-14T12:00:00Z"}, "eventDateTime"),
        ({"deviceHeatProbability": "0.5"}, "deviceHeatProbability"),
        ({"visualDetection": {"heatIntensity": "strong"}}, "visualDetection.heatIntensity"),
        ({"visualDetection": {"heatSigns": ["Slime", "Joy"]}}, "visualDetection.heatSigns[1]"),
        ({"optimumInseminationWindow": {}}, "optimumInseminationWindow"),
        ({"remark": 7}, "remark"),
        ({"strange": 1}, None),
    ],
)
def test_a_message_is_checked_as_a_validator_of_json_schema_does(
    change: dict[str, Any], where: str | None
) -> None:
    message = {**HEAT, **change}
    found = icar_ade.validate(message, HEAT["resourceType"])
    assert [one.where.partition(".")[2] for one in found] == ([where] if where else [])
    assert bool(found) is bool(_by_jsonschema(message))


def _by_jsonschema(message: dict[str, Any]) -> list[Any]:
    from jsonschema import Draft202012Validator, FormatChecker

    def pointed(schema: Any) -> Any:
        if isinstance(schema, dict):
            return {k: f"#/$defs/{v}" if k == "$ref" else pointed(v) for k, v in schema.items()}
        return [pointed(one) for one in schema] if isinstance(schema, list) else schema

    checker = FormatChecker()

    @checker.checks("date-time", ValueError)
    def instant(value: Any) -> bool:
        return not isinstance(value, str) or ("T" in value and bool(datetime.fromisoformat(value)))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = {"$defs": pointed(carried()), "$ref": f"#/$defs/{message['resourceType']}"}
        validator = Draft202012Validator(schema, format_checker=checker)
        return list(validator.iter_errors(message))


@pytest.mark.parametrize(("name", "resource"), EXAMPLES.items())
def test_published_examples_fit_no_schema_and_are_read_all_the_same(
    published: Path, name: str, resource: str
) -> None:
    messages = icar_ade.read_file(published / "examples" / f"{name}.json", resource=resource)
    assert messages
    for one in messages:
        assert one.strict and not one.findings, one


def test_what_was_repaired_is_said_and_unknown_fields_are_kept_apart() -> None:
    sent = {"begin-date": "2020-05-23", "endDate": "2020-05-24T10:00:00+02:00", "id": 7,
            "farm": "x", "meta": {"source": "a", "modified": None, "mood": "good"}}  # fmt: skip
    value, notes, unknown = icar_ade.mend(sent, "icarTestDayResource", zone="Europe/Zurich")
    assert value["beginDate"] == "2020-05-23T10:00:00Z" and value["id"] == "7"
    assert unknown == {"farm": "x", "meta.mood": "good"}
    assert len(notes) == 4
    [left] = icar_ade.validate(value, "icarTestDayResource")
    assert left.where.endswith("meta.modified")


@settings(max_examples=60, deadline=None)
@given(day=st.dates(date(1950, 1, 1), date(2100, 1, 1)), zone=st.sampled_from(ZONES))
def test_a_day_comes_back_as_the_same_day(day: date, zone: str) -> None:
    if (zone, day) in (("Pacific/Kiritimati", date(1994, 12, 31)),):
        return  # a day that the islands skipped
    assert icar_ade.moment(icar_ade.noon_text(day, zone), zone) == icar_ade.Moment(day)


@settings(max_examples=60, deadline=None)
@given(at=st.datetimes(datetime(1950, 1, 2), datetime(2100, 1, 1)), zone=st.sampled_from(ZONES))
def test_an_instant_comes_back_as_the_same_instant(at: datetime, zone: str) -> None:
    instant = at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=UTC)
    assert icar_ade.moment(icar_ade.instant_text(instant), zone).instant == instant


def test_midnight_in_utc_means_the_day_that_is_written() -> None:
    read = icar_ade.moment("2020-03-19T00:00:00Z", "America/Denver")
    assert read == icar_ade.Moment(date(2020, 3, 19))


def test_the_command_says_in_words_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, torn = (tmp_path / name for name in ("good.json", "bad.json", "torn.json"))
    good.write_text(json.dumps({"member": [HEAT]}))
    bad.write_text(json.dumps([{**HEAT, "remark": None, "mood": 1}, {"resourceType": "Cow"}]))
    torn.write_text("{")
    assert main(["ade", "check", str(good)]) == 0
    assert "1 messages, all as ADE says." in capsys.readouterr().out
    assert main(["ade", "check", str(bad)]) == 2
    said = capsys.readouterr().out
    assert "remark: null is no value in ADE. Leave the field out." in said
    assert "fields that ADE does not have: mood" in said
    assert "2 messages, 2 not as ADE says, 1 that cannot be read." in said
    assert main(["ade", "check", str(torn)]) == 2
    assert "is no JSON" in capsys.readouterr().err
