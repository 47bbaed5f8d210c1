"""Notices of signing out, by hand: only a whole and fresh one ends a session, and once (B11)."""

import json
import secrets
import time
from typing import Any

import httpx
import pytest

from tests.oidc.conftest import Attacked
from tests.oidc.test_hostile import is_signed_in, to_callback

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def notice(attacked: Attacked, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": attacked.provider.issuer, "aud": "agrigen", "iat": now, "exp": now + 120,
        "jti": secrets.token_hex(8), "sub": "person-1", "events": {EVENT: {}}, **changes,
    }  # fmt: skip
    return {name: value for name, value in claims.items() if value is not None}


def send(attacked: Attacked, token: str) -> httpx.Response:
    return attacked.hub.browser().post("/hub/backchannel-logout", data={"logout_token": token})


@pytest.fixture
def signed_in(attacked: Attacked) -> httpx.Client:
    attacked.provider.wrong = ""
    browser = attacked.hub.browser()
    assert browser.get(to_callback(browser)).status_code == 302
    assert is_signed_in(browser)
    return browser


def test_a_notice_ends_the_sessions_of_the_person_once(
    attacked: Attacked, signed_in: httpx.Client
) -> None:
    token = attacked.provider.signed(notice(attacked), typ="logout+jwt")
    answer = send(attacked, token)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert not is_signed_in(signed_in)
    again = attacked.hub.browser()
    again.get(to_callback(again))
    assert send(attacked, token).status_code == 400, "a replay must not end the next session"
    assert is_signed_in(again)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-client"}, {"aud": ["agrigen", "another-client"]}, {"jti": None},
        {"iss": "https://elsewhere.example.org"}, {"iat": None}, {"iat": 1}, {"exp": 1},
        {"events": None}, {"events": {}}, {"events": {EVENT: 1}}, {"events": [EVENT]},
        {"nonce": "n"}, {"sub": None}, {"sub": 7}, {"sid": 7},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_a_notice_that_is_not_whole_ends_nothing(
    attacked: Attacked, signed_in: httpx.Client, changes: dict[str, Any]
) -> None:
    token = attacked.provider.signed(notice(attacked, **changes), typ="logout+jwt")
    answer = send(attacked, token)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert is_signed_in(signed_in)


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "secevent+jwt"])
def test_a_token_of_another_kind_is_no_notice(
    attacked: Attacked, signed_in: httpx.Client, typ: str
) -> None:
    assert send(attacked, attacked.provider.signed(notice(attacked), typ=typ)).status_code == 400
    assert is_signed_in(signed_in)


@pytest.mark.parametrize(
    "wrong", ["alg none", "HS256 with the public key", "wrong key", "key elsewhere", "unsigned"]
)
def test_a_notice_that_the_institution_did_not_sign_ends_nothing(
    attacked: Attacked, signed_in: httpx.Client, wrong: str
) -> None:
    attacked.provider.wrong = wrong
    token = attacked.provider.signed(notice(attacked), typ="logout+jwt")
    attacked.provider.wrong = ""
    assert send(attacked, token).status_code == 400
    assert is_signed_in(signed_in)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "." * 50, "x" * 50_000])
def test_what_is_no_token_is_refused(attacked: Attacked, token: str) -> None:
    assert send(attacked, token).status_code == 400


def test_a_notice_about_somebody_else_ends_nobody_here(
    attacked: Attacked, signed_in: httpx.Client
) -> None:
    token = attacked.provider.signed(notice(attacked, sub="person-9"), typ="logout+jwt")
    assert send(attacked, token).status_code == 200
    assert is_signed_in(signed_in)
