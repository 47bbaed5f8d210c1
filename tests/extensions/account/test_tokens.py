"""Tokens over HTTP: as people and programs use them, and as thieves would."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from tests import forgery
from tests.hubs import LiveApi
from tests.signing import Signer

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TYPE = "urn:ietf:params:oauth:token-type:access_token"
_ADDRESSES = count(1)
_HTTP = httpx.Client(timeout=30, verify=False)


@pytest.fixture(scope="module")
def signer(live_api: LiveApi) -> Signer:
    return Signer(live_api)


@pytest.fixture(scope="module")
def farmer(signer: Signer) -> httpx.Client:
    return signer.client("farmer")


def post(live_api: LiveApi, path: str, **form: str) -> httpx.Response:
    """A form to the token service, from an address of its own."""
    number = next(_ADDRESSES)
    headers = {"X-Forwarded-For": f"10.1.{number // 250}.{number % 250 + 1}"}
    return _HTTP.post(f"{live_api.url}/oauth/{path}", data=form, headers=headers)


def bearing(live_api: LiveApi, token: str, path: str = "/me") -> httpx.Response:
    number = next(_ADDRESSES)
    headers = {
        "X-Forwarded-For": f"10.2.{number // 250}.{number % 250 + 1}",
        "Authorization": f"Bearer {token}",
    }
    return _HTTP.get(f"{live_api.url}/api/v1{path}", headers=headers)


def made(client: httpx.Client, *scopes: str, **more: Any) -> dict[str, Any]:
    body = {"name": "shed", "scopes": scopes or ("account:read", "animals:read"), **more}
    answer = client.post("/me/tokens", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def pair(client: httpx.Client) -> dict[str, Any]:
    answer = client.post("/me/tokens/session", json={"name": "phone"})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


# --- keys and metadata


def test_the_metadata_says_where_everything_is(live_api: LiveApi) -> None:
    found = _HTTP.get(f"{live_api.url}/.well-known/oauth-authorization-server")
    said = found.json()
    assert said["issuer"] == said["token_endpoint"].removesuffix("/oauth/token")
    assert set(said["grant_types_supported"]) == {"refresh_token", DEVICE_GRANT, EXCHANGE_GRANT}
    assert found.headers["cache-control"] == "no-store"


def test_at_least_two_public_keys_are_told(live_api: LiveApi) -> None:
    found = _HTTP.get(f"{live_api.url}/oauth/jwks")
    keys = found.json()["keys"]
    assert len(keys) >= 2 and not any("d" in key for key in keys)
    assert found.headers["cache-control"] == "public, max-age=600"


# --- personal tokens


def test_a_person_makes_a_token_uses_it_and_ends_it(
    live_api: LiveApi, farmer: httpx.Client
) -> None:
    """B5, G9."""
    token = made(farmer)
    me = bearing(live_api, token["token"]).json()
    assert me["username"] == "farmer" and set(me["permissions"]) == {"account:read", "animals:read"}
    listed = {one["id"]: one for one in farmer.get("/me/tokens").json()["items"]}
    assert "token" not in listed[token["id"]]
    assert farmer.delete(f"/me/tokens/{token['id']}").status_code == 204
    refused = bearing(live_api, token["token"])
    assert refused.status_code == 401 and "invalid_token" in refused.headers["www-authenticate"]
    assert farmer.delete(f"/me/tokens/{token['id']}").status_code == 404


def test_a_token_can_do_nothing_else(live_api: LiveApi, farmer: httpx.Client) -> None:
    token = made(farmer)["token"]
    assert bearing(live_api, token, "/animals").status_code == 200
    assert bearing(live_api, token, "/farms").json()["code"] == "permission.missing"


def test_a_repeated_request_is_not_told_the_first_token(farmer: httpx.Client) -> None:
    """K7: an answer with a secret is kept nowhere, not even for a repeated request."""
    body = {"name": "twice", "scopes": ["animals:read"]}
    key = {"Idempotency-Key": "once-and-again"}
    answers = [farmer.post("/me/tokens", json=body, headers=key) for _ in range(2)]
    assert len({one.json()["token"] for one in answers}) == 2


def test_making_a_token_needs_a_sign_in_of_the_last_minutes(
    live_api: LiveApi, signer: Signer
) -> None:
    """B9: neither an old sign-in, nor a token of JupyterHub, nor a personal token is enough."""
    old = signer.client("farmer", at=datetime.now(UTC) - timedelta(minutes=11))
    own = made(signer.client("farmer"), "account:read", "account:write")["token"]
    body = {"name": "x", "scopes": ["account:read"]}
    for client in (old, live_api.client("farmer")):
        answer = client.post("/me/tokens", json=body)
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in.again")
    personal = _HTTP.post(
        f"{live_api.url}/api/v1/me/tokens", json=body, headers={"Authorization": f"Bearer {own}"}
    )
    assert personal.status_code == 401
    assert "insufficient_user_authentication" in personal.headers["www-authenticate"]


def test_scopes_that_a_person_does_not_hold_are_refused(farmer: httpx.Client) -> None:
    body = {"name": "x", "scopes": ["people:manage"]}
    answer = farmer.post("/me/tokens", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "tokens.scope")


def test_ended_tokens_are_refused_within_milliseconds(
    live_api: LiveApi, farmer: httpx.Client
) -> None:
    """G9: five seconds are promised."""
    for _ in range(3):
        token = made(farmer)
        assert bearing(live_api, token["token"]).status_code == 200
        farmer.delete(f"/me/tokens/{token['id']}")
        start = time.perf_counter()
        assert bearing(live_api, token["token"]).status_code == 401
        assert time.perf_counter() - start < 2


# --- refreshing


def test_a_phone_refreshes_and_signs_out(live_api: LiveApi, farmer: httpx.Client) -> None:
    first = pair(farmer)
    assert bearing(live_api, first["access_token"]).json()["username"] == "farmer"
    second = post(
        live_api, "token", grant_type="refresh_token", refresh_token=first["refresh_token"]
    )
    assert second.status_code == 200 and second.headers["cache-control"] == "no-store"
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert bearing(live_api, second.json()["access_token"]).status_code == 200
    ended = post(live_api, "revoke", token=second.json()["refresh_token"])
    assert ended.status_code == 200
    for one in (first, second.json()):
        assert bearing(live_api, one["access_token"]).status_code == 401
        again = post(
            live_api, "token", grant_type="refresh_token", refresh_token=one["refresh_token"]
        )
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_twenty_requests_at_once_refresh_and_nobody_is_signed_out(
    live_api: LiveApi, farmer: httpx.Client
) -> None:
    """G10, over HTTP."""
    token = pair(farmer)["refresh_token"]

    def refresh(_: int) -> httpx.Response:
        return post(live_api, "token", grant_type="refresh_token", refresh_token=token)

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(refresh, range(20)))
    assert [one.status_code for one in answers] == [200] * 20
    assert len({one.json()["refresh_token"] for one in answers}) == 1


def test_an_ended_device_is_out_with_all_its_tokens(
    live_api: LiveApi, farmer: httpx.Client
) -> None:
    tokens = pair(farmer)
    devices = farmer.get("/me/devices").json()["items"]
    newest = devices[-1]
    assert newest["kind"] == "family"
    assert farmer.delete(f"/me/devices/{newest['id']}").status_code == 204
    assert bearing(live_api, tokens["access_token"]).json()["code"] == "sign_in.ended"


# --- exchanging


def test_a_script_exchanges_its_token_for_a_narrow_one(
    live_api: LiveApi, farmer: httpx.Client
) -> None:
    token = made(farmer)
    form = {"grant_type": EXCHANGE_GRANT, "subject_token_type": ACCESS_TYPE}
    found = post(live_api, "token", **form, subject_token=token["token"], scope="account:read")
    assert found.json()["scope"] == "account:read"
    assert bearing(live_api, found.json()["access_token"]).status_code == 200
    farmer.delete(f"/me/tokens/{token['id']}")
    assert bearing(live_api, found.json()["access_token"]).status_code == 401
    again = post(live_api, "token", **form, subject_token=token["token"])
    assert again.json()["error"] == "invalid_grant"


# --- devices


def ask(live_api: LiveApi, **more: str) -> dict[str, Any]:
    form = {
        "client_id": "agrigen-device", "device_name": "Scale 7",
        "scope": "records:write events:write animals:read", **more,
    }  # fmt: skip
    answer = post(live_api, "device_authorization", **form)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def poll(live_api: LiveApi, asked: dict[str, Any], client: str = "agrigen-device") -> Any:
    form = {"grant_type": DEVICE_GRANT, "client_id": client, "device_code": asked["device_code"]}
    return post(live_api, "token", **form)


def animal_on_a_farm(steward: httpx.Client) -> tuple[str, str]:
    """A new farm, and an animal on it."""
    new = {"code": f"T{time.time_ns()}", "name": "x", "species": "sheep"}
    farm = steward.post("/farms", json=new).json()["id"]
    animal = steward.post("/animals", json={"farm_id": farm, "tag": "1", "sex": "F"})
    return farm, animal.json()["id"]


def weigh(live_api: LiveApi, token: str, animal: str) -> int:
    answer = _HTTP.post(
        f"{live_api.url}/api/v1/animals/{animal}/records",
        json={"trait": "weaning_weight", "value": 31.5, "recorded_on": "2026-07-02"},
        headers={"Authorization": f"Bearer {token}"},
    )
    return answer.status_code


def test_a_scale_is_let_in_for_one_farm_and_knows_no_other(
    live_api: LiveApi, signer: Signer
) -> None:
    """The row policies see to it: the steward who let it in may write to both farms."""
    steward = signer.client("steward")
    (farm, here), (_, elsewhere) = animal_on_a_farm(steward), animal_on_a_farm(steward)
    asked = ask(live_api)
    assert poll(live_api, asked).json()["error"] == "authorization_pending"
    looked = steward.get("/me/devices/approve", params={"user_code": asked["user_code"]}).json()
    assert (looked["name"], looked["scopes"]) == ("Scale 7", ["events:write", "records:write"])
    assert looked["address"].startswith("10.1.")
    said = {"user_code": asked["user_code"].lower(), "farm_id": farm, "name": "Scale"}
    assert steward.post("/me/devices/approve", json=said).status_code == 204
    token = poll(live_api, asked).json()
    assert token["access_token"].startswith("agd_") and "refresh_token" not in token
    assert poll(live_api, asked).json()["error"] == "invalid_grant"
    assert weigh(live_api, token["access_token"], here) == 201
    assert weigh(live_api, token["access_token"], elsewhere) == 404
    (device,) = [
        one for one in steward.get("/me/devices").json()["items"] if one["farm_id"] == farm
    ]
    assert steward.delete(f"/me/devices/{device['id']}").status_code == 204
    assert weigh(live_api, token["access_token"], here) == 401


def test_a_refused_device_is_told_so(live_api: LiveApi, farmer: httpx.Client) -> None:
    asked = ask(live_api)
    said = {"user_code": asked["user_code"], "approve": False}
    assert farmer.post("/me/devices/approve", json=said).status_code == 204
    assert poll(live_api, asked).json()["error"] == "access_denied"


def test_a_device_that_asks_too_often_is_slowed_down(live_api: LiveApi) -> None:
    asked = ask(live_api)
    assert poll(live_api, asked).json()["error"] == "authorization_pending"
    for seconds in (10, 15):
        answer = poll(live_api, asked).json()
        assert (
            answer["error"] == "slow_down" and f"{seconds} seconds" in answer["error_description"]
        )


def test_a_program_is_let_in_with_tokens_that_refresh(
    live_api: LiveApi, farmer: httpx.Client
) -> None:
    asked = ask(live_api, client_id="agrigen-cli", scope="account:read animals:read")
    said = {"user_code": asked["user_code"]}
    assert farmer.post("/me/devices/approve", json=said).status_code == 204
    tokens = poll(live_api, asked, "agrigen-cli").json()
    assert set(tokens["scope"].split()) == {"account:read", "animals:read"}
    assert bearing(live_api, tokens["access_token"]).json()["username"] == "farmer"
    assert tokens["refresh_token"].startswith("agr_")


def test_codes_cannot_be_guessed(live_api: LiveApi, signer: Signer) -> None:
    """Five codes that nobody waits with, then a pause, also for the right one."""
    guesser = signer.client("adviser")
    asked = ask(live_api)
    for _ in range(5):
        answer = guesser.get("/me/devices/approve", params={"user_code": "BBBB-BBBB"})
        assert answer.status_code == 404
    answer = guesser.get("/me/devices/approve", params={"user_code": asked["user_code"]})
    assert answer.status_code == 429 and answer.headers["retry-after"]


def test_a_code_dies_of_being_looked_at(live_api: LiveApi, farmer: httpx.Client) -> None:
    asked = ask(live_api)
    query = {"user_code": asked["user_code"]}
    answers = [farmer.get("/me/devices/approve", params=query).status_code for _ in range(6)]
    assert answers == [200] * 5 + [404]
    assert poll(live_api, asked).json()["error"] == "access_denied"


def test_letting_a_device_in_needs_a_fresh_sign_in(live_api: LiveApi, signer: Signer) -> None:
    asked = ask(live_api)
    old = signer.client("farmer", at=datetime.now(UTC) - timedelta(minutes=11))
    said = {"user_code": asked["user_code"]}
    for answer in (old.post("/me/devices/approve", json=said),
                   old.get("/me/devices/approve", params=said)):  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in.again")


# --- forms


@pytest.mark.parametrize(
    ("path", "form", "error"),
    [
        ("token", {}, "invalid_request"),
        ("token", {"grant_type": ""}, "unsupported_grant_type"),
        ("token", {"grant_type": "password", "username": "x"}, "unsupported_grant_type"),
        ("token", {"grant_type": "refresh_token"}, "invalid_request"),
        ("token", {"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ("token", {"grant_type": DEVICE_GRANT, "device_code": "x"}, "invalid_request"),
        ("token", {"grant_type": DEVICE_GRANT, "device_code": "x", "client_id": "y"},
         "expired_token"),
        ("token", {"grant_type": EXCHANGE_GRANT, "subject_token": "x"}, "invalid_request"),
        ("device_authorization", {"client_id": "agrigen-device"}, "invalid_scope"),
        ("device_authorization", {"client_id": "agrigen-device", "scope": "people:manage"},
         "invalid_scope"),
        ("device_authorization", {"client_id": "agrigen-device", "scope": "x"}, "invalid_scope"),
        ("device_authorization", {"client_id": "other", "scope": "records:write"},
         "invalid_client"),
        ("revoke", {}, "invalid_request"),
    ],
)  # fmt: skip
def test_wrong_forms_are_refused_in_the_words_of_oauth(
    live_api: LiveApi, path: str, form: dict[str, str], error: str
) -> None:
    answer = post(live_api, path, **form)
    assert answer.json()["error"] == error and answer.json()["error_description"]
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert answer.headers["cache-control"] == "no-store"


def test_a_field_twice_another_kind_of_body_and_too_much_are_refused(live_api: LiveApi) -> None:
    url = f"{live_api.url}/oauth/token"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    twice = b"grant_type=refresh_token&grant_type=password"
    for body, headers in (
        (twice, form), (b"{}", {"Content-Type": "application/json"}), (b"a=%ff", form),
        (b"a=" + b"x" * 50_000, form), (b"&".join(b"a%d=1" % n for n in range(50)), form),
    ):  # fmt: skip
        answer = _HTTP.post(url, content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_cookies_mean_nothing_to_the_token_service(live_api: LiveApi) -> None:
    answer = _HTTP.post(f"{live_api.url}/oauth/revoke", data={"token": "x"}, cookies={"_xsrf": "y"})
    assert answer.status_code == 200 and "set-cookie" not in answer.headers


# --- forgeries, against everything that takes a token


def test_no_consumer_takes_a_forged_token(live_api: LiveApi, signer: Signer) -> None:
    """K1, K2, K3: the door of the API, pages, refreshing, exchanging, devices, revoking."""
    forge = signer.forge("farmer")
    assert bearing(live_api, forge.token()).status_code == 200
    forged = forgery.all_of(forge)
    sendable = {name: one for name, one in forged.items() if len(one) < 12_000 and one.isascii()}
    for name, token in sendable.items():
        refused = bearing(live_api, token)
        assert (refused.status_code, refused.json()["code"]) == (401, "sign_in.token"), name
        assert "Traceback" not in refused.text and token not in refused.text, name
        for form in (
            {"grant_type": "refresh_token", "refresh_token": token},
            {"grant_type": DEVICE_GRANT, "client_id": "agrigen-device", "device_code": token},
            {"grant_type": EXCHANGE_GRANT, "subject_token_type": ACCESS_TYPE,
             "subject_token": token},
        ):  # fmt: skip
            answer = post(live_api, "token", **form)
            assert answer.status_code == 400, (name, answer.text)
        assert post(live_api, "revoke", token=token).status_code == 200, name
    assert bearing(live_api, forge.token()).status_code == 200  # nothing was revoked by a forgery


def test_a_megabyte_of_token_is_refused_at_once(live_api: LiveApi) -> None:
    start = time.perf_counter()
    try:
        answer = _HTTP.get(
            f"{live_api.url}/api/v1/me", headers={"Authorization": f"Bearer {'e' * 2**20}"}
        )
        assert answer.status_code in (400, 401, 431)
    except httpx.HTTPError:
        pass  # the connection is closed, as it should be for headers of that size
    assert time.perf_counter() - start < 5


def test_tokens_of_one_kind_are_not_taken_for_another(
    live_api: LiveApi, farmer: httpx.Client
) -> None:
    tokens, personal = pair(farmer), made(farmer)["token"]
    assert bearing(live_api, tokens["refresh_token"]).status_code == 401
    for wrong in (tokens["access_token"], personal):
        answer = post(live_api, "token", grant_type="refresh_token", refresh_token=wrong)
        assert answer.json()["error"] == "invalid_grant"
    for wrong in (tokens["access_token"], tokens["refresh_token"]):
        answer = post(
            live_api, "token", grant_type=EXCHANGE_GRANT, subject_token_type=ACCESS_TYPE,
            subject_token=wrong,
        )  # fmt: skip
        assert answer.json()["error"] == "invalid_grant"


def test_a_token_in_the_address_is_not_read(live_api: LiveApi, farmer: httpx.Client) -> None:
    """E11."""
    token = made(farmer)["token"]
    assert _HTTP.get(f"{live_api.url}/api/v1/me", params={"token": token}).status_code == 401
