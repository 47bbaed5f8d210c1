"""A store goes away and comes back; the service says so, and works again by itself."""

from collections.abc import Iterator

import pytest

from extensions.points import PACKAGES, load
from tests.hubs import LiveApi, running_api


@pytest.fixture(scope="module")
def own_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApi]:
    """Not the one that other tests use: its stores are stopped here."""
    with running_api(tmp_path_factory.mktemp("outage")) as api:
        yield api


def test_without_postgresql_requests_are_refused_and_then_work_again(own_api: LiveApi) -> None:
    farmer = own_api.client("farmer")
    assert farmer.get("/farms").status_code == 200
    own_api.postgres.stop()
    refused = farmer.get("/farms")
    assert (refused.status_code, refused.json()["code"]) == (503, "storage.unreachable")
    assert int(refused.headers["retry-after"]) > 0
    ready = farmer.get(f"{own_api.url}/readyz")
    assert (ready.status_code, ready.json()["stores"]["postgresql"]) == (503, False)
    assert farmer.get(f"{own_api.url}/livez").status_code == 200
    own_api.postgres.start()
    assert farmer.get("/farms").status_code == 200


def test_without_the_key_value_store_only_what_needs_it_is_refused(own_api: LiveApi) -> None:
    farmer = own_api.client("farmer")
    own_api.store.stop()
    refused = farmer.get("/me/sessions")
    assert (refused.status_code, refused.json()["code"]) == (503, "storage.dynamodb_unreachable")
    assert farmer.get("/animals").status_code == 200
    own_api.store.start()
    assert farmer.get("/me/sessions").status_code == 200


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_a_jupyter_server_extension_of_its_own(package: str) -> None:
    extension = load(package)
    assert extension.points() == [{"module": package}]
    assert extension.routes
