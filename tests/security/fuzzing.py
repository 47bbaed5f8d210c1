"""Runs schemathesis on the API: whether the service does what its OpenAPI document says."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any

import schemathesis
from schemathesis.engine import events, from_schema

from extensions.base.openapi import document
from extensions.points import all_routes

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
    "missing_required_header", "ignored_auth", "unsupported_method", "allow_header_conformance",
)  # fmt: skip
# What ends the sign-in of the caller, or of everybody, in the middle of a run, by operation id;
# test_callers.py and test_matrix.py knock at each of them.
LEFT_OUT = frozenset({
    "ask_to_be_erased", "ask_to_erase", "end_everybodys_sessions", "end_my_sessions",
    "end_my_session", "end_sessions_of", "end_session_of", "change_person", "change_password",
})  # fmt: skip
OPERATIONS = tuple(sorted({route.name for route in all_routes()} - LEFT_OUT))
TOGETHER = 40
# 410: what is wrong and was ended before; 413: more items than fit into a body.
_REFUSED = [400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 428, 429, 503]


@dataclass
class Findings:
    """What a run did and what was wrong: one example for each operation and check."""

    cases: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    wrong: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def take(self, event: Any) -> None:
        if isinstance(event, events.ScenarioFinished):
            self._take(event.recorder)
        elif isinstance(event, (events.NonFatalError, events.FatalError)):
            self.errors.append(f"{getattr(event, 'label', '')}: {getattr(event, 'value', event)}")

    def _take(self, recorder: Any) -> None:
        self.cases += len(recorder.cases)
        for one in recorder.interactions.values():
            if one.response is not None:
                self.answers[one.response.status_code] += 1
        for case_id, checks in recorder.checks.items():
            for check in checks:
                if check.failure_info is not None:
                    self._note(recorder, case_id, check)

    def _note(self, recorder: Any, case_id: str, check: Any) -> None:
        failure = check.failure_info.failure
        answer = recorder.interactions[case_id].response
        told = f"{answer.status_code} {answer.content[:300]!r}" if answer is not None else ""
        self.wrong.setdefault(
            (recorder.label, check.name),
            f"{failure.title}: {failure.message}\n  {check.failure_info.code_sample}\n  {told}",
        )

    @property
    def report(self) -> str:
        told = [f"{name} ({check})\n  {text}" for (name, check), text in sorted(self.wrong.items())]
        return "\n\n".join(
            [f"{self.cases} cases, answers {dict(self.answers)}", *told, *self.errors]
        )


def fuzz(
    url: str,
    token: Callable[[], str],
    operations: Iterable[str],
    *,
    examples: int,
    phases: tuple[str, ...],
) -> Findings:
    """These operations as somebody; with a new token now and then, for they live ten minutes."""
    findings, waiting = Findings(), iter(operations)
    while some := list(islice(waiting, TOGETHER)):
        config = _config(url, token(), examples, phases)
        schema = schemathesis.openapi.from_dict(_promised(), config=config)
        for event in from_schema(schema.include(operation_id=some)).execute():
            findings.take(event)
    return findings


@cache
def _promised() -> dict[str, Any]:
    """The document with whole paths, so that one address stands for all of its servers."""
    promised = document(all_routes(), "")
    prefix = promised.pop("servers")[0]["url"]
    paths = {}
    for path, item in promised["paths"].items():
        own = item.pop("servers", [{"url": prefix}])
        paths[own[0]["url"] + path] = item
    whole: dict[str, Any] = _plain(promised | {"paths": paths})
    return whole


def _plain(schema: Any) -> Any:
    """Pairs of the same kind as arrays of two: `prefixItems` is not understood in answers.

    What stands twice in a set counts once and is no error, so `uniqueItems` promises nothing.
    """
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    pair = schema.get("prefixItems")
    if isinstance(pair, list) and all(one == pair[0] for one in pair):
        schema = {name: one for name, one in schema.items() if name != "prefixItems"}
        schema |= {"items": pair[0]}
    return {name: _plain(one) for name, one in schema.items() if name != "uniqueItems"}


def _config(url: str, token: str, examples: int, phases: tuple[str, ...]) -> schemathesis.Config:
    checks: dict[str, Any] = {"enabled": False} | {name: {"enabled": True} for name in CHECKS}
    checks["not_a_server_error"]["expected-statuses"] = ["2xx", "3xx", "4xx", "503"]
    checks["negative_data_rejection"]["expected-statuses"] = _REFUSED
    known = ("examples", "coverage", "fuzzing", "stateful")
    return schemathesis.Config.from_dict({
        "seed": 7,
        "base-url": url,
        "headers": {"Authorization": f"Bearer {token}"},
        "continue-on-failure": True,
        "request-timeout": 60,
        "generation": {
            "deterministic": True, "max-examples": examples, "no-shrink": True, "database": "none",
        },
        "phases": {name: {"enabled": name in phases} for name in known},
        "checks": checks,
    })  # fmt: skip
