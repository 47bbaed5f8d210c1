"""Send letters: by SMTP where a server is set, else as files that an operator can look at."""

import asyncio
import logging
import smtplib
import ssl
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import Row, text

from hub.errors import HubError
from hub.mail.letters import KINDS, OPTIONAL
from hub.settings import Settings
from hub.storage.postgres import Engine
from hub.storage.sealing import Sealer

AT_ONCE = 20
_SECONDS = 20.0
_TAKE = text("SELECT * FROM app.take_mail(:most)")
_SETTLE = text("SELECT app.settle_mail(:id, :error)")
Unwanted = Callable[[UUID, str], Awaitable[bool]]
log = logging.getLogger(__name__)


async def deliver(
    engine: Engine, sealer: Sealer, settings: Settings, *, unwanted: Unwanted | None = None
) -> int:
    """Send what is due and say how many went out; what fails is tried again later, 8 times.

    `unwanted` says which letters of the optional kinds a person does not want.

    A letter is taken in one transaction and settled in another, so no lock is held while a server
    is spoken to. A crash between them sends it twice, with one Message-ID.
    """
    async with engine.begin() as connection:
        due = (await connection.execute(_TAKE, {"most": AT_ONCE})).all()
    sent = 0
    for letter in due:
        if unwanted and letter.kind in OPTIONAL and await _is_unwanted(letter, unwanted):
            error = ""
        else:
            error = await _sent(letter, sealer, settings)
        sent += not error
        async with engine.begin() as connection:
            await connection.execute(_SETTLE, {"id": letter.id, "error": error})
    return sent


async def _is_unwanted(letter: Row[Any], unwanted: Unwanted) -> bool:
    """A letter too many is better than one too few: where the choice is not known, it is sent."""
    if letter.person_id is None:
        return False
    try:
        return await unwanted(letter.person_id, letter.kind)
    except HubError:
        return False


async def _sent(letter: Row[Any], sealer: Sealer, settings: Settings) -> str:
    """Nothing when it went out, or need not; else why it did not."""
    try:
        address = _address(letter, sealer)
        if address:
            await asyncio.to_thread(_send, _message(letter, address, sealer, settings), settings)
    except Exception as error:  # a broken letter must not keep the others back
        log.warning("a letter could not be sent", extra={"kind": letter.kind}, exc_info=error)
        return type(error).__name__
    return ""


def _address(letter: Row[Any], sealer: Sealer) -> str:
    """Where it goes; nothing for a person who proved no address."""
    if letter.address:
        return sealer.open(f"letter:{letter.id}", letter.address).decode()
    if letter.own_address:
        return sealer.open(f"address:{letter.person_id}", letter.own_address).decode()
    return ""


def _message(letter: Row[Any], address: str, sealer: Sealer, settings: Settings) -> EmailMessage:
    secrets = from_json(sealer.open(f"letter:{letter.id}", letter.sealed)) if letter.sealed else {}
    values = {"hub": settings.base_url, "username": letter.username, **letter.details, **secrets}
    values["name"] = letter.name or letter.username or "there"
    message = EmailMessage()
    message["Subject"], body = KINDS[letter.kind].written(values)
    message["From"] = formataddr(("AgriGen", settings.mail_sender or _own_address(settings)))
    message["To"] = address
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.id}@{urlsplit(settings.base_url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: answer with no holiday notice
    message.set_content(body)
    return message


def _own_address(settings: Settings) -> str:
    return f"agrigen@{urlsplit(settings.base_url).hostname}"


def _send(message: EmailMessage, settings: Settings) -> None:
    url = settings.smtp_url.get_secret_value()
    if not url:
        _to_file(message, settings.home / "mail")
        return
    where = urlsplit(url)
    context = ssl.create_default_context()
    if where.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            where.hostname or "", where.port or 465, timeout=_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(where.hostname or "", where.port or 25, timeout=_SECONDS)
    with server:
        if where.scheme == "smtp+starttls":
            server.starttls(context=context)
        if where.username:
            server.login(unquote(where.username), unquote(where.password or ""))
        server.send_message(message)


def _to_file(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    place = folder / f"{name}.eml"
    place.touch(mode=0o600)
    place.write_bytes(bytes(message))
