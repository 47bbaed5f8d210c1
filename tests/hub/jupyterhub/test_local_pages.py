"""The pages of codes, as browsers and attackers use them: a real JupyterHub with its stores."""

import asyncio
import re
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import accounts
from hub.accounts.models import Person
from hub.actor import Actor
from hub.farms.models import Farm, FarmMember
from hub.limits import repository as limits_repository
from hub.local.postgres import DATABASE, EmbeddedPostgres
from hub.permissions import Role, granted
from hub.sharing import invitations
from hub.sharing.invitations import InvitationCreate
from hub.storage.base import new_id
from hub.storage.postgres import make_engine
from hub.storage.sealing import open_sealer
from hub.storage.transaction import begin
from tests.hub.accounts.signing import Letter, Letters
from tests.oidc.conftest import PASSWORD, HubAlone, hub_alone
from tests.running import free_ports, xsrf

NEW = "seven sheep in a boat"


class Place:
    """The hub, and what stands in its stores."""

    def __init__(self, hub: HubAlone) -> None:
        self.hub, self.settings = hub, hub.settings
        self.sealer = open_sealer(hub.settings)
        self._read: set[str] = set()

    def work(self, act: Callable[[AsyncEngine], Coroutine[Any, Any, Any]]) -> Any:
        async def run() -> Any:
            engine = make_engine(self.settings)
            try:
                return await act(engine)
            finally:
                await engine.dispose()

        return asyncio.run(run())

    def letters(self) -> list[Letter]:
        """What the worker would send now, each once."""

        async def send(engine: AsyncEngine) -> list[Letter]:
            await accounts.answer_resets(engine, self.sealer)
            letters = Letters(engine, self.sealer, self.settings)
            letters._read = self._read
            return await letters.new()

        return self.work(send)

    def forget_guesses(self) -> None:
        """As if some minutes had passed."""

        async def forget(engine: AsyncEngine) -> None:
            await limits_repository.forget(engine, -1_000_000)

        self.work(forget)

    def actor(self, username: str) -> Any:
        async def known(engine: AsyncEngine) -> Any:
            account = await accounts.standing(engine, username)
            assert account
            return await accounts.actor_of(engine, account.id)

        return self.work(known)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("local-pages")
    home.chmod(0o755)
    with hub_alone(home, free_ports(8)) as hub:
        made = Place(hub)
        prove(made, "local-lea", "lea@uni.example")
        yield made


def prove(place: Place, username: str, address: str) -> None:
    async def act(engine: AsyncEngine) -> None:
        account = await accounts.standing(engine, username)
        assert account
        actor = Actor(account.id, username, account.roles, granted(set(account.roles)))
        async with begin(engine, actor) as tx:
            await accounts.ask_address(tx, place.sealer, address)

    place.work(act)
    code = next(one.code for one in place.letters() if one.to == address)

    async def redeem(engine: AsyncEngine) -> None:
        await accounts.redeem_address(engine, place.sealer, username, code)

    place.work(redeem)


def post(client: httpx.Client, page: str, **form: str) -> httpx.Response:
    client.get(f"/hub/{page}")
    return client.post(f"/hub/{page}", data={"_xsrf": xsrf(client), **form})


def sign_in(place: Place, username: str, password: str) -> httpx.Client | None:
    client = place.hub.browser()
    client.get("/hub/login")
    form = {"_xsrf": xsrf(client), "username": username, "password": password}
    answer = client.post("/hub/login", data=form)
    return client if answer.status_code == 302 else None


def visible(page: str) -> str:
    """Without what differs in every answer: tokens of forms, nonces of scripts."""
    return re.sub(r'(xsrf_token: "|name="_xsrf" value="|nonce="|\?v=)[^"]*', r"\1", page)


def test_asking_for_a_new_password_answers_the_same_for_every_name(place: Place) -> None:
    """A6: text, status and headers do not tell who has an account."""
    answers = []
    for name in ("local-lea", "lea@uni.example", "nobody", "nobody@uni.example", "x" * 254):
        answers.append(post(place.hub.browser(), "reset", how="ask", name=name))
    assert {one.status_code for one in answers} == {200}
    assert len({visible(one.text) for one in answers}) == 1
    assert len({tuple(sorted(set(one.headers) - {"set-cookie"})) for one in answers}) == 1
    assert [letter.to for letter in place.letters()] == ["lea@uni.example"]
    place.forget_guesses()


def test_asking_takes_as_long_for_known_names_as_for_others(place: Place) -> None:
    """A6: the work itself, the shortest of thirty, differs by less than 5 ms."""
    client = place.hub.browser()
    times: dict[str, list[float]] = {"local-lea": [], "unknown-name": []}
    client.get("/hub/reset")
    for turn in range(30):
        if turn % 2 == 0:
            place.forget_guesses()
        for name, taken in times.items():
            form = {"_xsrf": xsrf(client), "how": "ask", "name": name}
            started = time.perf_counter()
            assert client.post("/hub/reset", data=form).status_code == 200
            taken.append(time.perf_counter() - started)
    known, unknown = (min(taken) for taken in times.values())
    assert abs(known - unknown) < 0.005
    place.letters()
    place.forget_guesses()


def test_too_many_requests_are_refused_for_known_and_unknown_alike(place: Place) -> None:
    """A7."""
    codes = [post(place.hub.browser(), "reset", how="ask", name="nobody").status_code
             for _ in range(7)]  # fmt: skip
    assert codes[:5] == [200] * 5
    assert codes[-1] == 429
    place.forget_guesses()


def test_a_reset_ends_all_sessions_signs_nobody_in_and_leaves_no_code_in_the_log(
    place: Place,
) -> None:
    """A11: and the second factor is asked for afterwards, because a sign-in follows."""
    inside = sign_in(place, "local-lea", PASSWORD)
    assert inside
    assert inside.get("/hub/home").status_code == 200
    age_codes(place)
    post(place.hub.browser(), "reset", how="ask", name="local-lea")
    [letter] = place.letters()
    client = place.hub.browser()
    refused = post(client, "reset", how="set", code=letter.code, password="password1",
                   again="password1")  # fmt: skip
    assert refused.status_code == 422
    assert "common and stolen" in refused.text
    differ = post(client, "reset", how="set", code=letter.code, password=NEW, again="other words")
    assert differ.status_code == 422
    done = post(client, "reset", how="set", code=letter.code, password=NEW, again=NEW)
    assert done.status_code == 200
    assert "was changed" in done.text
    assert client.get("/hub/home").status_code == 302  # not signed in by it
    assert inside.get("/hub/home").status_code == 302  # and signed out
    again = post(client, "reset", how="set", code=letter.code, password=NEW, again=NEW)
    assert again.status_code == 410
    log = place.hub.log.read_text()
    assert letter.code not in log
    assert NEW not in log
    place.forget_guesses()
    assert sign_in(place, "local-lea", PASSWORD) is None
    assert sign_in(place, "local-lea", NEW)
    place.letters()


def owner_of(place: Place) -> AsyncEngine:
    """The owner of the same database, for what no service would do."""
    url = EmbeddedPostgres(place.settings.home).url("agrigen_owner", DATABASE)
    return make_engine(place.settings, url)


def age_codes(place: Place) -> None:
    """A code comes once a minute; the tests do not wait for it."""

    async def act(engine: AsyncEngine) -> None:
        owner = owner_of(place)
        async with owner.begin() as connection:
            earlier = "UPDATE app.mailed_code SET created_at = created_at - interval '2 minutes'"
            await connection.execute(text(earlier))
        await owner.dispose()

    place.work(act)


def test_an_address_is_proved_by_its_owner_only(place: Place) -> None:
    actor = place.actor("local-lea")

    async def ask(engine: AsyncEngine) -> None:
        async with begin(engine, actor) as tx:
            await accounts.ask_address(tx, place.sealer, "lea@new.example")

    place.work(ask)
    code = next(one.code for one in place.letters() if one.to == "lea@new.example")
    outside = post(place.hub.browser(), "verify", how="verify", code=code)
    assert outside.status_code == 403
    inside = sign_in(place, "local-lea", NEW) or sign_in(place, "local-lea", PASSWORD)
    assert inside
    assert post(inside, "verify", how="verify", code="wrong").status_code == 410
    assert post(inside, "verify", how="verify", code=code).status_code == 200
    assert any(one.to == "lea@uni.example" for one in place.letters())
    assert code not in place.hub.log.read_text()


def test_whoever_holds_an_invitation_makes_an_account_and_is_signed_in(place: Place) -> None:
    code = farm_invitation(place, uses=2)
    client = place.hub.browser()
    shown = post(client, "invitation", how="look", code=code)
    assert "invites you to the farm Meadow, as worker" in shown.text
    bad = post(client, "invitation", how="join", code=code, username="Nora!", name="Nora",
               password="nora1234", again="nora1234")  # fmt: skip
    assert bad.status_code == 422
    assert 'value="Nora!"' in bad.text
    joined = post(client, "invitation", how="join", code=code, username="nora", name="Nora",
                  password=NEW, again=NEW)  # fmt: skip
    assert joined.status_code == 302
    assert client.get("/hub/home").status_code == 200
    lea = sign_in(place, "local-lea", NEW) or sign_in(place, "local-lea", PASSWORD)
    assert lea
    assert post(lea, "invitation", how="accept", code=code).status_code == 200
    over = post(place.hub.browser(), "invitation", how="look", code=code)
    assert over.status_code == 410
    assert code not in place.hub.log.read_text()


def farm_invitation(place: Place, uses: int) -> str:
    """Made by the owner of a new farm."""

    async def act(engine: AsyncEngine) -> str:
        owner = owner_of(place)
        farm_id, host = new_id(), new_id()
        async with owner.begin() as connection:
            values = {"id": host, "username": "host", "name": "Hanna", "roles": ["farmer"]}
            await connection.execute(insert(Person).values(**values))
            farm = {"id": farm_id, "code": "MEADOW", "name": "Meadow", "species": "sheep"}
            await connection.execute(insert(Farm).values(**farm))
            member = {"person_id": host, "farm_id": farm_id, "role": "owner"}
            await connection.execute(insert(FarmMember).values(**member))
        await owner.dispose()
        actor = await accounts.actor_of(engine, host)
        async with begin(engine, actor) as tx:
            new = InvitationCreate(farm_id=farm_id, place="worker", uses=uses)
            made = await invitations.make(tx, place.sealer, place.hub.url, new)
        return made.url.partition("#")[2]

    return place.work(act)


@pytest.mark.parametrize("page", ["reset", "verify", "invitation"])
def test_pages_can_be_used_with_the_keyboard_and_are_kept_by_nobody(
    place: Place, page: str
) -> None:
    """Every field has its label, pasting is not hindered, and no answer is stored (A2)."""
    answer = place.hub.browser().get(f"/hub/{page}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    fields = re.findall(r'<input id="([\w-]+)"', main)
    assert all(f'<label for="{field}">' in main for field in fields)
    assert "onpaste" not in answer.text
    assert "tabindex" not in main


@pytest.mark.parametrize("page", ["reset", "verify", "invitation"])
def test_a_form_without_the_pages_own_token_is_refused(place: Place, page: str) -> None:
    answer = httpx.post(f"{place.hub.url}/hub/{page}", data={"how": "ask", "name": "x"})
    assert answer.status_code == 403


def test_no_role_is_given_by_a_form(place: Place) -> None:
    """Fields that nobody asked for change nothing."""
    client = place.hub.browser()
    code = "x" * 43
    answer = post(client, "invitation", how="join", code=code, username="admin2", roles="admin",
                  password=NEW, again=NEW)  # fmt: skip
    assert answer.status_code == 410
    assert Role.ADMIN not in place.actor("local-lea").roles


def test_a_new_browser_is_told_by_letter_and_a_known_one_is_not(place: Place) -> None:
    """A15: whoever signs in as somebody else is noticed."""
    first = sign_in(place, "local-lea", NEW) or sign_in(place, "local-lea", PASSWORD)
    assert first
    place.letters()
    password = NEW if sign_in(place, "local-lea", NEW) else PASSWORD
    [letter] = place.letters()
    assert letter.subject == "A sign-in from a new device"
    again = post(first, "login", username="local-lea", password=password)
    assert again.status_code == 302
    assert place.letters() == []
