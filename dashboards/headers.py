"""What dashboards and lessons tell browsers with every answer.

The hub and the API say the same (`hub/headers.py`, which this package does not know).
"""

import re
import secrets
from collections.abc import Mapping

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform

DEVICES = (
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), "
    "geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), "
    "serial=(), usb=()"
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": DEVICES,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
STRICT_TRANSPORT = "max-age=31536000"
# What somebody saves is a file and never a page, even if a browser should show it.
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
_REST = (
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
# Voila writes the page in pieces with scripts of its own and of widgets, and its loader compiles
# text. A lesson shows nothing that anybody typed and no data of a farm, and its kernel has no
# token, so a script that came in would find nothing to take.
LESSON_POLICY = (
    f"default-src 'self'; script-src 'self' blob: 'unsafe-inline' 'unsafe-eval'; {_REST}"
)
_SCRIPT = re.compile(rb"<script(?=[\s>])")


def dashboard_policy(nonce: str) -> str:
    """Scripts of the page's own frame only; Bokeh compiles its templates, hence 'unsafe-eval'.

    What an animal or a file is called reaches the page later, through the websocket, as text.
    """
    scripts = f"script-src 'self' blob: 'nonce-{nonce}' 'unsafe-eval'"
    return f"default-src 'self'; {scripts}; {_REST}"


def always(public_url: str) -> Mapping[str, str]:
    """For every answer; over https browsers are told to stay there."""
    secure = public_url.startswith("https://")
    return {**ALWAYS, "Strict-Transport-Security": STRICT_TRANSPORT} if secure else ALWAYS


class LessonAnswers(OutputTransform):
    """The headers of every answer of the lessons, whichever handler gives it."""

    headers: Mapping[str, str] = ALWAYS

    def __init__(self, request: HTTPServerRequest) -> None:
        super().__init__(request)

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        for name, value in self.headers.items():
            headers[name] = value
        headers["Content-Security-Policy"] = LESSON_POLICY
        if headers.get("Content-Type", "").startswith("text/html"):
            headers.setdefault("Cache-Control", "no-store")
        headers.pop("Server", None)
        _with_charset(headers)
        return status_code, headers, chunk


def _with_charset(headers: HTTPHeaders) -> None:
    """Text says in which encoding it is, or browsers guess."""
    kind = headers.get("Content-Type", "")
    if kind.startswith("text/") and "charset" not in kind:
        headers["Content-Type"] = f"{kind}; charset=utf-8"


class DashboardAnswers(OutputTransform):
    """The headers of every answer, errors and files included, and the nonce of a page's scripts.

    Bokeh's frame of a page has inline scripts and no place for a nonce, so they get it here.
    """

    headers: Mapping[str, str] = ALWAYS

    def __init__(self, request: HTTPServerRequest) -> None:
        super().__init__(request)
        self.static = "/static/" in request.path

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        nonce = secrets.token_urlsafe(16)
        for name, value in self.headers.items():
            headers[name] = value
        saved = "Content-Disposition" in headers
        headers["Content-Security-Policy"] = FILE_POLICY if saved else dashboard_policy(nonce)
        headers.pop("Server", None)
        _with_charset(headers)
        if not self.static:
            headers["Cache-Control"] = "no-store"
        page = headers.get("Content-Type", "").startswith("text/html")
        if page and finishing and not saved:
            chunk = _SCRIPT.sub(b'<script nonce="%s"' % nonce.encode(), chunk)
            if "Content-Length" in headers:
                headers["Content-Length"] = str(len(chunk))
        return status_code, headers, chunk


def dashboard_answers(public_url: str) -> type[DashboardAnswers]:
    """The class for this address, for `Application.add_transform`."""
    return type("DashboardAnswers", (DashboardAnswers,), {"headers": always(public_url)})


def lesson_answers(public_url: str) -> type[LessonAnswers]:
    """The same for the lessons."""
    return type("LessonAnswers", (LessonAnswers,), {"headers": always(public_url)})
