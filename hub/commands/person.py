"""`python -m hub person`: local accounts; the first one of a hub can only be made here."""

import argparse
import asyncio
import getpass
import sys
from typing import Any

from pydantic import SecretStr, ValidationError

from hub.commands.stores import person_named, with_database
from hub.errors import Conflict, FieldError, Invalid, Missing
from hub.permissions import Role
from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("person", help="add local accounts, let people in or keep out")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    new = acts.add_parser("add", help="add somebody who signs in with a password")
    new.add_argument("username")
    new.add_argument("--role", action="append", required=True, choices=list(Role))
    new.add_argument("--name", default="", help="name in full")
    new.add_argument("--password-stdin", action="store_true", help="read the password from stdin")
    new.set_defaults(run=lambda given: asyncio.run(_add(with_database(Settings()), given)))
    first = acts.add_parser("first", help="a single-use link that makes the first administrator")
    first.add_argument("username")
    first.add_argument("--name", default="", help="name in full")
    first.set_defaults(run=lambda given: asyncio.run(_first(with_database(Settings()), given)))
    for act, text in (("disable", "let somebody in no more"), ("enable", "let somebody in again")):
        change = acts.add_parser(act, help=text)
        change.add_argument("username")
        change.add_argument("--as", dest="admin", required=True, help="user name of who does it")
        change.set_defaults(run=lambda given: asyncio.run(_let(with_database(Settings()), given)))


def _password(arguments: argparse.Namespace) -> str:
    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password (15 characters or more are advised): ")
    if getpass.getpass("The same once more: ") != first:
        raise Invalid("accounts.passwords_differ", "The two passwords differ. Nothing was added.")
    return first


async def _add(settings: Settings, arguments: argparse.Namespace) -> int:
    from hub import accounts
    from hub.storage.postgres import make_engine

    try:
        await person_named(settings, arguments.username)
    except Missing:
        pass
    else:
        raise Conflict(
            "accounts.duplicate_username", f"There is a person {arguments.username!r} already."
        )
    try:
        new = accounts.LocalAccountCreate(
            username=arguments.username,
            name=arguments.name,
            roles=frozenset(Role(role) for role in arguments.role),
            password=SecretStr(_password(arguments)),
        )
    except ValidationError as error:
        wrong = [FieldError(str(e["loc"][0]), e["msg"]) for e in error.errors(include_input=False)]
        raise Invalid("accounts.invalid", "The account was not added.", errors=wrong) from None
    owner = make_engine(settings, settings.migration_url.get_secret_value() or None)
    try:
        await accounts.bootstrap(owner, [new])
    finally:
        await owner.dispose()
    print(f"{new.username} can sign in, as {', '.join(sorted(new.roles))}.")
    return 0


async def _first(settings: Settings, arguments: argparse.Namespace) -> int:
    """No account has a password that somebody else knows, not even the first (ASVS 6.3.2)."""
    from hub import accounts
    from hub.storage.postgres import make_engine

    owner = make_engine(settings, settings.migration_url.get_secret_value() or None)
    try:
        code = await accounts.first_admin(owner, arguments.username, arguments.name)
    finally:
        await owner.dispose()
    print("Open this link within 24 hours and choose the password of the first administrator:")
    print(f"{settings.base_url}/hub/reset#{code}")
    return 0


async def _let(settings: Settings, arguments: argparse.Namespace) -> int:
    from hub import accounts
    from hub.storage.postgres import make_engine
    from hub.storage.transaction import begin

    actor = await person_named(settings, arguments.admin)
    engine = make_engine(settings)
    try:
        async with begin(engine, actor) as tx:
            person = await accounts.by_username(tx, arguments.username)
            change = accounts.disable if arguments.act == "disable" else accounts.enable
            await change(tx, person.id)
    finally:
        await engine.dispose()
    print(f"{arguments.username} is {arguments.act}d.")
    return 0
