"""Files that the API itself sends: the link leads through its sign-in, nothing passes this process.

The links have no `download`: a refusal is then read on a page and not saved as a file.
"""

from html import escape
from urllib.parse import urlencode

from dashboards.components.pieces import FILE_LINK

WAY = "/services/api/take-along/"


def take_link(words: str, path: str, **query: str) -> str:
    """A link that looks like a button; `path` is below /api/v1/."""
    asked = f"?{urlencode(query)}" if query else ""
    return f'<a href="{escape(WAY + path + asked)}" style="{FILE_LINK}">{escape(words)}</a>'


def size_of(bytes: int) -> str:
    """A size as people say it: 1.2 MB."""
    size, units = float(bytes), ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 999.5 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:,.0f} {units[0]}" if units[0] == "bytes" or size >= 100 else (
        f"{size:,.1f} {units[0]}"
    )  # fmt: skip


HOLDS = {"string": "text", "number": "number", "integer": "whole number", "date": "day",
         "boolean": "yes or no", "object": "several values (JSON)"}  # fmt: skip
"""Types of columns in words."""
