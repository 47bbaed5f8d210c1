"""`python -m extensions`: serve, openapi, authorization, routes."""

import argparse
import sys
from pathlib import Path

from extensions.authorization import authorization_page
from extensions.base.openapi import as_text, document
from extensions.base.routing import in_order
from extensions.points import all_routes
from hub.settings import CHECKOUT

DOCUMENT = CHECKOUT / "docs" / "reference" / "openapi.json"
MANIFEST = CHECKOUT / "docs" / "reference" / "authorization.md"


def write_openapi(path: Path, *, check: bool) -> int:
    """Write the document, or with `check` only say whether the file is as the code is."""
    text = as_text(document(all_routes()))
    if check:
        same = path.is_file() and path.read_text() == text
        print(f"{path}: {'as the code' if same else 'differs; run python -m extensions openapi'}")
        return 0 if same else 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    print(f"{path}: {len(text):,} characters")
    return 0


def write_manifest() -> int:
    """Write the page that says who may do what."""
    MANIFEST.write_text(authorization_page())
    return 0


def print_routes() -> int:
    for route in in_order(all_routes()):
        permission = route.permission.value if route.permission else "public"
        print(f"{route.method:7}{route.prefix + route.path:60}{permission}")
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m extensions", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run the API service (JupyterHub does this)")
    commands.add_parser("routes", help="print every route with the permission it needs")
    commands.add_parser("authorization", help="write the page that says who may do what")
    openapi = commands.add_parser("openapi", help="write the OpenAPI document")
    openapi.add_argument("--check", action="store_true", help="only say whether it is up to date")
    openapi.add_argument("--path", type=Path, default=DOCUMENT)
    given = parser.parse_args(arguments)
    if given.command == "openapi":
        return write_openapi(given.path, check=given.check)
    if given.command == "authorization":
        return write_manifest()
    if given.command == "routes":
        return print_routes()
    from extensions.server import serve  # heavy: Jupyter Server is not needed for the other two

    serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
