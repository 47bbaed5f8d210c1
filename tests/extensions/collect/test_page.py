"""The phone page as the service gives it: who may have it, and how long it may be kept."""

import httpx

from extensions.collect.page import BUILT
from tests.hubs import LiveApi


def get(live_api: LiveApi, path: str) -> httpx.Response:
    return httpx.get(f"{live_api.url}/collect/{path}", follow_redirects=False)


def test_the_page_asks_people_to_sign_in_and_its_shell_names_nobody(live_api: LiveApi) -> None:
    assert get(live_api, "").status_code == 302
    assert get(live_api, "enter").status_code == 302
    shell = get(live_api, "shell")
    assert shell.status_code == 200
    assert '<meta name="xsrf" content="">' in shell.text
    assert '<meta name="person" content="">' in shell.text
    assert "set-cookie" not in shell.headers


def test_files_are_kept_for_ever_and_what_has_no_hash_is_asked_for_each_time(
    live_api: LiveApi,
) -> None:
    for path in sorted((BUILT / "files").iterdir()):
        answer = get(live_api, f"files/{path.name}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content == path.read_bytes()
    for name in ("sw.js", "manifest.webmanifest"):
        assert get(live_api, name).headers["cache-control"] == "no-cache"


def test_nothing_but_its_files_is_given(live_api: LiveApi) -> None:
    for name in ("built", "..%2fbuilt", "index.html", "app.js", "x-0123456789.js"):
        assert get(live_api, f"files/{name}").status_code == 404


def test_everything_comes_from_the_hub_alone(live_api: LiveApi) -> None:
    for path in ("shell", "sw.js"):
        policy = get(live_api, path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "connect-src 'self'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


def test_what_one_person_made_is_not_taken_from_another(live_api: LiveApi) -> None:
    farmer, steward = live_api.client("farmer"), live_api.client("steward")
    own = farmer.get("/me").json()["id"]
    assert farmer.get("/collect/pull", headers={"X-AgriGen-Person": own}).status_code == 200
    refused = steward.get("/collect/pull", headers={"X-AgriGen-Person": own})
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in.another_person")
