"""What an institution says about itself is believed only as far as it is safe."""

from collections.abc import Iterator

import pytest

from hub.errors import HubError
from hub.institutions import Institution
from hub.jupyterhub.sign_in.provider import Provider
from tests.hubs import free_port
from tests.oidc.hostile import Hostile, hostile


@pytest.fixture(scope="module")
def bad() -> Iterator[Hostile]:
    with hostile(free_port(), "agrigen") as provider:
        yield provider


def client_of(bad: Hostile) -> Provider:
    declared = Institution(
        name="bad", title="Bad University", issuer=bad.issuer, client_id="agrigen"
    )
    return Provider(declared, "http://127.0.0.1:9")


@pytest.mark.parametrize(
    "wrong", ["document of another", "endpoint inside", "endpoint is a script"]
)
async def test_a_document_that_leads_elsewhere_is_refused(bad: Hostile, wrong: str) -> None:
    bad.wrong = wrong
    with pytest.raises(HubError, match="could not be verified"):
        await client_of(bad).authorization(state="s")


async def test_an_institution_that_comes_back_is_found_again(bad: Hostile) -> None:
    client = client_of(bad)
    bad.wrong = "document of another"
    with pytest.raises(HubError):
        await client.document()
    bad.wrong = ""
    with pytest.raises(HubError):
        await client.document()  # not asked again at once
    client._failure = None  # seconds later
    assert (await client.document())["issuer"] == bad.issuer


async def test_a_secret_in_the_key_document_signs_nothing(bad: Hostile) -> None:
    bad.wrong = "secret key in the key document"
    client = client_of(bad)
    bad.wrong = ""
    await client.document()
    bad.wrong = "secret key in the key document"
    found = await client.keys(bad.signed({}))
    assert found.keys == []


async def test_new_keys_are_looked_up_when_a_token_names_one(bad: Hostile) -> None:
    bad.wrong = ""
    client = client_of(bad)
    first = await client.keys(bad.signed({}))
    assert [key.kid for key in first.keys] == ["good"]
    before = bad.asked.count("/keys")
    await client.keys(bad.signed({}))
    assert bad.asked.count("/keys") == before, "known keys are kept"
