"""The service as it runs: a real JupyterHub, PostgreSQL and key-value store around it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest

from tests.hubs import LiveApi


def farm(**more: object) -> dict[str, object]:
    return {"code": f"F{uuid4().hex[:8]}", "name": "Test farm", "species": "sheep", **more}


def problem(answer: httpx.Response) -> dict[str, object]:
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["type"] == f"urn:agrigen:problem:{body['code']}"
    return body


@pytest.mark.parametrize(
    "path",
    [
        "api",
        "api/kernels",
        "api/kernelspecs",
        "api/sessions",
        "api/contents",
        "api/contents/etc",
        "api/terminals",
        "api/config/x",
        "api/status",
        "api/shutdown",
        "api/events",
        "api/me",
        "api/nbconvert",
        "terminals/websocket/1",
        "files/x",
        "view/x",
        "nbconvert/html/x",
        "static/favicon.ico",
        "metrics",
        "login",
        "lab",
        "tree",
        "edit/x",
        "api/security/csp-report",
        "kernelspecs/x/y",
        "custom/x",
    ],
)
def test_nothing_of_jupyter_server_answers(live_api: LiveApi, path: str) -> None:
    for client in (live_api.client(None), live_api.client("admin")):
        answer = client.get(f"{live_api.url}/{path}")
        assert answer.status_code == 404
        problem(answer)


def test_stores_answer_and_the_version_is_told_to_everybody(live_api: LiveApi) -> None:
    anyone = live_api.client(None)
    assert anyone.get(f"{live_api.url}/livez").json() == {"status": "alive"}
    ready = anyone.get(f"{live_api.url}/readyz").json()
    assert ready["stores"] == {"postgresql": True, "dynamodb": True}
    assert anyone.get("/version").json()["name"] == "AgriGen"
    assert anyone.get("/openapi.json").json()["openapi"] == "3.1.0"


def test_nobody_is_asked_to_sign_in_and_pages_lead_to_the_hub(live_api: LiveApi) -> None:
    nobody = live_api.client(None)
    answer = nobody.get("/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert problem(answer)["code"] == "sign_in.required"
    page = nobody.get(f"{live_api.url}/docs")
    assert page.status_code == 302
    assert page.headers["location"].startswith("/hub/api/oauth2/authorize")


def test_a_wrong_token_is_nobody(live_api: LiveApi) -> None:
    headers = {"Authorization": "Bearer 0123456789abcdef0123456789abcdef"}
    answer = httpx.get(f"{live_api.url}/api/v1/me", headers=headers)
    assert answer.status_code == 401


def test_somebody_without_a_role_is_told_so(live_api: LiveApi) -> None:
    answer = live_api.client("nobody").get("/me")
    assert answer.status_code == 403
    assert problem(answer)["code"] == "sign_in.no_access"


def test_a_person_is_known_by_roles_and_permissions(live_api: LiveApi) -> None:
    me = live_api.client("farmer").get("/me").json()
    assert (me["username"], me["roles"], me["farms"]) == ("farmer", ["farmer"], [])
    assert "animals:write" in me["permissions"]
    assert "farms:write" not in me["permissions"]


def test_a_narrowed_token_can_do_less_than_its_person(live_api: LiveApi) -> None:
    scopes = ["access:services!service=api", "custom:agrigen:account:read"]
    narrow = live_api.client("steward", scopes=scopes)
    assert narrow.get("/me").json()["permissions"] == ["account:read"]
    answer = narrow.get("/farms")
    assert answer.status_code == 403
    assert problem(answer)["permission"] == "farms:read"


def test_a_token_without_access_to_the_service_is_refused(live_api: LiveApi) -> None:
    scopes = ["custom:agrigen:animals:read"]
    assert live_api.client("steward", scopes=scopes).get("/animals").status_code == 403


def test_a_revoked_token_stops_within_the_cache_time(live_api: LiveApi) -> None:
    scopes = ["access:services!service=api", "custom:agrigen:account:read"]
    client = live_api.client("researcher", scopes=scopes)
    assert client.get("/me").status_code == 200
    live_api.revoke(live_api.token("researcher", scopes=scopes))
    deadline = time.monotonic() + 5  # the cache of the tests is 1 s
    while client.get("/me").status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert client.get("/me").status_code == 401


def test_an_unknown_parameter_is_refused_by_name(live_api: LiveApi) -> None:
    answer = live_api.client("farmer").get("/animals", params={"sexx": "F"})
    assert answer.status_code == 422
    [error] = problem(answer)["errors"]  # type: ignore[misc]
    assert error["where"] == "sexx"
    assert "sex" in error["remedy"]


def test_a_wrong_method_names_those_that_are_answered(live_api: LiveApi) -> None:
    answer = live_api.client("farmer").put("/animals", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_the_request_id_is_kept_when_it_has_the_right_form(live_api: LiveApi) -> None:
    client = live_api.client("farmer")
    mine = client.get("/me", headers={"X-Request-Id": "abc-12345678"})
    assert mine.headers["x-request-id"] == "abc-12345678"
    forged = client.get("/me", headers={"X-Request-Id": 'x"} {"msg": "forged'})
    assert "forged" not in forged.headers["x-request-id"]


def test_every_answer_carries_the_security_headers(live_api: LiveApi) -> None:
    for answer in (
        live_api.client("farmer").get("/me"),
        live_api.client(None).get("/me"),
        live_api.client(None).get(f"{live_api.url}/nothing"),
        live_api.client("farmer").get("/animals/0198c2a4-7c1e-7f2a-9d3b-0123456789ab"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


def test_the_token_of_the_service_is_on_no_page(live_api: LiveApi) -> None:
    processes = (live_api.home / "hub.log").read_text()
    page = live_api.client("farmer").get(f"{live_api.url}/docs").text
    assert "data-jupyter-api-token" not in page
    assert live_api.token("farmer") not in page
    assert live_api.token("farmer") not in processes


def test_a_repeated_write_is_done_once_and_answered_the_same(live_api: LiveApi) -> None:
    steward = live_api.client("steward")
    body, headers = farm(), {"Idempotency-Key": str(uuid4())}
    first = steward.post("/farms", json=body, headers=headers)
    again = steward.post("/farms", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["location"] == again.headers["location"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    found = steward.get("/farms", params={"text": body["code"]}).json()["items"]
    assert len(found) == 1


def test_a_key_used_for_another_request_is_a_conflict(live_api: LiveApi) -> None:
    steward = live_api.client("steward")
    headers = {"Idempotency-Key": str(uuid4())}
    assert steward.post("/farms", json=farm(), headers=headers).status_code == 201
    answer = steward.post("/farms", json=farm(), headers=headers)
    assert answer.status_code == 409
    assert problem(answer)["code"] == "idempotency.key_reused"


def test_twins_sent_at_the_same_time_do_the_work_once(live_api: LiveApi) -> None:
    body, headers = farm(), {"Idempotency-Key": str(uuid4())}
    client = live_api.client("steward")
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: client.post("/farms", json=body, headers=headers), range(4))
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 3


def test_a_refused_write_leaves_nothing_and_its_key_free(live_api: LiveApi) -> None:
    steward = live_api.client("steward")
    body, headers = farm(species="unicorn"), {"Idempotency-Key": str(uuid4())}
    refused = steward.post("/farms", json=body, headers=headers)
    assert refused.status_code == 422
    assert problem(refused)["errors"][0]["where"] == "species"  # type: ignore[index]
    good = steward.post("/farms", json=body | {"species": "goat"}, headers=headers)
    assert good.status_code == 201


def test_pages_follow_each_other_by_cursor_without_gaps(live_api: LiveApi) -> None:
    steward = live_api.client("steward")
    mark = uuid4().hex[:6]
    for number in range(5):
        steward.post("/farms", json=farm(code=f"P{mark}{number}", name=mark)).raise_for_status()
    codes, cursor = [], None
    while True:
        query = {"text": mark, "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = steward.get("/farms", params=query).json()
        codes += [one["code"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert codes == [f"P{mark}{number}" for number in range(5)]
    wrong = steward.get("/farms", params={"cursor": "e30="})
    assert problem(wrong)["code"] == "paging.bad_cursor"


def test_a_farm_one_does_not_belong_to_is_not_found(live_api: LiveApi) -> None:
    made = live_api.client("steward").post("/farms", json=farm())
    location = made.headers["location"]
    assert location == f"/services/api/api/v1/farms/{made.json()['id']}"
    answer = live_api.client("farmer").get(f"/farms/{made.json()['id']}")
    assert answer.status_code == 404
    assert problem(answer)["code"] == "farms.not_found"


def test_text_with_nul_is_a_refusal_and_not_a_failure(live_api: LiveApi) -> None:
    answer = live_api.client("admin").get("/audit", params={"action": "a\x00b"})
    assert answer.status_code == 422


def test_a_page_for_a_browser_has_no_inline_script(live_api: LiveApi) -> None:
    answer = live_api.client("farmer").get(f"{live_api.url}/docs")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "<script>" not in answer.text
    script = live_api.client(None).get(f"{live_api.url}/docs/files/docs.js")
    assert script.headers["content-type"].startswith("text/javascript")
    for path in ("docs/files/../documentation.py", "docs/swagger/package.json", "docs/files/x.js"):
        assert live_api.client(None).get(f"{live_api.url}/{path}").status_code == 404


def test_logs_are_json_lines_without_bodies_tokens_or_queries(live_api: LiveApi) -> None:
    steward = live_api.client("steward")
    secret = f"s{uuid4().hex}"
    steward.get("/farms", params={"text": secret}, headers={"Referer": f"http://x/{secret}"})
    steward.post("/farms", json=farm(region=secret, color=secret))
    log = (live_api.home / "hub.log").read_text()
    assert secret not in log
    lines = [json.loads(line) for line in log.splitlines() if '"logger": "agrigen.access"' in line]
    assert {"method", "path", "status", "request_id", "actor"} <= set(lines[-1])
