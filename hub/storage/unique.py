"""Turn the violation of a named unique constraint into the error that a person understands."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import IntegrityError

from hub.errors import HubError


@contextmanager
def refusing_duplicates(constraint: str, refusal: HubError) -> Iterator[None]:
    """Raise `refusal` when the block violates `constraint`; the transaction is then over."""
    try:
        yield
    except IntegrityError as error:
        if _constraint(error) == constraint:
            raise refusal from None
        raise


def _constraint(error: IntegrityError) -> str | None:
    cause = error.orig
    return cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
