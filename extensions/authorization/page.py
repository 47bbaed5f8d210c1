"""docs/reference/authorization.md, made from the manifest."""

from collections.abc import Iterable

from extensions.authorization.manifest import manifest
from extensions.authorization.row import Row, Surface
from hub.permissions import Role
from hub.reach import Reach

_MADE = "<!-- Made from the code by `make docs`; a test compares it. -->\n\n"
_HEAD = """\
# Who may do what, about whose things

One row for everything that can be asked of a hub. A row holds a permission (what kind of act; see
[permissions](permissions.md) for the roles that hold it) and a reach (of whose things). Whatever is
out of reach looks like what does not exist: 404. Fields that no model names neither come in nor go
out. **Again** marks what asks for a sign-in of the last minutes; **audit** is the entry that a
success leaves in the audit log.

"""


def authorization_page() -> str:
    """The rules in words, then one table for each surface."""
    rows = manifest()
    tables = (
        _table(surface, [row for row in rows if row.surface is surface]) for surface in Surface
    )
    return _MADE + _HEAD + _reaches() + "".join(tables)


def _reaches() -> str:
    lines = "".join(f"| {reach.value} | {reach.sentence} |\n" for reach in Reach)
    return f"## Reach\n\n| reach | of whose things |\n| --- | --- |\n{lines}"


def _table(surface: Surface, rows: list[Row]) -> str:
    full = surface is Surface.REST
    columns = ["what", "permission", "roles", "reach", "goes out"]
    columns += ["comes in", "again", "rate", "audit"] if full else ["audit"]
    head = f"| {' | '.join(columns)} |\n{'| --- ' * len(columns)}|\n"
    lines = (f"| {' | '.join(_cells(row, full=full))} |\n" for row in rows)
    return f"\n## {surface.value}\n\n{len(rows)} rows.\n\n{head}{''.join(lines)}"


def _cells(row: Row, *, full: bool) -> Iterable[str]:
    name = row.name.replace("|", "\\|")
    yield f"`{name}`"
    yield f"`{row.permission.value}`" if row.permission else f"none: {row.reason}"
    yield _roles(row)
    yield row.reach.value
    yield row.reads
    if full:
        yield row.writes
        yield "yes" if row.step_up else ""
        yield row.rate
    yield f"`{row.act}`" if row.act else ""


def _roles(row: Row) -> str:
    """Who holds it, by the shorter of two lists."""
    if row.surface is Surface.UPKEEP:
        return "nobody"
    missing = [role.value for role in Role if role not in row.roles]
    if not missing:
        return "all"
    held = [role.value for role in row.roles]
    return f"all but {', '.join(missing)}" if len(missing) < len(held) else ", ".join(held)
