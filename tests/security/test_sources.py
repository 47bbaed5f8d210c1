"""What the sources may not do, read from the sources: lines that no other test would reach."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
OURS = ("hub", "extensions", "dashboards", "agrigen")
STATEMENTS = {"execute", "executemany", "exec_driver_sql", "text", "SQL", "stream", "scalar"}
# Statements that are put together, each with what goes into them. Values never do: they are bound.
PUT_TOGETHER = {
    "hub/records/bulk.py": "names of columns that stand in the same file",
    "hub/animals/bulk.py": "names of columns that stand in the same file",
    "hub/evaluations/repository.py": "names of columns that stand in the same file",
    "hub/genotypes/repository.py": "names of columns that stand in the same file",
    "hub/etl/quarantine/repository.py": "parts of the statement that stand in the same file",
    "hub/etl/sources/sqlite.py": "the quoted name of a table of the person's own file",
    "hub/storage/copying.py": "names of temporary tables that our own code gives",
    "hub/local/postgres.py": "names of the database and its roles, constants of the same file",
    "hub/migrations": "the schema itself, constants only",
}
# What opens a connection, each with who says where to.
CONNECTING = {
    "hub/lineage/sending.py": "the operator's setting",
    "hub/mail/sending.py": "the operator's setting",
    "hub/storage/dynamodb.py": "the operator's setting",
    "hub/storage/objects.py": "the operator's setting",
    "hub/etl/watching/places.py": "buckets that the operator listed, not the sources of people",
    "hub/jupyterhub/sign_in": "addresses of institutions in the operator's file",
    "dashboards": "the API of the same hub",
    "hub/local/dynamodb.py": "the store that this machine started, on loopback",
    "hub/local/failures.py": "ports of this machine, to see whether they are free",
    "agrigen/client": "the hub that whoever runs the program names, from their machine",
    "agrigen/cli_login.py": "the name of the machine, and no connection",
}
# Patterns that are not constants of the code, each with what makes them harmless.
PATTERNS = {
    "hub/etl/watching/rules.py": "names of files by * and ?, written as a pattern by fnmatch",
    "hub/privacy/traces.py": "escaped names of a person, looked for one beside the other",
    "agrigen/io/csv.py": "a constant, escaped",
    "agrigen/io/icar_ade/schema.py": "patterns of the published schemas that we carry",
    "agrigen/phenotypes/identifiers.py": "forms of national numbers that stand in the same file",
}
# Templates that print markup that is not escaped, each with where the markup comes from.
DRAWN = {"hub/jupyterhub/templates/second-factor.html": "a QR code that segno draws, no text"}
SECRETS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    "a key of Amazon": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of GitHub": r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    "a token of Slack": r"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "a key of Google": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a token that is signed": r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}",
    "a password in an address": r"\b(?:postgresql|https?|amqp)://[^\s/:@'\"{}<>$]+:[^\s/:@'\"{}<>$*.]{8,}@"
    r"[a-z0-9-]+\.[a-z]{2,}",
}


def trees(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Every Python file of ours as its syntax, with its path in the checkout."""
    for folder in folders:
        yield from parsed(folder)


@cache
def parsed(folder: str) -> list[tuple[str, ast.Module]]:
    files = subprocess.run(
        ["git", "ls-files", "-z", "--", f"{folder}/*.py"],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    there = [name for name in files if name and (CHECKOUT / name).is_file()]
    return [(name, ast.parse((CHECKOUT / name).read_text())) for name in there]


def called(call: ast.Call) -> str:
    """The name of what is called: `execute` of `session.execute(...)`."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def dotted(node: ast.AST) -> str:
    """`yaml.load` of the function in `yaml.load(...)`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def is_put_together(value: ast.AST) -> bool:
    """Whether a text is made from parts: f"...{x}", "..." % x, "..." + x, "...".format(x)."""
    if isinstance(value, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in value.values)
    if isinstance(value, ast.BinOp):
        text = any(
            isinstance(side, ast.JoinedStr)
            or (isinstance(side, ast.Constant) and isinstance(side.value, str))
            for side in ast.walk(value)
        )
        return isinstance(value.op, ast.Add | ast.Mod) and text
    return isinstance(value, ast.Call) and called(value) in {"format", "format_map"}


def statements_put_together(tree: ast.Module) -> list[int]:
    """Lines on which a database is given a text made from parts."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and called(node) in STATEMENTS
        and node.args
        and is_put_together(node.args[0])
    ]


def test_statements_bind_their_values_and_are_put_together_only_where_it_is_said() -> None:
    """D1."""
    found = [
        f"{path}:{line}"
        for path, tree in trees("hub", "extensions")
        for line in statements_put_together(tree)
        if not any(path.startswith(known) for known in PUT_TOGETHER)
    ]
    assert found == []


def test_no_exception_is_kept_for_a_file_that_needs_none() -> None:
    """D1."""
    needed = {path for path, tree in trees("hub") if statements_put_together(tree)}
    assert [known for known in PUT_TOGETHER if not any(p.startswith(known) for p in needed)] == []


@pytest.mark.parametrize(
    "line",
    [
        "session.execute(f'SELECT {name}')",
        "session.execute(text('SELECT %s' % name))",
        "session.execute(text('SELECT ' + name))",
        "session.execute(text('SELECT {}'.format(name)))",
    ],
)
def test_the_look_for_statements_sees_every_way_to_put_one_together(line: str) -> None:
    """D1."""
    assert statements_put_together(ast.parse(line)) == [1]


def test_no_program_is_started_through_a_shell() -> None:
    """D3."""
    found = [
        f"{path}:{node.lineno}"
        for path, tree in trees(*OURS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and starts_a_shell(node)
    ]
    assert found == []


def starts_a_shell(call: ast.Call) -> bool:
    shell = [word.value for word in call.keywords if word.arg == "shell"]
    if any(not (isinstance(value, ast.Constant) and value.value is False) for value in shell):
        return True
    return dotted(call.func) in {
        *("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"),
        *("asyncio.create_subprocess_shell", "pty.spawn"),
    }


def test_nothing_that_runs_what_it_reads_is_used() -> None:
    """D7: `pickletools` lists the steps of a pickle without taking them, so it may stay."""
    modules = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
    names = {"eval", "exec", "yaml.load", "yaml.unsafe_load", "torch.load", "pd.read_pickle"}
    found = [
        f"{path}:{node.lineno}"
        for path, tree in trees(*OURS)
        for node in ast.walk(tree)
        if runs_what_it_reads(node, modules, names)
    ]
    assert found == []


def runs_what_it_reads(node: ast.AST, modules: set[str], names: set[str]) -> bool:
    if isinstance(node, ast.Import):
        return any(one.name.split(".")[0] in modules for one in node.names)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0] in modules
    if not isinstance(node, ast.Call):
        return False
    allowed = [word for word in node.keywords if word.arg == "allow_pickle"]
    loose = any(getattr(word.value, "value", True) is not False for word in allowed)
    return loose or dotted(node.func) in names


def test_only_what_the_operator_named_is_connected_to() -> None:
    """D6: nothing of ours opens an address that somebody else wrote."""
    modules = {"httpx", "requests", "aiohttp", "smtplib", "boto3", "socket", "http.client",
               "urllib.request", "tornado.httpclient", "tornado.simple_httpclient"}  # fmt: skip
    connecting = {
        path for path, tree in trees(*OURS) for node in ast.walk(tree)
        if imported(node) & modules
    }  # fmt: skip
    assert {path for path in connecting if not path.startswith(tuple(CONNECTING))} == set()
    assert [one for one in CONNECTING if not any(p.startswith(one) for p in connecting)] == []


def imported(node: ast.AST) -> set[str]:
    """Modules by their whole name and by their package's."""
    names = {one.name for one in node.names} if isinstance(node, ast.Import) else set()
    names |= {node.module or ""} if isinstance(node, ast.ImportFrom) else set()
    return names | {name.split(".")[0] for name in names}


def test_no_connection_skips_the_look_at_certificates() -> None:
    """I3: of the service that answers; that of people to the hub ends at the operator's proxy."""
    loose = {"verify", "validate_cert", "check_hostname", "verify_mode", "verify_ssl"}
    found = [
        f"{path}:{node.lineno}"
        for path, tree in trees(*OURS)
        for node in ast.walk(tree)
        if (isinstance(node, ast.keyword) and node.arg in loose and is_false(node.value))
        or (isinstance(node, ast.Attribute) and node.attr in _UNVERIFIED)
    ]
    assert found == []


_UNVERIFIED = {"CERT_NONE", "_create_unverified_context", "disable_warnings"}


def is_false(value: ast.AST) -> bool:
    return isinstance(value, ast.Constant) and not value.value


def test_no_pattern_or_template_of_a_person_is_compiled() -> None:
    """D5: a pattern from outside can take for ever, a template from outside is a program."""
    found = [
        f"{path}:{node.lineno}"
        for path, tree in trees(*OURS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and compiles_a_text(node) and path not in PATTERNS
    ]
    assert found == []


def compiles_a_text(call: ast.Call) -> bool:
    """`re.search(text, ...)` with a text that is neither written there nor a constant."""
    name = dotted(call.func)
    if name.endswith(".from_string"):
        return True
    if not name.startswith("re.") or name in ("re.escape", "re.purge") or not call.args:
        return False
    return any(
        isinstance(part, ast.Name) and not part.id.isupper()
        for part in ast.walk(call.args[0])
    )  # fmt: skip


def test_no_template_prints_a_value_without_escaping_it() -> None:
    """D4: JupyterHub's accept-share page did (GHSA-c4gm-pwx9-9w8j)."""
    folders = [CHECKOUT / name for name in ("hub", "extensions", "dashboards")]
    found = [
        f"{path.relative_to(CHECKOUT)}"
        for folder in folders
        for path in [*folder.rglob("*.html"), *folder.rglob("*.j2")]
        if "node_modules" not in path.parts
        and re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text())
    ]
    assert [name for name in found if name not in DRAWN] == []


@pytest.mark.parametrize("kind", SECRETS)
def test_the_repository_holds_no_secret(kind: str) -> None:
    """K7."""
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    found = [name for name in files if name and holds(CHECKOUT / name, SECRETS[kind])]
    assert found == []


def holds(path: Path, pattern: str) -> bool:
    """Whether a text file of the repository matches; the patterns themselves are in this one."""
    if path == Path(__file__).resolve() or not path.is_file() or path.stat().st_size > 2_000_000:
        return False
    try:
        return re.search(pattern, path.read_text()) is not None
    except UnicodeDecodeError:
        return False
