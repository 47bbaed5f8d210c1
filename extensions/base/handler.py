"""From a Tornado request to a route function and back: run, serialize, commit, send."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, cast

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyterhub._xsrf_utils import _needs_check_xsrf
from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler, authenticated

from extensions.base.application import SETTING, Application
from extensions.base.counting import (
    count_address,
    count_caller,
    note_credential,
    refuse_guessers,
)
from extensions.base.door import require_level
from extensions.base.idempotency import HEADER, fingerprint
from extensions.base.identity import ServiceIdentity, actor_of
from extensions.base.problems import HttpError, Problem, problem_of
from extensions.base.requests import parse_body, parse_path, parse_query
from extensions.base.routing import Answer, Call, Route
from hub.actor import Actor
from hub.errors import HubError, SignInAgain
from hub.headers import FILE, common
from hub.limits import Quota, headers_of
from hub.observability import logging
from hub.storage import idempotency as answers
from hub.storage.base import new_id
from hub.storage.transaction import Transaction, begin

log = logging.get_logger("agrigen.api")

HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
SLOWEST_READER_SECONDS = 120.0
"""How long a piece of a download may wait for its reader."""
PERSON = "X-AgriGen-Person"
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_DENIED = (401, 403, 429)
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
    camera: ClassVar[bool] = False
    request_id: str = ""
    quotas: tuple[Quota, ...] = ()

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
        always = common(https=self.app.settings.https, camera=self.camera)
        for name, value in {**always, **HEADERS}.items():
            self.set_header(name, value)
        self.set_header("Content-Security-Policy", self.content_security_policy)
        self.set_header("X-Request-Id", self.request_id)
        for name, value in headers_of(self.quotas).items():
            self.set_header(name, value)

    def note_quota(self, quota: Quota) -> None:
        """What is left to the caller, for this answer and for an error that takes its place."""
        self.quotas = (*self.quotas, quota)
        for name, value in headers_of(self.quotas).items():
            self.set_header(name, value)

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
        refuse_guessers(self)
        try:
            self.current_user = self._jupyter_current_user = await self.identity.get_user(self)
        except (HttpError, HubError) as error:
            if error.status == 401:
                await note_credential(self, right=False)
            raise
        await note_credential(self, right=self.current_user is not None)

    async def actor(self) -> Actor:
        """The signed-in person, with how surely they signed in."""
        return await self._actor()

    async def _actor(self, *, anew: bool = False) -> Actor:
        return await actor_of(
            self.app,
            self.current_user,
            self.request_id,
            in_browser=not self.token_authenticated,
            address=self.request.remote_ip or "",
            anew=anew,
        )

    def log_exception(self, kind: Any, value: Any, trace: Any) -> None:
        """Refusals are ordinary; only what we did not foresee is logged with its traceback."""
        problem = problem_of(value)
        if problem.status in _DENIED:
            log.warning("access denied", **self._denied(problem))
        elif problem.expected:
            log.info("refused", code=problem.code, status=problem.status)
        else:
            log.error("unexpected error", path=self.request.path, exc_info=(kind, value, trace))

    def _denied(self, problem: Problem) -> dict[str, Any]:
        """Who was refused what, when and from where: one line, written by nobody else."""
        return {
            "code": problem.code,
            "status": problem.status,
            "permission": problem.attributes.get("permission", ""),
            "method": self.request.method,
            "path": self.request.path,
            "address": self.request.remote_ip,
            "request_id": self.request_id,
        }

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        _, error, _ = kwargs.get("exc_info") or (None, None, None)
        problem = problem_of(error)
        if problem.status == 405:  # Tornado refuses TRACE and the like without saying what is taken
            self.set_header("Allow", ", ".join(self.methods()))
        self.write_problem(problem)

    @classmethod
    def methods(cls) -> list[str]:
        """What this address answers."""
        own = RequestHandler._unimplemented_method
        return [one for one in cls.SUPPORTED_METHODS if getattr(cls, one.lower()) is not own]

    def write_problem(self, problem: Problem) -> None:
        self.set_status(problem.status)
        for name, value in problem.headers.items():
            self.set_header(name, value)
        self.set_header("Content-Type", "application/problem+json")
        self.finish(json.dumps(problem.body(self.request_id), default=str))


class RouteHandler(HubHandler):
    """All methods of one path; `handler_for` gives it its routes."""

    routes: ClassVar[dict[str, Route]] = {}

    @classmethod
    def methods(cls) -> list[str]:
        return list(cls.routes)

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

    @classmethod
    def body_limit(cls, method: str) -> int:
        """Bytes that are worth keeping of a body; asked before it arrives."""
        route = cls.routes.get(method)
        return route.body_limit if route is not None and route.writes else 0

    async def prepare(self) -> None:  # type: ignore[override]
        """Permission first, from the declaration, before anything of the request is parsed."""
        logging.unbind_all()
        logging.bind(request_id=self.request_id)
        route = self.route
        await count_address(self, route)
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
        await count_caller(self, route, self.caller)
        await self._require(partial(require_level, route.path))
        if route.permission is not None:
            self.caller.require(route.permission)
        if route.step_up:
            await self._require(Actor.require_recent)

    async def _require(self, check: Callable[[Actor], None]) -> None:
        """Refuse a weak or old sign-in, but not of somebody who comes back from proving it again.

        What is known of a session may be some seconds old, so it is read once more.
        """
        try:
            check(self.caller)
        except SignInAgain:
            self.caller = await self._actor(anew=True)
            check(self.caller)

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
        """Whose cookie was not read for lack of a header is told so, whose session is over not."""
        session = self.identity.hub_auth._get_token_cookie(self)
        unread = session and _needs_check_xsrf(self)
        if unread and not self.request.headers.get("X-XSRFToken"):
            return HttpError(
                403,
                "sign_in.xsrf",
                "A browser session needs the header X-XSRFToken with the value of the cookie "
                "_xsrf. Programs send a token: Authorization: Bearer <token>.",
            )
        return HttpError(
            401,
            "sign_in.required",
            "Send a token: Authorization: Bearer <token>. Make one in the hub at "
            f"{self.app.base_url}/account/security#tokens, or use `agrigen.connect()` in a "
            "notebook of the hub, which has one.",
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
        if key is None or route.answers_once:
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
                await asyncio.wait_for(self.flush(), SLOWEST_READER_SECONDS)
        except (StreamClosedError, TimeoutError):
            log.info("the caller hung up", path=self.request.path)

    def _begin(self, reply: Reply) -> None:
        self.set_status(reply.status)
        for name, value in reply.headers.items():
            if name == "Location":
                value = self.app.api_url + value
            self.set_header(name, value)
        if (reply.body or reply.pieces) and "json" not in reply.headers.get("Content-Type", ""):
            self.set_header("Content-Security-Policy", FILE)
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
