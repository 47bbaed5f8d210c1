"""Codes of apps and recovery codes, without a database: published vectors and moved clocks."""

import base64
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.factors import codes, totp

# RFC 6238, appendix B, SHA-1: the secret and the last six of the eight digits.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]
NOW = datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_vectors_of_rfc_6238_are_met(seconds: int, code: str) -> None:
    step = seconds // totp.STEP_SECONDS
    assert totp.code_at(SECRET, step) == code
    now = datetime.fromtimestamp(seconds, UTC)
    assert totp.step_of(SECRET, code, now, None) == step


@pytest.mark.parametrize(("late", "taken"), [(-60, False), (-30, True), (0, True), (30, True),
                                             (60, False)])  # fmt: skip
def test_a_code_is_taken_one_step_early_or_late_and_no_more(late: int, taken: bool) -> None:
    """A12: the clock of the server is moved against that of the phone."""
    code = totp.code_at(SECRET, int(NOW.timestamp()) // totp.STEP_SECONDS)
    found = totp.step_of(SECRET, code, NOW + timedelta(seconds=late), None)
    assert (found is not None) is taken


def test_a_step_is_used_once_and_earlier_ones_no_more() -> None:
    """A12."""
    step = int(NOW.timestamp()) // totp.STEP_SECONDS
    assert totp.step_of(SECRET, totp.code_at(SECRET, step), NOW, step) is None
    assert totp.step_of(SECRET, totp.code_at(SECRET, step - 1), NOW, step) is None
    assert totp.step_of(SECRET, totp.code_at(SECRET, step + 1), NOW, step) == step + 1


@given(st.text(max_size=12))
def test_whatever_is_typed_is_a_code_or_is_not(text: str) -> None:
    step = int(NOW.timestamp()) // totp.STEP_SECONDS
    right = {totp.code_at(SECRET, step + offset) for offset in (-1, 0, 1)}
    found = totp.step_of(SECRET, text, NOW, None)
    assert (found is not None) == ("".join(text.split()) in right)


def test_a_secret_has_160_bits() -> None:
    seen = {totp.new_secret() for _ in range(100)}
    assert len(seen) == 100
    assert {len(base64.b32decode(secret)) * 8 for secret in seen} == {160}


def test_the_picture_is_an_svg_that_brings_no_script() -> None:
    address = totp.address(SECRET, "rita", "hub.example.org")
    assert address.startswith("otpauth://totp/AgriGen:rita%40hub.example.org?secret=")
    picture = totp.picture(address)
    assert picture.startswith("<svg")
    assert "<script" not in picture
    assert "<title>" in picture


def test_recovery_codes_have_120_bits_and_never_repeat() -> None:
    """A13: at least 112 bits, so that a plain digest is enough."""
    seen = [code for _ in range(100) for code in codes.new_codes()]
    assert len(set(seen)) == 1000
    assert codes.BYTES * 8 >= 112
    assert {len(code.replace("-", "")) * 5 for code in seen} == {120}


@given(st.integers(0, 9))
def test_a_recovery_code_is_read_however_it_is_typed(index: int) -> None:
    code = codes.new_codes()[index]
    misread = code.lower().replace("-", " ").replace("o", "0").replace("i", "1").replace("b", "8")
    assert codes.digest(misread) == codes.digest(code)
    other = codes.new_codes()[secrets.randbelow(10)]
    assert codes.digest(other) != codes.digest(code)
