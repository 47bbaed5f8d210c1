"""Conversations through the running service: REST, and the page's own files."""

from uuid import UUID, uuid4

import httpx
import pytest

from tests.hubs import LiveApi


def start(client: httpx.Client, **body: object) -> str:
    answer = client.post("/conversations", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"].endswith(answer.json()["id"])
    return str(answer.json()["id"])


def ask(client: httpx.Client, conversation: str, **body: object) -> dict[str, object]:
    answer = client.post(f"/conversations/{conversation}/messages", json=body)
    assert answer.status_code == 201, answer.text
    turn: dict[str, object] = answer.json()
    return turn


def test_a_conversation_from_start_to_deletion(live_api: LiveApi) -> None:
    farmer = live_api.client("farmer")
    id_ = start(farmer)
    turn = ask(farmer, id_, text="How many animals do I have by breed and sex?")
    assert turn["answer"]["text"]
    assert turn["answer"]["sources"][0]["service"] == "animals"
    listed = farmer.get("/conversations", params={"limit": 5}).json()["items"]
    assert listed[0]["title"] == "How many animals do I have by breed and sex?"
    path = f"/conversations/{id_}"
    renamed = farmer.patch(path, json={"title": "Numbers", "version": 1}).json()
    assert (renamed["title"], renamed["version"]) == ("Numbers", 2)
    assert farmer.patch(path, json={"title": "Others", "version": 1}).status_code == 409
    messages = farmer.get(f"{path}/messages").json()["items"]
    assert [one["author"] for one in messages] == ["emilia", "person"]
    assert farmer.delete(path).status_code == 204
    assert farmer.get(path).status_code == 404
    assert farmer.get(f"{path}/messages").status_code == 404


def test_a_question_sent_twice_is_one_question_with_one_answer(live_api: LiveApi) -> None:
    farmer, question = live_api.client("farmer"), {"id": str(uuid4()), "text": "How many sheep?"}
    id_ = start(farmer)
    assert ask(farmer, id_, **question) == ask(farmer, id_, **question)
    assert farmer.get(f"/conversations/{id_}").json()["messages"] == 2


def test_another_persons_conversation_is_missing_even_for_an_admin(live_api: LiveApi) -> None:
    id_ = start(live_api.client("farmer"), title="private")
    for person in ("neighbor", "steward", "admin"):
        other = live_api.client(person)
        path = f"/conversations/{id_}"
        answers = [
            other.get(path),
            other.get(f"{path}/messages"),
            other.get(f"{path}/export"),
            other.patch(path, json={"title": "mine"}),
            other.post(f"{path}/messages", json={"text": "hello"}),
            other.delete(path),
        ]
        assert [one.status_code for one in answers] == [404] * 6
        assert {one.json()["code"] for one in answers} == {"chat.not_found"}
    assert live_api.client("farmer").get(f"/conversations/{id_}").status_code == 200


def test_pages_of_messages_lead_back_to_the_first(live_api: LiveApi) -> None:
    farmer = live_api.client("farmer")
    id_ = start(farmer)
    for number in range(3):
        ask(farmer, id_, text=f"How many sheep? {number}")
    seen: list[int] = []
    query: dict[str, object] = {"limit": 4}
    while True:
        page = farmer.get(f"/conversations/{id_}/messages", params=query).json()
        seen += [one["sequence"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [6, 5, 4, 3, 2, 1]
    bad = farmer.get(f"/conversations/{id_}/messages", params={"cursor": "forged"})
    assert bad.status_code == 422


@pytest.mark.parametrize(
    ("form", "kind"), [("json", "application/json"), ("markdown", "text/markdown; charset=utf-8")]
)
def test_an_export_is_a_file_with_every_message(live_api: LiveApi, form: str, kind: str) -> None:
    farmer = live_api.client("farmer")
    id_ = start(farmer, title="Choosing rams")
    ask(farmer, id_, text="How many rams?")
    answer = farmer.get(f"/conversations/{id_}/export", params={"format": form})
    assert answer.headers["content-type"] == kind
    assert "attachment" in answer.headers["content-disposition"]
    assert "Choosing rams" in answer.text
    assert "How many rams?" in answer.text
    if form == "json":
        assert UUID(answer.json()["conversation"]["id"]) == UUID(id_)


@pytest.mark.parametrize(
    "body",
    [{}, {"text": ""}, {"text": "   "}, {"text": "x" * 4001}, {"text": 1}, {"text": "x", "y": 1}],
)
def test_a_question_that_cannot_be_right_is_refused(
    live_api: LiveApi, body: dict[str, object]
) -> None:
    farmer = live_api.client("farmer")
    answer = farmer.post(f"/conversations/{start(farmer)}/messages", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_what_people_say_is_not_in_the_logs(live_api: LiveApi) -> None:
    farmer = live_api.client("farmer")
    id_ = start(farmer, title="marsupial title")
    ask(farmer, id_, text="marsupial question")
    farmer.post(f"/conversations/{id_}/messages", json={"text": "marsupial refused " * 400})
    stores = {live_api.home / "dynamodb", live_api.home / "postgres"}  # their logs are their data
    files = [file for file in live_api.home.glob("**/*.log") if not stores & set(file.parents)]
    logs = "".join(file.read_text(errors="replace") for file in files)
    assert "request" in logs
    assert "marsupial" not in logs


def test_the_page_sends_a_stranger_to_sign_in_and_its_files_are_there(live_api: LiveApi) -> None:
    page = httpx.get(f"{live_api.url}/chat", follow_redirects=False)
    assert page.status_code == 302
    assert "/hub/api/oauth2/authorize" in page.headers["location"]
    for name, kind in (("chat.js", "javascript"), ("show.js", "javascript"), ("chat.css", "css")):
        file = httpx.get(f"{live_api.url}/chat/files/{name}")
        assert (file.status_code, kind in file.headers["content-type"]) == (200, True)
    assert httpx.get(f"{live_api.url}/chat/files/chat.html").status_code == 404
