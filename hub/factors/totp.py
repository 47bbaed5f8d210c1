"""Codes of authenticator apps: RFC 6238 with SHA-1, six digits and 30 seconds.

These are the only values that every app reads from a QR code. The secret has 160 bits, as RFC 4226
asks for; a code is taken one step early or late, by the server's clock, and each step only once.
"""

import hmac
import io
from datetime import datetime

import pyotp
import segno

STEP_SECONDS = 30
SECRET_CHARACTERS = 32  # of 5 bits each
ISSUER = "AgriGen"
_EARLY_OR_LATE = (0, -1, 1)


def new_secret() -> str:
    """160 random bits in base 32, as people would type them."""
    return pyotp.random_base32(SECRET_CHARACTERS)


def code_at(secret: str, step: int) -> str:
    """The code of one time step."""
    return pyotp.HOTP(secret).at(step)


def step_of(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The step that this code belongs to; None when it is wrong, too old, too new or used.

    All steps are compared, so that the time taken does not say which of them was meant.
    """
    given = "".join(code.split())
    if len(given) != 6 or not (given.isascii() and given.isdigit()):
        return None
    today = int(now.timestamp()) // STEP_SECONDS
    fitting = [
        today + offset
        for offset in _EARLY_OR_LATE
        if hmac.compare_digest(code_at(secret, today + offset), given)
    ]
    unused = [step for step in fitting if last_step is None or step > last_step]
    return unused[0] if unused else None


def address(secret: str, username: str, place: str) -> str:
    """The otpauth:// address that a QR code shows; `place` tells two hubs apart in an app."""
    return pyotp.TOTP(secret).provisioning_uri(name=f"{username}@{place}", issuer_name=ISSUER)


def picture(text: str) -> str:
    """A QR code as SVG, to be put into a page; dark on white in every theme."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", scale=5, border=4, light="#fff", xmldecl=False, svgns=True,
        title="QR code for an authenticator app", omitsize=False,
    )  # fmt: skip
    return out.getvalue().decode()
