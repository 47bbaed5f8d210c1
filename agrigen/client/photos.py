"""Pictures of animals."""

from datetime import date
from os import PathLike
from pathlib import Path
from urllib.parse import quote

from agrigen.client.item import Item
from agrigen.client.resources import Items, plain


class Photos(Items):
    path = "/photos"

    def of(self, animal_id: str) -> list[Item]:
        """The pictures of an animal, the newest first."""
        answer = self._transport.get(_of(animal_id))
        return [Item(one) for one in answer["items"]]

    def add(
        self,
        animal_id: str,
        source: str | PathLike[str] | bytes,
        *,
        caption: str = "",
        taken_on: date | str | None = None,
    ) -> Item:
        """Hand in a picture of an animal: a path, or the bytes of one."""
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
        answer = self._transport.send(
            "POST",
            _of(animal_id),
            query=plain({"caption": caption, "taken_on": taken_on}),
            content=content,
            headers={"Content-Type": "application/octet-stream"},
        )
        return Item(answer.json())

    def content(self, id: str, *, thumbnail: bool = False) -> bytes:
        """The picture as JPEG, or the small one."""
        name = "thumbnail" if thumbnail else "content"
        return self._transport.send("GET", self._at(id, name)).content

    def remove(self, id: str) -> None:
        """Take a picture away from its animal."""
        self._transport.write("DELETE", self._at(id))


def _of(animal_id: str) -> str:
    return f"/animals/{quote(str(animal_id), safe='')}/photos"
