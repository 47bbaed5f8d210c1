"""The generated document: valid, complete and the same every time."""

from openapi_spec_validator import validate

from extensions.__main__ import DOCUMENT
from extensions.base.openapi import as_text, document
from extensions.points import all_routes
from hub.evaluations import EvaluationCreate
from hub.evaluations.service import check_model


def test_the_document_is_valid_openapi_3_1() -> None:
    spec = document(all_routes())
    validate(spec)
    assert spec["openapi"] == "3.1.0"


def test_every_route_is_in_the_document_with_its_permission_and_its_errors() -> None:
    spec = document(all_routes())
    for route in all_routes():
        operation = spec["paths"][route.path][route.method.lower()]
        assert operation.get("x-permission") == (route.permission and route.permission.value)
        assert {str(route.status), "422", "500", "503"} <= set(operation["responses"])
        if route.permission is not None:
            assert {"401", "403"} <= set(operation["responses"])
            assert operation["security"][0] == {"token": [route.permission.scope]}


def test_writes_take_an_idempotency_key_and_reads_do_not() -> None:
    spec = document(all_routes())
    for route in all_routes():
        named = {
            one["name"] for one in spec["paths"][route.path][route.method.lower()]["parameters"]
        }
        assert ("Idempotency-Key" in named) is (route.writes and not route.answers_once), route.name


def test_the_document_does_not_change_from_run_to_run() -> None:
    assert as_text(document(all_routes())) == as_text(document(all_routes()))


def test_the_file_in_the_documentation_is_as_the_code() -> None:
    """`make docs` writes it; the client's types and the change log are made from it."""
    assert DOCUMENT.read_text() == as_text(document(all_routes()))


def test_the_example_of_an_evaluation_is_a_model_that_agrigen_takes() -> None:
    [route] = [one for one in all_routes() if one.name == "start_evaluation"]
    new = EvaluationCreate.model_validate(route.example.body)
    assert check_model(new.model).model.traits == ("weaning_weight",)
