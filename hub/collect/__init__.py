"""Phones: changes out, operations in, and what a person has to decide."""

from hub.collect.feed import pull
from hub.collect.kept import discard, mend
from hub.collect.kept import listed as operations_of
from hub.collect.reviews import listed as reviews_of
from hub.collect.reviews import resolve
from hub.collect.schemas import (
    Operation,
    OperationMend,
    OperationRead,
    OperationResult,
    OperationsQuery,
    Pull,
    PullQuery,
    Push,
    PushReply,
    ReviewRead,
    ReviewResolve,
    ReviewsQuery,
)
from hub.collect.service import push
from hub.collect.upkeep import keep, purge

__all__ = [
    "Operation",
    "OperationMend",
    "OperationRead",
    "OperationResult",
    "OperationsQuery",
    "Pull",
    "PullQuery",
    "Push",
    "PushReply",
    "ReviewRead",
    "ReviewResolve",
    "ReviewsQuery",
    "discard",
    "keep",
    "mend",
    "operations_of",
    "pull",
    "purge",
    "push",
    "resolve",
    "reviews_of",
]
