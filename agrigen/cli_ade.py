"""`agrigen ade check`: what is wrong with files of ICAR ADE messages, in words."""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the library itself is loaded by the command that needs it
    from agrigen.io.icar_ade import Message

OK, BAD_INPUT = 0, 2


def add_commands(commands: Any) -> None:
    ade = commands.add_parser("ade", help="messages of the ICAR Animal Data Exchange")
    actions = ade.add_subparsers(required=True, metavar="action")
    text = "hold every message of a file against the published schemas"
    check = actions.add_parser("check", help=text, description=f"{text[0].upper()}{text[1:]}.")
    check.add_argument("file", help="JSON: a collection with member, a list, or one message")
    check.add_argument(
        "--resource", help="what the messages are, such as icarWeightEventResource, where they do "
        "not say it themselves",
    )  # fmt: skip
    check.add_argument("--json", action="store_true", help="print as JSON")
    check.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    from agrigen.io.icar_ade import read_file

    messages = read_file(options.file, resource=options.resource)
    if options.json:
        text = json.dumps([_plain(one) for one in messages], indent=2, ensure_ascii=False)
    else:
        text = "\n".join([*(line for one in messages for line in _lines(one)), _sentence(messages)])
    sys.stdout.write(f"{text}\n")
    return BAD_INPUT if any(one.strict for one in messages) else OK


def _plain(one: "Message") -> dict[str, Any]:
    return {
        "message": one.place + 1,
        "resource": one.resource,
        "findings": [vars(finding) for finding in one.strict],
        "readable": not one.findings,
        "repairs": one.notes,
        "unknown_fields": list(one.unknown),
    }


def _lines(one: "Message") -> Iterator[str]:
    if not (one.strict or one.unknown):
        return
    yield f"message {one.place + 1} ({one.resource or 'unknown resource'})"
    for finding in one.strict:
        yield f"  {finding}"
    if one.unknown:
        yield f"  fields that ADE does not have: {', '.join(one.unknown)}"
    if one.strict and not one.findings:
        yield "  AgriGen can read it nevertheless."


def _sentence(messages: "list[Message]") -> str:
    wrong = sum(1 for one in messages if one.strict)
    lost = sum(1 for one in messages if one.findings)
    if not wrong:
        return f"{len(messages)} messages, all as ADE says."
    return f"{len(messages)} messages, {wrong} not as ADE says, {lost} that cannot be read."
