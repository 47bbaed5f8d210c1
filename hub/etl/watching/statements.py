"""Whether a text is one question to a database; the database then refuses all else as well."""

import re

from hub.errors import FieldError, Invalid

_QUOTED = re.compile(
    r"""
    --[^\n]*                                 # a remark to the end of the line
    | /\*.*?\*/                              # a remark between marks
    | '(?:[^']|'')*'                         # a text
    | "(?:[^"]|"")*" | `[^`]*` | \[[^\]']*\] # a name
    | \$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$ # a text between dollars
    """,
    re.VERBOSE | re.DOTALL,
)
_FIRST = re.compile(r"[(\s]*(select|with|values)\b", re.IGNORECASE)
_WRITES = re.compile(
    r"\b(insert|update|delete|merge|into|copy|create|alter|drop|truncate|grant|revoke|attach|"
    r"detach|pragma|vacuum|call|do|execute|lock|set|listen|notify|import|load|replace\s+into|"
    r"for\s+(no\s+key\s+)?(update|share|key\s+share))\b",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\b(e|u&)'", re.IGNORECASE)


def one_select(text: str) -> str:
    """The statement without its last semicolon; anything but one SELECT is refused."""
    if "\x00" in text:
        raise _refused("It holds a character that no statement can have.")
    if _ESCAPED.search(text):
        raise _refused("Texts with escapes (E'...') are not taken; write them plainly.")
    bare = _QUOTED.sub(lambda found: " x " if found[0][0] in "'\"`[$" else " ", text)
    if "'" in bare or "/*" in bare:
        raise _refused("A text or a remark in it has no end.")
    bare = bare.strip().removesuffix(";").strip()
    if ";" in bare:
        raise _refused("It holds more than one statement.")
    if not _FIRST.match(bare):
        raise _refused("It does not begin with SELECT or WITH.")
    if found := _WRITES.search(bare):
        raise _refused(f"{found[0].upper()!r} is no part of a question. (Put names in quotes.)")
    return text.strip().removesuffix(";")


def _refused(why: str) -> Invalid:
    message = f"The query is not one SELECT. {why}"
    remedy = "Write one SELECT that gives the columns of a file."
    fix = FieldError("query", message, remedy)
    return Invalid("sources.no_select", f"{message} {remedy}", errors=[fix])
