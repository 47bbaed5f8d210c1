"""What every answer tells browsers: one list for the hub, the API and people's own servers.

Dashboards and lessons, which know nothing of the hub's modules, have theirs in
`dashboards/headers.py`; a test compares the two.
"""

from collections.abc import Mapping

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform

STRICT_TRANSPORT = "max-age=31536000"
# The phone page reads bar codes with the camera; nothing else of a device is asked for.
DEVICES = (
    "accelerometer=(), autoplay=(), camera={camera}, display-capture=(), "
    "geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), "
    "serial=(), usb=()"
)
# A file that people brought or save: shown or not, it may not act and belongs to no origin.
FILE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def common(*, https: bool, camera: bool = False) -> dict[str, str]:
    """The headers that stand on everything, pages and data alike."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": DEVICES.format(camera="(self)" if camera else "()"),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    }
    if https:
        headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    return headers


def with_charset(headers: HTTPHeaders) -> None:
    """Text says in which encoding it is, or browsers guess."""
    kind = headers.get("Content-Type", "")
    if kind.startswith("text/") and "charset" not in kind:
        headers["Content-Type"] = f"{kind}; charset=utf-8"


class EveryAnswer(OutputTransform):
    """Adds what a handler did not set itself; for servers with handlers that are not ours."""

    wanted: Mapping[str, str] = {}

    def __init__(self, request: HTTPServerRequest) -> None:
        super().__init__(request)

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        for name, value in self.wanted.items():
            headers.setdefault(name, value)
        headers.pop("Server", None)
        with_charset(headers)
        return status_code, headers, chunk


def every_answer(wanted: Mapping[str, str]) -> type[EveryAnswer]:
    """The class that adds these headers, for `Application.add_transform`."""
    return type("EveryAnswer", (EveryAnswer,), {"wanted": wanted})
