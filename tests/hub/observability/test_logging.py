"""Logs are one JSON object a line, and no secret gets into them."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from hub.observability.logging import REMOVED, bind, configure, get_logger, unbind_all

CANARY = "hunter2hunter2"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root = logging.getLogger()
    level = root.level
    configure("api")
    [ours] = root.handlers

    def read() -> list[dict[str, Any]]:
        text = written.getvalue()
        assert CANARY not in text
        return [json.loads(line) for line in text.splitlines()]

    yield read
    root.removeHandler(ours)
    root.setLevel(level)
    unbind_all()
    structlog.reset_defaults()


def test_a_line_says_when_what_where_and_who(lines: Any) -> None:
    bind(request_id="r-1", actor="fiona")
    get_logger("hub.tests").info("animal %s added", "L1", farm="HILL")
    [line] = lines()
    assert line["msg"] == "animal L1 added"
    assert (line["level"], line["service"], line["farm"]) == ("info", "api", "HILL")
    assert (line["request_id"], line["actor"]) == ("r-1", "fiona")
    assert line["ts"].endswith("Z")


def test_lines_of_libraries_look_the_same(lines: Any) -> None:
    logging.getLogger("library").warning("slow: %d ms", 7)
    logging.getLogger("library").debug("not shown")
    [line] = lines()
    assert (line["msg"], line["level"], line["logger"]) == ("slow: 7 ms", "warning", "library")
    assert {"ts", "service", "request_id", "actor"} <= line.keys()


@pytest.mark.parametrize(
    "name",
    ["password", "PASSWORD", "api_token", "Authorization", "Cookie", "client_secret", "X-XSRFToken",
     "credentials", "api_key"],
)  # fmt: skip
def test_values_under_secret_names_are_removed(lines: Any, name: str) -> None:
    get_logger("t").info("x", **{name: CANARY}, deep={"list": [{name: CANARY}]})
    [line] = lines()
    assert line[name] == REMOVED
    assert line["deep"]["list"][0][name] == REMOVED


@pytest.mark.parametrize(
    "text",
    [
        f"GET /x?token={CANARY}&page=2",
        f"callback?code={CANARY}&state=1",
        f"Authorization: Bearer {CANARY}",
        f"token {CANARY}",
        f"postgresql://agrigen_app:{CANARY}@/agrigen?host=/tmp",
        f"password={CANARY}",
    ],
)
def test_secrets_inside_texts_are_removed(lines: Any, text: str) -> None:
    get_logger("t").info(text, url=text, many=[text])
    logging.getLogger("library").error("%s", text)
    for line in lines():
        assert REMOVED in line["msg"]


def test_a_traceback_carries_no_local_variables(lines: Any) -> None:
    def fail() -> None:
        password = CANARY
        raise ValueError(f"no, Bearer {password}")

    for logger in (get_logger("t"), logging.getLogger("library")):
        try:
            fail()
        except ValueError:
            logger.exception("failed")
    for line in lines():
        [problem] = line["exception"]
        assert problem["exc_type"] == "ValueError"
        assert problem["frames"][-1]["name"] == "fail"


def test_what_is_not_json_is_written_as_text(lines: Any) -> None:
    endless: dict[str, Any] = {}
    endless["self"] = endless
    get_logger("t").info("odd", value=object(), endless=endless, number=float("nan"))
    assert "object" in lines()[0]["value"]
