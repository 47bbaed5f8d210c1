"""Requests that may safely be sent twice: the key in the header, and what it was used for.

The answer is kept in the same transaction as the write (`hub.storage.idempotency`), so a client
that lost the connection sends the same request again and gets the first answer.
"""

import hashlib

HEADER = "Idempotency-Key"


def fingerprint(method: str, address: str, body: bytes) -> str:
    """Tells the same request from another one under the same key."""
    return hashlib.sha256(b"\n".join([method.encode(), address.encode(), body])).hexdigest()
