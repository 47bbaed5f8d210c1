"""All rows, and the rule that each of them says why."""

from extensions.authorization import others, routes
from extensions.authorization.row import Row


def manifest() -> list[Row]:
    """Every row; one that asks for no permission and gives no reason is an error."""
    found = [*routes.rows(), *others.rows()]
    unsaid = [row.name for row in found if row.permission is None and not row.reason]
    if unsaid:
        raise TypeError(f"Open to everybody without a reason: {', '.join(unsaid)}.")
    return found
