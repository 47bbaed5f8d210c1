"""What PostgreSQL's refusals mean to a person; no table, constraint or SQL is named."""

import psycopg
import psycopg.errors as postgres
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from hub.errors import Conflict, HubError, Invalid, Missing, Unavailable

_BUSY = (
    postgres.QueryCanceled,
    postgres.SerializationFailure,
    postgres.DeadlockDetected,
    postgres.LockNotAvailable,
)


def translate(error: BaseException) -> HubError | None:
    """The hub's error for an error of the database, or None when it is a mistake of ours."""
    if isinstance(error, psycopg.InterfaceError):
        return _unreachable()
    if isinstance(error, psycopg.Error):  # COPY goes past SQLAlchemy
        return _from_postgres(error, lost=False)
    if not isinstance(error, SQLAlchemyError):
        return None
    if isinstance(error, PoolTimeout | InterfaceError):
        return _unreachable()
    if isinstance(error, StaleDataError):  # deleted, or hidden from the caller, since it was read
        return _missing()
    if not isinstance(error, DBAPIError):
        return None
    return _from_postgres(error.orig, lost=error.connection_invalidated)


def _from_postgres(cause: BaseException | None, *, lost: bool) -> HubError | None:
    if isinstance(cause, postgres.InsufficientPrivilege):  # a row policy said no
        return _missing()
    if isinstance(cause, postgres.UniqueViolation):
        return Conflict("storage.duplicate", "This exists already. Read it, then change it.")
    if isinstance(cause, postgres.ForeignKeyViolation):
        return Conflict(
            "storage.in_use", "Something named here does not exist, or is still in use elsewhere."
        )
    if isinstance(cause, postgres.DataError):
        return Invalid(
            "storage.value_refused",
            "A value cannot be stored: a number is too large or a text has a character that "
            "is not allowed (such as NUL). Correct it and send it again.",
        )
    if isinstance(cause, _BUSY):
        return Unavailable(
            "storage.busy",
            "The database was too busy with this and gave up; nothing was changed. Try again.",
            retry_after=1,
        )
    if lost or isinstance(cause, postgres.OperationalError):
        return _unreachable()
    return None


def _missing() -> Missing:
    return Missing("storage.not_found", "There is no such thing, or you may not see it.")


def _unreachable() -> Unavailable:
    return Unavailable(
        "storage.unreachable",
        "The database is not answering; nothing was changed. Try again in a moment.",
        retry_after=2,
    )
