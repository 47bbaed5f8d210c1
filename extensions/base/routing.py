"""Declared routes: one declaration gives parsing, permission, OpenAPI and the security matrix.

    routes = Routes("Animals")

    @routes.get("/animals/{animal_id}", permission=P.ANIMALS_READ, reach=Reach.FARMS_SEEN,
                returns=AnimalRead)
    async def get_animal(call: Call, animal_id: UUID) -> Animal:
        \"""One animal.\"""
        return await animals.get(call.tx, animal_id)

A declaration that does not say who may call it, and about whose things, does not import. Kept
small on purpose: no dependency injection, no middleware.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_type_hints
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json

from extensions.base.application import Application
from hub.actor import Actor
from hub.files import MAX_BYTES
from hub.limits import Rate
from hub.permissions import Permission
from hub.reach import Reach
from hub.storage.transaction import Transaction

PREFIX = "/api/v1"
JSON_LIMIT = 1024 * 1024
UPLOAD_LIMIT = MAX_BYTES

Function = Callable[..., Awaitable[Any]]


class RouteError(TypeError):
    """A declaration that cannot be right; found at import, before anybody calls it."""


@dataclass(frozen=True)
class Call:
    """One request as a route function sees it: who asks, what was asked, and the transaction."""

    app: Application
    headers: Mapping[str, str]
    query: Any = None
    body: Any = None
    request_id: str = ""
    transaction: Transaction | None = field(default=None, repr=False)

    @property
    def tx(self) -> Transaction:
        """The transaction of this request; a public route has none."""
        if self.transaction is None:
            raise RouteError("A public route has no transaction and no actor.")
        return self.transaction

    @property
    def actor(self) -> Actor:
        return self.tx.actor


@dataclass(frozen=True)
class Answer:
    """A file instead of JSON; `filename` makes browsers save it.

    `cache` is the Cache-Control of content that may be kept; other files are kept nowhere. What may
    be large comes in `pieces` instead of a body: they are taken and sent one after the other once
    the transaction is over, so that no file stands in memory whole; `size` is their sum.
    """

    body: bytes = field(repr=False)
    content_type: str
    filename: str = ""
    cache: str = ""
    pieces: Iterator[bytes] | None = field(default=None, repr=False)
    size: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        headers = {"Content-Type": self.content_type}
        if self.filename:
            headers["Content-Disposition"] = f"attachment; filename*=utf-8''{quote(self.filename)}"
        if self.cache:
            headers |= {"Cache-Control": self.cache, "Vary": "Cookie, Authorization"}
        if self.size is not None:
            headers["Content-Length"] = str(self.size)
        return headers


@dataclass(frozen=True)
class Example:
    """Inputs that work: shown in the documentation, sent by the tests."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True)
class Route:
    """One operation: a method on a path, who may call it, what goes in and what comes out.

    `reach` says whose things it is about, and `act` under which name a success stands in the audit
    log, empty where none does. `step_up` asks for a sign-in of the last minutes (RFC 9470); `rate`
    says how often it may be called and `cost` how much of that one call takes. `answers_once` is
    for an answer with a secret, which is not kept for repeated requests. `problem_body` writes
    refusals in the form of another standard than RFC 9457.
    """

    method: str
    path: str
    tag: str
    run: Function
    permission: Permission | None
    reach: Reach
    query: type[BaseModel] | None = None
    body: Any = None
    raw_body: bool = False
    returns: Any = None
    produces: str = "application/json"
    status: int = 200
    location: str = ""
    prefix: str = PREFIX
    errors: Sequence[int] = ()
    act: str = ""
    step_up: bool = False
    rate: Rate = Rate.READ
    cost: int = 1
    answers_once: bool = False
    problem_body: Callable[[Any, str], dict[str, Any]] | None = None
    example: Example = Example()
    path_types: Mapping[str, TypeAdapter[Any]] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        return self.run.__name__

    @property
    def public(self) -> bool:
        return self.permission is None

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def body_limit(self) -> int:
        return UPLOAD_LIMIT if self.raw_body else JSON_LIMIT

    @cached_property
    def body_type(self) -> TypeAdapter[Any] | None:
        return None if self.body is None else TypeAdapter(self.body)

    @cached_property
    def return_type(self) -> TypeAdapter[Any] | None:
        if self.returns is None or self.returns is Answer:
            return None
        return TypeAdapter(self.returns)

    @cached_property
    def pattern(self) -> str:
        """The path as a regular expression for Tornado."""
        pieces = re.split(r"{(\w+)}", self.prefix + self.path)
        return "".join(
            f"(?P<{piece}>[^/]+)" if index % 2 else re.escape(piece)
            for index, piece in enumerate(pieces)
        )

    def serialize(self, result: Any) -> bytes:
        """The result as the declared JSON; models are read by attribute."""
        if self.return_type is None:
            return b""
        value = self.return_type.validate_python(result, from_attributes=True)
        return self.return_type.dump_json(value)

    def location_of(self, fields: Mapping[str, Any]) -> str:
        """The Location header, filled in from the answer's own fields."""
        return self.location.format_map(fields)


class Routes:
    """The routes of one subject, in the order they are declared; `tag` groups them in OpenAPI."""

    def __init__(self, tag: str, *, prefix: str = PREFIX) -> None:
        self.tag = tag
        self.prefix = prefix
        self.declared: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self.declared)

    def get(self, path: str, **declaration: Any) -> Callable[[Function], Function]:
        return self._declare("GET", path, declaration)

    def post(self, path: str, **declaration: Any) -> Callable[[Function], Function]:
        return self._declare("POST", path, declaration)

    def put(self, path: str, **declaration: Any) -> Callable[[Function], Function]:
        return self._declare("PUT", path, declaration)

    def patch(self, path: str, **declaration: Any) -> Callable[[Function], Function]:
        return self._declare("PATCH", path, declaration)

    def delete(self, path: str, **declaration: Any) -> Callable[[Function], Function]:
        return self._declare("DELETE", path, declaration)

    def _declare(
        self, method: str, path: str, declaration: dict[str, Any]
    ) -> Callable[[Function], Function]:
        def declare(function: Function) -> Function:
            self.declared.append(
                _route(method, path, self.tag, self.prefix, function, **declaration)
            )
            return function

        return declare


def _route(
    method: str,
    path: str,
    tag: str,
    prefix: str,
    function: Function,
    *,
    permission: Permission | None = None,
    public: bool = False,
    reach: Reach | None = None,
    act: str | None = None,
    example: Mapping[str, Any] | None = None,
    examples: Sequence[Mapping[str, Any]] = (),
    returns: Any = None,
    status: int | None = None,
    rate: Rate | None = None,
    **rest: Any,
) -> Route:
    """Check a declaration and make the route; every refusal names the function."""
    name = f"{method} {prefix}{path} ({function.__module__}.{function.__name__})"
    if (permission is None) is not public:
        raise RouteError(f"{name}: give either permission=... or public=True.")
    if reach is None:
        raise RouteError(f"{name}: say whose things it reaches, reach=Reach.X (hub/reach.py).")
    if (act is None) is not (method == "GET"):
        raise RouteError(
            f"{name}: what writes says what stands in the audit log, act='farms:update', or act='' "
            "where nothing does; what reads does not."
        )
    if not (function.__doc__ or "").strip():
        raise RouteError(f"{name}: needs a docstring; its first line is the summary in OpenAPI.")
    if returns is Answer and "produces" not in rest:
        raise RouteError(f"{name}: returns a file; say which with produces='text/csv'.")
    first = example if example is not None else next(iter(examples), {})
    route = Route(
        method=method,
        path=path,
        tag=tag,
        run=function,
        permission=permission,
        reach=reach,
        act=act or "",
        returns=returns,
        status=status or (204 if returns is None else 200),
        prefix=prefix,
        rate=rate or (Rate.READ if method == "GET" else Rate.WRITE),
        example=Example(**first),
        path_types=_path_types(name, path, function),
        **rest,
    )
    _check_example(name, route)
    return route


def _path_types(name: str, path: str, function: Function) -> dict[str, TypeAdapter[Any]]:
    """Types of `{names}` in the path, from the function's own parameters."""
    wanted = re.findall(r"{(\w+)}", path)
    hints = get_type_hints(function)
    taken = list(inspect.signature(function).parameters)[1:]
    if sorted(wanted) != sorted(taken) or not all(one in hints for one in wanted):
        raise RouteError(f"{name}: the path names {wanted}, the function takes {taken}.")
    return {one: TypeAdapter(hints[one]) for one in wanted}


def _check_example(name: str, route: Route) -> None:
    """An example that does not fit its own declaration would mislead everybody who copies it."""
    try:
        if route.body_type is not None:
            route.body_type.validate_json(to_json(route.example.body))
        if route.query is not None:
            route.query.model_validate(route.example.query)
    except ValueError as error:
        raise RouteError(f"{name}: needs an example that fits it. {error}") from error


def in_order(routes: Sequence[Route]) -> list[Route]:
    """Fixed paths before those with names in them, so `/animals/latest` is not an animal's id."""
    return sorted(routes, key=lambda route: [("{" in part, part) for part in route.path.split("/")])
