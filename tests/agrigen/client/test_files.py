"""Files go up in one piece or in parts, and come down as they were."""

import hashlib

import pytest

from agrigen import client
from agrigen.client.files import ONE_PIECE


@pytest.fixture
def hub(live_api):
    with client.connect(live_api.url, live_api.token("farmer")) as hub:
        yield hub


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "weights.csv"
    line = b"DE0123456789,2026-03-01,31.5\n"
    path.write_bytes(b"animal,date,weight\n" + line * (ONE_PIECE // len(line) + 10_000))
    return path


class HangsUp(Exception):
    pass


def test_a_large_file_goes_on_where_it_was_interrupted(hub, large, tmp_path):
    seen = []

    def interrupt(progress):
        seen.append(progress.message)
        if len(seen) == 2:
            raise HangsUp

    with pytest.raises(HangsUp):
        hub.files.upload(large, progress=interrupt)
    (begun,) = hub.files.uploads()
    assert (begun.received, begun.parts, begun.state) == ([1, 2], 3, "open")

    file = hub.files.upload(large)
    assert (file.size, file.name) == (large.stat().st_size, "weights.csv")
    assert file.sha256 == hashlib.sha256(large.read_bytes()).hexdigest()
    assert hub.files.uploads() == []

    copy = hub.files.download(file.id, tmp_path / "copy.csv")
    assert copy.read_bytes() == large.read_bytes()
    hub.files.remove(file.id)
    with pytest.raises(client.Missing):
        hub.files.get(file.id)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"%PDF-1.7\n", "a PDF"), (b"\x80\x04]\x94.", "Python objects"), (b"<html>", "a web page")],
)
def test_a_file_that_harms_is_refused_with_the_reason(hub, content, says):
    with pytest.raises(client.Invalid, match=says) as caught:
        hub.files.upload(content, name="weights.csv")
    assert caught.value.code == "files.refused"


def test_a_file_from_which_something_was_imported_stays(hub, live_api, tmp_path):
    with client.connect(live_api.url, live_api.token("steward")) as steward:
        farm = steward.farms.create(code="LARGE1", name="Large", species="sheep")
        path = tmp_path / "animals.csv"
        path.write_text("id,sex\nONE,F\n")
        taken = steward.imports.upload(path, farm=farm.id, kind="animals")
        with pytest.raises(client.Conflict, match="Something was imported from this file"):
            steward.files.remove(taken.file_id)
