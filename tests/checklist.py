"""Which test proves which item of the security checklist: `python -m tests.checklist` writes it.

A test that proves an item names it at the beginning of its docstring ("B8, G9: ..."). The page
docs/reference/security-checklist.md says what we do about each; its last column comes from here.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PAGE = CHECKOUT / "docs" / "reference" / "security-checklist.md"
NAMED = re.compile(r"[A-K]\d{1,2}(?:, [A-K]\d{1,2})*(?=[.:])")
ROW = re.compile(r"^\| ([A-K]\d{1,2}) \| (.*?) \| (.*?) \| (.*?) \|$")


def proving() -> dict[str, list[str]]:
    """Tests by item, each as `path::name`."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((CHECKOUT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for item in named(ast.get_docstring(node) or ""):
                    found[item].append(f"{path.relative_to(CHECKOUT)}::{node.name}")
    return found


def named(docstring: str) -> list[str]:
    match = NAMED.match(docstring)
    return match[0].split(", ") if match else []


def rows() -> dict[str, tuple[str, str, str]]:
    """Item to requirement, what we do, and the tests or the reason why there is none."""
    matches = (ROW.match(line) for line in PAGE.read_text().splitlines())
    return {one[1]: (one[2], one[3], one[4]) for one in matches if one}


def cited(cell: str) -> list[str]:
    return re.findall(r"`([^`]+::[^`]+)`", cell)


def exists(name: str) -> bool:
    """Whether there is such a test; `name` is `path::function`."""
    path, _, function = name.partition("::")
    if not (CHECKOUT / path).is_file():
        return False
    tree = ast.parse((CHECKOUT / path).read_text())
    return any(getattr(node, "name", "") == function for node in tree.body)


def written() -> str:
    """The page with what tests say of themselves added to its last column."""
    tests = proving()
    lines = []
    for line in PAGE.read_text().splitlines():
        match = ROW.match(line)
        if match and tests.get(match[1]):
            names = dict.fromkeys([*filter(exists, cited(match[4])), *tests[match[1]]])
            cell = ", ".join(f"`{name}`" for name in names)
            line = f"| {match[1]} | {match[2]} | {match[3]} | {cell} |"
        lines.append(line)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(written())
