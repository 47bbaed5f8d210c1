"""The declarations as an OpenAPI 3.1 document; nothing in it is written by hand."""

import inspect
import json
import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_jsonable_python

from extensions.base.idempotency import HEADER
from extensions.base.problems import TITLES
from extensions.base.routing import PREFIX, Answer, Route, in_order
from hub.storage.idempotency import LONGEST_KEY

REF = "#/components/schemas/{model}"
DESCRIPTION = """\
Farms, animals, records, imports, evaluations and conversations of an AgriGen hub.

**Sign in** with a JupyterHub token (`Authorization: Bearer ...`); in a browser session of the hub
the cookie is enough, together with the header `X-XSRFToken`. Each operation names the permission
it needs. **Errors** are `application/problem+json` with a stable `code`. **Lists** are pages: give
`next_cursor` back as `cursor`. **Writes** can be repeated safely with an `Idempotency-Key`.
"""

Schema = dict[str, Any]


def document(routes: Iterable[Route], base_url: str = "/services/api") -> Schema:
    """The whole document, in an order that does not change from run to run."""
    routes = in_order(list(routes))
    components = _Components(routes)
    paths: dict[str, Schema] = {}
    for route in routes:
        item = paths.setdefault(route.path, {})
        if route.prefix != PREFIX:
            item["servers"] = [{"url": base_url + route.prefix}]
        item[route.method.lower()] = _operation(route, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "AgriGen hub",
            "version": version("agrigen"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base_url + PREFIX, "description": "This hub"}],
        "tags": [{"name": tag} for tag in sorted({route.tag for route in routes})],
        "security": [{"token": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(components.schemas.items())) | {"Problem": _PROBLEM},
            "responses": {f"Problem{status}": _problem(status) for status in sorted(TITLES)},
            "securitySchemes": _SECURITY,
        },
    }


class _Components:
    """Schemas of every body, answer and query, with one name each."""

    def __init__(self, routes: Sequence[Route]) -> None:
        inputs: list[tuple[Any, Any, TypeAdapter[Any]]] = []
        for route in routes:
            name = f"{route.method} {route.prefix}{route.path}"
            if route.body_type is not None:
                inputs.append(((name, "body"), "validation", route.body_type))
            if route.return_type is not None:
                inputs.append(((name, "returns"), "serialization", route.return_type))
            if route.query is not None:
                inputs.append(((name, "query"), "validation", TypeAdapter(route.query)))
        found, definitions = TypeAdapter.json_schemas(inputs, ref_template=REF)
        self.of = {key[0]: schema for key, schema in found.items()}
        self.all: dict[str, Schema] = definitions.get("$defs", {})
        self.lists = {route.path for route in routes if route.method == "GET" and route.query}
        queries = {route.query.__name__ for route in routes if route.query is not None}
        self.schemas = {name: one for name, one in self.all.items() if name not in queries}

    def get(self, route: Route, part: str) -> Schema:
        return self.of[f"{route.method} {route.prefix}{route.path}", part]

    def source_of(self, route: Route, name: str) -> Schema:
        """The list that has ids for `{name}`: `/animals/{animal_id}` takes them from `/animals`."""
        collection = route.path.partition("{" + name)[0].rstrip("/")
        found = collection in self.lists and "{" not in collection
        return {"x-example-from": collection} if found else {}

    def resolve(self, schema: Schema) -> Schema:
        reference = schema.get("$ref", "")
        return self.all[reference.rpartition("/")[2]] if reference else schema


def _operation(route: Route, components: _Components) -> Schema:
    summary, _, rest = inspect.cleandoc(route.run.__doc__ or "").partition("\n")
    operation: Schema = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": summary.rstrip("."),
        "description": "\n\n".join(filter(None, [rest.strip(), _needs(route)])),
        "security": [],
        "parameters": _parameters(route, components),
        "responses": _responses(route, components),
    }
    if route.permission is not None:
        scopes = [route.permission.scope]
        operation["security"] = [{"token": scopes}, {"session": scopes}]
        operation["x-permission"] = route.permission.value
    operation["x-reach"] = route.reach.value
    if body := _body(route, components):
        operation["requestBody"] = body
    return operation


def _needs(route: Route) -> str:
    """Who may call it, and about whose things."""
    if route.permission is None:
        return "Open to everybody."
    held = f"Needs the permission `{route.permission.value}`: {route.permission.sentence.lower()}."
    again = "\n\nAsks for a sign-in of the last minutes." if route.step_up else ""
    return f"{held}\n\nReaches: {_lower(route.reach.sentence)}.{again}"


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _parameters(route: Route, components: _Components) -> list[Schema]:
    found = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": kind.json_schema(ref_template=REF),
            **_example(route.example.path, name),
            **components.source_of(route, name),
        }
        for name, kind in sorted(
            route.path_types.items(), key=lambda one: route.path.index("{" + one[0])
        )
    ]
    if route.query is not None:
        found += _query(route, components.resolve(components.get(route, "query")))
    if route.writes and route.permission is not None and not route.answers_once:
        found.append(_IDEMPOTENCY)
    return found


def _query(route: Route, schema: Schema) -> list[Schema]:
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            **({"description": one["description"]} if "description" in one else {}),
            "schema": {key: value for key, value in one.items() if key != "description"},
            **_example(route.example.query, name),
        }
        for name, one in schema.get("properties", {}).items()
    ]


def _example(values: Any, name: str) -> Schema:
    return {"example": to_jsonable_python(values[name])} if name in values else {}


def _body(route: Route, components: _Components) -> Schema:
    if route.raw_body:
        return {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    if route.body_type is None:
        return {}
    media: Schema = {"schema": components.get(route, "body")}
    if route.example.body is not None:
        media["example"] = to_jsonable_python(route.example.body)
    return {"required": True, "content": {"application/json": media}}


def _responses(route: Route, components: _Components) -> Schema:
    done: Schema = {
        "description": HTTPStatus(route.status).phrase,
        "headers": {"X-Request-Id": {"schema": {"type": "string"}}},
    }
    if route.location:
        done["headers"]["Location"] = {
            "description": "Where to follow it",
            "schema": {"type": "string"},
        }
    if route.returns is Answer:
        file: Schema = {"type": "string", "format": "binary"}
        done["content"] = {
            kind: {"schema": {} if "json" in kind else file} for kind in route.produces.split(", ")
        }
    elif route.return_type is not None:
        done["content"] = {"application/json": {"schema": components.get(route, "returns")}}
    refused = {str(status): _refusal(route, status) for status in sorted(_statuses(route))}
    return {str(route.status): done, **refused}


def _refusal(route: Route, status: int) -> Schema:
    """A problem of ours, or in the form of the standard that the route follows."""
    if route.problem_body is None:
        return {"$ref": f"#/components/responses/Problem{status}"}
    return {
        "description": TITLES[status],
        "content": {"application/json": {"schema": {"type": "object"}}},
    }


def _statuses(route: Route) -> set[int]:
    """What can go wrong with a route of this shape, and what it declares besides."""
    statuses = {500, 503, *route.errors}
    if route.permission is not None:
        statuses |= {401, 403}
    if route.path_types:
        statuses |= {404, 422}
    if route.permission is not None and (route.body_type or route.query):
        statuses.add(404)  # a farm or an animal that is named there and not to be seen
    statuses.add(422)  # an unknown query parameter, on any route
    if route.writes:
        statuses |= {409, 413}
    if route.body_type is not None:
        statuses |= {415}
    return statuses


class _FieldProblem(BaseModel):
    """One value that is wrong."""

    where: str
    message: str
    remedy: str


_PROBLEM: Schema = {
    "type": "object",
    "description": "What went wrong (RFC 9457); match on `code`, show `detail`.",
    "required": ["type", "title", "status", "detail", "code", "errors", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "examples": ["animals.not_found"]},
        "errors": {"type": "array", "items": _FieldProblem.model_json_schema()},
        "request_id": {"type": "string"},
    },
}

_IDEMPOTENCY: Schema = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Any unique text, such as a UUID; the same request with it is done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
}

_SECURITY: Schema = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A personal, device or access token of the hub, or a user server's own.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "service-api",
        "description": "The browser session of the hub; needs the header X-XSRFToken as well.",
    },
}


def _problem(status: int) -> Schema:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": TITLES[status],
        "content": {"application/problem+json": {"schema": schema}},
    }


def as_text(spec: Schema) -> str:
    """The document as a file: small, stable, a line for each path and schema."""
    text = json.dumps(spec, separators=(",", ":"), ensure_ascii=False)
    return re.sub(r'(?<=[}\]]),(?="(?:/|[A-Z]\w*":\{))', ",\n", text) + "\n"
