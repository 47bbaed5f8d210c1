"""How files of a sender are read and cleaned, kept under a name."""

from collections.abc import Iterable, Mapping
from typing import Any

from agrigen.client.item import Item
from agrigen.client.resources import Items, plain


class Templates(Items):
    path = "/import-templates"
    columns = ("id", "name", "sender", "kind", "farm_id", "used_at")

    def create(
        self,
        name: str,
        *,
        kind: str,
        columns: Iterable[str],
        farm: str | None = None,
        sender: str = "",
        mapping: Mapping[str, Any] | None = None,
        cleaning: Iterable[Mapping[str, Any]] = (),
        policy: str = "good_rows",
    ) -> Item:
        """Keep a template for a farm; without one for yourself. `columns` is the file's header."""
        body: dict[str, Any] = {
            "name": name, "kind": kind, "columns": list(columns), "sender": sender,
            "mapping": dict(mapping or {}), "cleaning": [dict(step) for step in cleaning],
            "policy": policy,
        }  # fmt: skip
        if farm is not None:
            body["farm_id"] = farm
        return self._transport.create(self.path, body)

    def keep(self, name: str, preview: Mapping[str, Any], **more: Any) -> Item:
        """A template of what a preview used: keep("Laboratory", preview, kind="records")."""
        header = [column["name"] for column in preview["columns"]]
        used = {"columns": header, "mapping": preview["mapping"], "cleaning": preview["cleaning"]}
        return self.create(name, **{**used, **more})

    def update(self, id: str, **template: Any) -> Item | None:
        """Change the given fields: name, sender, columns, mapping, cleaning, policy."""
        return self._transport.write("PATCH", self._at(id), plain(template))

    def remove(self, id: str) -> None:
        """Forget a template; imports that followed it stay."""
        self._transport.send("DELETE", self._at(id))
