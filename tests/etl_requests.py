"""Requests of imports for tests that need no database."""

from datetime import UTC, datetime
from uuid import UUID

from hub.etl.asked import Request
from hub.etl.schemas import Mapping


def request_of(kind: str, mapping: Mapping | None = None) -> Request:
    return Request(
        id=UUID(int=1), farm_id=UUID(int=1), kind=kind, mapping=mapping or Mapping(),
        dry_run=False, created_at=datetime(2024, 1, 1, tzinfo=UTC),
    )  # fmt: skip
