"""Events read by the classes of OpenLineage's own client, which its makers generate from the
published schemas: every field that is missing, unknown or of another type is an error.
"""

import importlib
import pkgutil
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attr
from openlineage.client import event_v2, generated


def _facets() -> dict[str, Any]:
    """Every facet of the specification by the address of its schema."""
    found = {}
    for module in pkgutil.iter_modules(generated.__path__):
        part = importlib.import_module(f"{generated.__name__}.{module.name}")
        for one in vars(part).values():
            if isinstance(one, type) and attr.has(one) and hasattr(one, "_get_schema"):
                found[one._get_schema()] = one
    return found


FACETS = _facets()
OWN = "urn:agrigen:facet:event:1"


def read(event: dict[str, Any]) -> event_v2.RunEvent:
    """The event as OpenLineage's client has it; raises when it is none."""
    body = dict(event)
    assert body.pop("schemaURL") == event_v2.RunEvent._get_schema()
    run, job = body.pop("run"), body.pop("job")
    return event_v2.RunEvent(
        eventTime=body.pop("eventTime"),
        eventType=event_v2.RunState(body.pop("eventType")),
        producer=body.pop("producer"),
        run=event_v2.Run(runId=run["runId"], facets=_all(run["facets"])),
        job=event_v2.Job(job["namespace"], job["name"], facets=_all(job["facets"])),
        inputs=[_dataset(event_v2.InputDataset, one) for one in body.pop("inputs")],
        outputs=[_dataset(event_v2.OutputDataset, one) for one in body.pop("outputs")],
        **body,
    )


def _dataset(kind: Any, given: dict[str, Any]) -> Any:
    return kind(
        **{
            name: _all(value) if name.lower().endswith("facets") else value
            for name, value in given.items()
        }
    )


def _all(facets: dict[str, Any]) -> dict[str, Any]:
    return {name: facet(one) for name, one in facets.items()}


def facet(given: dict[str, Any]) -> Any:
    """One facet as the class that its schema names; our own facet has none."""
    address = given["_schemaURL"]
    assert given["_producer"].startswith("urn:agrigen:")
    if address == OWN:
        return given
    fields = {name: value for name, value in given.items() if not name.startswith("_")}
    return _made(FACETS[address], fields)


def _made(kind: Any, fields: dict[str, Any]) -> Any:
    hints = get_type_hints(kind)
    assert fields.keys() <= hints.keys(), (kind, fields)
    return kind(**{name: _value(hints[name], value) for name, value in fields.items()})


def _value(hint: Any, value: Any) -> Any:
    """A value as its type says; a list or mapping part by part."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, UnionType):
        return _one_of(parts, value)
    if origin is list:
        assert isinstance(value, list), (hint, value)
        return [_value(parts[0], one) for one in value]
    if origin is dict:
        assert isinstance(value, dict), (hint, value)
        return {_value(parts[0], k): _value(parts[1], one) for k, one in value.items()}
    if attr.has(hint):
        return _made(hint, value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    exact = isinstance(value, int | float) if hint is float else type(value) is hint
    assert exact, (hint, value)
    return value


def _one_of(parts: tuple[Any, ...], value: Any) -> Any:
    if value is None:
        assert type(None) in parts
        return None
    left = [part for part in parts if part is not type(None)]
    for part in left[:-1]:
        try:
            return _value(part, value)
        except (AssertionError, TypeError, ValueError):
            continue
    return _value(left[-1], value)
