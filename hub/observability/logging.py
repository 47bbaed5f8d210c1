"""Logs: one JSON object a line on standard error, with request and actor, without secrets.

Keys: ts, level, msg, service, request_id, actor, and what the event adds. Tracebacks carry no local
variables, and what looks like a secret is replaced, by key and by form.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.contextvars import merge_contextvars
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

REMOVED = "[removed]"
_SECRET_KEY = re.compile(
    r"passw|secret|token|authoriz|cookie|credential|api_?key|private_?key|xsrf|csrf|otp|dsn",
    re.IGNORECASE,
)
_SECRET_FORMS = (
    (re.compile(r"(://[^/\s:@]*:)[^@\s]+(@)"), rf"\1{REMOVED}\2"),
    (re.compile(r"(?i)\b(bearer|token|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {REMOVED}"),
    (
        re.compile(r"(?i)\b([\w-]*(?:token|password|secret|code|state|_xsrf)=)[^&\s\"']+"),
        rf"\1{REMOVED}",
    ),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), REMOVED),
    (re.compile(r"\$argon2\w*\$\S+"), REMOVED),
    # JupyterHub names what it looked up: kind, session id and digest of a token
    (re.compile(r"\b((?:token|cookie)s?):[^\s:]*:[0-9a-f]{32,}"), rf"\1:{REMOVED}"),
)
_DEEPEST = 8
_LONGEST = 1000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def configure(service: str, level: str = "info") -> None:
    """Send this process's logs, our own and the libraries', to standard error as JSON."""
    shared: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        _adding_service(service),
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
        structlog.processors.EventRenamer("msg"),
        scrub,
    ]
    final: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(default=str),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=final)
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; the module's name is the usual name."""
    return structlog.stdlib.get_logger(name)


def bind(**values: Any) -> None:
    """Add to every line of this request or job: `bind(request_id=..., actor=...)`."""
    structlog.contextvars.bind_contextvars(**values)


def unbind_all() -> None:
    """Forget what was bound; at the end of a request or job."""
    structlog.contextvars.clear_contextvars()


def scrub(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace what looks like a secret, however deep it stands."""
    return {key: _clean(value, key, 0) for key, value in event.items()}


def _clean(value: Any, key: str, depth: int) -> Any:
    if _SECRET_KEY.search(key) and not isinstance(value, bool | int | float | None):
        return REMOVED
    if isinstance(value, str):
        return _without_secrets(value)
    if depth >= _DEEPEST:
        return _without_secrets(str(value))
    if isinstance(value, Mapping):
        return {name: _clean(one, str(name), depth + 1) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(one, "", depth + 1) for one in value]
    return value


def _without_secrets(text: str) -> str:
    """Long texts are cut first: a user name of a megabyte is not worth a megabyte of log."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}... [{len(text):,} characters]"
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    for form, replacement in _SECRET_FORMS:
        text = form.sub(replacement, text)
    return text


def _adding_service(service: str) -> Processor:
    def add_service(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        event.setdefault("service", service)
        event.setdefault("request_id", "")
        event.setdefault("actor", "")
        return event

    return add_service
