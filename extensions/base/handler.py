"""From a Tornado request to a route function and back: run, serialize, commit, send."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado.iostream import StreamClosedError
from tornado.web import authenticated

from extensions.base.application import SETTING, Application
from extensions.base.idempotency import HEADER, fingerprint
from extensions.base.identity import ServiceIdentity, actor_of
from extensions.base.problems import HttpError, Problem, problem_of
from extensions.base.requests import parse_body, parse_path, parse_query
from extensions.base.routing import Answer, Call, Route
from hub.actor import Actor
from hub.observability import logging
from hub.storage import idempotency as answers
from hub.storage.base import new_id
from hub.storage.transaction import Transaction, begin

log = logging.get_logger("agrigen.api")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
}
PERSON = "X-AgriGen-Person"
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(frozen=True)
class Reply:
    """What will be sent when the transaction has been committed."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Iterator[bytes] | None = None


class HubHandler(JupyterHandler):
    """What pages and routes share: request id, headers, who is calling, errors as problems."""

    policy: ClassVar[str] = API_POLICY
    request_id: str = ""

    @property
    def app(self) -> Application:
        application: Application = self.settings[SETTING]
        return application

    @property
    def content_security_policy(self) -> str:
        return self.policy

    def set_default_headers(self) -> None:
        """Called again when an error clears the answer, so errors carry these as well."""
        self.request_id = self.request_id or self._request_id()
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.set_header("Content-Security-Policy", self.content_security_policy)
        self.set_header("X-Request-Id", self.request_id)

    def _request_id(self) -> str:
        given = self.request.headers.get("X-Request-Id", "")
        return given if _REQUEST_ID.fullmatch(given) else str(new_id())

    async def prepare(self) -> None:  # type: ignore[override]
        """Ours and not Jupyter's, whose order lets a missing XSRF token hide a missing sign-in."""
        await self.identify()

    @property
    def identity(self) -> ServiceIdentity:
        return cast(ServiceIdentity, self.identity_provider)

    async def identify(self) -> None:
        """Ask JupyterHub who this is; `current_user` stays None for nobody."""
        self.current_user = self._jupyter_current_user = None
        self.current_user = self._jupyter_current_user = await self.identity.get_user(self)

    async def actor(self) -> Actor:
        """The signed-in person; the browser, if it is one, is noted for the list of sessions."""
        actor = await actor_of(self.app, self.current_user, self.request_id)
        if actor.session_id and not self.token_authenticated:
            self.app.sightings.note(
                self.app,
                actor.username,
                actor.session_id,
                address=self.request.remote_ip or "",
                agent=self.request.headers.get("User-Agent", ""),
            )
        return actor

    def log_exception(self, kind: Any, value: Any, trace: Any) -> None:
        """Refusals are ordinary; only what we did not foresee is logged with its traceback."""
        problem = problem_of(value)
        if problem.expected:
            log.info("refused", code=problem.code, status=problem.status)
        else:
            log.error("unexpected error", path=self.request.path, exc_info=(kind, value, trace))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        _, error, _ = kwargs.get("exc_info") or (None, None, None)
        self.write_problem(problem_of(error))

    def write_problem(self, problem: Problem) -> None:
        self.set_status(problem.status)
        for name, value in problem.headers.items():
            self.set_header(name, value)
        self.set_header("Content-Type", "application/problem+json")
        self.finish(json.dumps(problem.body(self.request_id), default=str))


class RouteHandler(HubHandler):
    """All methods of one path; `handler_for` gives it its routes."""

    routes: ClassVar[dict[str, Route]] = {}

    @property
    def route(self) -> Route:
        route = self.routes.get(self.request.method or "")
        if route is None:
            raise HttpError(
                405,
                "http.405",
                f"This address answers {', '.join(self.routes)}, not {self.request.method}.",
                Allow=", ".join(self.routes),
            )
        return route

    async def prepare(self) -> None:  # type: ignore[override]
        """Permission first, from the declaration, before anything of the request is parsed."""
        logging.unbind_all()
        logging.bind(request_id=self.request_id)
        route = self.route
        if route.public:
            return
        await self.identify()
        if self.current_user is None:
            raise self._nobody()
        if not self.token_authenticated and not self.check_origin():
            raise HttpError(403, "sign_in.origin", "Requests from other web sites are refused.")
        self.caller = await self.actor()
        self._check_person()
        logging.bind(actor=str(self.caller.person_id), route=route.name)
        if route.permission is not None:
            self.caller.require(route.permission)

    def _check_person(self) -> None:
        """A page that works without a signal says whose entries it sends.

        Somebody else may have signed in in the same browser since they were made.
        """
        meant = self.request.headers.get(PERSON)
        if meant and meant != str(self.caller.person_id):
            raise HttpError(
                403,
                "sign_in.another_person",
                f"This was made by somebody else than the person who is signed in ({PERSON} names "
                "whom). Nothing was done. Sign in as the person who made it.",
            )

    def _nobody(self) -> HttpError:
        session = self.identity.hub_auth._get_token_cookie(self)
        if session and not self.request.headers.get("X-XSRFToken"):
            return HttpError(
                403,
                "sign_in.xsrf",
                "A browser session needs the header X-XSRFToken with the value of the cookie "
                "_xsrf. Programs send a token: Authorization: Bearer <token>.",
            )
        return HttpError(
            401,
            "sign_in.required",
            "Send a JupyterHub token: Authorization: Bearer <token>. Make one under Token in the "
            "hub, or use `agrigen.connect()` in a notebook of the hub, which has one.",
            WWW_Authenticate='Bearer realm="agrigen"',
        )

    def write_problem(self, problem: Problem) -> None:
        """As RFC 9457, or as the standard that the route follows wants it."""
        route = self.routes.get(self.request.method or "")
        if route is None or route.problem_body is None:
            super().write_problem(problem)
            return
        self.set_status(problem.status)
        for name, value in problem.headers.items():
            self.set_header(name, value)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(route.problem_body(problem, self.request_id), default=str))

    async def answer(self, route: Route, path: dict[str, str]) -> None:
        reply = await (self._public(route, path) if route.public else self._reply(route, path))
        self._begin(reply)
        if reply.pieces is not None:
            await self._stream(reply.pieces)
        self.finish(reply.body or None)

    async def _public(self, route: Route, path: dict[str, str]) -> Reply:
        return await _run(route, self._call(route, None), parse_path(route, path))

    async def _reply(self, route: Route, path: dict[str, str]) -> Reply:
        """One request, one transaction: it is committed when this returns, and only then."""
        values = parse_path(route, path)
        async with begin(self.app.engine, self.caller) as tx:
            call = self._call(route, tx)
            if not route.writes:
                return await _run(route, call, values)
            return await self._write_once(route, call, values)

    async def _write_once(self, route: Route, call: Call, values: dict[str, Any]) -> Reply:
        key = self.request.headers.get(HEADER)
        if key is None:
            return await _run(route, call, values)
        same = await asyncio.to_thread(
            fingerprint, route.method, self.request.uri or "", self.request.body
        )
        first = await answers.recall(call.tx, key, same)
        if first is not None:
            headers = _headers(route, first.body) | {"Idempotent-Replayed": "true"}
            return Reply(first.status, first.body, headers)
        reply = await _run(route, call, values)
        await answers.remember(call.tx, key, same, reply.status, reply.body)
        return reply

    def _call(self, route: Route, tx: Transaction | None) -> Call:
        content_type = self.request.headers.get("Content-Type", "")
        return Call(
            app=self.app,
            headers=self.request.headers,
            query=parse_query(route, self.request.query_arguments),
            body=parse_body(route, self.request.body, content_type) if route.writes else None,
            request_id=self.request_id,
            transaction=tx,
        )

    async def _stream(self, pieces: Iterator[bytes]) -> None:
        """Send a piece when the one before is on its way; whoever hangs up ends it."""
        try:
            while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
                self.write(piece)
                await self.flush()
        except StreamClosedError:
            log.info("the caller hung up", path=self.request.path)

    def _begin(self, reply: Reply) -> None:
        self.set_status(reply.status)
        for name, value in reply.headers.items():
            if name == "Location":
                value = self.app.api_url + value
            self.set_header(name, value)
        if reply.status == 204:
            self.clear_header("Content-Type")


async def _run(route: Route, call: Call, values: dict[str, Any]) -> Reply:
    result = await route.run(call, **values)
    if isinstance(result, Answer):
        return Reply(route.status, result.body, result.headers, result.pieces)
    body = route.serialize(result)
    return Reply(route.status, body, _headers(route, body))


def _headers(route: Route, body: bytes) -> dict[str, str]:
    if not body:
        return {}
    headers = {"Content-Type": "application/json"}
    if route.location:
        headers["Location"] = route.location_of(json.loads(body))
    return headers


def handler_for(routes: list[Route]) -> type[RouteHandler]:
    """A handler class for one path, with one method of its own per route.

    Each method is marked the way Jupyter Server checks at start: public, or for signed-in people.
    """
    methods: dict[str, Any] = {"routes": {route.method: route for route in routes}}
    for route in routes:
        methods[route.method.lower()] = _method(route)
    return type(f"{routes[0].tag}Handler", (RouteHandler,), methods)


def _method(route: Route) -> Any:
    async def respond(self: RouteHandler, **path: str) -> None:
        await self.answer(route, path)

    if route.public:
        return allow_unauthenticated(respond)
    return authenticated(respond)


class NotFound(HubHandler):
    """Whatever no extension answers."""

    async def prepare(self) -> None:  # type: ignore[override]
        raise HttpError(
            404, "http.404", "There is nothing at this address. See api/v1/openapi.json."
        )
