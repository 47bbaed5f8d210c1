"""A conversation as Markdown that people keep or print."""

import re
from collections.abc import Sequence

from hub.chat.schemas import Author, Cell, DataTable, MessageRead, Source, Transcript


def escaped(text: str) -> str:
    """Text of people or from data, so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#|~!])", r"\\\1", text)


def markdown(whole: Transcript) -> str:
    conversation = whole.conversation
    head = [
        f"# {escaped(conversation.title)}",
        f"Conversation with Emilia, started {conversation.created_at:%Y-%m-%d %H:%M} UTC, "
        f"{len(whole.messages)} messages.",
    ]
    return "\n\n".join(head + [_message(one) for one in whole.messages]) + "\n"


def _message(message: MessageRead) -> str:
    by_person = message.author is Author.PERSON
    name = "You" if by_person else "Emilia"
    parts = [f"## {name}, {message.created_at:%Y-%m-%d %H:%M} UTC"]
    parts.append(_quoted(message.text) if by_person else message.text)
    parts += [_table(one) for one in message.tables]
    if message.sources:
        parts.append("Sources:\n\n" + "\n".join(_source(one) for one in message.sources))
    return "\n\n".join(parts)


def _quoted(text: str) -> str:
    return "\n".join(f"> {escaped(line)}" for line in text.splitlines())


def _table(table: DataTable) -> str:
    lines = [_row(table.columns), "|" + " --- |" * len(table.columns)]
    return "\n".join([f"**{table.title}**", "", *lines, *map(_row, table.rows)])


def _row(cells: Sequence[Cell]) -> str:
    return "| " + " | ".join("" if one is None else escaped(str(one)) for one in cells) + " |"


def _source(source: Source) -> str:
    line = f"- {source.what}: {source.rows} rows, as of {source.as_of:%Y-%m-%d %H:%M} UTC"
    if source.evaluation_id:
        line += f", evaluation {source.evaluation_id}"
    return line
