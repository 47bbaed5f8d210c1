"""What the hub's own pages tell browsers: which scripts may run, what is kept, who may frame them.

JupyterHub's templates carry inline scripts. Each gets the nonce of its request when the template is
read from its file, so that only scripts of templates run, never one that came in with a value.
"""

import re
import secrets
from contextvars import ContextVar
from urllib.parse import urlsplit

from jinja2 import Environment
from jinja2.ext import Extension
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform

from hub import headers as browser
from hub.settings import Settings

_nonce: ContextVar[str] = ContextVar("nonce", default="")
_SCRIPT = re.compile(r"<script(?=[\s>])(?![^>]*\snonce=)", re.IGNORECASE)
_WITH_NONCE = '<script nonce="{{ csp_nonce() }}"'


class Nonces(Extension):
    """Gives every script of a template the nonce of the request that it is rendered for."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals["csp_nonce"] = _nonce.get

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _SCRIPT.sub(_WITH_NONCE, source)


def page_policy(nonce: str, targets: str = "") -> str:
    """What a page of the hub may load; `targets` are other origins to which forms may lead.

    Browsers that know 'strict-dynamic' run scripts with the nonce and what those load, and ignore
    'self', which stands there for those that do not.
    """
    forms = f"'self' {targets}".strip()
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'self'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; "
        f"form-action {forms}; frame-ancestors 'none'"
    )


class HubAnswers(OutputTransform):
    """Sets the headers of every answer of the hub.

    Tornado makes one for each request, before the task that answers it, which inherits the nonce.
    """

    https = False
    targets = ""

    def __init__(self, request: HTTPServerRequest) -> None:
        super().__init__(request)
        self.path = request.path
        self.nonce = secrets.token_urlsafe(16)
        _nonce.set(self.nonce)

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        page = headers.get("Content-Type", "").startswith("text/html")
        for name, value in browser.common(https=self.https).items():
            headers[name] = value
        if self.targets:  # JupyterLab on a person's own host shows the hub's logo
            headers["Cross-Origin-Resource-Policy"] = "same-site"
        policy = page_policy(self.nonce, self.targets) if page else browser.NO_PAGE
        headers["Content-Security-Policy"] = policy
        for name in ("Server", "Access-Control-Allow-Headers", "Access-Control-Allow-Origin"):
            headers.pop(name, None)
        if page:
            headers.pop("X-JupyterHub-Version", None)
        if "/static/" not in self.path and not self.path.endswith("/logo"):
            headers["Cache-Control"] = "no-store"
        if self.path.endswith("/logout"):
            # Not "cookies", which would sign people out of everything on the same domain, and not
            # "storage", where the phone page keeps what has not been sent yet.
            headers["Clear-Site-Data"] = '"cache"'
        browser.with_charset(headers)
        return status_code, headers, chunk


def hub_answers(settings: Settings) -> type[HubAnswers]:
    """The class with this hub's address, for `Application.add_transform`."""
    known = {"https": settings.https, "targets": _targets(settings)}
    return type("HubAnswers", (HubAnswers,), known)


def _targets(settings: Settings) -> str:
    """A form's answer may lead to a person's own host, and browsers ask whether it may."""
    if not settings.subdomains:
        return ""
    address = urlsplit(settings.base_url)
    port = f":{address.port}" if address.port else ""
    return f"{address.scheme}://*.{settings.subdomains}{port}"
